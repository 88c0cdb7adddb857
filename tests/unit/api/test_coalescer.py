"""Requests that arrive together are carried out together, and each gets its own answer."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from service import errors
from service.api.coalescer import Coalescer, Credentials, Limits, Question
from service.use_cases.store_segments import AskedSegment
from tests.loops import run_alone


def _question(name: str, segments: int = 1) -> Question:
    return Question(Credentials(name, is_token=True), name, (AskedSegment(name),) * segments)


class Worker:
    """Answers with the question's name, in batches it remembers; waits while its gate is shut."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, questions: Sequence[Question]) -> Sequence[bytes | Exception]:
        self.batches.append([question.project for question in questions])
        assert self.gate.wait(10)
        if any(question.project == "breaks" for question in questions):
            raise RuntimeError("broken")
        return [
            errors.Conflict("no") if question.project == "refused" else question.project.encode()
            for question in questions
        ]


async def _together(worker: Worker, coalescer: Coalescer, *questions: Question) -> list[bytes | BaseException]:
    """Ask one question first and all others while it is being answered."""
    worker.gate.clear()
    first = asyncio.create_task(coalescer.ask(_question("first")))
    while not worker.batches:
        await asyncio.sleep(0.001)
    others = [asyncio.create_task(coalescer.ask(question)) for question in questions]
    await asyncio.sleep(0.01)
    worker.gate.set()
    assert await first == b"first"
    return list(await asyncio.gather(*others, return_exceptions=True))


def test_a_lone_request_does_not_wait() -> None:
    """It is handed on at once, by itself, however long others would be waited for."""

    async def run() -> None:
        worker = Worker()
        coalescer = Coalescer(worker, Limits(wait_seconds=60))
        async with asyncio.timeout(5):
            assert await coalescer.ask(_question("a")) == b"a"
            assert await coalescer.ask(_question("b")) == b"b"
        assert worker.batches == [["a"], ["b"]]
        coalescer.close()

    run_alone(run())


def test_what_arrives_meanwhile_goes_together() -> None:
    """In the order of arrival, each with its own answer or refusal."""

    async def run() -> None:
        worker = Worker()
        coalescer = Coalescer(worker, Limits(wait_seconds=0))
        found = await _together(worker, coalescer, _question("a"), _question("refused"), _question("c"))
        assert worker.batches == [["first"], ["a", "refused", "c"]]
        assert found[0] == b"a"
        assert isinstance(found[1], errors.Conflict)
        assert found[2] == b"c"
        coalescer.close()

    run_alone(run())


def test_a_batch_is_bounded_by_its_segments() -> None:
    """A large request does not hold up small ones more than it must, and is never cut."""

    async def run() -> None:
        worker = Worker()
        coalescer = Coalescer(worker, Limits(segments=10, wait_seconds=0))
        asked = [_question("a", 6), _question("b", 4), _question("c", 200), _question("d")]
        await _together(worker, coalescer, *asked)
        assert worker.batches == [["first"], ["a", "b"], ["c"], ["d"]]
        coalescer.close()

    run_alone(run())


def test_one_that_breaks_spoils_nothing_for_others() -> None:
    """Each of its batch is tried again by itself, and it alone gets its fault."""

    async def run() -> None:
        worker = Worker()
        coalescer = Coalescer(worker, Limits(wait_seconds=0))
        found = await _together(worker, coalescer, _question("a"), _question("breaks"), _question("c"))
        assert found[0] == b"a"
        assert isinstance(found[1], RuntimeError)
        assert found[2] == b"c"
        assert await coalescer.ask(_question("after")) == b"after"
        coalescer.close()

    run_alone(run())


def test_a_client_that_went_away_spoils_nothing() -> None:
    """Its answer is dropped; others get theirs."""

    async def run() -> None:
        worker = Worker()
        coalescer = Coalescer(worker, Limits(wait_seconds=0))
        worker.gate.clear()
        gone = asyncio.create_task(coalescer.ask(_question("gone")))
        stays = asyncio.create_task(coalescer.ask(_question("stays")))
        await asyncio.sleep(0.01)
        gone.cancel()
        worker.gate.set()
        assert await stays == b"stays"
        with pytest.raises(asyncio.CancelledError):
            await gone
        coalescer.close()

    run_alone(run())
