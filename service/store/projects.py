"""Projects, their members, their codebooks and the tokens of their programs."""

import json
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from service import errors
from service.domain import codebook
from service.domain.codebook import Codebook
from service.domain.people import Person, Program
from service.domain.projects import Project, ProjectSettings, QueueOrder
from service.store import tables
from service.store.ids import digest, new_id, new_secret

_projects, _members, _tokens, _codebooks = tables.projects, tables.members, tables.tokens, tables.codebooks


def add_codebook(connection: sa.Connection, book: Codebook, now: float) -> str:
    """Store this version of a codebook, if it isn't yet, and return its row id.

    Raises:
        Conflict: where another codebook of this name and version is stored.
    """
    found = connection.execute(
        sa.select(_codebooks).where(_codebooks.c.name == book.name, _codebooks.c.version == book.version)
    ).one_or_none()
    if found is None:
        row_id = new_id()
        body = codebook.as_dict(book)
        values = {"id": row_id, "name": book.name, "version": book.version, "body": body, "created_at": now}
        connection.execute(_codebooks.insert().values(**values))
        return row_id
    if found.body != codebook.as_dict(book):
        raise errors.Conflict(
            f"Another codebook is stored as {book.name} version {book.version}: give the changed one a new version."
        )
    return str(found.id)


def add(connection: sa.Connection, name: str, codebook_id: str, settings: ProjectSettings, now: float) -> None:
    """Store a project; raise `Conflict` where the name is taken."""
    if connection.execute(sa.select(_projects.c.id).where(_projects.c.name == name)).first():
        raise errors.Conflict("There is already a project of this name.")
    values = {
        "id": new_id(),
        "name": name,
        "codebook_id": codebook_id,
        "coders_required": settings.coders_required,
        "double_share": settings.double_share,
        "advice": settings.advice,
        "blind_share": settings.blind_share,
        "queue_order": settings.order,
        "created_at": now,
    }
    connection.execute(_projects.insert().values(**values))


def set_order(connection: sa.Connection, project: Project, order: QueueOrder) -> None:
    """Say in which order the project's queue offers its segments."""
    connection.execute(_projects.update().where(_projects.c.id == project.project_id).values(queue_order=order))


def find(connection: sa.Connection, name: str) -> Project | None:
    """Return the project of this name, if any."""
    row = connection.execute(_with_codebook().where(_projects.c.name == name)).one_or_none()
    return None if row is None else _project(row)


def by_id(connection: sa.Connection, project_id: str) -> Project:
    """Return the project of this row id."""
    return _project(connection.execute(_with_codebook().where(_projects.c.id == project_id)).one())


def every(connection: sa.Connection) -> tuple[Project, ...]:
    """Return all projects, by name."""
    return tuple(_project(row) for row in connection.execute(_with_codebook().order_by(_projects.c.name)))


def codebook_of(connection: sa.Connection, project: Project) -> Codebook:
    """Return the project's present codebook."""
    query = (
        sa.select(sa.cast(_codebooks.c.body, sa.Text))
        .join(_projects, _projects.c.codebook_id == _codebooks.c.id)
        .where(_projects.c.id == project.project_id)
    )
    return _parsed(connection.execute(query).scalar_one(), project.codebook_name)


@lru_cache(maxsize=64)
def _parsed(body: str, name: str) -> Codebook:
    """Return the codebook that a stored text holds; the same text gives the same object, read once."""
    return codebook.parse(json.loads(body), name, short_name=name)


def add_member(connection: sa.Connection, project: Project, person: Person) -> None:
    """Make a person a member; nothing changes if they are one."""
    if not is_member(connection, project, person.person_id):
        values = {"project_id": project.project_id, "person_id": person.person_id}
        connection.execute(_members.insert().values(**values))


def is_member(connection: sa.Connection, project: Project, person_id: str) -> bool:
    """Say whether a person belongs to the project."""
    query = sa.select(_members.c.person_id).where(
        _members.c.project_id == project.project_id, _members.c.person_id == person_id
    )
    return connection.execute(query).first() is not None


def members(connection: sa.Connection, project: Project) -> tuple[Person, ...]:
    """Return the members, by name."""
    people = tables.people
    query = (
        sa.select(people)
        .join(_members, _members.c.person_id == people.c.id)
        .where(_members.c.project_id == project.project_id)
        .order_by(people.c.name)
    )
    return tuple(Person(row.id, row.name, row.role, row.disabled) for row in connection.execute(query))


def names_of(connection: sa.Connection, person_id: str) -> frozenset[str]:
    """Return the names of the projects a person belongs to."""
    query = (
        sa.select(_projects.c.name)
        .join(_members, _members.c.project_id == _projects.c.id)
        .where(_members.c.person_id == person_id)
    )
    return frozenset(connection.execute(query).scalars())


def add_token(connection: sa.Connection, project: Project, name: str, scope: str, now: float) -> str:
    """Store a token of the project and return its secret, which is stored only as a hash."""
    secret = new_secret()
    values = {"id": new_id(), "name": name, "project_id": project.project_id, "scope": scope}
    connection.execute(_tokens.insert().values(**values, token_hash=digest(secret), created_at=now))
    return secret


def tokens(connection: sa.Connection, project: Project) -> tuple[tuple[str, str, float, bool], ...]:
    """Return the project's tokens as name, scope, time of creation and whether they still hold."""
    query = sa.select(_tokens).where(_tokens.c.project_id == project.project_id).order_by(_tokens.c.created_at)
    rows = connection.execute(query)
    return tuple((row.name, row.scope, row.created_at, row.revoked_at is None) for row in rows)


def program(connection: sa.Connection, secret: str) -> Program | None:
    """Return the program that holds this token, if the token is good."""
    query = (
        sa.select(_tokens, _projects.c.name.label("project_name"))
        .join(_projects, _projects.c.id == _tokens.c.project_id)
        .where(_tokens.c.token_hash == digest(secret), _tokens.c.revoked_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Program(row.id, row.name, row.project_name, (row.scope,))


def _with_codebook() -> sa.Select[Any]:
    return sa.select(_projects, _codebooks.c.name.label("codebook_name")).join(
        _codebooks, _codebooks.c.id == _projects.c.codebook_id
    )


def _project(row: Any) -> Project:
    settings = ProjectSettings(row.coders_required, row.double_share, row.advice, row.blind_share, row.queue_order)
    return Project(row.id, row.name, row.codebook_name, settings)
