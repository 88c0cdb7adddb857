"""Stored segments as a model reads them: each with what stands around it in its document."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from service.domain.projects import ADHOC
from service.domain.suggestion import Passage
from service.store import documents
from service.store.documents import StoredDocument, StoredSegment

#: From so many segments of one document on, its neighbours are read at once.
_READ_WHOLE = 4

#: The texts before and after some segments, by segment id.
Around = Mapping[str, tuple[str, str]]


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
    around = {number: _around(connection, owners[number], found) for number, found in asked.items()}
    return [
        _passage(owners[segment.document_number], segment, context, around[segment.document_number])
        for segment, context in zip(segments, contexts, strict=True)
    ]


def _around(connection: sa.Connection, document: StoredDocument, asked: Sequence[StoredSegment]) -> Around:
    """Return the neighbours of a document's segments; one that stands alone has none."""
    if document.document_id == ADHOC:
        return {}
    if len(asked) < _READ_WHOLE:
        return {
            segment.segment_id: (
                documents.neighbour(connection, segment, after=False) or "",
                documents.neighbour(connection, segment, after=True) or "",
            )
            for segment in asked
        }
    found = documents.segments(connection, document)
    texts = ["", *(segment.text for segment in found), ""]
    return {segment.segment_id: (texts[i], texts[i + 2]) for i, segment in enumerate(found)}


def _passage(document: StoredDocument, segment: StoredSegment, context: str, around: Around) -> Passage:
    alone = document.document_id == ADHOC
    previous, following = around.get(segment.segment_id, ("", ""))
    return Passage(
        segment.text,
        segment.speaker,
        segment.role,
        previous or context or segment.context,
        following,
        f"{ADHOC}/{segment.position}" if alone else document.participant_id,
        document.document_id,
    )
