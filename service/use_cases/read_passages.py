"""Stored segments as a model reads them: each with what stands around it in its document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service.domain.projects import ADHOC
from service.domain.suggestion import REACH, Passage, around, place
from service.store import documents
from service.store.documents import StoredDocument, StoredSegment

#: From so many segments of one document on, it is read at once.
_READ_WHOLE = 4


@dataclass(frozen=True)
class _Around:
    """What stands around a segment, nearest first, and how far into a whole transcript it stands."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    place: float | None = None


_ALONE = _Around()


def read_passages(
    connection: sa.Connection, segments: Sequence[StoredSegment], contexts: Sequence[str]
) -> list[Passage]:
    """Return a passage for each segment, in order.

    Args:
        connection: a view of the store.
        segments: the segments, of any documents.
        contexts: what was sent as said before each; used only where the document does not tell.
    """
    asked: dict[int, list[StoredSegment]] = {}
    for segment in segments:
        asked.setdefault(segment.document_number, []).append(segment)
    owners = documents.by_numbers(connection, asked)
    known = {number: _around(connection, owners[number], found) for number, found in asked.items()}
    return [
        _passage(owners[segment.document_number], segment, context, known[segment.document_number])
        for segment, context in zip(segments, contexts, strict=True)
    ]


def _around(
    connection: sa.Connection, document: StoredDocument, asked: Sequence[StoredSegment]
) -> Mapping[str, _Around]:
    """Return what stands around segments of a document, by segment id; one that stands alone has nothing."""
    if document.document_id == ADHOC:
        return {}
    if len(asked) < _READ_WHOLE:
        return {segment.segment_id: _look(connection, document, segment) for segment in asked}
    found = documents.segments(connection, document)
    texts = [segment.text for segment in found]
    return {
        segment.segment_id: _Around(*around(texts, row), place(row, len(texts)) if document.imported else None)
        for row, segment in enumerate(found)
    }


def _look(connection: sa.Connection, document: StoredDocument, segment: StoredSegment) -> _Around:
    """Read only what a model reads around one segment."""
    before = documents.neighbours(connection, segment, REACH, after=False)
    after = documents.neighbours(connection, segment, REACH, after=True)
    if not document.imported:
        return _Around(before, after)
    return _Around(before, after, place(*documents.rank(connection, segment)))


def _passage(document: StoredDocument, segment: StoredSegment, context: str, known: Mapping[str, _Around]) -> Passage:
    alone = document.document_id == ADHOC
    found = known.get(segment.segment_id, _ALONE)
    said = context or segment.context
    return Passage(
        segment.text,
        segment.speaker,
        segment.role,
        found.before or ((said,) if said else ()),
        found.after,
        found.place,
        f"{ADHOC}/{segment.position}" if alone else document.participant_id,
        document.document_id,
    )
