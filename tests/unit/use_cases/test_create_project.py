"""Projects: their settings, codebooks and members."""

from dataclasses import replace
from typing import Any

import pytest

from service import errors
from service.domain.projects import ProjectSettings
from service.store import engine as store
from service.store import people, projects, tables
from service.use_cases.create_project import add_member, create_project
from tests.unit.use_cases.worlds import BOOK, START, World


def test_defaults_are_the_contracts(world: World) -> None:
    """A project asks for one coder, always gives advice, and keeps a tenth of its segments without."""
    project = create_project(world.engine, "Alpha", BOOK, ProjectSettings(), START)
    assert (project.settings.coders_required, project.settings.double_share) == (1, 1.0)
    assert (project.settings.advice, project.settings.blind_share) == ("always", 0.1)


def test_project_and_codebook_come_back_as_given(world: World) -> None:
    """Settings and codebook are stored whole."""
    settings = ProjectSettings(3, 0.25, "after_own_choice", 0.5)
    create_project(world.engine, "Alpha", BOOK, settings, START)
    with store.reading(world.engine) as connection:
        found = projects.find(connection, "Alpha")
        assert found is not None
        assert (found.settings, found.codebook_name) == (settings, "small")
        assert projects.codebook_of(connection, found) == BOOK


@pytest.mark.parametrize("name", ["", " ", " Alpha", "Alpha ", "a/b", "a\nb", "a\x00b", "a" * 101])
def test_unusable_names_are_refused(world: World, name: str) -> None:
    """A name that an address could not hold is refused, and nothing is stored."""
    with pytest.raises(errors.Unprocessable, match="name"):
        create_project(world.engine, name, BOOK, ProjectSettings(), START)
    assert world.count(tables.codebooks) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"coders_required": 0},
        {"coders_required": 101},
        {"double_share": -0.1},
        {"double_share": 1.1},
        {"double_share": float("nan")},
        {"blind_share": 2.0},
        {"blind_share": float("nan")},
        {"advice": "sometimes"},
    ],
)
def test_unusable_settings_are_refused(world: World, changed: dict[str, Any]) -> None:
    """Numbers outside their range and unknown policies are refused."""
    with pytest.raises(errors.Unprocessable):
        create_project(world.engine, "Alpha", BOOK, replace(ProjectSettings(), **changed), START)
    assert world.count(tables.projects) == 0


def test_names_are_taken_once(world: World) -> None:
    """A second project of the same name conflicts."""
    world.project()
    with pytest.raises(errors.Conflict):
        world.project()


def test_projects_share_a_codebook(world: World) -> None:
    """The same codebook is stored once."""
    world.project("Alpha")
    world.project("Beta")
    assert world.count(tables.codebooks) == 1


def test_changed_codebook_needs_a_new_version(world: World) -> None:
    """Another codebook under a known name and version conflicts, and nothing of the project is stored."""
    world.project()
    other = replace(BOOK, dimensions=BOOK.dimensions[:1])
    with pytest.raises(errors.Conflict, match="version"):
        create_project(world.engine, "Beta", other, ProjectSettings(), START)
    assert world.count(tables.projects) == 1
    create_project(world.engine, "Beta", replace(other, version="2"), ProjectSettings(), START)


def test_becoming_a_member_twice_changes_nothing(world: World) -> None:
    """Membership is a yes or a no."""
    world.project()
    world.person("Ann", member_of=())
    for _ in range(2):
        add_member(world.engine, "Alpha", "Ann")
    assert world.count(tables.members) == 1


def test_unknown_members_and_projects_are_not_found(world: World) -> None:
    """Both names have to be there."""
    world.project()
    world.person("Ann", member_of=())
    for project, person in (("Beta", "Ann"), ("Alpha", "Zoe")):
        with pytest.raises(errors.NotFound):
            add_member(world.engine, project, person)


def test_admins_and_disabled_people_are_no_members(world: World) -> None:
    """Who may not decide has no part in a project."""
    world.project()
    world.person("Root", "admin", member_of=())
    ben, _ = world.person("Ben", member_of=())
    with store.writing(world.engine) as connection:
        people.disable(connection, ben.person_id, START)
    for name in ("Root", "Ben"):
        with pytest.raises(errors.Unprocessable):
            add_member(world.engine, "Alpha", name)
    assert world.count(tables.members) == 0
