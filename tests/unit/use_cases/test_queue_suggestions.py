"""Scored segments in a project's queue."""

import pytest

from service import errors
from service.domain.suggestion import Passage, Suggestion
from service.store import decisions, documents
from service.store import engine as store
from service.use_cases.queue_suggestions import ProjectQueue
from service.use_cases.score_tables import Piece
from tests.unit.use_cases.fakes_models import advice
from tests.unit.use_cases.worlds import World


def piece(position: int, text: str) -> Piece:
    """Return a segment of the document `d`."""
    return Piece("d", position, None, None, Passage(text))


def test_segments_come_into_the_queue_undecided(world: World) -> None:
    """They are stored by position, queued, without any decision; a second time changes nothing."""
    project = world.project()
    queue = ProjectQueue(world.engine, project.name, 1.0)
    said = [Suggestion("m", (advice("mood"),))] * 2
    for _ in range(2):
        queue.add([piece(0, "One."), piece(1, "Two.")], said)
    with store.reading(world.engine) as connection:
        found = documents.all_segments(connection, project)
        assert [(s.position, s.text, s.queued) for s in found] == [(0, "One.", True), (1, "Two.", True)]
        assert decisions.of_project(connection, project) == {}


def test_other_text_in_a_place_is_refused(world: World) -> None:
    """What stands in the project stays, and nothing of the rest is stored."""
    project = world.project()
    queue = ProjectQueue(world.engine, project.name, 1.0)
    queue.add([piece(0, "One.")], [Suggestion("m", (advice("mood"),))])
    with pytest.raises(errors.Conflict):
        queue.add([piece(0, "Other."), piece(1, "Two.")], [Suggestion("m", (advice("mood"),))] * 2)
    with store.reading(world.engine) as connection:
        assert len(documents.all_segments(connection, project)) == 1


def test_an_unknown_project_is_not_found(world: World) -> None:
    """The sentence names the project."""
    with pytest.raises(errors.NotFound, match="nowhere"):
        ProjectQueue(world.engine, "nowhere", 1.0).codebook()
