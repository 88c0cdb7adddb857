"""Add people, change passwords, bar people; give programs their tokens."""

import sqlalchemy as sa

from service import errors
from service.domain.people import ROLES, Person, PersonRole
from service.store import engine as store
from service.store import people, projects
from service.use_cases import access
from service.use_cases.sign_in import hasher

MINIMUM_PASSWORD = 8


def add_person(engine: sa.Engine, name: str, role: PersonRole, password: str, now: float) -> Person:
    """Store a new person.

    Raises:
        Unprocessable: name, role or password are not usable.
        Conflict: the name is taken.
    """
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable() or ";" in name:
        raise errors.Unprocessable("A person's name has 1 to 100 printable characters and no ';'.")
    if role not in ROLES:
        raise errors.Unprocessable(f"The role is one of {', '.join(ROLES)}.")
    hashed = _hashed(password)
    with store.writing(engine) as connection:
        return people.add(connection, name, role, hashed, now)


def change_password(engine: sa.Engine, name: str, password: str, now: float) -> None:
    """Replace a person's password and end their sessions."""
    hashed = _hashed(password)
    with store.writing(engine) as connection:
        people.set_password(connection, _known(connection, name).person_id, hashed, now)


def disable_person(engine: sa.Engine, name: str, now: float) -> None:
    """Bar a person from signing in; their decisions stay."""
    with store.writing(engine) as connection:
        people.disable(connection, _known(connection, name).person_id, now)


def create_token(engine: sa.Engine, name: str, scope: str, project_name: str, now: float) -> str:
    """Give a program a token of one project; return its secret, which cannot be shown again.

    Raises:
        Unprocessable: the scope is unknown or the name empty.
        NotFound: there is no such project.
    """
    if scope != "suggest" or not name.strip():
        raise errors.Unprocessable("A token needs a name; its scope is suggest (no token can decide).")
    with store.writing(engine) as connection:
        return projects.add_token(connection, access.named(connection, project_name), name.strip(), scope, now)


def list_people(engine: sa.Engine) -> tuple[Person, ...]:
    """Return everybody, by name."""
    with store.reading(engine) as connection:
        return people.every(connection)


def list_tokens(engine: sa.Engine, project_name: str) -> tuple[tuple[str, str, float, bool], ...]:
    """Return a project's tokens as name, scope, time of creation and whether they still hold."""
    with store.reading(engine) as connection:
        return projects.tokens(connection, access.named(connection, project_name))


def _known(connection: sa.Connection, name: str) -> Person:
    found = people.find(connection, name)
    if found is None:
        raise errors.NotFound(f"There is no person {name}.")
    return found


def _hashed(password: str) -> str:
    if not MINIMUM_PASSWORD <= len(password) <= 1000:
        raise errors.Unprocessable(f"A password has at least {MINIMUM_PASSWORD} characters.")
    return hasher().hash(password)
