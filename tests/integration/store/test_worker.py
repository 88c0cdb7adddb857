"""A worker on both databases: what it keeps, what it gives back, what it leaves behind when it is stopped or killed."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import errors
from service.domain.jobs import Held, Job, TrainingOptions
from service.store import engine as store
from service.store import jobs
from service.suggest import bundle
from service.suggest.definitions import definitions_bundle
from service.suggest.hashing_encoder import HashingEncoder
from service.suggest.registry import Registry
from service.use_cases.run_jobs import Outcome, Process, Rhythm, Worker
from tests import invented
from tests.unit.use_cases.worlds import World

RHYTHM = Rhythm(idle=0.01, busy=0.01, lease=1e6)
MODEL = definitions_bundle(invented.book(), HashingEncoder(16))


@dataclass
class Fake:
    """A job's process that ends when and how a test says."""

    held: Held
    out: Path
    ended: Outcome | None = None
    said: tuple[str, float] = ("encoding", 0.4)
    killed: bool = False

    def progress(self) -> tuple[str, float]:
        """Return what the test said."""
        return self.said

    def outcome(self) -> Outcome | None:
        """Return how the test ended it."""
        return self.ended

    def kill(self) -> None:
        """Note that it was ended."""
        self.killed = True

    def succeed(self, model: bundle.Bundle = MODEL) -> None:
        """Leave a finished bundle."""
        bundle.save(model, self.out)
        self.ended = Outcome(model_id=model.manifest.model_id)


@dataclass
class Shop:
    """A worker in a thread, its processes in the test's hands."""

    engine: sa.Engine
    folder: Path
    begun: list[Fake] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def registry(self) -> Registry:
        return Registry(self.folder / "models")

    def open(self) -> None:
        def begin(held: Held, out: Path) -> Process:
            self.begun.append(Fake(held, out))
            return self.begun[-1]

        worker = Worker(self.engine, self.registry, begin, self.folder / "jobs", time.time, RHYTHM)
        self._thread = threading.Thread(target=worker.run, args=(self.stop,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.stop.set()
        assert self._thread is not None
        self._thread.join(60)
        assert not self._thread.is_alive()

    def process(self, number: int = 0) -> Fake:
        _until(lambda: len(self.begun) > number)
        return self.begun[number]

    def find(self, job: Job) -> Job:
        with store.reading(self.engine) as connection:
            found = jobs.find(connection, job.job_id)
        assert found is not None
        return found

    def until(self, job: Job, state: str) -> Job:
        _until(lambda: self.find(job).state == state)
        return self.find(job)

    def left(self) -> list[str]:
        folder = self.folder / "jobs"
        return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("what was waited for did not happen")


@pytest.fixture
def job(world: World) -> Job:
    """A training that waits."""
    project, (person, _) = world.project(), world.person("Ray", "researcher")
    with store.writing(world.engine) as connection:
        return jobs.submit(connection, project, person, TrainingOptions(), time.time())


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Shop:
    return Shop(world.engine, tmp_path)


def test_a_finished_bundle_becomes_a_candidate(shop: Shop, job: Job) -> None:
    """The job is done with the model's id, which nothing serves, and no folder stays behind."""
    shop.open()
    shop.process().succeed()
    assert shop.until(job, "done").model_id == MODEL.manifest.model_id
    _until(lambda: shop.left() == [])
    assert [(e.model_id, e.state) for e in shop.registry.list()] == [(MODEL.manifest.model_id, "candidate")]
    shop.close()


def test_progress_reaches_the_store(shop: Shop, job: Job) -> None:
    """What the process says is seen by everyone who asks."""
    shop.open()
    shop.process().said = ("fitting mood", 0.75)
    _until(lambda: (shop.find(job).stage, shop.find(job).progress) == ("fitting mood", 0.75))
    shop.close()


def test_a_refusal_becomes_the_jobs_reason(shop: Shop, job: Job) -> None:
    """The process's own sentence is kept, and no model."""
    shop.open()
    shop.process().ended = Outcome(reason="There are no final codings yet.")
    assert shop.until(job, "failed").reason == "There are no final codings yet."
    assert shop.registry.list() == ()
    shop.close()


def test_a_damaged_bundle_fails_the_job(shop: Shop, job: Job) -> None:
    """What comes out of a process is checked whole before it is kept."""
    shop.open()
    process = shop.process()
    bundle.save(MODEL, process.out)
    (process.out / "metrics.json").write_text("{}", encoding="utf-8")
    process.ended = Outcome(model_id=MODEL.manifest.model_id)
    assert "metrics.json" in str(shop.until(job, "failed").reason)
    assert shop.registry.list() == ()
    shop.close()


def test_cancelling_kills_the_process_and_keeps_nothing(shop: Shop, job: Job) -> None:
    """Even a bundle that was just written is left aside; the worker is free for the next job."""
    shop.open()
    process = shop.process()
    bundle.save(MODEL, process.out)
    with store.writing(shop.engine) as connection:
        jobs.cancel(connection, job.job_id, time.time())
    _until(lambda: process.killed and shop.left() == [])
    assert shop.registry.list() == ()
    assert shop.find(job).state == "cancelled"
    shop.close()


def test_a_stopped_worker_gives_its_job_back(shop: Shop, job: Job) -> None:
    """It waits again, uncounted, its process is gone, and the next worker takes it from its start."""
    shop.open()
    process = shop.process()
    shop.close()
    assert process.killed
    assert (shop.find(job).state, shop.find(job).attempts, shop.left()) == ("queued", 0, [])
    again = Shop(shop.engine, shop.folder)
    again.open()
    again.process().succeed()
    again.until(job, "done")
    again.close()


def test_a_process_that_dies_three_times_fails_the_job(shop: Shop, job: Job) -> None:
    """Each death without a word is followed by another try, until there have been three."""
    shop.open()
    for number in range(3):
        shop.process(number).ended = Outcome()
    assert "3 times" in str(shop.until(job, "failed").reason)
    assert len(shop.begun) == 3
    shop.close()


def test_what_killed_workers_left_is_removed(shop: Shop, job: Job) -> None:
    """Folders of jobs that nobody holds go at the start."""
    (shop.folder / "jobs" / "old-lease" / "bundle").mkdir(parents=True)
    shop.open()
    process = shop.process()
    assert shop.left() == [process.out.parent.name]
    shop.close()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(errors.StorageFull(), str(errors.StorageFull())), (PermissionError("/a/b"), "PermissionError")],
)
def test_a_job_that_can_not_be_begun_fails(shop: Shop, job: Job, fault: Exception, reason: str) -> None:
    """Its reason is our own sentence, or else only the kind of fault; the worker goes on."""

    def begin(_held: Held, _out: Path) -> Process:
        raise fault

    worker = Worker(shop.engine, shop.registry, begin, shop.folder / "jobs", time.time, RHYTHM)
    thread = threading.Thread(target=worker.run, args=(shop.stop,), daemon=True)
    thread.start()
    assert shop.until(job, "failed").reason == reason
    assert shop.left() == []
    shop.stop.set()
    thread.join(60)
