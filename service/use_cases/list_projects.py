"""Show projects: what is in them, how far a person is, and which model advises."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service import errors
from service.domain import codebook
from service.domain.people import Person
from service.domain.projects import Project
from service.store import decisions, documents, projects
from service.store import engine as store
from service.suggest.registry import Registry
from service.use_cases import access
from service.use_cases.describe_document import in_work
from service.use_cases.work_queue import is_complete, is_open


@dataclass(frozen=True)
class ProjectSummary:
    """A project in a list; `decided` and `open` are the asking person's. Admins learn its name only.

    `complete` are the segments that as many people as they need have decided on: open to nobody, whatever was decided.
    """

    name: str
    codebook: str | None = None
    coders_required: int | None = None
    double_share: float | None = None
    advice: str | None = None
    blind_share: float | None = None
    order: str | None = None
    documents: int | None = None
    segments: int | None = None
    complete: int | None = None
    decided: int | None = None
    open: int | None = None


@dataclass(frozen=True)
class Member:
    """Someone who works on a project."""

    name: str
    role: str


@dataclass(frozen=True)
class ServingModel:
    """The model that advises in a project."""

    model_id: str
    on_invented_text: bool
    method: str


@dataclass(frozen=True)
class ProjectView:
    """A project as its members see it."""

    summary: ProjectSummary
    codebook: dict[str, Any]
    members: Sequence[Member]
    model: ServingModel | None


def list_projects(engine: sa.Engine, person: Person) -> tuple[ProjectSummary, ...]:
    """Return the person's projects by name; to an admin, the names of all."""
    with store.reading(engine) as connection:
        every = projects.every(connection)
        if person.may_administer:
            return tuple(ProjectSummary(project.name) for project in every)
        own = projects.names_of(connection, person.person_id)
        return tuple(_summary(connection, project, person) for project in every if project.name in own)


def show_project(engine: sa.Engine, registry: Registry, project_name: str, person: Person) -> ProjectView:
    """Return one project; raise `NotFound` where there is none or the person is not a member."""
    with store.reading(engine) as connection:
        project = access.project_of(connection, project_name, person)
        book = projects.codebook_of(connection, project)
        members = tuple(Member(m.name, m.role) for m in projects.members(connection, project) if not m.disabled)
        summary = _summary(connection, project, person)
    return ProjectView(summary, codebook.as_dict(book), members, serving(registry, book.name))


def serving(registry: Registry, codebook_name: str) -> ServingModel | None:
    """Return the model that serves a codebook, if one does; a damaged one stands in the way of suggestions only."""
    try:
        model_id = registry.current(codebook_name)
        if model_id is None:
            return None
        entry = registry.show(model_id)
    except (errors.NoModel, errors.BadBundle):
        return None
    return ServingModel(model_id, entry.on_invented_text, entry.method)


def _summary(connection: sa.Connection, project: Project, person: Person) -> ProjectSummary:
    holders = decisions.holders(connection, project)
    placed = documents.placed(connection, project)
    queued = [p for p in placed if p.queued]
    settings = project.settings
    return ProjectSummary(
        project.name,
        project.codebook_name,
        settings.coders_required,
        settings.double_share,
        settings.advice,
        settings.blind_share,
        settings.order,
        len(in_work(documents.every(connection, project), placed)),
        len(queued),
        sum(is_complete(p, holders) for p in queued),
        sum(person.person_id in holders.get(p.segment_id, ()) for p in queued),
        sum(is_open(p, holders, person) for p in queued),
    )
