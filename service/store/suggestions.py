"""Suggestions as they were answered: to whom, by which model, and whether anything was shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.domain.suggestion import SILENT, Suggestion
from service.store import tables
from service.store.ids import new_id

_suggestions = tables.suggestions


@dataclass(frozen=True)
class Answer:
    """A suggestion to store: for which segment, and for whom (one of the two, or nobody)."""

    segment_id: str
    suggestion: Suggestion
    person_id: str | None = None
    token_id: str | None = None


@dataclass(frozen=True)
class StoredSuggestion:
    """A suggestion that was answered earlier; `advice` holds codes and probabilities, no text."""

    suggestion_id: str
    segment_id: str
    model_id: str
    advice: Mapping[str, Any]
    person_id: str | None
    token_id: str | None
    shown: bool
    created_at: float


def add(connection: sa.Connection, answers: Sequence[Answer], now: float) -> list[str]:
    """Store suggestions and return their ids, in order."""
    rows = [_row(answer, now) for answer in answers]
    if rows:
        connection.execute(_suggestions.insert(), rows)
    return [row["id"] for row in rows]


def _row(answer: Answer, now: float) -> dict[str, Any]:
    advice = {a.dimension: a for a in answer.suggestion.dimensions}
    asked = answer.person_id is not None or answer.token_id is not None
    return {
        "id": new_id(),
        "segment_id": answer.segment_id,
        "model_id": answer.suggestion.model_id,
        "advice": {
            name: {
                "suggested": list(a.suggested),
                "best": list(a.best),
                "abstained": a.abstained,
                "reason": a.reason,
                "probabilities": {c.code: round(c.probability, 6) for c in a.candidates},
            }
            for name, a in advice.items()
        },
        "person_id": answer.person_id,
        "token_id": answer.token_id,
        "shown": asked and any(a.reason not in SILENT for a in advice.values()),
        "created_at": now,
    }


def find(connection: sa.Connection, suggestion_id: str) -> StoredSuggestion | None:
    """Return the suggestion of this id, if any."""
    row = connection.execute(sa.select(_suggestions).where(_suggestions.c.id == suggestion_id)).one_or_none()
    return None if row is None else _stored(row)


def any_by(connection: sa.Connection, model_id: str) -> bool:
    """Say whether a model ever answered: each suggestion stays, and decisions made on it name its model."""
    found = sa.select(_suggestions.c.id).where(_suggestions.c.model_id == model_id).limit(1)
    return connection.execute(found).one_or_none() is not None


def of_segments(connection: sa.Connection, segment_ids: Iterable[str]) -> list[StoredSuggestion]:
    """Return what was answered for these segments, oldest first."""
    query = (
        sa.select(_suggestions)
        .where(_suggestions.c.segment_id.in_(sorted(set(segment_ids))))
        .order_by(_suggestions.c.created_at)
    )
    return [_stored(row) for row in connection.execute(query)]


def _stored(row: Any) -> StoredSuggestion:
    return StoredSuggestion(
        row.id, row.segment_id, row.model_id, row.advice, row.person_id, row.token_id, row.shown, row.created_at
    )
