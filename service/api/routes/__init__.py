"""The routes, a file for each noun."""

from fastapi import FastAPI

from service.api.routes import (
    codings,
    documents,
    health,
    imports,
    models,
    people,
    projects,
    segments,
    session,
    suggestions,
    trainings,
)

ROOT = "/api/v1"

_PARTS = (
    *(health, session, projects, documents, imports, segments, suggestions, codings),
    *(people, models, trainings),
)


def register(app: FastAPI) -> None:
    """Add every route of the REST API."""
    for part in _PARTS:
        app.include_router(part.router(), prefix=ROOT)
