"""Whether the service runs; the only answer that strangers get."""

from typing import Any

from fastapi import APIRouter

from service import __version__
from service.api import problems
from service.api.deps import StateDep
from service.api.schemas import Health


def router() -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["health"])

    @routes.get("/health", response_model=Health, responses=problems.documented(), openapi_extra={"security": []})
    def health(state: StateDep) -> dict[str, Any]:
        """Say that the service runs, and which model was put into service last."""
        changes = state.shelf.registry.history()
        model = {"model_id": changes[-1].model_id if changes else None}
        return {"status": "ok", "version": __version__, "model": model}

    return routes
