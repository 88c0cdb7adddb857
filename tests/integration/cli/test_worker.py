"""`inkling worker`, by itself and beside `inkling serve`: ended in order, killed with -9, and taken up again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from service.domain.jobs import Job, TrainingOptions
from service.store import engine as store
from service.store import jobs, people, projects, tables
from service.suggest.registry import Registry
from service.use_cases.store_segments import AskedSegment
from tests.requirements import unavailable
from tests.unit.use_cases.worlds import World, open_store

ROOT = Path(__file__).parents[3]
CANARY = "marmalade"
LEASE = 2


class Workshop:
    """A store with final codings, and programs that run on it as people start them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World(open_store(folder))
        self.started: list[subprocess.Popen[bytes]] = []

    @property
    def registry(self) -> Registry:
        return Registry(self.folder / "models")

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start `inkling` with these words; nothing is typed to it."""
        own = {"HOME": self.folder / "home", "MODELS": self.folder / "models", "ENCODER": "hashing"}
        own |= {"JOB_LEASE_SECONDS": LEASE}
        environment = {**os.environ, **{f"INKLING_{name}": str(value) for name, value in own.items()}}
        command = [sys.executable, "-m", "service", *words]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stderr=log)
        self.started.append(process)
        return process

    def serve(self, *words: str) -> subprocess.Popen[bytes]:
        """Start the service on a free port, and wait until it answers."""
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = self.start("serve", "--port", str(port), *words)

        def answers() -> bool:
            with contextlib.suppress(httpx2.TransportError):
                return httpx2.get(f"http://127.0.0.1:{port}/api/v1/health").status_code == 200
            return False

        until(answers)
        return process

    def submit(self, project: str = "Alpha", options: TrainingOptions | None = None) -> str:
        with store.writing(self.world.engine) as connection:
            found, person = projects.find(connection, project), people.find(connection, "Ray")
            assert found is not None
            assert person is not None
            return jobs.submit(connection, found, person, options or TrainingOptions(), time.time()).job_id

    def job(self, job_id: str) -> Job:
        with store.reading(self.world.engine) as connection:
            found = jobs.find(connection, job_id)
        assert found is not None
        return found

    def until(self, job_id: str, state: str) -> Job:
        until(lambda: self.job(job_id).state == state)
        return self.job(job_id)

    def nothing_half_written(self) -> bool:
        """Say whether no folder of unfinished work is there."""
        scratch, models = self.folder / "home" / "jobs", self.folder / "models"
        found = [*(scratch.iterdir() if scratch.is_dir() else ()), *models.glob(".[!r]*")]
        return found == []

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()
        self.world.engine.dispose()


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """A project with final codings of four participants, and its researcher."""
    if not Path("/proc/self/stat").is_file():
        unavailable("needs /proc to find a process's children")
    shop = Workshop(tmp_path)
    shop.world.project()
    ray = shop.world.person("Ray", "researcher")
    said = {"calm": "We sat with the {} and waited, number {}.", "angry": "They shouted about the {} again, at {}."}
    for number in range(4):
        for mood, text in said.items():
            asked = AskedSegment(text.format(CANARY, number), f"d{number}")
            (segment,) = shop.world.put([asked])
            shop.world.decide(ray, segment.segment_id, {"mood": [mood]})
    yield shop
    shop.close()


def until(holds: Callable[[], object]) -> None:
    """Wait for something to hold, however slow the machine is."""
    for _ in range(9000):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("what was waited for did not happen")


def children(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            rest = stat.read_text().rpartition(")")[2].split()
            if int(rest[1]) == pid and rest[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def is_there(pid: int) -> bool:
    """Say whether a process runs."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def child_of(pid: int) -> int:
    """Wait for a process's child."""
    until(lambda: children(pid))
    return children(pid)[0]


def frozen_child_of(pid: int) -> int:
    """Wait for a worker's child and stop it in the middle of what it does, not before it is a program of its own."""
    found = child_of(pid)
    until(lambda: b"--job" in Path(f"/proc/{found}/cmdline").read_bytes())
    os.kill(found, signal.SIGSTOP)
    return found


def test_a_worker_trains_what_was_asked_for(workshop: Workshop) -> None:
    """The job is done, its model is a candidate, no decision has moved, and nothing of what was said is in the row."""
    before = workshop.world.count(tables.decisions)
    worker = workshop.start("worker")
    job = workshop.until(workshop.submit(), "done")
    assert [(e.model_id, e.state, e.method) for e in workshop.registry.list()] == [(job.model_id, "candidate", "head")]
    assert workshop.world.count(tables.decisions) == before
    with store.reading(workshop.world.engine) as connection:
        assert CANARY not in str(connection.execute(sa.select(tables.jobs)).all())
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) >= 10
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert CANARY not in (workshop.folder / "log").read_text()
    assert workshop.nothing_half_written()


def test_a_training_that_cannot_be_says_why(workshop: Workshop) -> None:
    """A project without final codings fails in one sentence, and the worker goes on."""
    workshop.world.project("Empty")
    worker = workshop.start("worker")
    failed = workshop.until(workshop.submit("Empty"), "failed")
    assert failed.reason == "Project Empty has no final codings yet; decide on some segments, or import codings, first."
    assert worker.poll() is None


def test_a_worker_leaves_out_what_was_asked_for(workshop: Workshop) -> None:
    """The model has only the count of who was left out; an id that nobody has fails in one sentence."""
    workshop.start("worker")
    chosen = TrainingOptions(without=("d0",), unadvised_only=True)
    made = workshop.until(workshop.submit(options=chosen), "done").model_id
    snapshot = workshop.registry.load(str(made)).manifest.snapshot
    assert (snapshot.left_out, snapshot.participants) == ({"participants": 1, "advised": 0}, 3)
    failed = workshop.until(workshop.submit(options=TrainingOptions(without=("P9",))), "failed")
    assert failed.reason == "P9 can't be left out: no participant and no document of the codings has this id."


def test_a_faults_own_words_are_not_kept(workshop: Workshop) -> None:
    """Of an error that is not ours only the class's name is kept: its words could hold text."""
    job_id = workshop.submit()
    code = (
        "from pathlib import Path; from service.cli import worker\n"
        f"def fail(*_): raise ValueError('{CANARY}')\n"
        f"worker.carry_out = fail; worker._do({job_id!r}, Path('nowhere'))"
    )
    environment = {**os.environ, "INKLING_HOME": str(workshop.folder / "home")}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert done.stdout == b'{"reason": "ValueError"}\n'
    assert CANARY.encode() not in done.stderr
    assert b"ValueError at" in done.stderr


def test_a_worker_killed_in_the_middle_is_survived(workshop: Workshop) -> None:
    """Its training's process ends with it; the next worker takes the job up from its start."""
    job_id, worker = workshop.submit(), workshop.start("worker")
    training = frozen_child_of(worker.pid)
    worker.kill()
    worker.wait()
    os.kill(training, signal.SIGCONT)
    until(lambda: not is_there(training))
    assert workshop.job(job_id).state == "running"
    workshop.start("worker")
    assert workshop.until(job_id, "done").attempts == 2
    until(workshop.nothing_half_written)


def test_a_cancelled_training_ends_at_once(workshop: Workshop) -> None:
    """Its process is gone even where it would not listen; nothing stays behind, and the worker is free."""
    job_id, worker = workshop.submit(), workshop.start("worker")
    training = frozen_child_of(worker.pid)
    with store.writing(workshop.world.engine) as connection:
        jobs.cancel(connection, job_id, time.time())
    until(lambda: not is_there(training) and workshop.nothing_half_written())
    assert workshop.job(job_id).state == "cancelled"
    assert workshop.registry.list() == ()
    workshop.until(workshop.submit(), "done")


def test_a_training_that_dies_three_times_is_failed(workshop: Workshop) -> None:
    """It is tried thrice, then ends with a sentence; the worker goes on."""
    job_id, worker = workshop.submit(), workshop.start("worker")
    seen: set[int] = set()
    for _ in range(3):
        until(lambda: set(children(worker.pid)) - seen)
        (training,) = set(children(worker.pid)) - seen
        seen.add(training)
        os.kill(training, signal.SIGKILL)
    assert str(workshop.until(job_id, "failed").reason).startswith("It ended its worker 3 times")
    assert worker.poll() is None


def test_a_server_killed_in_the_middle_is_survived(workshop: Workshop) -> None:
    """Worker and training notice that their parents are gone and end; the next server goes on; it does not count."""
    job_id, server = workshop.submit(), workshop.serve()
    worker = child_of(server.pid)
    training = frozen_child_of(worker)
    server.kill()
    server.wait()
    until(lambda: not is_there(worker) and not is_there(training))
    given_back = workshop.job(job_id)
    assert (given_back.state, given_back.attempts) == ("queued", 0)
    assert workshop.nothing_half_written()
    workshop.serve()
    workshop.until(job_id, "done")


def test_a_server_starts_its_worker_again_and_ends_it_with_itself(workshop: Workshop) -> None:
    """A worker that dies is replaced; none is left when the server has stopped in order."""
    server = workshop.serve()
    first = child_of(server.pid)
    os.kill(first, signal.SIGKILL)
    until(lambda: set(children(server.pid)) - {first})
    (second,) = children(server.pid)
    server.send_signal(signal.SIGINT)
    server.wait(60)
    until(lambda: not is_there(second))


def test_a_server_may_run_without_a_worker(workshop: Workshop) -> None:
    """With `--no-worker` jobs wait for a worker that somebody runs apart."""
    job_id, server = workshop.submit(), workshop.serve("--no-worker")
    workshop.start("worker")
    workshop.until(job_id, "done")
    assert children(server.pid) == []
