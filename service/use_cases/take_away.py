"""Give a member of a project its export or its report; what is open to them is left out."""

import io
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from service.domain.people import Person
from service.domain.projects import Project
from service.domain.report import Report
from service.store import engine as store
from service.use_cases import access, report_codings
from service.use_cases.export_files import Export, ExportOptions

Found = TypeVar("Found")


def export_for(engine: sa.Engine, project_name: str, options: ExportOptions, person: Person, now: float) -> bytes:
    """Return an export as bytes."""

    def read(connection: sa.Connection, project: Project) -> bytes:
        out = io.BytesIO()
        Export(connection, project, options, person, now).write(out)
        return out.getvalue()

    return _of_project(engine, project_name, person, read)


def report_for(engine: sa.Engine, project_name: str, minimum: int | None, person: Person) -> tuple[Report, Project]:
    """Return a report, with cells under so many participants masked, and its project."""
    return _of_project(
        engine,
        project_name,
        person,
        lambda c, project: (report_codings.report(c, project, minimum=minimum, reader=person), project),
    )


def _of_project(engine: sa.Engine, name: str, person: Person, read: Callable[[sa.Connection, Project], Found]) -> Found:
    with store.reading(engine) as connection:
        return read(connection, access.project_of(connection, name, person))
