"""Begin a training of a project, watch it, cancel it: for its researchers, whose jobs a worker does."""

import sqlalchemy as sa

from service import errors
from service.domain.jobs import Job, TrainingOptions
from service.domain.people import Person
from service.domain.projects import Project
from service.store import engine as store
from service.store import jobs, projects
from service.use_cases import access
from service.use_cases.paging import Page

RESEARCHERS = "Training is for the project's researchers."


def start_training(engine: sa.Engine, project_name: str, person: Person, options: TrainingOptions, now: float) -> Job:
    """Put a training of a project into the queue.

    Raises:
        NotFound: there is no such project, or the person is not a member.
        NotAllowed: the person is no researcher.
        Conflict: one of this project is not finished yet.
    """
    with store.writing(engine) as connection:
        return jobs.submit(connection, _project(connection, project_name, person), person, options, now)


def list_trainings(
    engine: sa.Engine, project_name: str, person: Person, cursor: str | None = None, limit: int = 100
) -> Page[Job]:
    """Return a project's trainings, newest first; raise as `start_training` does."""
    with store.reading(engine) as connection:
        project = _project(connection, project_name, person)
        found = jobs.of_project(connection, project, limit + 1, cursor)
    more = len(found) > limit
    return Page(tuple(found[:limit]), found[limit - 1].job_id if more else None)


def show_job(engine: sa.Engine, job_id: str, person: Person) -> Job:
    """Return a job of one of the person's projects; raise as `start_training` does."""
    with store.reading(engine) as connection:
        return _job(connection, job_id, person)


def cancel_job(engine: sa.Engine, job_id: str, person: Person, now: float) -> Job:
    """End a job of one of the person's projects at once; raise `Conflict` where it has ended otherwise."""
    with store.writing(engine) as connection:
        return jobs.cancel(connection, _job(connection, job_id, person).job_id, now)


def _project(connection: sa.Connection, name: str, person: Person) -> Project:
    found = access.project_of(connection, name, person)
    access.require(person.may_research, RESEARCHERS)
    return found


def _job(connection: sa.Connection, job_id: str, person: Person) -> Job:
    """Return a job; what belongs to a project of others is not found, rather than forbidden."""
    found = jobs.find(connection, job_id)
    project = None if found is None else projects.by_id(connection, found.project_id)
    if found is None or project is None or not projects.is_member(connection, project, person.person_id):
        raise errors.NotFound("There is no such job, or it belongs to a project you are not a member of.")
    access.require(person.may_research, RESEARCHERS)
    return found
