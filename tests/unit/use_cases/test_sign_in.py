"""Signing in: who is let in, who is not, and what that gives away."""

import pathlib

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from service import errors
from service.store import tables
from service.use_cases import manage_people, sign_in
from service.use_cases.sign_in import Credentials, SignInRules
from tests.unit.use_cases.worlds import START, World

RULES = SignInRules(session_seconds=100, failures_per_name=3, failures_per_address=5, window_seconds=60)
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash at little cost, so that the tests are quick."""
    cheap = PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)])
    monkeypatch.setattr(sign_in, "hasher", lambda: cheap)
    monkeypatch.setattr(manage_people, "hasher", lambda: cheap)


def enter(world: World, name: str = "Ann", password: str = PASSWORD, *, address: str = "a", at: float = 0.0) -> str:
    """Sign in and return the session's secret."""
    _, secret = sign_in.sign_in(world.engine, Credentials(name, password, address), RULES, START + at)
    return secret


def add(world: World, name: str = "Ann") -> None:
    """Add a person with the usual password."""
    manage_people.add_person(world.engine, name, "coder", PASSWORD, START)


def test_session_says_who(world: World) -> None:
    """Whoever signs in is known by the session's secret, as a person and as a coder in this session."""
    add(world)
    first, second = enter(world), enter(world)
    person, coder = sign_in.who(world.engine, first, START)
    assert (person.name, coder.person_id) == ("Ann", person.person_id)
    assert sign_in.who(world.engine, second, START)[1].session_id != coder.session_id


def test_only_a_hash_of_the_secret_is_stored(world: World) -> None:
    """Neither the password nor the session's secret can be read from the database's files."""
    add(world)
    secret = enter(world)
    folder = world.engine.url.database
    assert folder is not None
    stored = b"".join(path.read_bytes() for path in _files(folder))
    assert secret.encode() not in stored
    assert PASSWORD.encode() not in stored


def _files(database: str) -> list[pathlib.Path]:
    return list(pathlib.Path(database).parent.iterdir())


def test_wrong_name_and_wrong_password_are_told_alike(world: World) -> None:
    """An unknown name, a wrong password and a disabled person get the same sentence."""
    add(world)
    add(world, "Ben")
    manage_people.disable_person(world.engine, "Ben", START)
    said = set()
    for name, password in (("Zoe", PASSWORD), ("Ann", "wrong"), ("Ben", PASSWORD), ("Ann", "")):
        with pytest.raises(errors.WrongPassword) as refusal:
            enter(world, name, password, address=name + password)
        said.add(str(refusal.value))
    assert len(said) == 1


def test_session_ends_by_time(world: World) -> None:
    """A session lasts as long as the rules say."""
    add(world)
    secret = enter(world)
    sign_in.who(world.engine, secret, START + 99)
    with pytest.raises(errors.NotSignedIn):
        sign_in.who(world.engine, secret, START + 100)


def test_signing_out_ends_the_session_at_once(world: World) -> None:
    """After signing out the secret is worth nothing; other sessions of the person go on."""
    add(world)
    first, second = enter(world), enter(world)
    sign_in.sign_out(world.engine, first, START + 1)
    sign_in.sign_out(world.engine, first, START + 2)
    with pytest.raises(errors.NotSignedIn):
        sign_in.who(world.engine, first, START + 3)
    sign_in.who(world.engine, second, START + 3)


@pytest.mark.parametrize("secret", ["", "nothing", "a" * 10_000])
def test_unknown_secrets_open_nothing(world: World, secret: str) -> None:
    """A secret that was never given is refused."""
    with pytest.raises(errors.NotSignedIn):
        sign_in.who(world.engine, secret, START)


def fail(world: World, name: str, address: str, times: int, at: float = 0.0) -> None:
    """Give a wrong password some times."""
    for _ in range(times):
        with pytest.raises(errors.WrongPassword):
            enter(world, name, "wrong", address=address, at=at)


def test_too_many_failures_for_a_name(world: World) -> None:
    """After too many wrong passwords the right one is refused too, from everywhere, until the window has passed."""
    add(world)
    add(world, "Ben")
    fail(world, "Ann", "x", 2)
    fail(world, "ANN", "y", 1)
    with pytest.raises(errors.Throttled):
        enter(world, address="z")
    enter(world, "Ben", address="z")
    enter(world, address="z", at=61)


def test_too_many_failures_from_an_address(world: World) -> None:
    """An address that tries many names is slowed down for all of them, others are not."""
    add(world)
    for name in ("B", "C", "D", "E", "F"):
        fail(world, name, "x", 1)
    with pytest.raises(errors.Throttled):
        enter(world, address="x")
    enter(world, address="y")


def test_signing_in_forgets_the_names_failures(world: World) -> None:
    """A right password makes up for the wrong ones before it, but not for the address's."""
    add(world)
    fail(world, "Ann", "x", 2)
    enter(world, address="x")
    fail(world, "Ann", "x", 2)
    enter(world, address="x")
    fail(world, "Ann", "x", 1)
    with pytest.raises(errors.Throttled):
        enter(world, address="x")


def test_refused_attempts_are_not_counted(world: World) -> None:
    """While throttled nothing more is stored, so that nobody can be kept out for ever by trying on."""
    add(world)
    fail(world, "Ann", "x", 3)
    stored = world.count(tables.sign_in_failures)
    for _ in range(5):
        with pytest.raises(errors.Throttled):
            enter(world, password="wrong", address="x", at=30)
    assert world.count(tables.sign_in_failures) == stored
