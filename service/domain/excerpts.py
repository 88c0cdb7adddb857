"""Coded excerpts: what coders gave to segments, the truth they amount to, and what stands around a segment."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from service.domain.coding import AdviceGiven, most_advice
from service.domain.suggestion import REACH, Passage, place

SYNTHETIC = "synthetic"
#: Coded outside of Inkling, and taken over from another tool's file.
IMPORTED = "imported"
#: The column of an export that says "yes" of segments in the random sample of an archive: they measure models, and
#: teach none.
SAMPLED = "archive_sample"
#: The further column that names the models whose advice had been shown; a list of them comes as its text.
ADVICE_MODEL = "advice_model"

#: Document, position, dimension.
Place = tuple[str, int, str]

#: Where this share of the contexts given hold an earlier segment, the rows are a running transcript.
_RUNNING = 0.3
#: How many positions before it a segment's context is looked for.
LOOK_BACK = 30


@dataclass(frozen=True)
class CodingRow:
    """What one coder gave to one segment on one dimension; no codes means that none applied."""

    document_id: str
    position: int
    text: str
    dimension: str
    codes: tuple[str, ...]
    speaker: str = ""
    #: The turn before, as the file gives it.
    context: str = ""
    #: The document's id where the file names no participant.
    participant_id: str = ""
    #: "" is the agreed coding.
    annotator_id: str = ""
    origin: str = ""
    #: Further columns, kept as text.
    extra: Mapping[str, str] = field(default_factory=dict)
    #: Whether the file gave the position; otherwise it is the row order.
    placed: bool = True
    #: Whether advice had been shown to whoever gave these codes.
    advice: AdviceGiven = "none"
    #: What its coder last gave before they could have seen anyone else's coding: these codes, others, or nothing.
    independent: tuple[str, ...] | Literal["given"] | None = "given"
    #: Whether the segment came to its coders by lot; None where none were chosen for what they teach a model.
    by_lot: bool | None = None
    #: False where the row is material for agreement alone and never says what is true.
    settles: bool = True
    #: Whether it is known that the rows of its document don't follow one another as they were said.
    loose: bool = False

    @property
    def place(self) -> Place:
        """The segment and dimension it speaks of."""
        return (self.document_id, self.position, self.dimension)

    @property
    def participant(self) -> str:
        """Who speaks: the participant, or else the document."""
        return self.participant_id or self.document_id

    @property
    def synthetic(self) -> bool:
        """Whether the excerpt was invented."""
        return self.origin == SYNTHETIC


def truth(rows: Iterable[CodingRow]) -> dict[Place, tuple[str, ...]]:
    """Return what counts as true per segment and dimension, codes sorted.

    It is the agreed row; else the only coder's; else what all coders gave, if equal; otherwise the place is left out.
    """
    settled = ((place, _settle(found)) for place, found in _by_place(rows).items())
    return {place: codes for place, codes in settled if codes is not None}


def _settle(rows: Sequence[CodingRow]) -> tuple[str, ...] | None:
    given = {tuple(sorted(set(row.codes))) for row in _settling(rows)}
    return given.pop() if len(given) == 1 else None


def _settling(rows: Sequence[CodingRow]) -> list[CodingRow]:
    """Return the rows of one place that say what is true there: the agreed one, or else those of its coders."""
    counted = [row for row in rows if row.settles]
    return [row for row in counted if row.annotator_id == ""] or counted


def advice(rows: Iterable[CodingRow]) -> dict[Place, AdviceGiven]:
    """Return per segment and dimension whether advice had been shown to anyone whose coding counts as true."""
    settling = {place: _settling(found) for place, found in _by_place(rows).items()}
    return {place: most_advice({row.advice for row in found}) for place, found in settling.items() if found}


def advisers(rows: Iterable[CodingRow]) -> dict[Place, frozenset[str]]:
    """Return per segment and dimension the models whose advice anyone had in view whose coding counts as true."""
    settling = {place: _settling(found) for place, found in _by_place(rows).items()}
    return {
        place: frozenset(name for row in found for name in re.findall(r"[\w.-]+", row.extra.get(ADVICE_MODEL, "")))
        for place, found in settling.items()
    }


@dataclass(frozen=True)
class Given:
    """What one coder gave to a segment on a dimension, by themselves."""

    coder: str
    codes: tuple[str, ...]
    advice: AdviceGiven


def coders(rows: Iterable[CodingRow]) -> dict[Place, tuple[Given, ...]]:
    """Return what each coder gave by themselves, per segment and dimension, by the coder's name.

    Agreed codings are no one coder's, and invented excerpts nobody's.
    """
    own = _by_place(row for row in rows if row.annotator_id and not row.synthetic)
    found = {place: {given.coder: given for given in map(_given, listed) if given} for place, listed in own.items()}
    return {place: tuple(given[name] for name in sorted(given)) for place, given in found.items() if given}


def late(rows: Iterable[CodingRow]) -> dict[Place, int]:
    """Return how many coders, per segment and dimension, coded it only once they could have seen what others had."""
    own = _by_place(row for row in rows if row.annotator_id and not row.synthetic and row.independent is None)
    return {place: len({row.annotator_id for row in found}) for place, found in own.items()}


def _given(row: CodingRow) -> Given | None:
    codes = row.codes if row.independent == "given" else row.independent
    return None if codes is None else Given(row.annotator_id, tuple(sorted(set(codes))), row.advice)


def _by_place(rows: Iterable[CodingRow]) -> dict[Place, list[CodingRow]]:
    places: dict[Place, list[CodingRow]] = defaultdict(list)
    for row in rows:
        places[row.place].append(row)
    return places


def passages(rows: Iterable[CodingRow]) -> dict[tuple[str, int], Passage]:
    """Return each distinct segment as a model reads it, with what stands around it as far as the rows know.

    The context that a file gives comes first; the neighbours by position serve where it gives none. Other segments
    are read only where the rows are a running transcript and not loose excerpts of one document, and only as far as
    the next gap in the positions; how far into the transcript a segment stands is known where there is no gap.
    """
    out: dict[tuple[str, int], Passage] = {}
    for document_id, segments in _by_position(rows).items():
        around = segments if _running(segments) else {}
        extent = Extent(min(segments), max(segments), len(around))
        for position, row in segments.items():
            out[document_id, position] = passage(row, around, extent)
    return out


@dataclass(frozen=True)
class Extent:
    """The first and the last position of a document, and how many segments of it can be read around another."""

    first: int
    last: int
    segments: int

    def place(self, position: int) -> float | None:
        """Return how far into the transcript a segment stands; None where there are gaps, or nothing around it."""
        whole = self.segments > 1 and self.last - self.first + 1 == self.segments
        return place(position - self.first, self.segments) if whole else None


def passage(row: CodingRow, around: Mapping[int, CodingRow], extent: Extent) -> Passage:
    """Return a segment as a model reads it, given those within reach of it, by position."""
    before = _walk(around, row.position, -1)
    if row.context:
        before = (row.context, *before[1:])
    return Passage(
        row.text,
        row.speaker,
        row.extra.get("role", ""),
        before,
        _walk(around, row.position, 1),
        extent.place(row.position),
        row.participant,
        row.document_id,
    )


def _walk(around: Mapping[int, CodingRow], start: int, step: int) -> tuple[str, ...]:
    """Return the texts that follow one another in one direction, nearest first, to the next gap."""
    found: list[str] = []
    while len(found) < REACH and (row := around.get(start + step * (len(found) + 1))) is not None:
        found.append(row.text)
    return tuple(found)


def loose_documents(rows: Iterable[CodingRow]) -> frozenset[str]:
    """Return the documents whose rows are loose excerpts, and no running transcript."""
    return frozenset(name for name, segments in _by_position(rows).items() if not _running(segments))


def _by_position(rows: Iterable[CodingRow]) -> dict[str, dict[int, CodingRow]]:
    """Return each document's segments; of the rows of one, the first that has a context stands for it."""
    documents: dict[str, dict[int, CodingRow]] = defaultdict(dict)
    for row in rows:
        known = documents[row.document_id].get(row.position)
        if known is None or (not known.context and row.context):
            documents[row.document_id][row.position] = row
    return documents


def _running(segments: Mapping[int, CodingRow]) -> bool:
    """Say whether the segments follow one another in a transcript: their contexts hold earlier segments."""
    if any(row.loose for row in segments.values()):
        return False
    given = [row for row in segments.values() if row.context]
    return is_running(len(given), sum(holds_earlier(row, segments) for row in given))


def is_running(given: int, seen: int) -> bool:
    """Say whether a document is a running transcript: how many contexts it has, and how many hold earlier segments."""
    return seen >= _RUNNING * given


def holds_earlier(row: CodingRow, segments: Mapping[int, CodingRow]) -> bool:
    """Say whether the context of a segment holds one that stands before it, of these, by position."""
    earlier = (segments.get(row.position - step) for step in range(1, LOOK_BACK))
    texts = (found.text.strip() for found in earlier if found is not None)
    return any(text != "" and text in row.context for text in texts)
