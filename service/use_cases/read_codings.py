"""Walk a project's decided segments, with all that a row about one needs, blind to what a reader may not see."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from service.domain import coding, imported
from service.domain.codebook import Codebook, Dimension
from service.domain.coding import Codes, Decision
from service.domain.imported import ImportedCoding
from service.domain.people import Person
from service.domain.projects import ADHOC, Project
from service.store import decisions, documents, imports
from service.store.documents import StoredDocument, StoredSegment

_AT_ONCE = 500


@dataclass(frozen=True)
class CodedSegment:
    """A segment that somebody decided on, or coded before it was imported."""

    document: StoredDocument
    segment: StoredSegment
    #: The previous turn, as far as it is known.
    context: str
    #: What a model reads before it: the segment stored before, or else the context.
    previous: str
    #: The dimensions that apply to it.
    dimensions: tuple[Dimension, ...]
    decisions: Sequence[Decision]
    #: What people coded elsewhere; no final coding comes of it.
    imported: Sequence[ImportedCoding] = ()

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

    def standing_elsewhere(self) -> tuple[ImportedCoding, ...]:
        """Return what people coded elsewhere, but what they have decided here themselves."""
        standing = coding.standing(self.decisions)
        decided = {(person, dimension) for person, made in standing.items() for dimension in made.codes}
        return tuple(given for given in self.imported if (given.person_id, given.dimension) not in decided)

    def elsewhere(self, people: Mapping[str, str]) -> dict[str, dict[str, ImportedCoding]]:
        """Return the same by coder's name and dimension; `people` are names of people of the store, by id."""
        return imported.by_coder(self.standing_elsewhere(), people)

    def involved(self, dimension_id: str) -> list[Decision]:
        """Return the decisions of everyone who had a hand in a final code of this dimension."""
        standing = coding.standing(self.decisions).values()
        return list({d.decision_id: d for d in (*standing, *self.deciding(dimension_id))}.values())


def coded_segments(
    connection: sa.Connection, project: Project, book: Codebook, reader: Person | None = None
) -> Iterator[CodedSegment]:
    """Yield the segments of a project that are decided on, or coded elsewhere, by document and position.

    Args:
        connection: a view of the store that stays the same while this runs.
        project: whose segments.
        book: the project's codebook.
        reader: who will see the result; what is open to them is left out, but for what they coded themselves
            elsewhere. None is the operator, who sees all.
    """
    for document in documents.every(connection, project):
        before = ""
        stored = iter(documents.segments(connection, document))
        while chunk := list(islice(stored, _AT_ONCE)):
            ids = [segment.segment_id for segment in chunk]
            found, elsewhere = decisions.of_segments(connection, ids), imports.of_segments(connection, ids)
            for segment in chunk:
                known = found.get(segment.segment_id, ()), elsewhere.get(segment.segment_id, ())
                past, others = _shown(segment, *known, reader)
                if past or others:
                    dimensions = book.applying(segment.speaker, segment.role)
                    around = segment.context or before, before or segment.context
                    yield CodedSegment(document, segment, *around, dimensions, past, others)
                before = "" if document.document_id == ADHOC else segment.text


def _shown(
    segment: StoredSegment, past: Sequence[Decision], elsewhere: Sequence[ImportedCoding], reader: Person | None
) -> tuple[Sequence[Decision], Sequence[ImportedCoding]]:
    """Return what the reader may see of what was decided on a segment, and of what was coded elsewhere."""
    if reader is None or not reader.may_decide:
        return past, elsewhere
    waiting = coding.is_open(past, segment.needs, reader.person_id)
    return () if waiting else past, imported.visible(elsewhere, reader.person_id, waiting=waiting)
