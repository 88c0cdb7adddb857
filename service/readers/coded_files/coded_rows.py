"""Rows of a table of coded material, whatever its columns are called: words, codes, coder and the rest."""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from service import errors
from service.domain.coded_file import Left
from service.readers.coded_files import coded_cells, coded_columns
from service.readers.coded_files.coded_cells import SAID, Splitting
from service.readers.coded_files.coded_columns import ATTRIBUTES, FLAGS, Cells, Found
from service.readers.transcripts.columns import TAGS, folded

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
#: Tools that write one row for each excerpt and code.
_ROW_EACH = frozenset({"MAXQDA", "Taguette"})
#: Words so short are said again and again; only longer ones show that a row repeats an excerpt.
_TELLING = 30
_REPEATED = 0.2
_MOST_CODINGS = 1_000_000
_MARKED = "Entities and tags of HTML in the text were read as the characters they stand for."


@dataclass(frozen=True, slots=True)
class CodedRow:
    """One row; what a table lacks is "". `codes` holds the paths of its codes from the root down."""

    text: str
    codes: tuple[tuple[str, ...], ...]
    document: str = ""
    coder: str = ""
    speaker: str = ""
    position: str = ""
    start: str = ""
    end: str = ""
    memo: str = ""
    participant: str = ""
    created: str = ""
    excerpt: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """A table's rows, how their codes are told apart, and what was noted and left on the way."""

    rows: tuple[CodedRow, ...]
    splitting: Splitting | None
    #: Whether an excerpt with several codes takes several rows.
    row_each: bool
    left: tuple[Left, ...]
    notes: tuple[str, ...]


def read(name: str, table: Sequence[Cells], found: Found) -> Rows:
    """Read the rows of a table whose columns are known; the titles are not among them.

    Raises:
        TooLarge: it holds more codings than a project does.
    """
    cells = _Cells(found)
    marked = any(_ENTITY.search(cell) or TAGS.search(cell) for row in table for cell in cells.each(row, "text"))
    row_each = FLAGS not in found.at and (found.tool in _ROW_EACH or _repeats(table, cells))
    splitting = None if FLAGS in found.at else _splitting(table, cells, found, row_each=row_each)
    rows, wordless, room = [], 0, _MOST_CODINGS
    for row in table:
        one = cells.row(row, splitting, marked=marked)
        room -= len(one.codes)
        if room < 0:
            raise errors.TooLarge(f"{name}: more than {_MOST_CODINGS:,} codings.")
        if one.text:
            rows.append(one)
        else:
            wordless += len(one.codes)
    notes: tuple[str, ...] = (_MARKED,) if marked else ()
    if splitting and splitting.whole:
        names = ", ".join(f"{first}, {second}" for first, second in sorted(splitting.whole)[:3])
        notes += (f'Taken for one code each: {errors.shown(names)}; "separator" set to "," separates them.',)
    lost = (Left("codings", "their row has no words", wordless),) if wordless else ()
    return Rows(tuple(rows), splitting, row_each, lost + _unused(table, found), notes)


class _Cells:
    """Gets the cells of a row by our names of the columns."""

    def __init__(self, found: Found) -> None:
        self._found = found

    def each(self, row: Cells, name: str) -> list[str]:
        return [row[number] for number in self._found.at.get(name, ()) if number < len(row)]

    def one(self, row: Cells, name: str) -> str:
        return next((cell.strip() for cell in self.each(row, name)), "")

    def row(self, row: Cells, splitting: Splitting | None, *, marked: bool) -> CodedRow:
        said = {name: self.one(row, name) for name in _PLAIN}
        speaker = said["speaker"].rstrip(":：").strip()
        words = "\n".join(self.each(row, "text"))
        found = dict.fromkeys(coded_cells.path(code) for code in self._codes(row, splitting))
        titles = self._found.titles
        about = {
            _attribute(titles[number]): cell
            for number in self._found.at.get(ATTRIBUTES, ())
            if number < len(row) and (cell := row[number].strip())
        }
        return CodedRow(
            (_unmarked(words) if marked else words).strip(),
            tuple(found),
            **(said | {"speaker": speaker}),
            attributes=about or _NONE,
        )

    def _codes(self, row: Cells, splitting: Splitting | None) -> Iterator[str]:
        if splitting is not None:
            for cell in self.each(row, "codes"):
                yield from splitting.codes(cell)
        for number in self._found.at.get(FLAGS, ()):
            if number < len(row) and coded_columns.is_true(row[number]):
                yield coded_columns.code_of(self._found.titles[number])


#: Shared by the rows that say nothing about a participant.
_NONE: Mapping[str, str] = MappingProxyType({})
_PLAIN = ("document", "coder", "speaker", "position", "start", "end", "memo", "participant", "created", "excerpt")


def _attribute(title: str) -> str:
    return re.sub(r"^attribute[_ ]", "", title, flags=re.IGNORECASE) or title


def _unmarked(cell: str) -> str:
    """Return a cell's words without tags, entities read once."""
    bare = TAGS.sub("", _BREAK.sub("\n", cell))
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), bare).replace("\r", "\n").replace("\0", "\ufffd")


def _splitting(table: Sequence[Cells], cells: _Cells, found: Found, *, row_each: bool) -> Splitting:
    said = found.separator
    if said is not None:
        return Splitting(SAID.get(said.strip().casefold(), said.strip()))
    if row_each:
        return Splitting("")
    titles = [folded(found.titles[number]) for number in found.at.get("codes", ())]
    several = len(titles) == 1 and (titles[0].endswith(("s", "themen", "kategorien")) or "combined" in titles[0])
    return coded_cells.guess((cell for row in table for cell in cells.each(row, "codes")), several=several)


def _repeats(table: Sequence[Cells], cells: _Cells) -> bool:
    """Say whether rows repeat an excerpt for another code of the same coder; a transcript repeats short turns."""
    places: dict[tuple[str, ...], set[str]] = defaultdict(set)
    coded: Counter[tuple[str, ...]] = Counter()
    bare = False
    for row in table:
        codes, text = "\n".join(cells.each(row, "codes")).strip(), cells.one(row, "text")
        bare = bare or bool(text and not codes)
        if codes and text:
            place = (text, *(cells.one(row, name) for name in ("document", "position", "start", "end", "coder")))
            places[place].add(codes)
            coded[place] += 1
    again = [place for place, codes in places.items() if len(codes) > 1]
    many = sum(coded[place] for place in again) >= _REPEATED * coded.total() > 0
    return (many and not bare) or any(len(place[0]) >= _TELLING for place in again)


def _unused(table: Sequence[Cells], found: Found) -> tuple[Left, ...]:
    """Return which columns stay behind, with how many cells they fill."""
    used = {number for numbers in found.at.values() for number in numbers}
    out = []
    for number, title in enumerate(found.titles):
        if number not in used and title:
            filled = sum(number < len(row) and row[number].strip() not in ("", "0") for row in table)
            why = "how strongly or where a code applies has no place here" if number in found.measures else _NO_PLACE
            out.append(Left(f"column {errors.shown(title)}", why, filled))
    return tuple(left for left in out if left.count)


_NO_PLACE = "no column of ours was taken to hold the same"
