"""What scores shards on one machine: this process where there is little to do, else a process for each core.

One process a core encodes 1.1 to 1.2 times as fast as one process with a thread a core (measured on two cores), and
what Python does beside encoding runs on all cores too.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing import connection
from pathlib import Path
from typing import TypeVar

from service import errors
from service.suggest import bundle, encoder_source, openvino_graph
from service.suggest.encoder import HASHING, load_encoder
from service.suggest.suggester import Suggester
from service.use_cases.score_shard import Scored, Suggests, Way, score_shard
from service.use_cases.score_tables import Piece

#: Shards given to a worker ahead of what it is at, so that it need not wait.
_AHEAD = 2
#: Texts whose vectors a worker keeps: what is said again and again is encoded once.
_REMEMBERED = 4096

#: What a shard that was begun is waited for by.
T = TypeVar("T")


@dataclass(frozen=True)
class Recipe:
    """How a worker comes by its suggester; paths hold where the worker runs."""

    model_id: str
    model: Path
    encoder: str | None
    cache: Path

    def prepared(self) -> "Recipe":
        """Compile what several workers would else compile at once.

        Raises:
            BadEncoder: the encoder's files are missing or damaged.
        """
        if self.encoder != HASHING:
            openvino_graph.prepare(encoder_source.find(self.encoder, self.cache), self.cache)
        return self

    def suggester(self, threads: int | None = None) -> Suggester:
        """Load model and encoder.

        Args:
            threads: how many the encoder computes with (None: one a core).

        Raises:
            BadBundle: the model is damaged, or was made with another encoder.
            BadEncoder: the encoder's files are missing or damaged.
        """
        loaded = bundle.load(self.model)
        shared = load_encoder(self.encoder, self.cache, threads=threads)
        return Suggester(loaded, shared, _REMEMBERED, threads=threads)


class Alone:
    """Scores in this process."""

    def __init__(self, suggester: Suggests) -> None:
        self._suggester = suggester
        self.model_id = suggester.model_id

    def score(self, way: Way, shards: Iterator[Sequence[Piece]]) -> Generator[Scored, None, None]:
        """Yield what comes of each shard, in their order."""
        for pieces in shards:
            yield score_shard(self._suggester, way, pieces)


class Processes:
    """Scores in processes of their own, each with one thread."""

    def __init__(self, recipe: Recipe, workers: int) -> None:
        self._recipe = recipe.prepared()
        self._workers = workers
        self.model_id = recipe.model_id

    def score(self, way: Way, shards: Iterator[Sequence[Piece]]) -> Generator[Scored, None, None]:
        """Yield what comes of each shard, in their order; some more are on their way meanwhile.

        Raises:
            LostWorker: a worker was ended from outside.
        """
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self._workers, context, initializer=_begin)
        begun = (pool.submit(_score, self._recipe, way, pieces) for pieces in shards)
        try:
            yield from in_order(begun, self._workers, Future.result)
        except BrokenProcessPool:
            raise errors.LostWorker from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()


def in_order(begun: Iterator[T], workers: int, end: Callable[[T], Scored]) -> Iterator[Scored]:
    """Yield what comes of shards in the order in which they are begun, which is a little ahead of what is done.

    Args:
        begun: begins a shard with each step, and gives what to wait for it by.
        workers: how many there are.
        end: waits for one.
    """
    flying: deque[T] = deque()
    for one in begun:
        flying.append(one)
        if len(flying) > _AHEAD * workers:
            yield end(flying.popleft())
    while flying:
        yield end(flying.popleft())


def _score(recipe: Recipe, way: Way, pieces: Sequence[Piece]) -> Scored:
    return score_shard(loaded(recipe), way, pieces)


@cache
def loaded(recipe: Recipe) -> Suggester:
    """Return a worker's suggester, which computes with one thread; loaded for its first shard."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    return recipe.suggester(threads=1)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and end when it ends, be it by `kill -9`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
