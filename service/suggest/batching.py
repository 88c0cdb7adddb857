"""Many callers, one encoder: collects what several threads ask for at once, and remembers recent vectors."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from service.suggest.encoder import Encoder

Rows = NDArray[np.float32]


@dataclass(frozen=True)
class _Job:
    texts: list[str]
    answer: "Future[Rows]"


class BatchingEncoder:
    """An encoder that encodes concurrent calls together.

    A call that finds the encoder idle starts at once. While others are being served calls gather, and then go
    together; up to `max_wait_ms` is spent waiting for as many callers as came the last time, never when the last
    call was alone. A call of more than `max_batch` texts is no request of a page: it goes straight through.
    """

    def __init__(self, encoder: Encoder, max_wait_ms: float = 2, max_batch: int = 256, remembered: int = 4096) -> None:
        """Start serving.

        Args:
            encoder: what encodes; it must allow several threads.
            max_wait_ms: the longest wait for other callers.
            max_batch: the most texts encoded together.
            remembered: how many vectors are kept in memory (0 for none).
        """
        self.encoder_id, self.size = encoder.encoder_id, encoder.size
        self._encoder = encoder
        self._max_wait = max_wait_ms / 1000
        self._max_batch = max_batch
        self._memory = _Memory(remembered)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closing = Lock()
        self._closed = False
        self._worker = Thread(target=self._serve, name="encoder", daemon=True)
        self._worker.start()

    def __enter__(self) -> "BatchingEncoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Answer the calls under way, then stop; later calls raise `RuntimeError`."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._worker.join()

    def encode(self, texts: Sequence[str]) -> Rows:
        """Return one unit row per text; empty texts give zeros."""
        keys = [_key(text) for text in texts]
        known = self._memory.get(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing or self._closed:
            new = dict(zip(missing, self._encode(list(missing.values())), strict=True))
            self._memory.put(new)
            known |= new
        out = np.zeros((len(texts), self.size), np.float32)
        for row, key in enumerate(keys):
            out[row] = known[key]
        return out

    def _encode(self, texts: list[str]) -> Rows:
        with self._closing:
            if self._closed:
                raise RuntimeError("The encoder is closed.")
            if len(texts) <= self._max_batch:
                job = _Job(texts, Future())
                self._jobs.put(job)
        return self._encoder.encode(texts) if len(texts) > self._max_batch else job.answer.result()

    def _serve(self) -> None:
        expected, job = 1, self._jobs.get()
        while job is not None:
            batch, left = self._gather(job, expected)
            expected = len(batch)
            self._answer(batch)
            job = left[0] if left else self._jobs.get()

    def _gather(self, first: _Job, expected: int) -> tuple[list[_Job], list[_Job | None]]:
        """Return the jobs to do together, and what was taken but is not among them: a job, the end or nothing."""
        batch, texts = [first], len(first.texts)
        deadline = time.monotonic() + self._max_wait
        while texts < self._max_batch:
            try:
                job = self._next(deadline if len(batch) < expected else 0)
            except Empty:
                break
            if job is None or texts + len(job.texts) > self._max_batch:
                return batch, [job]
            batch.append(job)
            texts += len(job.texts)
        return batch, []

    def _next(self, deadline: float) -> _Job | None:
        left = deadline - time.monotonic()
        return self._jobs.get(timeout=left) if left > 0 else self._jobs.get_nowait()

    def _answer(self, batch: list[_Job]) -> None:
        texts = [text for job in batch for text in job.texts]
        try:
            rows = self._encoder.encode(texts)
        except BaseException as error:  # it belongs to the callers, not to this thread
            if len(batch) == 1:
                batch[0].answer.set_exception(error)
                return
            for job in batch:  # only those whose own texts fail are told
                self._answer([job])
            return
        start = 0
        for job in batch:
            job.answer.set_result(rows[start : start + len(job.texts)])
            start += len(job.texts)


class _Memory:
    """The vectors used last, by the SHA-256 of their text: in memory only, and no text is kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rows: OrderedDict[bytes, Rows] = OrderedDict()
        self._lock = Lock()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Rows]:
        with self._lock:
            found = {key: self._rows[key] for key in keys if key in self._rows}
            for key in found:
                self._rows.move_to_end(key)
            return found

    def put(self, rows: dict[bytes, Rows]) -> None:
        # Copies: a row would otherwise keep the whole batch it came in alive.
        kept = {key: row.copy() for key, row in list(rows.items())[-self._limit :]} if self._limit else {}
        with self._lock:
            self._rows.update(kept)
            while len(self._rows) > self._limit:
                self._rows.popitem(last=False)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
