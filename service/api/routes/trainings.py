"""Trainings: begin one, watch it, cancel it; for a project's researchers."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Path as InPath

from service.api import listing, problems
from service.api.deps import PersonDep, StateDep
from service.api.listing import Cursor, Limit, Listing
from service.api.routes.projects import ProjectName
from service.api.schemas import Id
from service.api.training_schemas import Accepted, JobOut, NewTraining, job_out
from service.domain.jobs import TrainingOptions
from service.use_cases import train_projects
from service.use_cases.paging import Page

JobId = Annotated[Id, InPath(description="A job's id.")]


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["trainings"])

    @routes.post(
        "/projects/{project}/trainings",
        status_code=202,
        response_model=Accepted,
        responses=problems.documented(404, 409, 507),
    )
    def post_training(
        project: ProjectName, state: StateDep, person: PersonDep, body: NewTraining | None = None
    ) -> Accepted:
        """Begin to train a model on the project's codings; it becomes a candidate. One at a time in a project."""
        options = TrainingOptions() if body is None else body.options()
        job = train_projects.start_training(state.engine, project, person, options, state.clock())
        return Accepted(job_id=job.job_id)

    @routes.get("/projects/{project}/trainings", response_model=Listing[JobOut], responses=problems.documented(404))
    def get_trainings(
        project: ProjectName, state: StateDep, person: PersonDep, cursor: Cursor = None, limit: Limit = 100
    ) -> dict[str, Any]:
        """List the project's trainings, newest first."""
        found = train_projects.list_trainings(state.engine, project, person, cursor, limit)
        return listing.of(Page(tuple(map(job_out, found.items)), found.next_cursor))

    @routes.get("/jobs/{job_id}", response_model=JobOut, responses=problems.documented(404))
    def get_job(job_id: JobId, state: StateDep, person: PersonDep) -> JobOut:
        """Show how far a job is, and what came of it."""
        return job_out(train_projects.show_job(state.engine, job_id, person))

    @routes.delete("/jobs/{job_id}", response_model=JobOut, responses=problems.documented(404, 409, 507))
    def delete_job(job_id: JobId, state: StateDep, person: PersonDep) -> JobOut:
        """Cancel a job; nothing of it is kept but that it was."""
        return job_out(train_projects.cancel_job(state.engine, job_id, person, state.clock()))

    return routes
