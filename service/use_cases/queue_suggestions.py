"""Put scored segments, with what the model suggests, into a project's queue: for people to decide, never decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from service.domain.codebook import Codebook
from service.domain.suggestion import Suggestion
from service.store import decisions, documents, projects, suggestions
from service.store import engine as store
from service.store.documents import StoredSegment
from service.store.suggestions import Answer
from service.suggest.support import Support
from service.use_cases import access
from service.use_cases.draw_sample import Place, Sample
from service.use_cases.score_tables import Piece
from service.use_cases.store_segments import AskedSegment, store_segments


@dataclass(frozen=True)
class ProjectQueue:
    """The queue of one project; segments that the project has already keep their ids and their decisions."""

    engine: sa.Engine
    project_name: str
    now: float
    #: What the model that scores was fitted on.
    support: Support

    def codebook(self) -> Codebook:
        """Return the project's codebook; raise `NotFound` where there is no such project."""
        with store.reading(self.engine) as connection:
            return projects.codebook_of(connection, access.named(connection, self.project_name))

    def add(self, pieces: Sequence[Piece], said: Sequence[Suggestion], sample: Sample | None = None) -> None:
        """Store segments, in document order, and the suggestions on them, which take the place of earlier ones.

        What an earlier model suggested is kept, with whatever was decided in its sight; the latest one counts.

        Args:
            pieces: the segments.
            said: what is suggested for each.
            sample: those of these segments that come first in the queue, and never get advice.

        Raises:
            NotFound: there is no such project.
            Conflict: other text stands at a segment's place in the project.
        """
        asked = [_asked(piece) for piece in pieces]
        with store.writing(self.engine) as connection:
            stored = store_segments(connection, access.named(connection, self.project_name), asked, self.now)
            known = _queued_by(connection, stored)
            pairs = zip(stored, said, strict=True)
            answers = [Answer(s.segment_id, found) for s, found in pairs if known.get(s.segment_id) != found.model_id]
            suggestions.add(connection, answers, self.now)
            documents.put_in_sample(connection, _lots(pieces, stored, sample))

    def is_known(self, piece: Piece) -> bool:
        """Say whether a segment was decided already, or the model was fitted on it; never of an earlier sample."""
        place = piece.document_id, piece.position
        return place not in self._sampled and (place in self._coded or self.support.trained_on(piece.passage.text))

    @cached_property
    def _sampled(self) -> frozenset[Place]:
        return frozenset(place for place, segment in self._stored.items() if segment.lot is not None)

    @cached_property
    def _coded(self) -> frozenset[Place]:
        with store.reading(self.engine) as connection:
            holders = decisions.holders(connection, access.named(connection, self.project_name))
        learned = self.support.segments
        return frozenset(
            place for place, s in self._stored.items() if s.segment_id in learned or holders.get(s.segment_id)
        )

    @cached_property
    def _stored(self) -> dict[Place, documents.Placed]:
        with store.reading(self.engine) as connection:
            project = access.named(connection, self.project_name)
            names = {document.number: document.document_id for document in documents.every(connection, project)}
            placed = documents.placed(connection, project)
        return {(names[segment.document_number], segment.position): segment for segment in placed}


def _queued_by(connection: sa.Connection, stored: Sequence[StoredSegment]) -> dict[str, str]:
    """Return which model last suggested codes for each of these segments in bulk, by segment id."""
    past = suggestions.of_segments(connection, [segment.segment_id for segment in stored])
    return {s.segment_id: s.model_id for s in past if s.person_id is None and s.token_id is None}


def _lots(pieces: Sequence[Piece], stored: Sequence[StoredSegment], sample: Sample | None) -> dict[str, float]:
    if sample is None:
        return {}
    places = (
        (segment.segment_id, (piece.document_id, piece.position)) for piece, segment in zip(pieces, stored, strict=True)
    )
    return {segment_id: sample.lots[place] for segment_id, place in places if place in sample.lots}


def _asked(piece: Piece) -> AskedSegment:
    passage = piece.passage
    return AskedSegment(passage.text, piece.document_id, piece.position, passage.speaker, passage.previous, queue=True)
