"""What a worker does: take a job, have it done in a process that can be ended at any moment, keep what comes of it."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from service import errors
from service.domain.jobs import Held
from service.store import engine as store
from service.store import jobs
from service.suggest.registry import Registry


@dataclass(frozen=True)
class Outcome:
    """How a job's process ended: with a model, with a reason why not, or, with neither, without a word."""

    model_id: str | None = None
    reason: str | None = None


class Process(Protocol):
    """A job being done, in a process of its own."""

    def progress(self) -> tuple[str, float]:
        """Return what is being done and how much of the whole is done, from 0 to 1."""

    def outcome(self) -> Outcome | None:
        """Return how it ended; None while it goes on."""

    def kill(self) -> None:
        """End it at once, whatever it is doing, and wait until it is gone."""


#: Starts a job's process, which puts a bundle into the folder given and nothing anywhere else.
Start = Callable[[Held, Path], Process]


@dataclass(frozen=True)
class Rhythm:
    """How often a worker looks, in seconds."""

    #: For a job, while it has none.
    idle: float = 1.0
    #: After the job in hand.
    busy: float = 0.25
    #: How long a worker may be silent before its job is taken up by another.
    lease: float = 20.0


class Worker:
    """Takes one job after the other."""

    def __init__(
        self,
        engine: sa.Engine,
        registry: Registry,
        start: Start,
        folder: Path,
        clock: Callable[[], float],
        rhythm: Rhythm,
    ) -> None:
        """Set a worker up.

        Args:
            engine: the store.
            registry: where models go.
            start: starts a job's process.
            folder: for work not finished yet; what lies there of jobs that nobody holds is removed.
            clock: tells the time in seconds since 1970.
            rhythm: how often it looks.
        """
        self._engine = engine
        self._registry = registry
        self._start = start
        self._folder = folder
        self._clock = clock
        self._rhythm = rhythm

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a job in hand then goes back into the queue, uncounted."""
        self._sweep()
        while not stop.is_set():
            held = self._take()
            if held is None:
                stop.wait(self._rhythm.idle)
            else:
                self._carry_out(held, stop)

    def _take(self) -> Held | None:
        with store.reading(self._engine) as connection:
            if not jobs.waits(connection, self._clock()):
                return None
        with store.writing(self._engine) as connection:
            return jobs.take(connection, self._clock(), self._rhythm.lease)

    def _carry_out(self, held: Held, stop: threading.Event) -> None:
        self._sweep()
        scratch = self._folder / _name(held)
        try:
            scratch.mkdir(parents=True, mode=0o700)
            outcome = self._done(held, scratch / "bundle", stop)
        except errors.InklingError as error:
            outcome = Outcome(reason=str(error))
        except OSError as error:
            outcome = Outcome(reason=type(error).__name__)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        self._settle(held, outcome)

    def _done(self, held: Held, bundle: Path, stop: threading.Event) -> Outcome | None:
        """Have a job done and keep its model, as a candidate; None where it was ended first."""
        process = self._start(held, bundle)
        try:
            outcome = self._watch(held, process, stop)
        finally:
            process.kill()
        if outcome is None or outcome.model_id is None:
            return outcome
        return Outcome(model_id=self._registry.add(bundle)) if self._is_mine(held) else None

    def _watch(self, held: Held, process: Process, stop: threading.Event) -> Outcome | None:
        """Wait for the end of a process, and tell the store how far it is; None where it is to be ended first."""
        said, renew_at = ("", 0.0), self._clock()
        while (outcome := process.outcome()) is None:
            if stop.wait(self._rhythm.busy) or not self._is_mine(held):
                return None
            now, told = self._clock(), process.progress()
            if now >= renew_at or told[0] != said[0]:
                said, renew_at = told, now + min(1.0, self._rhythm.lease / 4)
                with store.writing(self._engine, durable=False) as connection:
                    jobs.report(connection, held, told, now, self._rhythm.lease)
        return outcome

    def _is_mine(self, held: Held) -> bool:
        with store.reading(self._engine) as connection:
            return jobs.holds(connection, held)

    def _settle(self, held: Held, outcome: Outcome | None) -> None:
        """Say in the store how a job ended; this changes nothing where it is in other hands, or cancelled."""
        with store.writing(self._engine) as connection:
            if outcome is None:
                jobs.give_back(connection, held, counts=False)
            elif outcome.model_id is not None:
                jobs.complete(connection, held, outcome.model_id, self._clock())
            elif outcome.reason is not None:
                jobs.fail(connection, held, outcome.reason, self._clock())
            else:
                jobs.give_back(connection, held, counts=True)

    def _sweep(self) -> None:
        """Remove what killed workers left behind."""
        if not self._folder.is_dir():
            return
        with store.reading(self._engine) as connection:
            in_work = {_name(held) for held in jobs.running(connection)}
        for path in self._folder.iterdir():
            if path.name not in in_work:
                shutil.rmtree(path, ignore_errors=True)


def _name(held: Held) -> str:
    return f"{held.job.job_id}-{held.lease}"
