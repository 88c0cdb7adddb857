"""People, their sign-in sessions and failed attempts."""

from typing import Any

import sqlalchemy as sa

from service import errors
from service.domain.people import Coder, Person, PersonRole
from service.store import tables
from service.store.ids import digest, new_id, new_secret

_people, _sessions, _failures = tables.people, tables.sessions, tables.sign_in_failures


def add(connection: sa.Connection, name: str, role: PersonRole, password_hash: str, now: float) -> Person:
    """Store a new person; raise `Conflict` where the name is taken."""
    if find(connection, name) is not None:
        raise errors.Conflict("There is already a person of this name.")
    row = {"id": new_id(), "name": name, "role": role, "password_hash": password_hash, "disabled": False}
    connection.execute(_people.insert().values(**row, created_at=now))
    return Person(str(row["id"]), name, role)


def find(connection: sa.Connection, name: str) -> Person | None:
    """Return the person of this name, if any."""
    row = connection.execute(sa.select(_people).where(_people.c.name == name)).one_or_none()
    return None if row is None else _person(row)


def every(connection: sa.Connection) -> tuple[Person, ...]:
    """Return everybody, by name."""
    return tuple(_person(row) for row in connection.execute(sa.select(_people).order_by(_people.c.name)))


def password_hash(connection: sa.Connection, person_id: str) -> str:
    """Return the stored hash of a person's password."""
    query = sa.select(_people.c.password_hash).where(_people.c.id == person_id)
    return str(connection.execute(query).scalar_one())


def set_password(connection: sa.Connection, person_id: str, password_hash: str, now: float) -> None:
    """Replace a password and end the person's sessions."""
    connection.execute(_people.update().where(_people.c.id == person_id).values(password_hash=password_hash))
    _end_all(connection, person_id, now)


def disable(connection: sa.Connection, person_id: str, now: float) -> None:
    """Bar a person from signing in; what they decided stays."""
    connection.execute(_people.update().where(_people.c.id == person_id).values(disabled=True))
    _end_all(connection, person_id, now)


def _end_all(connection: sa.Connection, person_id: str, now: float) -> None:
    running = (_sessions.c.person_id == person_id) & _sessions.c.ended_at.is_(None)
    connection.execute(_sessions.update().where(running).values(ended_at=now))


def start_session(connection: sa.Connection, person_id: str, now: float, lasts_seconds: float) -> str:
    """Open a sign-in session and return its secret, which is stored only as a hash."""
    secret = new_secret()
    row = {"id": new_id(), "person_id": person_id, "token_hash": digest(secret)}
    connection.execute(_sessions.insert().values(**row, created_at=now, expires_at=now + lasts_seconds))
    return secret


def in_session(connection: sa.Connection, secret: str, now: float) -> tuple[Person, Coder] | None:
    """Return who holds this session secret, as a person and as a coder, if the session runs."""
    query = (
        sa.select(_people, _sessions.c.id.label("session_id"))
        .join(_sessions, _sessions.c.person_id == _people.c.id)
        .where(_sessions.c.token_hash == digest(secret))
        .where(_sessions.c.ended_at.is_(None), _sessions.c.expires_at > now, _people.c.disabled.is_(False))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return _person(row), Coder(row.id, row.name, row.session_id)


def end_session(connection: sa.Connection, secret: str, now: float) -> None:
    """End a sign-in session."""
    running = (_sessions.c.token_hash == digest(secret)) & _sessions.c.ended_at.is_(None)
    connection.execute(_sessions.update().where(running).values(ended_at=now))


def add_failure(connection: sa.Connection, key: str, now: float) -> None:
    """Remember a failed sign-in under a key."""
    connection.execute(_failures.insert().values(key=key, at=now))


def failures(connection: sa.Connection, key: str, since: float) -> int:
    """Count the failed sign-ins under a key since a time."""
    query = sa.select(sa.func.count()).where(_failures.c.key == key, _failures.c.at >= since)
    return int(connection.execute(query).scalar_one())


def forget_failures(connection: sa.Connection, key: str) -> None:
    """Forget the failed sign-ins under a key."""
    connection.execute(_failures.delete().where(_failures.c.key == key))


def _person(row: Any) -> Person:
    return Person(row.id, row.name, row.role, row.disabled)
