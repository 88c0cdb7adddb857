"""The routes, a file for each noun."""

from fastapi import FastAPI

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
    trainings,
)

ROOT = "/api/v1"


def register(app: FastAPI) -> None:
    """Add every route of the REST API."""
    for part in (health, session, projects, documents, segments, suggestions, codings, people, models, trainings):
        app.include_router(part.router(), prefix=ROOT)
