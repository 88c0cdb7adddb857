"""Cells that hold codes: what stands between several, and the path from the root that a code's name spells out."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

#: What a person may say stands between codes, by how it is said.
SAID = {"newline": "\n", "none": "", "\\n": "\n"}
_ALWAYS = ("\n", ";", "|")
#: Where this share of codes begin with a capital, a part in lower case goes on with the name before it.
_CAPITALS = 0.8
#: A tree of codes has some seven levels; what is below the deepest one stands in its name.
_DEEPEST = 20
_STEP = re.compile(r"(?<!\s)\s++>\s++|\\++")


@dataclass(frozen=True)
class Splitting:
    """How codes are told apart: what stands between them, and names that themselves hold it."""

    separator: str
    whole: frozenset[tuple[str, str]] = frozenset()

    @property
    def said(self) -> str:
        """How a person would say the separator."""
        return {"\n": "newline", "": "none"}.get(self.separator, self.separator)

    def codes(self, cell: str) -> list[str]:
        """Return the codes of a cell, each once."""
        found: list[str] = []
        before = ""
        for part in _parts(cell, self.separator):
            if found and (before, part) in self.whole:
                found[-1] = f"{found[-1]}{self.separator} {part}"
            else:
                found.append(part)
            before = part
        return list(dict.fromkeys(found))


def path(code: str) -> tuple[str, ...]:
    """Return the names from the root down to a code, which stand between " > " or backslashes."""
    parts = [part for part in _STEP.split(code, _DEEPEST - 1) if part.strip()]
    return tuple(part.strip() for part in parts) or (code.strip(),)


def guess(cells: Iterable[str], *, several: bool) -> Splitting:
    """Guess what stands between codes.

    Args:
        cells: those of a table's column of codes.
        several: whether its title says that a cell holds several, so that a comma separates.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    marks = Counter(mark for cell in filled for mark in _ALWAYS if mark in cell)
    if marks:
        return Splitting(marks.most_common(1)[0][0])
    joint = [cell for cell in filled if "," in cell]
    if not joint or not (several or _recurring(filled, joint)):
        return Splitting("")
    return Splitting(",", frozenset(_together([_parts(cell, ",") for cell in filled])))


def _parts(cell: str, separator: str) -> list[str]:
    if not separator:
        return [cell.strip()] if cell.strip() else []
    if '"' in cell and separator != "\n":
        try:
            parts = next(csv.reader([cell.replace("\n", " ")], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:
            parts = cell.split(separator)
    else:
        parts = cell.split(separator)
    return [part for one in parts if (part := one.strip())]


def _recurring(filled: Sequence[str], joint: Sequence[str]) -> bool:
    """Say whether the parts of most cells with a comma stand in other cells too: then they are codes themselves."""
    cells = [set(_parts(cell, ",")) for cell in set(filled)]
    times = Counter(part for cell in cells for part in cell)
    distinct = set(joint)
    again = sum(any(times[part] > 1 for part in _parts(cell, ",")) for cell in distinct)
    return again >= 0.5 * len(distinct)


def _together(cells: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield neighbours that never stand apart, the second in lower case where other codes begin with capitals."""
    times = Counter(part for cell in cells for part in cell)
    pairs = Counter(pair for cell in cells for pair in pairwise(cell))
    bound = [(a, b) for (a, b), n in pairs.items() if n == times[a] == times[b] and b[:1].islower() and not a.islower()]
    seconds = {second for _, second in bound}
    others = [part for part in times if part not in seconds]
    if sum(part[:1].isupper() for part in others) >= _CAPITALS * len(others):
        yield from bound
