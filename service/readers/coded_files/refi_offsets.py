"""How a tool counts positions in a text, told by its name and checked against what the selections then hold.

Tools count code points or UTF-16 units, a line end of two characters as one or two, and some count the byte-order mark.
Wrong by a little, a selection begins in the middle of a word: that is how the right way shows.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from typing import Literal

from service.domain.coded_file import Alignment
from service.readers.coded_files.refi_model import Selection

LineEnd = Literal["one", "as written", "two"]
Span = tuple[int, int]

_WIDE = re.compile("[\U00010000-\U0010ffff]")
#: Scripts that write no spaces between words: every place in them may be an edge.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: A name shorter than this may be found anywhere.
_SHORTEST_QUOTE = 4
#: Points: what lies neatly between spaces is worth more than what begins or ends with one, or a full stop short.
_OUTSIDE, _IN_A_WORD, _AT_EDGES, _NEAT, _QUOTED, _NEATLY_QUOTED = -1, 0, 1, 2, 4, 7
#: How many selections of a document tell how it is counted.
_ENOUGH = 2_000
#: How much better another way must fit than the tool's own: in points, and in points won for each lost.
_CLEARLY, _TIMES = 3, 3


@dataclass(frozen=True)
class Counting:
    """A way to count."""

    units: bool
    line_end: LineEnd
    mark: bool

    def __str__(self) -> str:
        line_ends = {
            "one": "a line end counts as one",
            "as written": "a line end of two characters counts as two",
            "two": "every line end counts as two",
        }
        mark = ", the byte-order mark counts" if self.mark else ""
        return f"{'UTF-16 units' if self.units else 'code points'}, {line_ends[self.line_end]}{mark}"


_LINE_ENDS: tuple[LineEnd, ...] = ("as written", "one", "two")
#: The standard's way comes first, the least usual last.
_WAYS = tuple(
    Counting(units, line_end, mark) for mark in (False, True) for line_end in _LINE_ENDS for units in (False, True)
)
_STANDARD = _WAYS[0]


def is_ours(origin: str) -> bool:
    """Say whether Inkling itself wrote a project: then nothing need be guessed."""
    return origin.startswith("Inkling ")


def of_origin(origin: str) -> Counting:
    """Return how the tool of this name counts, as far as is known; as the standard says otherwise."""
    tool = origin.casefold()
    if "nvivo" in tool:
        return Counting(units=True, line_end="as written", mark=False)
    if "atlas" in tool or "qualcoder" in tool or is_ours(origin):
        return Counting(units=False, line_end="one", mark=False)
    return _STANDARD


class MeasuredText:
    """A text with newlines as line ends, and what a tool may have counted differently in the text as it was."""

    def __init__(self, raw: str, mark: bool = False) -> None:
        self.text, self._pairs = _newlines(raw)
        self._mark = mark
        wide = () if self.text.isascii() else (found.start() for found in _WIDE.finditer(self.text))
        self._wide = array("I", wide)
        self._rulers: dict[Counting, tuple[int, array[int]]] = {}

    @cached_property
    def _all_ends(self) -> "array[int]":
        return array("I", (found.start() for found in re.finditer("\n", self.text)))

    def effect(self, way: Counting) -> Counting:
        """Return the simplest way that comes to the same in this text."""
        ends: LineEnd = "one"
        if way.line_end == "two" and "\n" in self.text:
            ends = "as written" if len(self._all_ends) == len(self._pairs) else "two"
        elif way.line_end == "as written" and self._pairs:
            ends = "as written"
        return Counting(way.units and bool(self._wide), ends, way.mark and self._mark)

    def place(self, position: int, way: Counting) -> int:
        """Return the code point of the text that a position counted in this way means; it may lie outside.

        What lies within a line end or a character that counts as two means the place before it.
        """
        shift, doubled = self._ruler(way)
        return position - shift - bisect_left(doubled, position - shift)

    def span(self, selection: Selection, way: Counting) -> Span | None:
        """Return where in the text a selection lies, None where it lies outside or holds nothing."""
        if selection.start is None or selection.end is None:
            return None
        start, end = self.place(selection.start, way), self.place(selection.end, way)
        return (start, end) if 0 <= start < end <= len(self.text) else None

    def _ruler(self, way: Counting) -> "tuple[int, array[int]]":
        """Return the shift, and the positions in this counting of all that counts as two."""
        if way not in self._rulers:
            same = self.effect(way)
            ends = {"one": (), "as written": self._pairs, "two": self._all_ends if same.line_end == "two" else ()}
            both = merge(ends[same.line_end], self._wide if same.units else ())
            self._rulers[way] = (int(same.mark), array("Q", (place + number for number, place in enumerate(both))))
        return self._rulers[way]


@dataclass(frozen=True)
class Choice:
    """How the offsets of a project are counted, and how well they fit then."""

    way: Counting
    alignment: Alignment
    notes: tuple[str, ...]


def choose(origin: str, documents: Sequence[tuple[MeasuredText, Sequence[Selection]]]) -> Choice:
    """Choose the tool's own way of counting unless another clearly fits better; for our own projects it is known.

    Args:
        origin: the tool that wrote the project.
        documents: the texts with their selections.
    """
    own = of_origin(origin)
    ways = (own,) if is_ours(origin) else (own, *_WAYS)
    tables = [(text, _scores(text, _some(selections), ways)) for text, selections in documents]
    best, most = own, _CLEARLY - 1
    for way in ways:
        gain, loss = _compared(tables, way, own)
        if gain - loss > most and gain >= _TIMES * loss:
            best, most = way, gain - loss
    count = sum(len(selections) for _, selections in documents)
    fits = _fitting([(text, _scores(text, selections, (best,))) for text, selections in documents], best)
    return Choice(best, Alignment(count, fits, str(best)), _notes(tables, own, best))


def _notes(tables: Sequence[tuple[MeasuredText, "_Scores"]], own: Counting, best: Counting) -> tuple[str, ...]:
    """Say why another way than the tool's own was taken."""
    if best == own:
        return ()
    count = sum(len(scores[text.effect(own)]) for text, scores in tables)
    said = (
        f"Positions are taken as {best}, by which {_fitting(tables, best):,} of {count:,} selections fit the words; "
        f"as {own}, which this tool was taken to count, {_fitting(tables, own):,} do."
    )
    return (said,)


def _some(selections: Sequence[Selection]) -> Sequence[Selection]:
    """Return enough of a document's selections to tell by."""
    return selections[:: 1 + len(selections) // _ENOUGH]


_Scores = dict[Counting, list[int]]


def _compared(tables: Sequence[tuple[MeasuredText, _Scores]], way: Counting, own: Counting) -> tuple[int, int]:
    """Return the points that a way wins and loses against the tool's own."""
    gain = loss = 0
    for text, scores in tables:
        here, there = scores[text.effect(way)], scores[text.effect(own)]
        if here is not there:
            gain += sum(new - old for new, old in zip(here, there, strict=True) if new > old)
            loss += sum(old - new for new, old in zip(here, there, strict=True) if old > new)
    return gain, loss


def _fitting(tables: Sequence[tuple[MeasuredText, _Scores]], way: Counting) -> int:
    return sum(score >= _AT_EDGES for text, scores in tables for score in scores[text.effect(way)])


def _scores(text: MeasuredText, selections: Sequence[Selection], ways: Sequence[Counting]) -> _Scores:
    """Return how well each selection fits, by what the ways come to in this text."""
    quotes = [_quote(selection.name) for selection in selections]
    effects = {text.effect(way) for way in ways}
    return {
        way: [
            _score(text, text.span(selection, way), quote) for selection, quote in zip(selections, quotes, strict=True)
        ]
        for way in effects
    }


def _score(text: MeasuredText, span: Span | None, quote: str) -> int:
    if span is None:
        return _OUTSIDE
    start, end = span
    words = text.text
    spaced = words[start].isspace()
    if quote and " ".join(words[start : start + 2 * len(quote) + 20].split()).startswith(quote):
        return _QUOTED if spaced else _NEATLY_QUOTED
    if not (_is_edge(words, start) and _is_edge(words, end)):
        return _IN_A_WORD
    neat = not spaced and not words[end - 1].isspace() and (end == len(words) or words[end].isspace())
    return _NEAT if neat else _AT_EDGES


def _quote(name: str) -> str:
    """Return the words that a selection's name may repeat, "" where it is too short to say anything."""
    words = " ".join(name.split()).removesuffix("…").removesuffix("...").rstrip()
    return words if len(words) >= _SHORTEST_QUOTE else ""


def _is_edge(text: str, place: int) -> bool:
    """Say whether a person would begin or end a selection here: not in the middle of a word."""
    if place in (0, len(text)):
        return True
    before, after = text[place - 1], text[place]
    if unicodedata.combining(after):
        return False
    return not (_in_word(before) and after.isalnum()) or bool(_UNSPACED.match(before) or _UNSPACED.match(after))


def _in_word(character: str) -> bool:
    return character.isalnum() or bool(unicodedata.combining(character))


def _newlines(raw: str) -> "tuple[str, array[int]]":
    """Return a text with newlines as line ends, and where in it those stand that were two characters."""
    if "\r" not in raw:
        return raw, array("I")
    pairs: array[int] = array("I")
    for number, found in enumerate(re.finditer("\r\n", raw)):
        pairs.append(found.start() - number)
    return raw.replace("\r\n", "\n").replace("\r", "\n"), pairs
