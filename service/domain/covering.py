"""Which segments a selection codes: those it covers at least half of, and those that hold at least half of it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Protocol


class Span(Protocol):
    """A stretch of a text, in code points."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends, this character not included."""


class Covering:
    """Looks up what a selection codes among a document's segments, which stand in order and do not overlap."""

    def __init__(self, segments: Sequence[Span]) -> None:
        self._segments = segments
        self._ends = [segment.end for segment in segments]

    def coded(self, start: int, end: int) -> list[int]:
        """Return the indices of the segments that a selection codes."""
        found = []
        for index in self.touched(start, end):
            segment = self._segments[index]
            shared = min(end, segment.end) - max(start, segment.start)
            if 2 * shared >= min(segment.end - segment.start, end - start):
                found.append(index)
        return found

    def touched(self, start: int, end: int) -> Iterator[int]:
        """Yield the indices of the segments of which a selection holds anything."""
        for index in range(bisect_right(self._ends, start), len(self._segments)):
            segment = self._segments[index]
            if segment.start >= end:
                break
            if min(end, segment.end) > max(start, segment.start):
                yield index
