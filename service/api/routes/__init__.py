"""The routes, a file for each noun."""

from fastapi import APIRouter

from service.api.routes import (
    codings,
    documents,
    health,
    models,
    people,
    projects,
    segments,
    session,
    suggestions,
)


def router() -> APIRouter:
    """Return every route of the REST API."""
    api = APIRouter(prefix="/api/v1")
    for part in (health, session, projects, documents, segments, suggestions, codings, people, models):
        api.include_router(part.router())
    return api
