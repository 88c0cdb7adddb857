"""Projects, their members and their programs' tokens."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi import Path as InPath

from service import errors
from service.api import listing, problems
from service.api.deps import PersonDep, StateDep
from service.api.listing import Listing
from service.api.schemas import Name, NewMember, NewProject, NewToken, ProjectChange, ProjectOut, TokenListed, TokenOut
from service.api.state import State
from service.domain.codebook import Codebook
from service.domain.people import Person
from service.domain.projects import ProjectSettings
from service.readers.codebook import read_codebook, read_codebook_bytes
from service.use_cases import access, manage_people
from service.use_cases.create_project import add_member, change_order, create_project
from service.use_cases.list_projects import ProjectSummary, list_projects, show_project

ProjectName = Annotated[Name, InPath(description="A project's name.")]


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/projects", tags=["projects"])

    @routes.get("", response_model=Listing[ProjectSummary], responses=problems.documented())
    def get_projects(state: StateDep, person: PersonDep) -> dict[str, Any]:
        """List the person's projects; to an admin, the names of all."""
        return listing.whole(list_projects(state.engine, person))

    @routes.post(
        "", status_code=201, response_model=ProjectOut | ProjectSummary, responses=problems.documented(409, 507)
    )
    def post_project(body: NewProject, state: StateDep, person: PersonDep) -> Any:
        """Create a project, as a researcher, who becomes its member, or as an admin, who does not."""
        allowed = person.may_research or person.may_administer
        access.require(allowed, "Creating projects is for researchers and admins.")
        settings = ProjectSettings(body.coders_required, body.double_share, body.advice, body.blind_share, body.order)
        create_project(state.engine, body.name, _codebook(state, body), settings, state.clock())
        if person.may_administer:
            return ProjectSummary(body.name)
        add_member(state.engine, body.name, person.name)
        return _project(state, body.name, person)

    @routes.get("/{project}", response_model=ProjectOut, responses=problems.documented(404))
    def get_project(project: ProjectName, state: StateDep, person: PersonDep) -> Any:
        """Show a project with its codebook, its members and the model that advises."""
        return _project(state, project, person)

    @routes.patch("/{project}", response_model=ProjectOut, responses=problems.documented(404, 507))
    def patch_project(project: ProjectName, body: ProjectChange, state: StateDep, person: PersonDep) -> Any:
        """Change the order in which the queue offers segments; for the project's researchers."""
        access.require(person.may_research, "Changing a project is for its researchers.")
        found = _project(state, project, person)
        if body.order is None:
            return found
        change_order(state.engine, project, body.order)
        return _project(state, project, person)

    @routes.post("/{project}/members", status_code=204, responses=problems.documented(404, 507))
    def post_member(project: ProjectName, body: NewMember, state: StateDep, person: PersonDep) -> Response:
        """Make a person a member; for the project's researchers and for admins."""
        access.require(person.may_research or person.may_administer, "Naming members is for researchers and admins.")
        if not person.may_administer:
            show_project(state.engine, state.shelf.registry, project, person)
        add_member(state.engine, project, body.person)
        return Response(status_code=204)

    _add_tokens(routes)
    return routes


def _add_tokens(routes: APIRouter) -> None:
    @routes.get("/{project}/tokens", response_model=Listing[TokenListed], responses=problems.documented(404))
    def get_tokens(project: ProjectName, state: StateDep, person: PersonDep) -> dict[str, Any]:
        """List the tokens of a project, without their secrets; for admins."""
        access.require(person.may_administer, "Tokens are the admins' business.")
        found = manage_people.list_tokens(state.engine, project)
        times = [datetime.fromtimestamp(created, UTC).isoformat() for _, _, created, _ in found]
        return listing.whole(
            {"name": name, "scope": scope, "created_at": time, "active": active}
            for (name, scope, _, active), time in zip(found, times, strict=True)
        )

    @routes.post("/{project}/tokens", status_code=201, response_model=TokenOut, responses=problems.documented(404, 507))
    def post_token(project: ProjectName, body: NewToken, state: StateDep, person: PersonDep) -> dict[str, Any]:
        """Create a token of a project for a program; it is shown once. For admins."""
        access.require(person.may_administer, "Tokens are the admins' business.")
        token = manage_people.create_token(state.engine, body.name, body.scope, project, state.clock())
        return {"name": body.name, "scope": body.scope, "token": token}


def _project(state: State, name: str, person: Person) -> dict[str, Any]:
    found = show_project(state.engine, state.shelf.registry, name, person)
    rest = {"codebook": found.codebook, "members": [asdict(m) for m in found.members], "model": found.model}
    return {**asdict(found.summary), **rest, "model": None if found.model is None else asdict(found.model)}


def _codebook(state: State, body: NewProject) -> Codebook:
    if body.codebook is not None and body.codebook_text is not None:
        raise errors.Unprocessable("Give the codebook as codebook or as codebook_text, not both.")
    name = Path(body.codebook_file_name or "codebook.yaml").name
    if body.codebook_text is not None:
        return read_codebook_bytes(name, body.codebook_text.encode())
    if body.codebook is not None:
        return read_codebook_bytes(f"{Path(name).stem}.json", json.dumps(body.codebook).encode())
    return read_codebook(state.settings.starter_codebook)
