"""Sign in and out. Wrong passwords are counted per name and per address, and slow both down."""

from dataclasses import dataclass

import sqlalchemy as sa
from pwdlib import PasswordHash

from service import errors
from service.domain.people import Coder, Person
from service.store import engine as store
from service.store import people


@dataclass(frozen=True)
class SignInRules:
    """How long a session lasts and how many wrong passwords are borne, with times in seconds."""

    session_seconds: float = 12 * 3600
    failures_per_name: int = 8
    failures_per_address: int = 40
    window_seconds: float = 900


@dataclass(frozen=True)
class Credentials:
    """What somebody typed, and from where."""

    name: str
    password: str
    address: str


def hasher() -> PasswordHash:
    """Return the way passwords are hashed: argon2id with the library's recommended cost."""
    return PasswordHash.recommended()


def sign_in(engine: sa.Engine, credentials: Credentials, rules: SignInRules, now: float) -> tuple[Person, str]:
    """Check a password and open a session; return the person and the session's secret.

    Raises:
        Throttled: too many wrong passwords for this name or from this address.
        WrongPassword: which of name and password is wrong is not said, nor shown by the time it takes.
    """
    keys = {
        f"name:{credentials.name.casefold()}": rules.failures_per_name,
        f"address:{credentials.address}": rules.failures_per_address,
    }
    with store.reading(engine) as connection:
        _refuse_if_throttled(connection, keys, now - rules.window_seconds)
        person = people.find(connection, credentials.name)
        stored = None if person is None else people.password_hash(connection, person.person_id)
    if not _matches(credentials.password, stored) or person is None or person.disabled:
        with store.writing(engine) as connection:
            for key in keys:
                people.add_failure(connection, key, now)
        raise errors.WrongPassword
    with store.writing(engine) as connection:
        people.forget_failures(connection, next(iter(keys)))
        secret = people.start_session(connection, person.person_id, now, rules.session_seconds)
    return person, secret


def _refuse_if_throttled(connection: sa.Connection, keys: dict[str, int], since: float) -> None:
    for key, limit in keys.items():
        if people.failures(connection, key, since) >= limit:
            raise errors.Throttled("Too many wrong passwords; wait a quarter of an hour.")


def _matches(password: str, stored: str | None) -> bool:
    passwords = hasher()
    if stored is None:
        passwords.hash(password)  # as slow as a check, so that time does not tell which names exist
        return False
    return passwords.verify(password, stored)


def who(engine: sa.Engine, secret: str, now: float) -> tuple[Person, Coder]:
    """Return who holds a session; raise `NotSignedIn` where it has ended."""
    with store.reading(engine) as connection:
        found = people.in_session(connection, secret, now)
    if found is None:
        raise errors.NotSignedIn("Your session has ended; sign in again.")
    return found


def sign_out(engine: sa.Engine, secret: str, now: float) -> None:
    """End a session."""
    with store.writing(engine) as connection:
        people.end_session(connection, secret, now)
