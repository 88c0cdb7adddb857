"""People and tokens: who can be added, and what barring and new passwords end."""

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from service import errors
from service.domain.people import ROLES, PersonRole
from service.store import engine as store
from service.store import people, projects, tables
from service.use_cases import manage_people, sign_in
from service.use_cases.sign_in import Credentials, SignInRules
from tests.unit.use_cases.worlds import START, World


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at little cost, so that the tests are quick."""
    cheap = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)])
    monkeypatch.setattr(sign_in, "hasher", lambda: cheap)
    monkeypatch.setattr(manage_people, "hasher", lambda: cheap)


def enter(world: World, password: str) -> str:
    """Sign Ann in."""
    return sign_in.sign_in(world.engine, Credentials("Ann", password, "here"), SignInRules(), START + 1)[1]


@pytest.mark.parametrize("role", ROLES)
def test_everybody_has_one_role(world: World, role: PersonRole) -> None:
    """A person is stored with the role given, and white space around the name is left out."""
    manage_people.add_person(world.engine, " Ann ", role, "long enough", START)
    with store.reading(world.engine) as connection:
        found = people.find(connection, "Ann")
    assert found is not None
    assert (found.name, found.role, found.disabled) == ("Ann", role, False)


def test_names_are_taken_once(world: World) -> None:
    """A second person of the same name conflicts."""
    manage_people.add_person(world.engine, "Ann", "coder", "long enough", START)
    with pytest.raises(errors.Conflict):
        manage_people.add_person(world.engine, "Ann ", "admin", "long enough", START)


@pytest.mark.parametrize("name", ["", "  ", "a" * 101, "A\nB", "A\x00B", "A;B"])
def test_unusable_names_are_refused(world: World, name: str) -> None:
    """A name that a list or a file could not hold is refused."""
    with pytest.raises(errors.Unprocessable, match="name"):
        manage_people.add_person(world.engine, name, "coder", "long enough", START)
    assert world.count(tables.people) == 0


def test_unknown_role_is_refused(world: World) -> None:
    """There are four roles and no other."""
    with pytest.raises(errors.Unprocessable, match="role"):
        manage_people.add_person(world.engine, "Ann", "owner", "long enough", START)  # type: ignore[arg-type]


@pytest.mark.parametrize("password", ["", "seven77", "a" * 1001])
def test_unusable_passwords_are_refused(world: World, password: str) -> None:
    """Too short and endless passwords are refused, when adding and when changing."""
    with pytest.raises(errors.Unprocessable, match="password"):
        manage_people.add_person(world.engine, "Ann", "coder", password, START)
    manage_people.add_person(world.engine, "Ann", "coder", "long enough", START)
    with pytest.raises(errors.Unprocessable, match="password"):
        manage_people.change_password(world.engine, "Ann", password, START)
    enter(world, "long enough")


def test_new_password_ends_all_sessions(world: World) -> None:
    """After a change only the new password opens a session, and the old sessions have ended."""
    manage_people.add_person(world.engine, "Ann", "coder", "long enough", START)
    secret = enter(world, "long enough")
    manage_people.change_password(world.engine, "Ann", "another one", START + 2)
    with pytest.raises(errors.NotSignedIn):
        sign_in.who(world.engine, secret, START + 3)
    with pytest.raises(errors.WrongPassword):
        enter(world, "long enough")
    enter(world, "another one")


def test_disabled_people_are_out_at_once_and_their_decisions_stay(world: World) -> None:
    """Barring ends the sessions, and keeps what the person decided."""
    world.project()
    ann, segment = world.person("Ann"), world.segment()
    world.decide(ann, segment)
    manage_people.disable_person(world.engine, "Ann", world.now())
    with pytest.raises(errors.NotSignedIn):
        world.decide(ann, segment, {"mood": ["angry"]})
    assert world.final(segment)["mood"] == frozenset({"calm"})


def test_unknown_people_are_not_found(world: World) -> None:
    """Nobody can be changed who isn't there."""
    with pytest.raises(errors.NotFound):
        manage_people.change_password(world.engine, "Zoe", "long enough", START)
    with pytest.raises(errors.NotFound):
        manage_people.disable_person(world.engine, "Zoe", START)


def test_token_belongs_to_one_project(world: World) -> None:
    """A token's program can suggest in its project; the secret is not stored."""
    world.project()
    secret = manage_people.create_token(world.engine, " script ", "suggest", "Alpha", START)
    with store.reading(world.engine) as connection:
        program = projects.program(connection, secret)
        assert projects.program(connection, secret + "x") is None
        stored = connection.execute(tables.tokens.select()).one()
    assert program is not None
    assert (program.name, program.project, program.scopes) == ("script", "Alpha", ("suggest",))
    assert secret not in tuple(stored)


@pytest.mark.parametrize(("name", "scope"), [("script", "decide"), ("script", ""), (" ", "suggest")])
def test_no_token_can_decide(world: World, name: str, scope: str) -> None:
    """There is one scope, and a token needs a name."""
    world.project()
    with pytest.raises(errors.Unprocessable):
        manage_people.create_token(world.engine, name, scope, "Alpha", START)
    assert world.count(tables.tokens) == 0


def test_token_of_unknown_project_is_refused(world: World) -> None:
    """A token needs a project that is there."""
    with pytest.raises(errors.NotFound):
        manage_people.create_token(world.engine, "script", "suggest", "Alpha", START)
