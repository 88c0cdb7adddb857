"""A project's codings as training rows: final ones settle, coders' own ones are for agreement."""

from pathlib import Path

import pytest

from service.domain.excerpts import CodingRow, advisers, coders, late, truth
from service.domain.projects import Project, is_drawn
from service.domain.suggestion import Advice, Suggestion
from service.store.engine import reading
from service.use_cases.order_queue import order_queue
from service.use_cases.store_segments import AskedSegment
from service.use_cases.training_rows import training_rows
from tests.unit.use_cases.fakes_models import FakeShelf
from tests.unit.use_cases.worlds import World, open_store

CALM, ANGRY = {"mood": ["calm"]}, {"mood": ["angry"]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(open_store(tmp_path))


def _rows(world: World, project: Project) -> list[CodingRow]:
    with reading(world.engine) as connection:
        return list(training_rows(connection, project))


def test_a_lone_coder_gives_final_rows_alone(world: World) -> None:
    """One person agrees with nobody, so there is nothing beside the final coding."""
    project = world.project()
    ana = world.person("Ana")
    world.decide(ana, world.segment())
    (row,) = _rows(world, project)
    assert (row.codes, row.annotator_id, row.advice, row.settles) == (("calm",), "", "none", True)


def test_two_coders_who_differ_settle_nothing_and_can_be_compared(world: World) -> None:
    """There is no final coding and no truth, and each one's own is there for agreement."""
    project = world.project(coders_required=2)
    segment = world.segment()
    world.decide(world.person("Ana"), segment, CALM)
    world.decide(world.person("Ben"), segment, ANGRY)
    rows = _rows(world, project)
    assert truth(rows) == {}
    (given,) = coders(rows).values()
    assert [(own.coder, own.codes) for own in given] == [("Ana", ("calm",)), ("Ben", ("angry",))]
    assert not any(row.settles for row in rows)


def test_what_a_coder_decides_after_seeing_others_is_not_their_own(world: World) -> None:
    """The final coding follows the later decision; agreement rests on the first, made blind."""
    project = world.project(coders_required=2)
    ana, ben, segment = world.person("Ana"), world.person("Ben"), world.segment()
    world.decide(ana, segment, CALM)
    world.decide(ben, segment, ANGRY)
    world.decide(ben, segment, CALM)
    rows = _rows(world, project)
    assert list(truth(rows).values()) == [("calm",)]
    (given,) = coders(rows).values()
    assert [own.codes for own in given] == [("calm",), ("angry",)]


def test_who_decides_once_others_can_be_seen_is_counted_and_counts_for_nothing(world: World) -> None:
    """A second coder where one was needed could see the first: no truth, no agreement, but one late coding."""
    project = world.project()
    ana, ben, segment = world.person("Ana"), world.person("Ben"), world.segment()
    world.decide(ana, segment, CALM)
    world.decide(ben, segment, CALM)
    rows = _rows(world, project)
    assert [(row.annotator_id, row.settles) for row in rows] == [("", True), ("Ben", False)]
    assert coders(rows) == {}
    assert list(late(rows).values()) == [1]


def test_one_of_two_has_no_row_yet(world: World) -> None:
    """A coding that waits for a second person is neither final nor comparable."""
    project = world.project(coders_required=2)
    world.decide(world.person("Ana"), world.segment())
    assert _rows(world, project) == []


def test_advice_shown_to_anyone_marks_the_final_row(world: World) -> None:
    """Who was shown advice is known for each coder; the final coding rests on both, and names the model."""
    project = world.project(coders_required=2)
    ana, ben, segment = world.person("Ana"), world.person("Ben"), world.segment()
    said = Suggestion("m1", (Advice("mood", ("calm",), ("calm",), False, None),))
    world.show(segment, said, ana[0])
    world.decide(ana, segment, CALM)
    world.decide(ben, segment, CALM)
    rows = _rows(world, project)
    assert list(advisers(rows).values()) == [{"m1"}]
    assert {row.annotator_id: row.advice for row in rows} == {"": "shown", "Ana": "shown", "Ben": "none"}


@pytest.mark.parametrize("taught", [False, True])
def test_rows_tell_what_came_by_lot_where_anything_was_chosen(world: World, taught: bool) -> None:
    """Once a model has ordered the queue, each row says whether its segment was chosen or taken by lot."""
    project = world.project(order="teaching" if taught else "transcript")
    segments = world.put([AskedSegment(f"Sentence {number} of it.", "doc") for number in range(30)])
    if taught:
        order_queue(world.engine, FakeShelf().as_shelf, project, world.now())
    ana = world.person("Ana")
    for segment in segments:
        world.decide(ana, segment.segment_id)
    found = {row.position: row.by_lot for row in _rows(world, project)}
    drawn = {number: is_drawn(project, "doc", number) for number in range(30)}
    assert found == (drawn if taught else dict.fromkeys(range(30)))
    assert set(drawn.values()) == {False, True}
