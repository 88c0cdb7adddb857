"""Where models put segments in the queue of a project that is ordered by what would teach most."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from service.domain.projects import Project
from service.store import tables

_places, _segments, _documents = tables.queue_places, tables.segments, tables.documents

#: Kept per project: the order in use, and the one before, which lists begun under it go on with.
_KEPT = 2


def put(connection: sa.Connection, project: Project, model_id: str, places: Mapping[str, float], now: float) -> None:
    """Store a model's places, by segment id, and forget all but the last orders of the project."""
    rows = [{"segment_id": s, "model_id": model_id, "place": p, "created_at": now} for s, p in places.items()]
    if rows:
        connection.execute(_places.insert(), rows)
    mine = _places.c.segment_id.in_(_of(project))
    for forgotten in models(connection, project)[_KEPT:]:
        connection.execute(_places.delete().where(_places.c.model_id == forgotten, mine))


def of_model(connection: sa.Connection, project: Project, model_id: str) -> dict[str, float]:
    """Return a model's places, by segment id; empty where it has ordered nothing here."""
    query = sa.select(_places.c.segment_id, _places.c.place).where(
        _places.c.model_id == model_id, _places.c.segment_id.in_(_of(project))
    )
    return {row.segment_id: row.place for row in connection.execute(query)}


def models(connection: sa.Connection, project: Project) -> tuple[str, ...]:
    """Return the models whose orders of the project are kept, the one that placed something last first."""
    query = (
        sa.select(_places.c.model_id)
        .where(_places.c.segment_id.in_(_of(project)))
        .group_by(_places.c.model_id)
        .order_by(sa.func.max(_places.c.created_at).desc(), _places.c.model_id)
    )
    return tuple(connection.execute(query).scalars())


def _of(project: Project) -> sa.Select[Any]:
    """Return the ids of the project's segments."""
    return (
        sa.select(_segments.c.id)
        .join(_documents, _documents.c.number == _segments.c.document_number)
        .where(_documents.c.project_id == project.project_id)
    )
