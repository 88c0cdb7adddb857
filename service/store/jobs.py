"""The queue of jobs: who waits, who works, how far. A worker holds a job by a lease that it must renew.

A worker that dies renews nothing, so its job is taken up again, from its start, by the next that asks. Every change
that a worker makes names its lease: one that lost its job, by cancellation or by being silent too long, changes
nothing any more.
"""

from typing import Any

import sqlalchemy as sa

from service import errors
from service.domain.jobs import MOST_ATTEMPTS, TRAINING, UNFINISHED, Held, Job, TrainingOptions
from service.domain.people import Person
from service.domain.projects import Project
from service.store import tables
from service.store.engine import take_turns
from service.store.ids import new_id

_jobs = tables.jobs

_STAGE, _REASON = 100, 1000
_FRESH = {"state": "queued", "lease": None, "lease_until": None, "progress": 0.0, "stage": ""}
_WORN_OUT = f"It ended its worker {MOST_ATTEMPTS} times, perhaps for want of memory; the service's log may say more."


def submit(connection: sa.Connection, project: Project, person: Person, options: TrainingOptions, now: float) -> Job:
    """Put a training into the queue.

    Raises:
        Conflict: one of this project is not finished yet; the sentence names it.
    """
    take_turns(connection, [f"training {project.project_id}"])
    mine = _of(project) & _jobs.c.state.in_(UNFINISHED)
    first = connection.execute(sa.select(_jobs.c.id).where(mine)).scalar_one_or_none()
    if first is not None:
        raise errors.Conflict(f"Training {first} of this project is not finished yet; wait for it, or cancel it.")
    job_id = new_id()
    row = {"id": job_id, "kind": TRAINING, "project_id": project.project_id, "person_id": person.person_id}
    connection.execute(_jobs.insert().values(**row, **_FRESH, options=options.as_dict(), attempts=0, created_at=now))
    return _one(connection, job_id)


def find(connection: sa.Connection, job_id: str) -> Job | None:
    """Return the job of this id, if any."""
    row = connection.execute(_with_names().where(_jobs.c.id == job_id)).one_or_none()
    return None if row is None else _job(row)


def of_project(connection: sa.Connection, project: Project, limit: int, before: str | None = None) -> list[Job]:
    """Return a project's jobs, newest first.

    Args:
        connection: to the store.
        project: whose jobs.
        limit: how many at most.
        before: only those begun before this one.
    """
    query = _with_names().where(_of(project)).order_by(_jobs.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_jobs.c.id < before)
    return [_job(row) for row in connection.execute(query)]


def cancel(connection: sa.Connection, job_id: str, now: float) -> Job:
    """End a job that is not finished, at once; its worker notices that it holds it no longer.

    Raises:
        Conflict: it has ended otherwise already.
    """
    unfinished = (_jobs.c.id == job_id) & _jobs.c.state.in_(UNFINISHED)
    connection.execute(_jobs.update().where(unfinished).values(**_ended("cancelled", now)))
    job = _one(connection, job_id)
    if job.state != "cancelled":
        raise errors.Conflict(f"Training {job_id} has ended already; there is nothing to cancel.")
    return job


def waits(connection: sa.Connection, now: float) -> bool:
    """Say whether there is a job to take; cheap enough to be asked every second."""
    return connection.execute(sa.select(_jobs.c.id).where(_ready(now)).limit(1)).first() is not None


def take(connection: sa.Connection, now: float, lease_seconds: float) -> Held | None:
    """Give the oldest job that waits, or whose worker fell silent, to a worker; None where there is none.

    A job that was taken up too often already is failed instead.
    """
    query = sa.select(_jobs.c.id, _jobs.c.attempts).where(_ready(now)).order_by(_jobs.c.id)
    for row in connection.execute(query.with_for_update(skip_locked=True)).all():
        mine = _jobs.update().where(_jobs.c.id == row.id)
        if row.attempts >= MOST_ATTEMPTS:
            connection.execute(mine.values(**_ended("failed", now), reason=_WORN_OUT))
            continue
        lease = new_id()
        begun = {**_FRESH, "state": "running", "lease": lease, "lease_until": now + lease_seconds}
        connection.execute(mine.values(**begun, attempts=row.attempts + 1, started_at=now))
        return Held(_one(connection, row.id), lease)
    return None


def holds(connection: sa.Connection, held: Held) -> bool:
    """Say whether a job still is in these hands."""
    return connection.execute(sa.select(_jobs.c.id).where(_is(held))).first() is not None


def report(connection: sa.Connection, held: Held, done: tuple[str, float], now: float, lease_seconds: float) -> bool:
    """Renew a lease and note how far the job is; say whether it still is in these hands.

    Args:
        connection: to the store.
        held: the job.
        done: what is being done, in the program's own words, and how much of the whole is done, from 0 to 1.
        now: the time.
        lease_seconds: for how long from now.
    """
    stage, share = done
    values = {"stage": stage[:_STAGE], "progress": min(1.0, max(0.0, share)), "lease_until": now + lease_seconds}
    return _change(connection, held, values)


def complete(connection: sa.Connection, held: Held, model_id: str, now: float) -> bool:
    """End a job with the model that came of it; say whether it still was in these hands."""
    return _change(connection, held, {**_ended("done", now), "progress": 1.0, "stage": "", "model_id": model_id})


def fail(connection: sa.Connection, held: Held, reason: str, now: float) -> bool:
    """End a job with a sentence that says why; say whether it still was in these hands."""
    return _change(connection, held, {**_ended("failed", now), "reason": reason[:_REASON]})


def give_back(connection: sa.Connection, held: Held, *, counts: bool) -> bool:
    """Put a job back into the queue, to be taken up from its start.

    Args:
        connection: to the store.
        held: the job.
        counts: whether this counts among the times that it ended its worker; not where the worker itself stops.
    """
    return _change(connection, held, {**_FRESH, "attempts": held.job.attempts - (not counts)})


def running(connection: sa.Connection) -> tuple[Held, ...]:
    """Return the jobs that are in workers' hands."""
    rows = connection.execute(_with_names().where(_jobs.c.state == "running"))
    return tuple(Held(_job(row), row.lease) for row in rows)


def _change(connection: sa.Connection, held: Held, values: dict[str, Any]) -> bool:
    return connection.execute(_jobs.update().where(_is(held)).values(**values)).rowcount == 1


def _is(held: Held) -> sa.ColumnElement[bool]:
    return (_jobs.c.id == held.job.job_id) & (_jobs.c.state == "running") & (_jobs.c.lease == held.lease)


def _of(project: Project) -> sa.ColumnElement[bool]:
    return (_jobs.c.project_id == project.project_id) & (_jobs.c.kind == TRAINING)


def _ready(now: float) -> sa.ColumnElement[bool]:
    return (_jobs.c.state == "queued") | ((_jobs.c.state == "running") & (_jobs.c.lease_until < now))


def _ended(state: str, now: float) -> dict[str, Any]:
    return {"state": state, "ended_at": now, "lease": None, "lease_until": None}


def _one(connection: sa.Connection, job_id: str) -> Job:
    return _job(connection.execute(_with_names().where(_jobs.c.id == job_id)).one())


def _with_names() -> sa.Select[Any]:
    return (
        sa.select(_jobs, tables.projects.c.name.label("project"), tables.people.c.name.label("by"))
        .join(tables.projects, tables.projects.c.id == _jobs.c.project_id)
        .join(tables.people, tables.people.c.id == _jobs.c.person_id)
    )


def _job(row: Any) -> Job:
    return Job(
        row.id,
        row.kind,
        row.project_id,
        row.project,
        row.by,
        TrainingOptions.of(row.options),
        row.state,
        row.attempts,
        row.progress,
        row.stage,
        row.created_at,
        row.started_at,
        row.ended_at,
        row.model_id,
        row.reason,
    )
