"""`inkling worker`: does trainings that were asked for on the page or by REST, each in a process of its own.

Each process ends when its parent is gone, however that ended: what it reads from its parent's end of a pipe then
comes to its end.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service import errors, files
from service.cli import context
from service.domain.jobs import TRAINING, Held, Job

if TYPE_CHECKING:
    from service.use_cases.run_jobs import Outcome

#: Coders' suggestions come first.
_NICENESS = 10


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("worker")(worker)


def worker(
    tied: Annotated[bool, typer.Option(hidden=True, help="End when stdin does.")] = False,
    job: Annotated[str | None, typer.Option(hidden=True, help="Do this one job, for a worker.")] = None,
    out: Annotated[Path | None, typer.Option(hidden=True, help="Where its bundle goes.")] = None,
) -> None:
    """Do trainings that were asked for; `inkling serve` starts one of these by itself."""
    os.setpriority(os.PRIO_PROCESS, 0, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    if job is not None and out is not None:
        _when_parent_is_gone(lambda: os._exit(1))
        _do(job, out)
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # in a thread: the one that is interrupted may hold the event's own lock
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    if tied:
        _when_parent_is_gone(stop.set)
    _work(stop)


def _when_parent_is_gone(act: Callable[[], object]) -> None:
    def listen() -> None:
        while os.read(0, 1024):
            pass
        act()

    threading.Thread(target=listen, name="parent", daemon=True).start()


def _work(stop: threading.Event) -> None:
    from service.settings import Settings
    from service.use_cases.run_jobs import Rhythm, Worker

    settings = Settings()
    files.sweep(context.work(), TRAINING)
    rhythm = Rhythm(lease=settings.job_lease_seconds)
    with context.store() as engine:
        folder = settings.home / "jobs"
        Worker(engine, context.registry(), Child, folder, context.now, rhythm).run(stop)


class Child:
    """One job being done by another `inkling`, which says in lines of JSON how far it is and how it ended."""

    def __init__(self, held: Held, out: Path) -> None:
        self._said: tuple[str, float] = ("starting", 0.0)
        self._told: dict[str, str] = {}
        command = [sys.executable, "-m", "service", "worker", "--job", held.job.job_id, "--out", str(out)]
        # A session of its own: Ctrl-C on a terminal stops the worker, and that one ends this.
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._reader = threading.Thread(target=self._listen, name="child", daemon=True)
        self._reader.start()

    def progress(self) -> tuple[str, float]:
        """Return what is being done and how much of the whole is done, from 0 to 1."""
        return self._said

    def outcome(self) -> "Outcome | None":
        """Return how it ended; None while it goes on."""
        from service.use_cases.run_jobs import Outcome

        if self._process.poll() is None:
            return None
        self._reader.join()
        return Outcome(self._told.get("model_id"), self._told.get("reason"))

    def kill(self) -> None:
        """End it at once, whatever it is doing, and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            told = json.loads(line)
            if "stage" in told:
                self._said = (str(told["stage"]), float(told["share"]))
            else:
                self._told = told


def _do(job_id: str, out: Path) -> None:
    """Do one job and say how it ended; the words of a fault that is not ours may hold text, so they are not said."""
    from service.store import jobs
    from service.store.engine import reading

    say = _Sayer()
    try:
        with context.store() as engine, reading(engine) as connection:
            job = jobs.find(connection, job_id)
        if job is None:
            raise errors.NotFound(f"There is no job {job_id}.")
        say(model_id=carry_out(job, out, lambda stage, share: say(stage=stage, share=share)))
    except errors.InklingError as error:
        say(reason=str(error))
    except Exception as error:
        print(f"inkling worker: {type(error).__name__} at {_where(error)}", file=sys.stderr, flush=True)
        say(reason=type(error).__name__)


def carry_out(job: Job, out: Path, progress: Callable[[str, float], None]) -> str:
    """Train as `inkling train --project` does, put the bundle into a folder, and return the model's id."""
    from service.cli.models import plan, project_material
    from training.retrain import retrain
    from training.selection import Choice

    choice = Choice(job.options.without, job.options.unadvised_only)
    material = project_material(job.project, choice)
    encoder, models = context.encoder(), context.registry()
    how, base = plan(job.options), context.tunable(encoder)
    keeping = context.keeping(encoder)
    trained = retrain(material, keeping, out, how, base, progress, beside=models, work=out.parent)
    return trained.bundle.manifest.model_id


class _Sayer:
    """Writes lines of JSON to what was stdout; whatever else is printed there goes to stderr."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def __call__(self, **told: Any) -> None:
        print(json.dumps(told), file=self._file, flush=True)


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{PurePath(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
