"""Scored segments in a project's queue."""

import pytest

from service import errors
from service.domain.suggestion import Passage, Suggestion
from service.store import decisions, documents, suggestions
from service.store import engine as store
from service.suggest import support
from service.use_cases.draw_sample import Sample
from service.use_cases.queue_suggestions import ProjectQueue
from service.use_cases.score_tables import Piece
from service.use_cases.training_rows import training_rows
from service.use_cases.work_queue import waiting
from tests.unit.use_cases.fakes_models import advice
from tests.unit.use_cases.worlds import World


def piece(position: int, text: str) -> Piece:
    """Return a segment of the document `d`."""
    return Piece("d", position, None, None, Passage(text))


def test_segments_come_into_the_queue_undecided(world: World) -> None:
    """They are stored by position, queued, without any decision; a second time changes nothing."""
    project = world.project()
    queue = ProjectQueue(world.engine, project.name, 1.0, support.empty(4))
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
    queue = ProjectQueue(world.engine, project.name, 1.0, support.empty(4))
    queue.add([piece(0, "One.")], [Suggestion("m", (advice("mood"),))])
    with pytest.raises(errors.Conflict):
        queue.add([piece(0, "Other."), piece(1, "Two.")], [Suggestion("m", (advice("mood"),))] * 2)
    with store.reading(world.engine) as connection:
        assert len(documents.all_segments(connection, project)) == 1


def test_an_unknown_project_is_not_found(world: World) -> None:
    """The sentence names the project."""
    with pytest.raises(errors.NotFound, match="nowhere"):
        ProjectQueue(world.engine, "nowhere", 1.0, support.empty(4)).codebook()


def bulk(world: World, project: str = "Alpha") -> ProjectQueue:
    return ProjectQueue(world.engine, project, world.now(), support.empty(4))


def said_of(world: World, segment_id: str) -> list[str]:
    """Return by which models codes were suggested for a segment, oldest first."""
    with store.reading(world.engine) as connection:
        return [found.model_id for found in suggestions.of_segments(connection, [segment_id])]


def test_a_newer_model_takes_the_place_of_an_earlier_one_and_touches_no_decision(world: World) -> None:
    """The same model adds nothing again; another does; a decision that names the earlier suggestion keeps it."""
    project = world.project()
    ann = world.person("Ann")
    for model in ("m-1", "m-1", "m-2"):
        bulk(world).add([piece(0, "One.")], [Suggestion(model, (advice("mood"),))])
    with store.reading(world.engine) as connection:
        (segment,) = documents.all_segments(connection, project)
        first, second = suggestions.of_segments(connection, [segment.segment_id])
    assert (first.model_id, second.model_id) == ("m-1", "m-2")
    world.decide(ann, segment.segment_id, suggestion_id=first.suggestion_id)
    decided = world.last(segment.segment_id)
    bulk(world).add([piece(0, "One.")], [Suggestion("m-3", (advice("mood"),))])
    assert said_of(world, segment.segment_id) == ["m-1", "m-2", "m-3"]
    assert world.last(segment.segment_id) == decided
    assert world.final(segment.segment_id)["mood"] == frozenset({"calm"})


def test_a_sample_comes_first_without_advice_and_teaches_nothing(world: World) -> None:
    """By lot ahead of everything else, withheld, and no row to train on; a decided segment is known before a draw."""
    project = world.project()
    ann = world.person("Ann")
    pieces = [piece(place, f"Words number {place}.") for place in range(6)]
    said = [Suggestion("m", (advice("mood"),))] * 6
    sample = Sample(1, 2, 6, {("d", 4): 0.2, ("d", 1): 0.7}, frozenset(), {})
    bulk(world).add(pieces, said, sample)
    with store.reading(world.engine) as connection:
        waits = [item.placed.position for item in waiting(connection, project, ann[0])]
        blind = [s.position for s in documents.all_segments(connection, project) if s.blind]
        ids = {s.position: s.segment_id for s in documents.all_segments(connection, project)}
    assert waits == [4, 1, 0, 2, 3, 5]
    assert blind == [1, 4]
    for position in (4, 0):
        world.decide(ann, ids[position])
    with store.reading(world.engine) as connection:
        assert {row.position for row in training_rows(connection, project)} == {0}
    assert [p.position for p in pieces if bulk(world).is_known(p)] == [0]
