"""Walk a project's decided segments, with all that a row about one needs, blind to what a reader may not see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from service.domain import coding
from service.domain.codebook import Codebook, Dimension
from service.domain.coding import Codes, Decision
from service.domain.people import Person
from service.domain.projects import ADHOC, Project
from service.store import decisions, documents
from service.store.documents import StoredDocument, StoredSegment

_AT_ONCE = 500


@dataclass(frozen=True)
class CodedSegment:
    """A segment that somebody decided on."""

    document: StoredDocument
    segment: StoredSegment
    #: The previous turn, as far as it is known.
    context: str
    #: What a model reads before it: the segment stored before, or else the context.
    previous: str
    #: The dimensions that apply to it.
    dimensions: tuple[Dimension, ...]
    decisions: Sequence[Decision]

    @property
    def participant_id(self) -> str:
        """Who speaks; a segment that stands alone is its own participant."""
        if self.document.document_id == ADHOC:
            return f"{ADHOC}/{self.segment.position}"
        return self.document.participant_id

    def final(self) -> dict[str, Codes | None]:
        """Return its final coding, by dimension."""
        return coding.final_codes(self.decisions, self.segment.needs, self.dimensions)

    def deciding(self, dimension_id: str) -> list[Decision]:
        """Return the decisions that a final code in this dimension rests on."""
        settling = coding.settled_by(self.decisions).get(dimension_id)
        if settling is not None:
            return [settling]
        return [d for d in coding.standing(self.decisions).values() if dimension_id in d.codes]

    def involved(self, dimension_id: str) -> list[Decision]:
        """Return the decisions of everyone who had a hand in a final code of this dimension."""
        standing = coding.standing(self.decisions).values()
        return list({d.decision_id: d for d in (*standing, *self.deciding(dimension_id))}.values())


def coded_segments(
    connection: sa.Connection, project: Project, book: Codebook, reader: Person | None = None
) -> Iterator[CodedSegment]:
    """Yield the decided segments of a project by document and position.

    Args:
        connection: a view of the store that stays the same while this runs.
        project: whose segments.
        book: the project's codebook.
        reader: who will see the result; what is open to them is left out. None is the operator, who sees all.
    """
    for document in documents.every(connection, project):
        before = ""
        stored = iter(documents.segments(connection, document))
        while chunk := list(islice(stored, _AT_ONCE)):
            found = decisions.of_segments(connection, [segment.segment_id for segment in chunk])
            for segment in chunk:
                past = found.get(segment.segment_id, [])
                if past and not _hidden(segment, past, reader):
                    dimensions = book.applying(segment.speaker, segment.role)
                    around = segment.context or before, before or segment.context
                    yield CodedSegment(document, segment, *around, dimensions, past)
                before = "" if document.document_id == ADHOC else segment.text


def _hidden(segment: StoredSegment, past: Sequence[Decision], reader: Person | None) -> bool:
    if reader is None or not reader.may_decide:
        return False
    return coding.is_open(past, segment.needs, reader.person_id)
