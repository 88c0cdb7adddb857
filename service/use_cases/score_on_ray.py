"""Scores shards on a Ray cluster, or on one that it starts on this machine: the same shards, the same bytes.

What is read and written stays with this process; workers get segments and give back files, so that they need neither
the archive nor the output folder, only this program, the model and the encoder at the same places.
"""

import os
import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import cycle
from typing import Any

from service import errors
from service.use_cases.score_engines import Recipe, in_order, loaded
from service.use_cases.score_shard import Scored, Way, score_shard
from service.use_cases.score_tables import Piece

#: Less than a whole processor each: where actors hold all of them, Ray has no room for anything else and waits for
#: ever (ray-project/ray issue 44687).
_SHARE = 0.9
_PATIENCE = 10.0
#: Seconds until workers must have started: they load an encoder.
_START = 180.0
#: Seconds until a shard must have come, dead workers and all.
_SHARD = 1800.0


class Cluster:
    """Scores with one worker a processor of a Ray cluster."""

    def __init__(
        self, recipe: Recipe, address: str | None = None, workers: int | None = None, processors: int | None = None
    ) -> None:
        """Join a cluster.

        Args:
            recipe: what workers load.
            address: the cluster's, as `ray.init` takes it; None starts one here, and ends it at the end.
            workers: how many; None for one a processor.
            processors: how many a cluster that is started here has; None for those there are, or that workers need.

        Raises:
            BadInput: Ray is not installed, or no cluster answers.
        """
        self._recipe = recipe.prepared()
        self._address = address
        self._wanted = workers
        self._processors = processors or workers
        self.model_id = recipe.model_id
        self._ray = _imported()
        if address is not None:
            _check_answers(address)

    def score(self, way: Way, shards: Iterator[Sequence[Piece]]) -> Generator[Scored, None, None]:
        """Yield what comes of each shard, in their order; a worker that dies is replaced and its shards done again.

        Raises:
            LostWorker: workers could not be started, or not again.
        """
        ray = self._ray
        self._join()
        try:
            yield from self._scored(way, shards)
        except ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, errors.InklingError) else errors.LostWorker from None
        except ray.exceptions.RayError as error:
            raise errors.LostWorker(f"The Ray cluster gave up on a shard ({type(error).__name__}).") from None
        finally:
            ray.shutdown()

    def _scored(self, way: Way, shards: Iterator[Sequence[Piece]]) -> Generator[Scored, None, None]:
        ray = self._ray
        workers = self._workers()
        told = ray.put(way)
        begun = (worker.score.remote(told, pieces) for pieces, worker in zip(shards, cycle(workers), strict=False))
        yield from in_order(begun, len(workers), partial(ray.get, timeout=_SHARD))

    def _join(self) -> None:
        ray = self._ray
        quiet = {"log_to_driver": False, "configure_logging": False}
        try:
            if self._address is not None:
                ray.init(address=self._address, **quiet)
            else:  # "local": also where the environment names a cluster
                ray.init(
                    "local", num_cpus=self._processors, include_dashboard=False, _node_ip_address="127.0.0.1", **quiet
                )
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            where = f"--address {self._address}: no Ray cluster can be joined there"
            why = where if self._address else "Ray can't be started on this machine"
            raise errors.BadInput(f"{why} ({type(error).__name__}).") from error

    def _workers(self) -> list[Any]:
        ray = self._ray
        count = self._wanted or max(1, int(ray.cluster_resources().get("CPU", 1)))
        made = ray.remote(num_cpus=_SHARE, max_restarts=-1, max_task_retries=-1)(_Worker)
        workers = [made.remote(self._recipe) for _ in range(count)]
        try:
            ray.get([worker.ready.remote() for worker in workers], timeout=_START)
        except ray.exceptions.GetTimeoutError:
            free = f"{ray.available_resources().get('CPU', 0):.1f}"
            raise errors.LostWorker(
                f"The Ray cluster gave no room to {count} workers in {_START:.0f} s ({free} processors are free); "
                "name fewer with --workers."
            ) from None
        return workers


class _Worker:
    """What an actor runs."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe

    def ready(self) -> bool:
        """Load what is needed."""
        return bool(loaded(self._recipe).model_id)

    def score(self, way: Way, pieces: Sequence[Piece]) -> Scored:
        """Score a shard."""
        return score_shard(loaded(self._recipe), way, pieces)


def _imported() -> Any:
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
    try:
        import ray
    except ImportError:
        raise errors.BadInput(
            "--engine ray needs Ray: install the extra, as in `pip install -c constraints.txt -e '.[ray]'`."
        ) from None
    return ray


def _check_answers(address: str) -> None:
    """Try the door first: Ray itself knocks for a minute, and fills the screen."""
    if address in ("auto", "local"):
        return
    host, _, port = address.rpartition("://")[2].rpartition(":")
    try:
        with closing(socket.create_connection((host, int(port)), _PATIENCE)):
            return
    except (OSError, ValueError):
        raise errors.BadInput(
            f"--address {address}: nothing answers there; give HOST:PORT of the cluster's head, or leave it out."
        ) from None
