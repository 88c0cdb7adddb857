"""Which models there are, how good they are, and which one is to serve."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi import Path as InPath

from service.api import deps, listing, problems
from service.api.deps import PersonDep, StateDep
from service.api.listing import Listing
from service.api.routes.projects import ProjectName
from service.api.schemas import Id, ModelListed
from service.api.training_schemas import NewPromotion, NewRollback
from service.use_cases import promote_models, show_models
from service.use_cases.compare_models import ModelComparison, compare_with_current
from service.use_cases.show_models import ProjectModel

ModelId = Annotated[Id, InPath(description="A model's id.")]

#: A report brings its styles and pictures with it; it loads nothing, runs nothing and is nobody's frame.
_REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'"
_HTML = "text/html; charset=utf-8"

_ANYONE: dict[str, Any] = {"security": [{"session": []}, {"token": []}]}


def router() -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["models"])

    @routes.get(
        "/models",
        response_model=Listing[ModelListed],
        responses=problems.documented(503),
        openapi_extra=_ANYONE,
        dependencies=[Depends(deps.caller)],
    )
    def get_models(state: StateDep) -> dict[str, Any]:
        """List the models, oldest first."""
        return listing.whole(asdict(entry) for entry in state.shelf.registry.list())

    @routes.get(
        "/projects/{project}/models", response_model=Listing[ProjectModel], responses=problems.documented(404, 503)
    )
    def get_project_models(project: ProjectName, state: StateDep, person: PersonDep) -> dict[str, Any]:
        """List the models of the project's codebook: the current one first, then newest first."""
        return listing.whole(show_models.list_project_models(state.engine, state.shelf.registry, project, person))

    @routes.get(
        "/projects/{project}/models/{model_id}/comparison",
        response_model=ModelComparison,
        responses=problems.documented(404, 503),
    )
    def get_comparison(project: ProjectName, model_id: ModelId, state: StateDep, person: PersonDep) -> ModelComparison:
        """Compare a model with the one that serves, on participants neither had seen; for those who may promote."""
        return compare_with_current(state.engine, state.shelf.registry, project, model_id, person)

    _add_acts(routes)
    return routes


def _add_acts(routes: APIRouter) -> None:
    @routes.post(
        "/models/{model_id}/promotion", response_model=ModelListed, responses=problems.documented(404, 409, 503, 507)
    )
    def post_promotion(model_id: ModelId, body: NewPromotion, state: StateDep, person: PersonDep) -> dict[str, Any]:
        """Have a model serve its codebook, signed by who asks: a researcher of such a project, or an admin."""
        promote_models.promote_model(state.engine, state.shelf, model_id, person, body.reason)
        return asdict(state.shelf.registry.show(model_id))

    @routes.post("/models/rollback", response_model=ModelListed, responses=problems.documented(404, 503, 507))
    def post_rollback(body: NewRollback, state: StateDep, person: PersonDep) -> dict[str, Any]:
        """Have the model before serve a codebook again, signed by who asks: by who may promote there."""
        before = promote_models.roll_back(state.engine, state.shelf, body.codebook, person, body.reason)
        return asdict(state.shelf.registry.show(before))

    @routes.get(
        "/models/{model_id}/report",
        response_class=Response,
        responses={**problems.documented(404, 503), 200: {"content": {"text/html": {}}}},
    )
    def get_model_report(model_id: ModelId, state: StateDep, person: PersonDep) -> Response:
        """Show a model's report; for researchers who are members of all projects that it shows excerpts of."""
        page = show_models.read_report(state.engine, state.shelf.registry, model_id, person)
        return Response(page, media_type=_HTML, headers={"Content-Security-Policy": _REPORT_POLICY})
