"""Files of separated values: the separator, and rows by it."""

import contextlib
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from service import errors

_SEPARATORS = (",", ";", "\t", "|")
_PROBE = 100
#: The line by which Excel is told the separator; its line end stays, so that lines keep their numbers.
_TOLD = re.compile(r"sep=([,;\t|])\n")
_MOST_CELLS = 1_000
#: Of all rows together.
_MOST_IN_ALL = 10_000_000


@dataclass(frozen=True)
class Table:
    """A file's rows as they stand, blank ones left out; `numbers` holds the line that each ends on."""

    rows: tuple[list[str], ...]
    numbers: tuple[int, ...]
    separator: str = ","


def read(name: str, text: str, separator: str = "") -> Table:
    """Read separated values.

    Args:
        name: the file's name.
        text: its text.
        separator: what separates the values; "" is whatever the file uses.

    Raises:
        UnreadableFile: naming the line where the quoting is broken or a cell is too long.
    """
    separator = separator or _separator(text)
    if told := _TOLD.match(text):
        separator, text = told[1], text[told.end() - 1 :]
    rows, numbers = [], []
    for number, row in _rows(name, text, separator):
        if any(cell.strip() for cell in row):
            rows.append(row)
            numbers.append(number)
    return Table(tuple(rows), tuple(numbers), separator)


def head(text: str, most: int, separator: str = "") -> tuple[list[str], ...]:
    """Return the first rows of separated values, as far as they can be read; nothing is refused."""
    separator = separator or _separator(text)
    if told := _TOLD.match(text):
        separator, text = told[1], text[told.end() :]
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == most:
                break
    return tuple(rows)


def _rows(name: str, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    room = _MOST_IN_ALL
    try:
        for row in reader:
            room -= len(row)
            if room < 0:
                raise errors.TooLarge(f"{name}: more than {_MOST_IN_ALL:,} cells.")
            if len(row) > _MOST_CELLS:
                raise errors.TooLarge(f"{name}, line {reader.line_num}: more than {_MOST_CELLS:,} cells in a row.")
            yield reader.line_num, row
    except csv.Error:
        place = f"{name}, line {reader.line_num}"
        raise errors.UnreadableFile(
            f'{place}: broken quoting or a cell over 131,072 characters; a cell with quotes is "written ""so""".'
        ) from None


def _separator(text: str) -> str:
    """Choose the separator that gives the first rows the most alike number of cells, more than one."""
    return max(_SEPARATORS, key=lambda separator: _likeness(text[:100_000], separator))


def _likeness(text: str, separator: str) -> float:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    counts = []
    try:
        for row, _ in zip(reader, range(_PROBE), strict=False):
            if any(cell.strip() for cell in row):
                counts.append(len(row))
    except csv.Error:
        pass
    if not counts or counts[0] < 2:
        return 0.0
    return sum(count == counts[0] for count in counts) / len(counts) + 0.01 * (counts[0] > 1)


def fitted(name: str, table: Table, last_is_words: bool) -> Table:
    """Join what stands beyond the last column to it, where this holds words: commas that nobody quoted.

    Raises:
        UnreadableFile: naming the line that has more cells than columns, where they can't be joined.
    """
    width = len(table.rows[0])
    joint = f"{table.separator} " if table.separator in ",;" else table.separator
    rows = []
    for row, number in zip(table.rows, table.numbers, strict=True):
        while len(row) > width and not row[-1].strip():
            row = row[:-1]
        if len(row) > width and (not last_is_words or width < 2):
            raise errors.UnreadableFile(f"{name}, line {number}: {len(row)} cells, but there are {width} columns.")
        rows.append(row if len(row) <= width else [*row[: width - 1], joint.join(row[width - 1 :])])
    return Table(tuple(rows), table.numbers, table.separator)
