"""What people decided: final codings, export and report."""

from typing import Any

from fastapi import APIRouter

from service.api import listing, problems
from service.api.deps import CallerDep, StateDep
from service.api.listing import Cursor, Limit, Listing
from service.api.routes.projects import ProjectName
from service.use_cases.list_codings import FinalCoding, list_codings

_ANYONE: dict[str, Any] = {"security": [{"session": []}, {"token": []}]}


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/projects/{project}", tags=["codings"])

    @routes.get(
        "/codings", response_model=Listing[FinalCoding], responses=problems.documented(404), openapi_extra=_ANYONE
    )
    def get_codings(
        project: ProjectName, state: StateDep, caller: CallerDep, cursor: Cursor = None, limit: Limit = 100
    ) -> dict[str, Any]:
        """List final codings, by document and position; what is open to the asker is left out."""
        return listing.of(list_codings(state.engine, project, caller, cursor, limit))

    return routes
