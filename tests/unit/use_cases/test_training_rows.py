"""A project's codings as training rows: final ones settle, coders' own ones are for agreement."""

from pathlib import Path

import pytest

from service.domain.excerpts import CodingRow, coders, truth
from service.domain.projects import Project
from service.domain.suggestion import Advice, Suggestion
from service.store.engine import reading
from service.use_cases.training_rows import training_rows
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


def test_one_of_two_has_no_row_yet(world: World) -> None:
    """A coding that waits for a second person is neither final nor comparable."""
    project = world.project(coders_required=2)
    world.decide(world.person("Ana"), world.segment())
    assert _rows(world, project) == []


def test_advice_shown_to_anyone_marks_the_final_row(world: World) -> None:
    """Who was shown advice is known for each coder; the final coding rests on both."""
    project = world.project(coders_required=2)
    ana, ben, segment = world.person("Ana"), world.person("Ben"), world.segment()
    said = Suggestion("m1", (Advice("mood", ("calm",), ("calm",), False, None),))
    world.show(segment, said, ana[0])
    world.decide(ana, segment, CALM)
    world.decide(ben, segment, CALM)
    rows = _rows(world, project)
    assert {row.annotator_id: row.advice for row in rows} == {"": "shown", "Ana": "shown", "Ben": "none"}
