"""Spreadsheets (.xlsx): each sheet as rows of text cells, whatever its cells hold; nothing is run or followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from service import errors
from service.readers.containers import archives, packages, sheetvalues, sheetxml, xmlevents

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST_BYTES = 50_000_000
_UNPACKED = 100_000_000
_UNPACKED_TOGETHER = 250_000_000
_WHAT = "workbook"
_SHEETS = 1_000
_COLUMNS = 1_000
_CELLS = 5_000_000
_CHARACTERS = 50_000_000


@dataclass(frozen=True)
class Sheet:
    """A sheet's rows of text, those without any left out, and what follows a row's last text cut off.

    `numbers` holds the number of each row as a person sees it. A cell of a merged range has its text in the first
    place and is empty in the others.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    hidden: bool = False
    #: Places such as (7, 3), row and column, whose formula has no stored value or an error; read as empty.
    without_value: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Workbook:
    """A workbook's sheets in order, and what a person should know about how it was read."""

    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()


def read(name: str, file: BinaryIO) -> tuple[Sheet, ...]:
    """Return a workbook's sheets, hidden ones too; otherwise as `read_workbook`."""
    return read_workbook(name, file.read(_MOST_BYTES + 1)).sheets


def read_workbook(name: str, content: bytes) -> Workbook:
    """Read a workbook's sheets as rows of text.

    Args:
        name: the file's name, for messages.
        content: its bytes.

    Raises:
        UnreadableFile: where it is no workbook, encrypted, damaged or made to harm.
        TooLarge: where it holds more than a workbook of text does.
    """
    parts = _Parts(_opened(name, content), xmlevents.MOST_ELEMENTS, _UNPACKED_TOGETHER)
    path = packages.main_part(parts.archive, "xl/workbook.xml")
    if path.startswith("word/"):
        raise errors.UnreadableFile(f"{name}: by its content this is a Word file, not .xlsx.")
    workbook = sheetxml.Workbook()
    parts.read(path, workbook)
    if len(workbook.sheets) > _SHEETS:
        raise errors.TooLarge(f"{name}: more than {_SHEETS:,} sheets.")
    relations = packages.relations(parts.archive, path)
    texts, formats = sheetxml.Texts(), sheetxml.Formats()
    parts.read_kind(relations, "sharedStrings", texts)
    parts.read_kind(relations, "styles", formats)
    values = sheetvalues.Values(name, texts.texts, formats, workbook.from_1904)
    room = _Room(name, _CELLS, _CHARACTERS)
    sheets = []
    for listed in workbook.sheets:
        relation = relations.get(listed.relation)
        if relation is not None and relation.kind == "worksheet":
            rows = _Rows(values, room)
            parts.read(relation.path, rows)
            sheets.append(rows.sheet(listed))
    if not sheets:
        raise errors.UnreadableFile(f"{name}: it holds no sheet of cells.")
    return Workbook(tuple(sheets), _notes(relations))


def _opened(name: str, content: bytes) -> archives.Archive:
    if len(content) > _MOST_BYTES:
        raise errors.TooLarge(f"{name}: larger than the allowed {_MOST_BYTES:,} bytes.")
    if content.startswith(_OLE):
        raise errors.UnreadableFile(f"{name}: it is encrypted or an old .xls; save it as .xlsx without a password.")
    if not content.startswith(b"PK"):
        raise errors.UnreadableFile(f"{name}: it is not a workbook (.xlsx is a zip archive, this is not).")
    archive = archives.open_zip(name, content, _UNPACKED)
    if archive.member("xl/workbook.bin") is not None:
        raise errors.UnreadableFile(f"{name}: it is a binary workbook (.xlsb); save it as .xlsx.")
    return archive


@dataclass
class _Parts:
    """The parts of a workbook, which together hold a bounded number of elements and bytes."""

    archive: archives.Archive
    elements: int
    size: int

    def read(self, path: str, handler: xmlevents.Handler) -> None:
        """Read a part, which must be there."""
        xml = self.archive.member(path)
        if xml is None:
            raise errors.UnreadableFile(
                f"{self.archive.name}: it is a zip archive but no whole workbook (no {errors.shown(path)})."
            )
        self.size -= len(xml)
        if self.size < 0:
            raise errors.TooLarge(f"{self.archive.name}: it unpacks to more than {_UNPACKED_TOGETHER:,} bytes.")
        self.elements -= xmlevents.read(self.archive.name, _WHAT, xml, handler, self.elements)

    def read_kind(self, relations: Mapping[str, packages.Relation], kind: str, handler: xmlevents.Handler) -> None:
        """Read the part of a kind, if there is one."""
        for relation in relations.values():
            if relation.kind == kind:
                self.read(relation.path, handler)
                return


def _notes(relations: Mapping[str, packages.Relation]) -> tuple[str, ...]:
    kinds = {relation.kind for relation in relations.values()}
    macros = ("It holds macros; they were left aside and not run.",) if "vbaProject" in kinds else ()
    links = ("It links to other workbooks; their values are those stored in it.",) if "externalLink" in kinds else ()
    return macros + links


@dataclass
class _Room:
    """What the sheets of a workbook may still hold together."""

    name: str
    cells: int
    characters: int

    def take(self, row: list[str]) -> None:
        """Take a row's part; raise `TooLarge` where there is not enough left."""
        self.cells -= len(row)
        self.characters -= sum(map(len, row))
        if self.cells < 0 or self.characters < 0:
            raise errors.TooLarge(
                f"{self.name}: more than {_CELLS:,} cells or {_CHARACTERS:,} characters in its sheets."
            )


class _Rows(sheetxml.Cells):
    """Gathers a sheet's rows of text."""

    def __init__(self, values: sheetvalues.Values, room: _Room) -> None:
        super().__init__()
        self._values, self._room = values, room
        self._rows: list[tuple[str, ...]] = []
        self._numbers: list[int] = []
        self._without: list[tuple[int, int]] = []

    def ended(self, row: sheetxml.Row) -> None:
        """Keep a row's texts."""
        cells: list[str] = []
        for cell in row.cells:
            text = self._values.text(cell)
            if text is None:
                self._without.append((row.number, cell.column))
            elif text.strip():
                if cell.column > _COLUMNS:
                    raise errors.TooLarge(
                        f"{self._room.name}, row {row.number}: more than {_COLUMNS:,} cells in a row."
                    )
                cells += [""] * (cell.column - len(cells))
                cells[cell.column - 1] = text
        self._room.take(cells)
        if cells:
            self._rows.append(tuple(cells))
            self._numbers.append(row.number)

    def sheet(self, listed: sheetxml.Listed) -> Sheet:
        """Return the sheet that was read."""
        return Sheet(listed.title, tuple(self._rows), tuple(self._numbers), listed.hidden, tuple(self._without))
