"""Whether a selection begins and ends where a person would select, and where words stand that it should hold."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

#: How far from its offset a selection's words are looked for before the whole document is.
_NEAR = 2_000


def at_words(text: str, start: int, end: int) -> bool:
    """Say whether a stretch begins and ends at the edges of words."""
    return start < end and _edge(text, start) and _edge(text, end)


def _edge(text: str, at: int) -> bool:
    return at in (0, len(text)) or not (text[at - 1].isalnum() and text[at].isalnum())


def nearest(text: str, words: str, start: int) -> int | None:
    """Return where words stand nearest to an offset: in its surroundings, or anywhere if they stand there once."""
    start = min(max(start, 0), len(text))
    after = text.find(words, start, start + _NEAR + len(words))
    before = text.rfind(words, max(0, start - _NEAR), start + len(words))
    found = [at for at in (before, after) if at >= 0]
    if found:
        return min(found, key=lambda at: abs(at - start))
    only = text.find(words)
    return only if only >= 0 and text.find(words, only + 1) < 0 else None


class Counted:
    """The characters of a text as another tool counts them, and back to ours; ours has newlines for line ends."""

    def __init__(self, raw: str, way: "Way") -> None:
        """Count.

        Args:
            raw: the text as the tool keeps it, with its own line ends.
            way: how the tool counts.
        """
        self._at, self._units, self._sizes = array("q"), array("q"), array("b")
        shorter = wider = 0
        for match in way.wide.finditer(raw):
            size = way.size(match[0])
            at = match.start() - shorter
            shorter += len(match[0]) - 1
            if size != 1:
                self._at.append(at)
                self._units.append(at + wider)
                self._sizes.append(size)
                wider += size - 1
        self._length = len(raw) - shorter
        self._end = self._length + wider

    def offset(self, unit: int) -> int | None:
        """Return the character that a unit stands before, None beyond the end; within a character the next one."""
        if not 0 <= unit <= self._end:
            return None
        last = bisect_right(self._units, unit) - 1
        if last < 0:
            return unit
        into = unit - self._units[last]
        return self._at[last] + (min(into, 1) if into < self._sizes[last] else into - self._sizes[last] + 1)


@dataclass(frozen=True)
class Way:
    """A way of counting: what is not simply one, and how many that is."""

    name: str
    wide: re.Pattern[str]
    size: Callable[[str], int]


CHARACTERS = Way("characters", re.compile("\r\n"), len)
CHARACTERS_LINE_END_ONE = Way("characters, a line end counts as one", re.compile("\r\n"), lambda _: 1)
BYTES = Way("UTF-8 bytes", re.compile("\r\n|[^\0-\x7f]"), lambda wide: len(wide.encode("utf-8", "surrogatepass")))
UTF16 = Way("UTF-16 units", re.compile("\r\n|[\U00010000-\U0010ffff]"), lambda _: 2)
UTF16_LINE_END_ONE = Way(
    "UTF-16 units, a line end counts as one",
    UTF16.wide,
    lambda wide: 1 if wide == "\r\n" else 2,
)
#: Ways in which tools count, the most usual first.
WAYS = (CHARACTERS, CHARACTERS_LINE_END_ONE, UTF16, UTF16_LINE_END_ONE, BYTES)
