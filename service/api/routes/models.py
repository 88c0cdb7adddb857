"""Which models there are."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends

from service.api import deps, listing, problems
from service.api.deps import StateDep
from service.api.listing import Listing
from service.api.schemas import ModelListed

_ANYONE: dict[str, Any] = {"security": [{"session": []}, {"token": []}]}


def router() -> APIRouter:
    """Return the route."""
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

    return routes
