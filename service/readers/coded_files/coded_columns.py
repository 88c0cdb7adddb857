"""Tables of coded material: which of their columns holds what, guessed from the titles or told by a person.

Our names of columns are the keys of `NAMES`, `attributes` (columns about the participant), `code columns` (one for each
code, marked where it applies) and `separator` (what stands between the codes of a cell: ";", ",", "|", "newline" or
"none"). Several titles under one name are joined by "|".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from service import errors
from service.readers.transcripts.columns import folded
from service.readers.transcripts.lines import word_set

Cells = Sequence[str]

#: The titles of columns by our name, as tools and people write them, the surest first.
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        name: tuple(titles.split())
        for name, titles in {
            "text": "text segment coded_segment coded_segments codiertes_segment quotation_content zitatinhalt "
            "text_content excerpt_copy excerpt excerpt_text quotation quotation_text snippet snippets selected_text "
            "coded_text content quote zitat zitattext textsegment highlight_text words utterance turn_text speech "
            "response statement verbatim wortlaut inhalt antwort texto contenido fragmento cita texte extrait propos "
            "sentence transcript transcription",
            "codes": "codes code tags tag codes_applied_combined codes_applied applied_codes code_names code_name "
            "codename codenamen kodes kode themes theme themen thema labels label categories category kategorien "
            "kategorie códigos código codigos codigo étiquettes étiquette nodes node",
            "document": "document document_name dokumentname dokument document_id doc_id doc media_title media "
            "document_title file_name filename file source source_name transcript transcript_name transcript_id "
            "interview interview_id datei quelle documento resource_title title",
            "coder": "coder coder_name coder_id coded_by created_by erstellt_von excerpt_creator author autor "
            "annotator annotator_id annotator_name codierer codiererin kodierer codiert_von rater creator user owner "
            "bearbeiter",
            "speaker": "speaker speaker_name speakers sprecher sprecherin who locuteur locutrice hablante orador "
            "interlocutor talker",
            "position": "position turn_id turn_index turn turn_number utterance_id index order seq sequence",
            "start": "start start_offset begin beginning anfang beginn start_position excerpt_range from von",
            "end": "end end_offset ende end_position to bis",
            "memo": "memo memos comment comments kommentar kommentare coding_memo note notes notiz notizen",
            "participant": "participant participant_id participant_name respondent respondent_id interviewee "
            "teilnehmer teilnehmerin participante case case_id fall",
            "created": "created creation_date created_at created_on excerpt_date erstellt erstellt_am "
            "erstellungsdatum coded_at decided_at date_created date datum",
            "excerpt": "id excerpt_id quotation_id highlight_id zitat_id zitatnummer",
        }.items()
    }
)
ATTRIBUTES, FLAGS, SEPARATOR = "attributes", "code columns", "separator"
_GROUP = word_set("document_group document_groups dokumentgruppe dokumentgruppen")
_SEVERAL = re.compile(r"(?:code|tag|theme|label|kode|kategorie|category)_?\d{1,2}")
_APPLIED = re.compile(r"code:\s*+(.*\S)\s+applied", re.IGNORECASE)
_MEASURE = re.compile(r"code:\s*+.*\S\s+(?:weight|range)", re.IGNORECASE)
_DESCRIBED = word_set("attribute descriptor")
_DEDOOSE = word_set("resource_creator resource_date")
_PREDICTED = word_set(
    "predicted_code predicted_codes predicted_label predicted_labels predicted prediction predictions model_code "
    "model_codes ai_code ai_codes suggested suggested_code suggested_codes machine_code machine_codes auto_code "
    "auto_codes autocode autocodes"
)
_MODEL = word_set("model model_id model_name predicted_by llm")
_UNSURE = word_set("confidence probability score certainty")
_META = frozenset(title for titles in NAMES.values() for title in titles) | _GROUP | _MODEL | _UNSURE | _PREDICTED
_NO_WORDS = word_set("description definition beschreibung number_of_highlights count frequency number_of_codings")
_TRUE = frozenset({"1", "1.0", "x", "✓", "✔", "true", "yes", "y", "ja", "j", "wahr", "oui", "vrai", "sí", "verdadero"})
_FALSE = frozenset({"", "0", "0.0", "false", "no", "n", "nein", "falsch", "non", "faux", "-", "falso"})
#: Fewer columns of marks are something else, such as a channel.
_LEAST_FLAGS = 2
#: Titles under which nothing but words stands.
_CERTAIN = frozenset(NAMES["text"][:18])
#: The title row stands among the first of a table.
_TITLES_WITHIN = 20


@dataclass(frozen=True)
class Found:
    """Where a table holds what: the columns by our names, and what their titles say about where it comes from."""

    titles: tuple[str, ...]
    #: The row that the titles stand in.
    row: int
    at: Mapping[str, tuple[int, ...]]
    #: What a person says stands between codes; None where it is to be guessed.
    separator: str | None = None
    tool: str = "a table"
    #: Whether the codes are a model's.
    machine: bool = False
    notes: tuple[str, ...] = ()
    #: Columns that say how strongly a code applies, and the like.
    measures: tuple[int, ...] = field(default=())

    def column(self, name: str) -> int | None:
        """Return the first column of a name."""
        return next(iter(self.at.get(name, ())), None)

    def shown(self) -> dict[str, str]:
        """Return the titles by our names."""
        return {name: "|".join(self.titles[number] for number in numbers) for name, numbers in self.at.items()}


def find(rows: Sequence[Cells], told: Mapping[str, str], name: str) -> Found | None:
    """Say where a table holds what; None where no column holds the words or none the codes.

    Args:
        rows: the table's rows, its titles among the first.
        told: titles by our names, which no guess replaces; "" for none.
        name: the file's.

    Raises:
        UnreadableFile: what was told is no name of ours, or no title in the table.
    """
    unknown = [key for key in told if key not in NAMES and key not in (ATTRIBUTES, FLAGS, SEPARATOR)]
    if unknown:
        ours = ", ".join((*NAMES, ATTRIBUTES, FLAGS, SEPARATOR))
        raise errors.UnreadableFile(f"{name}: {errors.shown(unknown[0])} is no column of ours; these are: {ours}.")
    for number, row in enumerate(rows[:_TITLES_WITHIN]):
        titles = tuple(cell.strip().strip("\ufeff") for cell in row)
        found = _found(titles, number, rows[number + 1 :], told)
        if found is not None:
            return found
    _check_told(rows, told, name)
    return None


def is_true(cell: str) -> bool:
    """Say whether a cell marks that its column's code applies."""
    return cell.strip().casefold() in _TRUE


def code_of(title: str) -> str:
    """Return the code that a column stands for."""
    applied = _APPLIED.fullmatch(title)
    return applied[1] if applied else title


def is_codebook(titles: Cells) -> bool:
    """Say whether titles are those of a list of codes, and their descriptions."""
    names = {folded(title) for title in titles}
    return bool(names & _NO_WORDS and names & (set(NAMES["codes"]) | {"name", "path"})) and not names & _CERTAIN


def _check_told(rows: Sequence[Cells], told: Mapping[str, str], name: str) -> None:
    titles = {folded(cell) for row in rows[:_TITLES_WITHIN] for cell in row}
    for key, value in told.items():
        missing = [title for title in _split(value, titles) if folded(title) not in titles]
        if missing and key != SEPARATOR:
            raise errors.UnreadableFile(f"{name}: no column is titled {errors.shown(missing[0])}.")


def _split(value: str, titles: frozenset[str] | set[str]) -> list[str]:
    """Return the titles that were told, one or several."""
    if not value.strip():
        return []
    return [value] if folded(value) in titles else [part for part in value.split("|") if part.strip()]


def _found(titles: tuple[str, ...], row: int, body: Sequence[Cells], told: Mapping[str, str]) -> Found | None:
    names = [folded(title) for title in titles]
    at = _told(names, told)
    if at is None:
        return None
    free = dict.fromkeys(range(len(names)))
    for numbers in at.values():
        for number in numbers:
            free.pop(number, None)
    for name in NAMES:
        if name not in at and name not in told:
            at[name] = _guessed(name, names, free)
            for number in at[name]:
                del free[number]
    machine = _codes(at, titles, free, body, told)
    _words(at, names, free, body, told)
    if not at.get("text") or not (at.get("codes") or at.get(FLAGS)):
        return None
    notes = _models(at, names, free, told)
    tool = _tool(set(names))
    _attributes(at, titles, free, told, every=tool == "Dedoose")
    measures = tuple(number for number in free if _MEASURE.fullmatch(titles[number]))
    kept = {name: numbers for name, numbers in at.items() if numbers}
    return Found(titles, row, kept, told.get(SEPARATOR), tool, machine or bool(notes), notes, measures)


def _told(names: Sequence[str], told: Mapping[str, str]) -> dict[str, tuple[int, ...]] | None:
    """Return the columns that were told; None where this row is not the titles that they are in."""
    at = {}
    for name, value in told.items():
        if name != SEPARATOR:
            wanted = [folded(title) for title in _split(value, set(names))]
            if not all(title in names for title in wanted):
                return None
            at[name] = tuple(names.index(title) for title in wanted)
    return at


def _guessed(name: str, names: Sequence[str], free: Mapping[int, None]) -> tuple[int, ...]:
    found = next((n for title in NAMES[name] for n in free if names[n] == title), None)
    if name == "codes" and found is None:
        return tuple(number for number in free if _SEVERAL.fullmatch(names[number]))
    return () if found is None else (found,)


def _codes(
    at: dict[str, tuple[int, ...]],
    titles: Sequence[str],
    free: dict[int, None],
    body: Sequence[Cells],
    told: Mapping[str, str],
) -> bool:
    """Add columns of marks where they say more than a column of codes or there is none; say whether a model coded."""
    if FLAGS in told or "codes" in told:
        return False
    flags = tuple(number for number in free if _APPLIED.fullmatch(titles[number]))
    if not flags and not at["codes"]:
        predicted = next((number for number in free if folded(titles[number]) in _PREDICTED), None)
        if predicted is not None:
            at["codes"] = (predicted,)
            del free[predicted]
            return True
        marks = (number for number in free if folded(titles[number]) not in _META and _marks(body, number))
        flags = tuple(marks) if at.get("text") else ()
        flags = flags if len(flags) >= _LEAST_FLAGS else ()
    if flags:
        at[FLAGS] = flags
        at["codes"] = ()
        for number in flags:
            del free[number]
    return False


def _marks(body: Sequence[Cells], number: int) -> bool:
    """Say whether a column holds nothing but marks."""
    seen = {row[number].strip().casefold() for row in body if number < len(row)}
    return bool(seen & _TRUE) and seen <= _TRUE | _FALSE


def _words(
    at: dict[str, tuple[int, ...]],
    names: Sequence[str],
    free: dict[int, None],
    body: Sequence[Cells],
    told: Mapping[str, str],
) -> None:
    """Take the column with the most writing for the words where no title says which it is."""
    if at.get("text") or "text" in told or not at.get("codes") or is_codebook(names):
        return
    lengths = {n: sum(len(row[n]) for row in body if n < len(row)) for n in free if names[n] not in _META}
    longest = max(lengths, key=lambda number: lengths[number], default=None)
    if longest is not None and lengths[longest] > 20 * max(len(body), 1):
        at["text"] = (longest,)
        del free[longest]


def _models(
    at: dict[str, tuple[int, ...]], names: Sequence[str], free: dict[int, None], told: Mapping[str, str]
) -> tuple[str, ...]:
    """Take a model for the coder where nobody else is named; return what to say about it."""
    model = next((number for number in free if names[number] in _MODEL), None)
    if model is None or at.get("coder") or "coder" in told:
        return ()
    at["coder"] = (model,)
    del free[model]
    return ("A column names a model: it is taken for the coder, a machine.",)


def _attributes(
    at: dict[str, tuple[int, ...]],
    titles: Sequence[str],
    free: dict[int, None],
    told: Mapping[str, str],
    *,
    every: bool,
) -> None:
    """Take columns about the participant; in an export of Dedoose all that are nothing else are descriptors."""
    if ATTRIBUTES in told:
        return
    found = tuple(number for number in free if titles[number] and _describes(titles[number], every))
    at[ATTRIBUTES] = found
    for number in found:
        del free[number]


def _describes(title: str, every: bool) -> bool:
    name = folded(title)
    if name in _GROUP or name.split("_")[0] in _DESCRIBED:
        return True
    return every and name not in _DEDOOSE and not name.startswith("code:")


def _tool(names: set[str]) -> str:
    """Return the tool that gives its columns these titles."""
    for tool, needed in _tools():
        if needed <= names:
            return tool
    return "a table"


def _tools() -> Iterator[tuple[str, frozenset[str]]]:
    yield "Taguette", frozenset({"id", "document", "tag", "content"})
    yield "Dedoose", frozenset({"excerpt_copy"})
    yield "MAXQDA", frozenset({"document_name", "code", "segment"})
    yield "MAXQDA", frozenset({"dokumentname", "code", "segment"})
    yield "ATLAS.ti", frozenset({"quotation_content"})
    yield "ATLAS.ti", frozenset({"zitatinhalt"})
    yield "Oral History as Data", frozenset({"timestamp", "speaker", "words", "tags"})
    yield "Delve", frozenset({"transcript", "snippet"})
