"""Many callers, one encoder."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from service.suggest.batching import BatchingEncoder
from service.suggest.hashing_encoder import HashingEncoder


class Watched:
    """Counts the calls that reach the encoder, and can hold or fail them."""

    encoder_id, size = "watched@1", 256

    def __init__(self, before: Callable[[Sequence[str]], None] = lambda texts: None) -> None:
        self.calls: list[list[str]] = []
        self._before = before
        self._inner = HashingEncoder()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        self._before(texts)
        return self._inner.encode(texts)


def test_answers_like_the_encoder() -> None:
    """Vectors, order, repeats and empty texts are those of the encoder itself."""
    texts = ["a word", "another", "", "a word"]
    with BatchingEncoder(HashingEncoder()) as batching:
        assert np.array_equal(batching.encode(texts), HashingEncoder().encode(texts))
        assert batching.encode([]).shape == (0, 256)
        assert (batching.encoder_id, batching.size) == ("hashing-256@1", 256)


def test_calls_that_come_while_one_is_served_go_together() -> None:
    """What gathers during a call is encoded in one call, and each caller gets its own rows."""
    started, go_on = threading.Event(), threading.Event()

    def hold(texts: Sequence[str]) -> None:
        if texts == ["first"]:
            started.set()
            go_on.wait(10)

    watched = Watched(hold)
    with BatchingEncoder(watched) as batching, ThreadPoolExecutor(9) as pool:
        first = pool.submit(batching.encode, ["first"])
        assert started.wait(10)
        others = [pool.submit(batching.encode, [f"text {i}", "shared"]) for i in range(8)]
        while batching._jobs.qsize() < 8:
            threading.Event().wait(0.001)
        go_on.set()
        first.result(10)
        for i, other in enumerate(others):
            assert np.array_equal(other.result(10), HashingEncoder().encode([f"text {i}", "shared"]))
    assert len(watched.calls) == 2
    assert len(watched.calls[1]) == 16


def test_lone_request_does_not_wait() -> None:
    """When nobody else asks, the longest wait is never spent."""
    with BatchingEncoder(HashingEncoder(), max_wait_ms=60_000) as batching, ThreadPoolExecutor(1) as pool:
        for text in ("one", "two"):
            assert pool.submit(batching.encode, [text]).result(20).any()


def test_batches_stay_bounded() -> None:
    """No more than `max_batch` texts go together; a job that does not fit comes next."""
    started, go_on = threading.Event(), threading.Event()

    def hold(texts: Sequence[str]) -> None:
        if texts == ["first"]:
            started.set()
            go_on.wait(10)

    watched = Watched(hold)
    with BatchingEncoder(watched, max_batch=5) as batching, ThreadPoolExecutor(5) as pool:
        pool.submit(batching.encode, ["first"])
        assert started.wait(10)
        others = [pool.submit(batching.encode, [f"{i} {k}" for k in range(2)]) for i in range(4)]
        while batching._jobs.qsize() < 4:
            threading.Event().wait(0.001)
        go_on.set()
        assert all(other.result(10).any(axis=1).all() for other in others)
    assert [len(call) for call in watched.calls] == [1, 4, 4]


def test_a_large_call_goes_straight_through() -> None:
    """An archive's call does not hold up the others."""
    started, go_on = threading.Event(), threading.Event()

    def hold(texts: Sequence[str]) -> None:
        if len(texts) > 4:
            started.set()
            go_on.wait(10)

    with BatchingEncoder(Watched(hold), max_batch=4) as batching, ThreadPoolExecutor(1) as pool:
        large = pool.submit(batching.encode, [str(i) for i in range(9)])
        assert started.wait(10)
        assert batching.encode(["small"]).any()
        assert not large.done()
        go_on.set()
        assert large.result(10).shape == (9, 256)


def test_an_error_goes_to_its_caller_only() -> None:
    """One caller's failing text costs the others nothing."""
    started, go_on = threading.Event(), threading.Event()

    def fail(texts: Sequence[str]) -> None:
        if texts == ["first"]:
            started.set()
            go_on.wait(10)
        if "bad" in texts:
            raise ValueError("no")

    with BatchingEncoder(Watched(fail)) as batching, ThreadPoolExecutor(4) as pool:
        pool.submit(batching.encode, ["first"])
        assert started.wait(10)
        good, bad, also = (pool.submit(batching.encode, [text]) for text in ("good", "bad", "also good"))
        while batching._jobs.qsize() < 3:
            threading.Event().wait(0.001)
        go_on.set()
        assert good.result(10).any()
        assert also.result(10).any()
        with pytest.raises(ValueError, match="no"):
            bad.result(10)
        assert batching.encode(["still serving"]).any()


def test_recent_vectors_are_remembered_up_to_a_bound() -> None:
    """A text that was just encoded is not encoded again; old ones are forgotten."""
    watched = Watched()
    with BatchingEncoder(watched, remembered=2) as batching:
        batching.encode(["a", "b"])
        batching.encode(["a", "c"])
        batching.encode(["b"])
    assert watched.calls == [["a", "b"], ["c"], ["b"]]


def test_nothing_is_remembered_where_so_set() -> None:
    """A memory of nothing works."""
    watched = Watched()
    with BatchingEncoder(watched, remembered=0) as batching:
        assert np.array_equal(batching.encode(["a"]), batching.encode(["a"]))
    assert len(watched.calls) == 2


def test_changing_an_answer_changes_no_later_one() -> None:
    """What a caller does to its rows does not reach the memory."""
    with BatchingEncoder(HashingEncoder()) as batching:
        batching.encode(["a"])[:] = 0
        assert batching.encode(["a"]).any()


def test_closing_answers_what_is_under_way_then_refuses() -> None:
    """Calls before the end are answered, calls after it fail, closing twice is harmless."""
    started = threading.Event()
    batching = BatchingEncoder(Watched(lambda texts: started.set()))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(batching.encode, ["a"])
        assert started.wait(10)
        batching.close()
        assert answer.result(10).any()
    batching.close()
    assert not batching._worker.is_alive()
    for texts in (["a"], ["new"], []):
        with pytest.raises(RuntimeError, match="closed"):
            batching.encode(texts)


def test_many_threads_get_their_own_rows() -> None:
    """Under load every answer is still the right one."""
    with BatchingEncoder(HashingEncoder(), remembered=10) as batching, ThreadPoolExecutor(16) as pool:
        asked = [[f"text {i % 37}", f"text {i % 11}"] for i in range(300)]
        for texts, rows in zip(asked, pool.map(batching.encode, asked), strict=True):
            assert np.array_equal(rows, HashingEncoder().encode(texts))
