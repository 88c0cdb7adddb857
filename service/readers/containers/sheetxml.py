"""The XML of a spreadsheet's parts: shared texts, formats, the list of sheets, and a sheet's cells.

openpyxl is not asked to read these: it drops the characters "x005F_" from texts, takes a workbook saved as strict Open
XML for an empty one, counts through a million rows where one is numbered a million, and keeps what it does not know in
memory. It is asked what a format and a day's number mean.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.readers.containers import xmlevents

#: A character that XML can't hold, as Excel writes it: _x000D_ is a carriage return, _x005F_ an underscore.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_LONGEST_FORMAT = 255
LAST_ROW = 1_048_576


def written(text: str) -> str:
    """Return a text as a person wrote it: Excel's escapes resolved, line ends newlines."""
    if "_x" in text:
        text = _ESCAPED.sub(_character, text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _character(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    allowed = character in "\t\n\r" or (character >= " " and not "\ud800" <= character <= "\udfff")
    return character if allowed else match[0]


class _Words(xmlevents.Handler):
    """Gathers the words of `t` elements, without the readings that stand above Japanese characters."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._reading = self._words = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Notice where words begin."""
        if tag == "rPh":
            self._reading += 1
        elif tag == "t":
            self._words += 1

    def end(self, tag: str) -> None:
        """Notice where words end."""
        if tag == "rPh":
            self._reading -= 1
        elif tag == "t":
            self._words -= 1

    def words(self, text: str) -> None:
        """Gather words."""
        if self._words and not self._reading:
            self.pieces.append(text)

    def taken(self) -> str:
        """Return what has been gathered and begin anew."""
        text = written("".join(self.pieces))
        self.pieces.clear()
        return text


class Texts(_Words):
    """The shared texts, which cells name by their number."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def end(self, tag: str) -> None:
        """Keep a text."""
        super().end(tag)
        if tag == "si":
            self.texts.append(self.taken())


class Formats(xmlevents.Handler):
    """The number format that each cell style uses."""

    def __init__(self) -> None:
        self.of_style: list[str] = []
        self.codes: dict[str, str] = {}
        self._styles = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Keep a format."""
        if tag == "numFmt":
            self.codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:_LONGEST_FORMAT]
        elif tag == "cellXfs":
            self._styles = True
        elif tag == "xf" and self._styles:
            self.of_style.append(attributes.get("numFmtId", "0"))

    def end(self, tag: str) -> None:
        """Leave the list of styles."""
        if tag == "cellXfs":
            self._styles = False


@dataclass(frozen=True)
class Listed:
    """A sheet as the workbook lists it."""

    title: str
    relation: str
    hidden: bool


class Workbook(xmlevents.Handler):
    """The sheets in their order, and whether days are counted from 1904."""

    def __init__(self) -> None:
        self.sheets: list[Listed] = []
        self.from_1904 = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Keep a sheet."""
        if tag == "sheet":
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append(Listed(written(attributes.get("name", "")), attributes.get("id", ""), hidden))
        elif tag == "workbookPr":
            self.from_1904 = attributes.get("date1904", "").casefold() in ("1", "true", "on")


@dataclass(slots=True)
class Cell:
    """A cell as it stands in the file; `kind` is the file's word for what its value is."""

    column: int
    kind: str
    style: int
    value: str = ""
    text: str = ""
    formula: bool = False


@dataclass
class Row:
    """A row of cells and its number as a person sees it."""

    number: int
    cells: list[Cell] = field(default_factory=list)


class Cells(_Words):
    """The rows of a sheet, handed over one by one as they end."""

    def __init__(self) -> None:
        super().__init__()
        self.row = Row(0)
        self._cell: Cell | None = None
        self._value: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin a row, a cell or a value."""
        super().start(tag, attributes)
        if tag == "row":
            self.row = Row(_row_number(attributes.get("r", ""), self.row.number + 1))
        elif tag == "c":
            before = self.row.cells[-1].column if self.row.cells else 0
            column = _column(attributes.get("r", ""), before + 1)
            self._cell = Cell(column, attributes.get("t", "n"), _number(attributes.get("s", "0")))
            self.pieces.clear()
        elif tag == "v":
            self._value = []
        elif tag == "f" and self._cell:
            self._cell.formula = True

    def words(self, text: str) -> None:
        """Gather words and values."""
        super().words(text)
        if self._value is not None:
            self._value.append(text)

    def end(self, tag: str) -> None:
        """Close a row, a cell or a value."""
        super().end(tag)
        if tag == "v":
            if self._cell and self._value is not None:
                self._cell.value = "".join(self._value)
            self._value = None
        elif tag == "c" and self._cell:
            self._cell.text = self.taken()
            self.row.cells.append(self._cell)
            self._cell = None
        elif tag == "row":
            self.ended(self.row)

    def ended(self, row: Row) -> None:
        """Take a row."""
        raise NotImplementedError


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _row_number(text: str, usual: int) -> int:
    number = _number(text)
    return number if 0 < number <= LAST_ROW else usual


def _column(reference: str, usual: int) -> int:
    match = _REFERENCE.fullmatch(reference)
    if not match:
        return usual
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column
