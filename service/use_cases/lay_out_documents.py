"""Fit a coded file's documents into a project: as new transcripts, or as excerpts of transcripts it has."""

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import sqlalchemy as sa

from service.domain.coded_file import ForeignDocument, Unit
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


@dataclass(frozen=True)
class Layout:
    """How new documents are cut and queued."""

    segmenter: Segmenter
    interviewers: Collection[str] = ()
    queued: bool = True

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
        if known is None:
            return self.new(document)
        if not document.units or known.text == document.text:
            return self.new(replace(document, name=known.document_id))
        moved, lost = _moved(document, known, documents.segments(connection, known))
        transcript = Transcript(known.document_id, known.text or "", known.turns)
        return Laid(moved, Incoming(Understanding(transcript, ()), document.participant, queued=self.queued), lost)


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


def _stem(document_id: str) -> str:
    stem, dot, suffix = document_id.rpartition(".")
    return stem if dot and suffix.isalnum() and len(suffix) <= 5 else document_id


def _moved(
    document: ForeignDocument, known: StoredDocument, segments: Sequence[StoredSegment]
) -> tuple[ForeignDocument, int]:
    """Move a document's excerpts to where their words stand in the project's, and count those that can't be found."""
    found = _Places(document, known, segments)
    codings = tuple(replace(c, start=at[0], end=at[1]) for c in document.codings if (at := found.of(c.start, c.end)))
    nothing = tuple(replace(n, start=at[0], end=at[1]) for n in document.nothing if (at := found.of(n.start, n.end)))
    moved = replace(document, name=known.document_id, text=known.text or "", codings=codings, nothing=nothing)
    return moved, found.lost


class _Places:
    """Where the excerpts of a file stand in a document of the project."""

    def __init__(self, document: ForeignDocument, known: StoredDocument, segments: Sequence[StoredSegment]) -> None:
        self._by_position = {segment.position: segment for segment in segments}
        self._text = known.text or ""
        units = sorted(document.units, key=lambda unit: unit.start)
        placed = [(unit, self._place(unit, document.text[unit.start : unit.end])) for unit in units]
        self._units = [(unit, place) for unit, place in placed if place is not None]
        self._starts = [unit.start for unit, _ in self._units]
        self.lost = len(units) - len(self._units)

    def of(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where a stretch of an excerpt stands; None where the excerpt was not found."""
        index = bisect_right(self._starts, start) - 1
        if index < 0 or end > self._units[index][0].end:
            return None
        unit, place = self._units[index]
        if (start, end) == (unit.start, unit.end):
            return place
        return place[0] + start - unit.start, place[0] + end - unit.start

    def _place(self, unit: Unit, words: str) -> tuple[int, int] | None:
        segment = self._by_position.get(unit.position)
        if segment is not None and segment.text == words:
            return segment.start, segment.end
        if not words.strip():
            return None
        at = self._text.find(words)
        if at >= 0:
            return (at, at + len(words)) if self._text.find(words, at + 1) < 0 else None
        return self._respaced(words)

    def _respaced(self, words: str) -> tuple[int, int] | None:
        """Find words between which spaces and line ends differ, as spreadsheets change them."""
        found = list(islice(re.finditer(r"\s+".join(map(re.escape, words.split())), self._text), 2))
        return found[0].span() if len(found) == 1 else None
