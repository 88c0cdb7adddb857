"""Trainings of a project: for its researchers, and found by them only."""

from collections.abc import Callable
from pathlib import Path

import pytest

from service import errors
from service.domain.jobs import TrainingOptions
from service.store import tables
from service.use_cases.train_projects import cancel_job, list_trainings, show_job, start_training
from tests.unit.use_cases.worlds import Who, World, open_store

OPTIONS = TrainingOptions()
Act = Callable[[], object]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(open_store(tmp_path))
    world.project()
    return world


@pytest.fixture
def ray(world: World) -> Who:
    return world.person("Ray", "researcher")


def test_a_researcher_begins_and_finds_it(world: World, ray: Who) -> None:
    """It waits under its id and stands first in the list."""
    job = start_training(world.engine, "Alpha", ray[0], OPTIONS, world.now())
    assert show_job(world.engine, job.job_id, ray[0]) == job
    assert list_trainings(world.engine, "Alpha", ray[0]).items == (job,)


@pytest.mark.parametrize("role", ["coder", "adjudicator"])
def test_coders_of_the_project_may_not(world: World, ray: Who, role: str) -> None:
    """They are told so, and nothing is stored or changed."""
    ann = world.person("Ann", role)[0]  # type: ignore[arg-type]
    with pytest.raises(errors.NotAllowed):
        start_training(world.engine, "Alpha", ann, OPTIONS, world.now())
    assert world.count(tables.jobs) == 0
    job = start_training(world.engine, "Alpha", ray[0], OPTIONS, world.now())
    acts: list[Act] = [
        lambda: show_job(world.engine, job.job_id, ann),
        lambda: cancel_job(world.engine, job.job_id, ann, world.now()),
        lambda: list_trainings(world.engine, "Alpha", ann),
    ]
    for act in acts:
        with pytest.raises(errors.NotAllowed):
            act()


def test_others_do_not_find_it(world: World, ray: Who) -> None:
    """To a researcher of another project neither project nor job exists."""
    job = start_training(world.engine, "Alpha", ray[0], OPTIONS, world.now())
    other = world.person("Other", "researcher", member_of=())[0]
    acts: list[Act] = [
        lambda: start_training(world.engine, "Alpha", other, OPTIONS, world.now()),
        lambda: show_job(world.engine, job.job_id, other),
        lambda: cancel_job(world.engine, job.job_id, other, world.now()),
    ]
    for act in acts:
        with pytest.raises(errors.NotFound):
            act()


def test_a_page_ends_without_a_cursor(world: World, ray: Who) -> None:
    """With exactly as many as a page holds there is no next one."""
    job = start_training(world.engine, "Alpha", ray[0], OPTIONS, world.now())
    assert list_trainings(world.engine, "Alpha", ray[0], limit=1).next_cursor is None
    cancel_job(world.engine, job.job_id, ray[0], world.now())
    second = start_training(world.engine, "Alpha", ray[0], OPTIONS, world.now())
    page = list_trainings(world.engine, "Alpha", ray[0], limit=1)
    assert (page.items, page.next_cursor) == ((second,), second.job_id)
