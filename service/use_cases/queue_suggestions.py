"""Put scored segments, with what the model suggests, into a project's queue: for people to decide, never decided."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service.domain.codebook import Codebook
from service.domain.suggestion import Suggestion
from service.store import engine as store
from service.store import projects, suggestions
from service.store.suggestions import Answer
from service.use_cases import access
from service.use_cases.score_tables import Piece
from service.use_cases.store_segments import AskedSegment, store_segments


@dataclass(frozen=True)
class ProjectQueue:
    """The queue of one project; segments that the project has already keep their ids and their decisions."""

    engine: sa.Engine
    project_name: str
    now: float

    def codebook(self) -> Codebook:
        """Return the project's codebook; raise `NotFound` where there is no such project."""
        with store.reading(self.engine) as connection:
            return projects.codebook_of(connection, access.named(connection, self.project_name))

    def add(self, pieces: Sequence[Piece], said: Sequence[Suggestion]) -> None:
        """Store segments, in document order, and the suggestions on them.

        Raises:
            NotFound: there is no such project.
            Conflict: other text stands at a segment's place in the project.
        """
        asked = [_asked(piece) for piece in pieces]
        with store.writing(self.engine) as connection:
            stored = store_segments(connection, access.named(connection, self.project_name), asked, self.now)
            answers = [Answer(s.segment_id, found) for s, found in zip(stored, said, strict=True)]
            suggestions.add(connection, answers, self.now)


def _asked(piece: Piece) -> AskedSegment:
    passage = piece.passage
    return AskedSegment(passage.text, piece.document_id, piece.position, passage.speaker, passage.previous, queue=True)
