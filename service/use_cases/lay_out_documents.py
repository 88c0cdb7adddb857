"""Fit a coded file's documents into a project: as new transcripts, or as excerpts of transcripts it has."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, islice

import sqlalchemy as sa

from service.domain.coded_file import ForeignCoding, ForeignDocument, Unit
from service.domain.projects import Project
from service.domain.transcript import Role, Segment, Transcript, Turn
from service.readers.transcripts import speakers, spoken
from service.store import documents
from service.store.documents import StoredDocument, StoredSegment
from service.suggest.segmenter import Segmenter
from service.use_cases.import_transcript import Incoming
from service.use_cases.read_transcript import Understanding


@dataclass(frozen=True)
class Laid:
    """A document whose offsets go into the text that the project has, or will have."""

    document: ForeignDocument
    incoming: Incoming
    #: Excerpts that are not in the project's document of this name, or more than once.
    lost: int = 0
    #: Of those that stand there more than once, the codings at each place: one of them was meant.
    uncertain: tuple[ForeignCoding, ...] = ()


@dataclass(frozen=True)
class Layout:
    """How new documents are cut and queued."""

    segmenter: Segmenter
    interviewers: Collection[str] = ()
    queued: bool = True
    #: What was laid out beforehand, by the document's name.
    prepared: Mapping[str, Laid] = field(default_factory=dict)

    def ready(self, documents: Iterable[ForeignDocument]) -> "Layout":
        """Lay out whole texts beforehand, without the store; their names differ."""
        return replace(self, prepared={d.name: self.new(d) for d in documents if not d.units})

    def new(self, document: ForeignDocument) -> Laid:
        """Lay out a document that the project does not have."""
        if document.units:
            return Laid(document, self._of_units(document))
        transcript = _transcript(document, self.interviewers)
        understood = Understanding(transcript, self.segmenter.segment(transcript))
        return Laid(document, Incoming(understood, document.participant, queued=self.queued))

    def _of_units(self, document: ForeignDocument) -> Incoming:
        """Return a document of segments that the file itself cuts."""
        turns = document.turns or tuple(Turn(u.speaker, "", u.start, u.end) for u in document.units)
        named = speakers.roles([turn.speaker for turn in turns], self.interviewers, ())
        turns = tuple(replace(turn, role=turn.role or named.get(turn.speaker, "")) for turn in turns)
        roles: dict[str, Role] = {turn.speaker: turn.role for turn in turns}
        units = sorted(document.units, key=lambda unit: unit.position)
        segments = tuple(
            Segment(u.position, u.start, u.end, document.text[u.start : u.end], u.speaker, roles.get(u.speaker, ""))
            for u in units
        )
        contexts = tuple(unit.context for unit in units) if any(unit.context for unit in units) else ()
        understood = Understanding(Transcript(document.name, document.text, turns), segments)
        return Incoming(understood, document.participant, contexts=contexts, queued=self.queued)

    def into(self, connection: sa.Connection, project: Project, document: ForeignDocument) -> Laid:
        """Lay out a document, within the project's one of this name where there is one."""
        known = _known(connection, project, document)
        document = document if known is None else _of_whom(document, known)
        if document.name in self.prepared:
            laid = self.prepared[document.name]
            return replace(laid, incoming=replace(laid.incoming, participant=document.participant))
        if known is None:
            return self.new(document)
        if not document.units or known.text == document.text:
            return self.new(replace(document, name=known.document_id))
        moved, places = _moved(document, known, documents.segments(connection, known))
        transcript = Transcript(known.document_id, known.text or "", known.turns)
        incoming = Incoming(Understanding(transcript, ()), document.participant, queued=self.queued)
        return Laid(moved, incoming, places.lost, tuple(places.uncertain(document.codings)))


def _transcript(document: ForeignDocument, interviewers: Collection[str]) -> Transcript:
    if not document.turns:
        return spoken.transcript_of(document.name, document.text, interviewers)
    named = speakers.roles([turn.speaker for turn in document.turns], interviewers, ()) if interviewers else {}
    turns = tuple(replace(turn, role=turn.role or named.get(turn.speaker, "")) for turn in document.turns)
    return Transcript(document.name, document.text, turns)


def _known(connection: sa.Connection, project: Project, document: ForeignDocument) -> StoredDocument | None:
    """Return the project's document of this name; of excerpts also one that differs in nothing but its suffix."""
    found = documents.find(connection, project, document.name)
    if found is not None or not document.units:
        return found
    named = [d for d in documents.every(connection, project) if _stem(d.document_id) == _stem(document.name)]
    return named[0] if len(named) == 1 else None


def _of_whom(document: ForeignDocument, known: StoredDocument) -> ForeignDocument:
    """Leave a document with whom the project knows to speak in it, where the file has no name of theirs."""
    who = document.participant
    if who is None or who.participant_id not in (document.name, known.document_id):
        return document
    return replace(document, participant=replace(who, participant_id=known.participant_id))


def _stem(document_id: str) -> str:
    stem, dot, suffix = document_id.rpartition(".")
    return stem if dot and suffix.isalnum() and len(suffix) <= 5 else document_id


def _moved(
    document: ForeignDocument, known: StoredDocument, segments: Sequence[StoredSegment]
) -> tuple[ForeignDocument, "_Places"]:
    """Move a document's excerpts to where their words stand in the project's."""
    found = _Places(document, known, segments)
    codings = tuple(replace(c, start=at[0], end=at[1]) for c in document.codings if (at := found.of(c.start, c.end)))
    nothing = tuple(replace(n, start=at[0], end=at[1]) for n in document.nothing if (at := found.of(n.start, n.end)))
    moved = replace(document, name=known.document_id, text=known.text or "", codings=codings, nothing=nothing)
    return moved, found


_Span = tuple[int, int]
#: Characters that are read in all to find a document's excerpts.
_ROOM = 10_000_000_000
#: Places of the same words; of what stands in more, nothing is known but that it is common.
_PLACES = 100
_WORD = re.compile(r"\S+")


class _Places:
    """Where the excerpts of a file stand in a document of the project."""

    def __init__(self, document: ForeignDocument, known: StoredDocument, segments: Sequence[StoredSegment]) -> None:
        self._by_position = {segment.position: segment for segment in segments} if document.placed else {}
        self._text = _Searched(known.text or "")
        units = sorted(document.units, key=lambda unit: unit.start)
        self._units: list[tuple[Unit, _Span]] = []
        self._several: list[tuple[Unit, list[_Span]]] = []
        for unit in units:
            found = self._found(unit, document.text[unit.start : unit.end])
            if len(found) == 1:
                self._units.append((unit, found[0]))
            elif found:
                self._several.append((unit, found))
        self._starts = [unit.start for unit, _ in self._units]
        self.lost = len(units) - len(self._units)

    def of(self, start: int, end: int) -> _Span | None:
        """Return where a stretch of an excerpt stands; None where the excerpt was not found."""
        index = bisect_right(self._starts, start) - 1
        if index < 0 or end > self._units[index][0].end:
            return None
        unit, place = self._units[index]
        if (start, end) == (unit.start, unit.end):
            return place
        return place[0] + start - unit.start, place[0] + end - unit.start

    def uncertain(self, codings: Iterable[ForeignCoding]) -> Iterator[ForeignCoding]:
        """Yield the codings of excerpts whose words stand there more than once, at each of these places."""
        starts = [unit.start for unit, _ in self._several]
        for made in codings:
            index = bisect_right(starts, made.start) - 1
            unit, found = self._several[index] if index >= 0 else (None, [])
            if unit is not None and made.end <= unit.end:
                yield from (replace(made, start=start, end=end) for start, end in found)

    def _found(self, unit: Unit, words: str) -> list[_Span]:
        """Return where the words of an excerpt stand, each place if there are several."""
        segment = self._by_position.get(unit.position)
        if segment is not None and segment.text == words:
            return [(segment.start, segment.end)]
        return self._text.find(words)


class _Searched:
    """A text in which words are looked for, as they are and then however they are spaced, within bounds."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._room = _ROOM
        self._known: dict[str, list[_Span]] = {}

    def find(self, words: str) -> list[_Span]:
        """Return where words stand, the first places if they stand in many."""
        if words not in self._known:
            self._room -= len(self._text)
            searched = words.strip() and self._room > 0
            self._known[words] = (self._exact(words) or self._respaced(words)) if searched else []
        return self._known[words]

    def _exact(self, words: str) -> list[_Span]:
        return [(at, at + len(words)) for at in islice(_places(self._text, words), _PLACES)]

    def _respaced(self, words: str) -> list[_Span]:
        """Find words between which spaces and line ends differ, as spreadsheets change them."""
        joined = " ".join(words.split())
        return [
            (self._at(at), self._at(at + len(joined) - 1) + 1) for at in islice(_places(self._plain, joined), _PLACES)
        ]

    @cached_property
    def _words(self) -> list[tuple[int, str]]:
        return [(found.start(), found[0]) for found in _WORD.finditer(self._text)]

    @cached_property
    def _plain(self) -> str:
        return " ".join(word for _, word in self._words)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each word begins in the text with single spaces."""
        return list(accumulate((len(word) + 1 for _, word in self._words[:-1]), initial=0))

    def _at(self, place: int) -> int:
        """Return where a character of the text with single spaces stands in the text."""
        number = bisect_right(self._starts, place) - 1
        return self._words[number][0] + place - self._starts[number]


def _places(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)
