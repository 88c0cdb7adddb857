"""Decisions, added and read back; nothing here changes or removes one."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from service.domain.coding import Decision, Shown
from service.domain.people import Coder
from service.domain.projects import Project
from service.store import tables
from service.store.documents import StoredDocument

_decisions, _people = tables.decisions, tables.people


def add(connection: sa.Connection, decision: Decision) -> None:
    """Store a person's decision. Only the use case `decide_coding` may call this (a test holds it)."""
    shown = decision.shown
    values = {
        "id": decision.decision_id,
        "segment_id": decision.segment_id,
        "coder_id": decision.coder.person_id,
        "session_id": decision.coder.session_id,
        "codebook_version": decision.codebook_version,
        "codes": {dimension: sorted(codes) for dimension, codes in decision.codes.items()},
        "retract": decision.retract,
        "adjudication": decision.adjudication,
        "memo": decision.memo,
        "independent": decision.independent,
        "advice": shown.advice,
        "shown": {
            "suggestion_id": shown.suggestion_id,
            "model_id": shown.model_id,
            "suggested": {k: list(v) for k, v in shown.suggested.items()},
            "probabilities": {k: dict(v) for k, v in shown.probabilities.items()},
            "seconds_before": shown.seconds_before,
        },
        "decided_at": decision.decided_at.timestamp(),
    }
    connection.execute(_decisions.insert().values(**values))


def of_segment(connection: sa.Connection, segment_id: str) -> list[Decision]:
    """Return a segment's decisions in the order in which they were made."""
    return [_decision(row) for row in connection.execute(_query().where(_decisions.c.segment_id == segment_id))]


def of_segments(connection: sa.Connection, segment_ids: Iterable[str]) -> dict[str, list[Decision]]:
    """Return the decisions on some segments, by segment id, each in order."""
    query = _query().where(_decisions.c.segment_id.in_(sorted(set(segment_ids))))
    return _by_segment(connection.execute(query))


def of_project(connection: sa.Connection, project: Project) -> dict[str, list[Decision]]:
    """Return a project's decisions, by segment id, each in order."""
    segments, documents = tables.segments, tables.documents
    query = (
        _query()
        .join(segments, segments.c.id == _decisions.c.segment_id)
        .join(documents, documents.c.number == segments.c.document_number)
        .where(documents.c.project_id == project.project_id)
    )
    return _by_segment(connection.execute(query))


def of_document(connection: sa.Connection, document: StoredDocument) -> dict[str, list[Decision]]:
    """Return the decisions on a document's segments, by segment id, each in order."""
    segments = tables.segments
    query = (
        _query()
        .join(segments, segments.c.id == _decisions.c.segment_id)
        .where(segments.c.document_number == document.number)
    )
    return _by_segment(connection.execute(query))


def holders(connection: sa.Connection, project: Project) -> dict[str, set[str]]:
    """Return who holds a coding of their own on which segment: the keys of `coding.standing`, without its contents."""
    segments, documents = tables.segments, tables.documents
    latest = (
        sa.select(sa.func.max(_decisions.c.number).label("number"))
        .join(segments, segments.c.id == _decisions.c.segment_id)
        .join(documents, documents.c.number == segments.c.document_number)
        .where(documents.c.project_id == project.project_id, _decisions.c.adjudication.is_(False))
        .group_by(_decisions.c.segment_id, _decisions.c.coder_id)
        .subquery()
    )
    query = (
        sa.select(_decisions.c.segment_id, _decisions.c.coder_id)
        .join(latest, latest.c.number == _decisions.c.number)
        .where(_decisions.c.retract.is_(False))
    )
    out: dict[str, set[str]] = {}
    for segment_id, person_id in connection.execute(query):
        out.setdefault(segment_id, set()).add(person_id)
    return out


def _by_segment(rows: Iterable[Any]) -> dict[str, list[Decision]]:
    out: dict[str, list[Decision]] = {}
    for row in rows:
        out.setdefault(row.segment_id, []).append(_decision(row))
    return out


def _query() -> sa.Select[Any]:
    return (
        sa.select(_decisions, _people.c.name.label("coder_name"))
        .join(_people, _people.c.id == _decisions.c.coder_id)
        .order_by(_decisions.c.number)
    )


def _decision(row: Any) -> Decision:
    return Decision(
        row.id,
        row.segment_id,
        Coder(row.coder_id, row.coder_name, row.session_id),
        datetime.fromtimestamp(row.decided_at, UTC),
        {dimension: frozenset(codes) for dimension, codes in row.codes.items()},
        row.retract,
        row.adjudication,
        row.memo,
        row.codebook_version,
        Shown(row.advice, **row.shown),
        row.independent,
    )


def first_answer(connection: sa.Connection, person_id: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """Return the request's hash and the answer that a person first got under an idempotency key."""
    table = tables.idempotency
    row = connection.execute(sa.select(table).where(table.c.person_id == person_id, table.c.key == key)).one_or_none()
    return None if row is None else (row.request_sha256, row.answer)


def keep_answer(
    connection: sa.Connection, person_id: str, key: str, request: tuple[str, dict[str, Any]], now: float
) -> None:
    """Remember the answer (request hash, answer) to an idempotency key."""
    values = {"person_id": person_id, "key": key, "request_sha256": request[0], "answer": request[1]}
    connection.execute(tables.idempotency.insert().values(**values, created_at=now))
