"""Suggestion requests of several clients, carried out together so that they share a batch and a commit.

A lone request is carried out at once. Those that arrive meanwhile wait for its end and go together; there is no
other waiting, but for a moment after a shared batch, in which the clients just answered ask again.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from service.use_cases.store_segments import AskedSegment


@dataclass(frozen=True)
class Credentials:
    """The secret that a request carries: a session's or a program's."""

    secret: str
    is_token: bool


@dataclass(frozen=True)
class Question:
    """One request for suggestions, its sender not yet known."""

    credentials: Credentials
    project: str
    segments: tuple[AskedSegment, ...]


#: Answers each question, in order: the body to send, or what stands in its way.
Work = Callable[[Sequence[Question]], Sequence[bytes | Exception]]


@dataclass(frozen=True)
class Limits:
    """How many segments go together, and how long to gather requests while others are being answered."""

    segments: int = 256
    wait_seconds: float = 0.002


class Coalescer:
    """Gathers questions on the event loop and has them answered in one worker thread."""

    def __init__(self, work: Work, limits: Limits) -> None:
        self._work = work
        self._limits = limits
        self._waiting: deque[tuple[Question, asyncio.Future[bytes]]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="suggest")

    async def ask(self, question: Question) -> bytes:
        """Return the body that answers a question, or raise what stands in its way."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._worker is None:
            self._worker = asyncio.create_task(self._run())
        return await future

    def close(self) -> None:
        """Let the batch in hand end, and take no more."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._take()
                await self._carry_out(batch)
                if len(batch) > 1 and self._limits.wait_seconds:
                    await asyncio.sleep(self._limits.wait_seconds)
        finally:
            self._worker = None

    def _take(self) -> list[tuple[Question, asyncio.Future[bytes]]]:
        taken = [self._waiting.popleft()]
        size = len(taken[0][0].segments)
        while self._waiting:
            size += len(self._waiting[0][0].segments)
            if size > self._limits.segments:
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _carry_out(self, batch: Sequence[tuple[Question, asyncio.Future[bytes]]]) -> None:
        answers = await self._answers([question for question, _ in batch])
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():  # the client has gone
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    async def _answers(self, questions: Sequence[Question]) -> Sequence[bytes | Exception]:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._work, questions)
        except Exception as error:
            if len(questions) == 1:
                return [error]
        # Something broke that belongs to one of them: each by itself, so that the others are answered.
        return [answer for question in questions for answer in await self._answers([question])]
