"""What was acknowledged is on disk: after a kill, after a full disk."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from service import errors
from service.store import engine as store
from service.store import people, projects, tables
from service.store.migrate import migrate
from service.use_cases.store_segments import AskedSegment
from tests.integration.store.decide_forever import MEMO
from tests.unit.use_cases.worlds import START, World, open_store

ROOT = Path(__file__).parents[3]
KILLS = 4


def test_kill_loses_nothing_that_was_acknowledged(world: World, database_url: str) -> None:
    """A program killed at any moment leaves every acknowledged decision, none half-written, and an intact store."""
    world.project()
    segment, secret = world.segment(), _session(world)
    chance = random.Random(7)
    acknowledged: list[str] = []
    for _ in range(KILLS):
        acknowledged += _killed(database_url, secret, segment, chance.uniform(0, 0.3))
        _check_intact(world, database_url, segment, acknowledged)
    assert len(acknowledged) > KILLS


def _session(world: World) -> str:
    """Open a session that runs long after now."""
    with store.writing(world.engine) as connection:
        ann = people.add(connection, "Ann", "coder", "", START)
        found = projects.find(connection, "Alpha")
        assert found is not None
        projects.add_member(connection, found, ann)
        return people.start_session(connection, ann.person_id, 0, 1e11)


def _killed(url: str, secret: str, segment: str, seconds: float) -> list[str]:
    """Let a program decide, kill it so long after its first acknowledgement, and return all that it acknowledged."""
    command = [sys.executable, "-m", "tests.integration.store.decide_forever", url, secret, segment]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return [line.decode() for line in (first + rest).split(b"\n")[:-1]]


def _check_intact(world: World, url: str, segment: str, acknowledged: list[str]) -> None:
    world.engine.dispose()
    if url.startswith("sqlite"):
        assert world.engine.url.database is not None
        opened = sqlite3.connect(world.engine.url.database)
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        opened.close()
    stored = world.past(segment)
    assert {d.decision_id for d in stored} >= set(acknowledged)
    assert {(d.memo, d.codes["mood"], d.codes["theme"]) for d in stored} == {
        (MEMO, frozenset({"calm"}), frozenset({"trust", "safety"}))
    }
    with store.reading(world.engine) as connection:
        answers = connection.execute(sa.select(tables.idempotency.c.answer)).scalars().all()
    assert {a["decision_id"] for a in answers} == {d.decision_id for d in stored}


@pytest.fixture
def small(tmp_path: Path) -> tuple[World, Callable[[int], None]]:
    """A store on a disk that can be filled: pages left are set by a call."""
    engine = store.open_database(f"sqlite:///{tmp_path / 'home' / 'inkling.db'}")
    migrate(engine)
    limit = [2**30]

    @event.listens_for(engine, "checkout")
    def _limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit[0]}")

    def leave(pages: int) -> None:
        with store.reading(engine) as connection:
            limit[0] = connection.exec_driver_sql("PRAGMA page_count").scalar_one() + pages

    return World(engine), leave


def test_full_disk_is_told_and_stores_nothing_half(small: tuple[World, Callable[[int], None]]) -> None:
    """When the disk is full deciding says so; all before is there, nothing of it is, and later it goes on."""
    world, leave = small
    world.project()
    ann, segment = world.person("Ann"), world.segment()
    leave(6)
    acknowledged: list[str] = []
    with pytest.raises(errors.StorageFull):
        acknowledged.extend(world.decide(ann, segment, memo=MEMO, key=f"{turn}")["decision_id"] for turn in range(1000))
    assert [d.decision_id for d in world.past(segment)] == acknowledged
    assert world.count(tables.idempotency) == len(acknowledged)
    leave(1000)
    world.decide(ann, segment, memo=MEMO, key=f"{len(acknowledged)}")
    assert len(world.past(segment)) == len(acknowledged) + 1
    world.engine.dispose()


def test_full_disk_stores_no_part_of_many_segments(small: tuple[World, Callable[[int], None]]) -> None:
    """Of segments that do not fit not even the first is stored, nor their document."""
    world, leave = small
    world.project()
    leave(3)
    with pytest.raises(errors.StorageFull):
        world.put([AskedSegment(f"{i} {MEMO}", "doc") for i in range(100)])
    assert (world.count(tables.segments), world.count(tables.documents)) == (0, 0)
    world.engine.dispose()


def test_a_busy_store_is_told(tmp_path: Path) -> None:
    """Who writes while another writes for too long is told so, in a sentence, and stores nothing."""
    engine = open_store(tmp_path)
    event.listen(engine, "checkout", lambda connection, *_: connection.execute("PRAGMA busy_timeout=10"))
    with store.writing(engine), pytest.raises(errors.StoreBusy, match="try again"), store.writing(engine):
        pass
    with store.writing(engine):
        pass
    engine.dispose()
