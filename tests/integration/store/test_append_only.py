"""The database itself keeps decisions, and takes them from people in a running session of their own only."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from service.domain.coding import Decision
from service.domain.people import Coder
from service.store import decisions, people, tables
from service.store import engine as store
from tests.unit.use_cases.worlds import START, Who, World


@pytest.fixture
def decided(world: World) -> tuple[World, Who, str]:
    """A store with one decision."""
    world.project()
    ann, segment = world.person("Ann"), world.segment()
    world.decide(ann, segment)
    return world, ann, segment


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET memo = 'changed'",
        "UPDATE decisions SET number = number + 1",
        "DELETE FROM decisions",
        "DELETE FROM segments",
        "DELETE FROM people",
        "DELETE FROM sessions",
    ],
)
def test_nothing_removes_or_changes_a_decision(decided: tuple[World, Who, str], statement: str) -> None:
    """Changing or deleting a decision, or what it rests on, is refused."""
    world, _, segment = decided
    before = world.past(segment)
    _refused(world.engine, statement)
    assert world.past(segment) == before


def _refused(engine: sa.Engine, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError), store.writing(engine) as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgres
@pytest.mark.xdist_group("postgres")
@pytest.mark.parametrize("statement", ["TRUNCATE decisions", "TRUNCATE segments CASCADE", "TRUNCATE people CASCADE"])
def test_truncating_is_refused(decided: tuple[World, Who, str], statement: str) -> None:
    """On PostgreSQL emptying the table, by itself or through another, is refused."""
    world, _, segment = decided
    _refused(world.engine, statement)
    assert len(world.past(segment)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_replacing_is_refused(decided: tuple[World, Who, str]) -> None:
    """On SQLite a row can't be pushed out by another with its number or id."""
    world, _, segment = decided
    columns = [c.name for c in tables.decisions.columns]
    for kept in ("number", "id"):
        values = ", ".join(c if c in ("session_id", "coder_id", kept) else _else(c) for c in columns)
        _refused(
            world.engine, f"INSERT OR REPLACE INTO decisions ({', '.join(columns)}) SELECT {values} FROM decisions"
        )
    assert len(world.past(segment)) == 1


def _else(column: str) -> str:
    return {"number": "number + 1", "id": "id || 'x'", "memo": "'changed'"}.get(column, column)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_connection_without_foreign_keys_is_no_way_in(decided: tuple[World, Who, str]) -> None:
    """A program that opens the file by itself, with foreign keys off, can't decide without a session either."""
    world, (ann, _), segment = decided
    row = _row(segment, ann.person_id, "nothing")
    row["codes"] = row["shown"] = "{}"
    assert world.engine.url.database is not None
    connection = sqlite3.connect(world.engine.url.database)
    names = ", ".join(row)
    with pytest.raises(sqlite3.IntegrityError, match="session"):
        connection.execute(f"INSERT INTO decisions ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
    connection.close()
    assert len(world.past(segment)) == 1


def _row(segment: str, coder: object, session: object) -> dict[str, Any]:
    return {
        "id": "made-up",
        "segment_id": segment,
        "coder_id": coder,
        "session_id": session,
        "codebook_version": "1",
        "codes": {},
        "retract": False,
        "adjudication": False,
        "memo": "",
        "independent": True,
        "advice": "none",
        "shown": {},
        "decided_at": START + 10,
    }


Change = Callable[[World, Who, Who], Mapping[str, Any]]


@pytest.mark.parametrize(
    "change",
    [
        lambda world, ann, ben: {"session_id": None},
        lambda world, ann, ben: {"session_id": ""},
        lambda world, ann, ben: {"session_id": "made-up"},
        lambda world, ann, ben: {"session_id": ben[1].session_id},
        lambda world, ann, ben: {"coder_id": None},
        lambda world, ann, ben: {"coder_id": "made-up"},
        lambda world, ann, ben: {"coder_id": ben[0].person_id},
        lambda world, ann, ben: {"coder_id": world.program().token_id},
        lambda world, ann, ben: {"segment_id": "made-up"},
        lambda world, ann, ben: {"advice": "perhaps"},
        lambda world, ann, ben: {"decided_at": START + 1e10},
    ],
)
def test_decision_needs_a_person_in_a_session(world: World, change: Change) -> None:
    """A row without a session, with another person's, with a program or past the session's end is refused."""
    world.project()
    ann, ben, segment = world.person("Ann"), world.person("Ben"), world.segment()
    row = _row(segment, ann[0].person_id, ann[1].session_id)
    refused = {**row, **change(world, ann, ben)}
    with pytest.raises(sa.exc.DBAPIError) as refusal, store.writing(world.engine) as connection:
        connection.execute(tables.decisions.insert().values(**refused))
    assert not isinstance(refusal.value, sa.exc.OperationalError)
    assert world.past(segment) == []
    with store.writing(world.engine) as connection:
        connection.execute(tables.decisions.insert().values(**row))
    assert len(world.past(segment)) == 1


def test_ended_session_adds_nothing(world: World) -> None:
    """Once a session has ended no decision comes from it, whatever time it claims."""
    world.project()
    (ann, coder), segment = world.person("Ann"), world.segment()
    with store.writing(world.engine) as connection:
        people.disable(connection, ann.person_id, START + 5)
    for at in (START + 1, START + 9):
        with (
            pytest.raises(sa.exc.DBAPIError, match="session has ended"),
            store.writing(world.engine) as connection,
        ):
            decisions.add(connection, Decision("made-up", segment, coder, datetime.fromtimestamp(at, UTC)))
    assert world.past(segment) == []


def test_refusals_do_not_carry_the_row(world: World) -> None:
    """The error of a refused row names neither memo nor codes, so that no log can hold them."""
    world.project()
    segment = world.segment()
    row = {**_row(segment, "made-up", "made-up"), "memo": "private words"}
    with pytest.raises(sa.exc.DBAPIError) as refusal, store.writing(world.engine) as connection:
        connection.execute(tables.decisions.insert().values(**row))
    assert "private words" not in str(refusal.value)


def test_coder_comes_with_a_session() -> None:
    """The type has no place for a decision without a session."""
    with pytest.raises(TypeError):
        Coder("person", "Ann")  # type: ignore[call-arg]
