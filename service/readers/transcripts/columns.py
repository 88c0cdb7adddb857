"""Tables of speech: which column holds the words, which the speaker, and the rows as lines of a conversation."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.domain.transcript import Role
from service.readers.transcripts import prefixes, speakers
from service.readers.transcripts.lines import Line, word_set

Row = Sequence[str]

_SPEAKER = word_set(
    "speaker speakers who name person talker speaker_name speakername speaker_id speakerid voice participant "
    "interlocutor locuteur locutrice sprecher sprecherin hablante orador sp spk"
)
_TEXT = word_set(
    "text content utterance utterances words word transcript transcription speech sentence dialogue dialog said say "
    "message caption captions quote spoken what turn_text turn body statement response texte contenu inhalt texto "
    "contenido text_content verbatim "
    "wortlaut gesagtes aussage redebeitrag paroles propos"
)
_ROLE = frozenset({"role", "speaker_role", "rolle", "rôle"})
_DOCUMENT = frozenset({"document_id", "document", "doc_id", "transcript_id", "interview_id"})
_POSITION = word_set("position turn_id turn_index utterance_id index order seq sequence")
_OTHER = word_set(
    "timestamp time timespan start end start_time end_time starttime endtime duration begin in out id tags tag "
    "highlight timelink line no nr notes note comment comments language confidence codes dimension"
)
_KNOWN = _SPEAKER | _TEXT | _ROLE | _DOCUMENT | _POSITION | _OTHER
#: A row of titles and a question with its answer.
_LEAST_TITLED = 3
_LONGEST_TITLE = 60
TAGS = re.compile(r"</?(?:a|b|i|u|em|strong|p|span|div|font|br|sup|sub|v|c)(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)


@dataclass(frozen=True)
class Columns:
    """Where a table holds what; None for what it lacks."""

    text: int
    speaker: int | None = None
    role: int | None = None
    document: int | None = None
    position: int | None = None
    header: bool = True


def folded(cell: str) -> str:
    """Return a column's name as it is compared."""
    return re.sub(r"[\s\-]+", "_", cell.strip().strip("\ufeff").casefold().rstrip(":"))


def find(rows: Sequence[Row]) -> Columns | None:
    """Say where a table holds its speech; None where it is no table of speech."""
    if not rows:
        return None
    names = [folded(cell) for cell in rows[0]]
    if any(name in _TEXT for name in names) and all(len(name) < _LONGEST_TITLE for name in names):
        return _named(names)
    return _shaped(rows)


def names_columns(row: Row) -> bool:
    """Say whether a row names a column of words and another one."""
    names = [folded(cell) for cell in row]
    known = sum(name in _KNOWN for name in names)
    return known > 1 and any(name in _TEXT for name in names) and all(len(name) < _LONGEST_TITLE for name in names)


def _named(names: list[str]) -> Columns:
    def at(known: frozenset[str]) -> int | None:
        return next((number for number, name in enumerate(names) if name in known), None)

    def first(preferred: Sequence[str], known: frozenset[str]) -> int | None:
        return next((names.index(name) for name in preferred if name in names), at(known))

    text = first(("text", "content", "utterance", "words"), _TEXT)
    speaker = first(("speaker", "speaker_name", "name", "who"), _SPEAKER)
    role = at(_ROLE)
    if speaker is None:
        speaker, role = role, None
    return Columns(text or 0, speaker, role, at(_DOCUMENT), at(_POSITION))


def _shaped(rows: Sequence[Row]) -> Columns | None:
    """Find the columns of a table without a header: a few short names that come back, beside the most words."""
    width = max(len(row) for row in rows)
    cells = [[row[i].strip() if i < len(row) else "" for row in rows] for i in range(width)]
    lengths = [sum(map(len, column)) for column in cells]
    text = max(range(width), key=lambda i: lengths[i])
    known = sum(folded(cell) in _KNOWN for cell in rows[0])
    header = known >= 2 or (known == 1 and len(rows[0]) == 1) or _is_titles(rows)
    body = [column[1:] if header else column for column in cells]
    speaker = next((i for i in range(width) if i != text and _names(body[i])), None)
    if speaker is not None and lengths[text] > lengths[speaker]:
        return Columns(text, speaker, header=header)
    timed = any(i != text and _times(body[i]) for i in range(width))
    return Columns(text, header=header) if timed else None


def _is_titles(rows: Sequence[Row]) -> bool:
    """Say whether the first row names its columns: one as a speaker's, which comes back in none of them."""
    first = [cell.strip() for cell in rows[0]]
    column = next((i for i, cell in enumerate(first) if folded(cell) in _SPEAKER), None)
    if column is None or len(first) < 2 or len(rows) < _LEAST_TITLED:
        return False
    comes_back = any(speakers.key(_cell(row, column)) == speakers.key(first[column]) for row in rows[1:])
    brief = all(0 < len(cell.split()) <= 3 and not prefixes.ends_sentence(cell) for cell in first)
    return brief and not comes_back


def _names(column: list[str]) -> bool:
    """Say whether a column holds speakers: short names, few of them, that come back."""
    filled = [cell.rstrip(": ") for cell in column if cell]
    distinct = {speakers.key(cell) for cell in filled}
    if not filled or len(filled) < 0.2 * len(column):
        return False
    shaped = sum(speakers.is_name(cell) for cell in filled) >= 0.9 * len(filled)
    roles = all(speakers.is_role(cell) or speakers.is_letter(cell) for cell in filled)
    return shaped and (len(distinct) <= max(len(filled) / 2, 1) or roles or len(filled) <= 3)


def _times(column: list[str]) -> bool:
    filled = [cell for cell in column if cell]
    return len(filled) > 0 and sum(map(prefixes.is_time, filled)) >= 0.9 * len(filled)


def lines(rows: Sequence[Row], columns: Columns) -> Iterator[Line]:
    """Turn a table's rows into lines; a row without a speaker goes on with the one before."""
    document, speaker = "", ""
    for row in _ordered(rows[1:] if columns.header else rows, columns):
        speaker = "" if _cell(row, columns.document) != document else speaker
        document = _cell(row, columns.document)
        speaker = _cell(row, columns.speaker).strip().rstrip(":：").strip() or speaker
        role = _role(_cell(row, columns.role))
        for number, text in enumerate(_words(_cell(row, columns.text))):
            if columns.speaker is None:
                yield Line(text, first=number == 0)
            else:
                yield Line(text, speaker, role, "\n", first=number == 0)
        if columns.speaker is None:
            yield Line("")


def _words(cell: str) -> list[str]:
    text = re.sub(r"<br\s*/?>", "\n", cell, flags=re.IGNORECASE) if "<" in cell else cell
    return [part for part in TAGS.sub("", text).split("\n") if part.strip()]


def _cell(row: Row, column: int | None) -> str:
    return row[column] if column is not None and column < len(row) else ""


def _role(cell: str) -> Role:
    found = set(speakers.words(cell))
    if found & (speakers.ASKING | speakers.PERHAPS_ASKING):
        return "interviewer"
    return "participant" if found & speakers.ANSWERING else ""


def _ordered(rows: Sequence[Row], columns: Columns) -> list[Row]:
    """Keep the file's order, but where all rows have a position, go by it within each document."""
    positions = [_cell(row, columns.position).strip() for row in rows]
    if columns.position is None or not all(re.fullmatch(r"\d{1,12}", position) for position in positions):
        return list(rows)
    first = {document: n for n, document in reversed(list(enumerate(_cell(r, columns.document) for r in rows)))}
    order = sorted(range(len(rows)), key=lambda n: (first[_cell(rows[n], columns.document)], int(positions[n]), n))
    return [rows[n] for n in order]
