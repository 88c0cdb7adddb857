"""Codings as an Excel workbook: the excerpts row by row, and a matrix of segments by dimensions."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, BinaryIO

from service.writers.texts import for_xml

#: What a cell of Excel holds at most.
_LONGEST = 32_767
_CUT = "… [cut here: a cell holds no more]"
_WIDE = {"text": 70, "context": 40, "memo": 40}
_ORDINARY = 16
_LIKE_FORMULAS = frozenset("=+-@")

Row = Mapping[str, object]


def write(rows: Iterable[Row], columns: Sequence[str], dimensions: Mapping[str, str], out: BinaryIO) -> int:
    """Write a workbook and return the number of its excerpts.

    Args:
        rows: codings as an export has them, those of a segment one after the other.
        columns: the columns' names, in order.
        dimensions: labels of the codebook's dimensions, by id.
        out: where to.
    """
    # Slow to import, and only this format needs it.
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    excerpts = _Sheet(book, "Excerpts", columns)
    matrix = _Sheet(book, "Matrix", [*_SEGMENT, *dimensions.values()])
    written, line = 0, _Line(tuple(dimensions))
    for row in rows:
        excerpts.add(row.get(name) for name in columns)
        if not line.takes(row):
            matrix.add(line.cells())
            line = _Line(tuple(dimensions))
        line.add(row)
        written += 1
    if written:
        matrix.add(line.cells())
    book.save(out)
    return written


_SEGMENT = ("document_id", "position", "participant_id", "speaker", "text")
_WHO = "annotator_id"


class _Line:
    """One line of the matrix while it fills: a segment as one coder, or all together, coded it."""

    def __init__(self, dimensions: Sequence[str]) -> None:
        self._dimensions = dimensions
        self._rows: list[Row] = []

    def takes(self, row: Row) -> bool:
        """Say whether a row speaks of the same segment."""
        return not self._rows or all(row[name] == self._rows[0][name] for name in ("document_id", "position"))

    def add(self, row: Row) -> None:
        """Take a row in."""
        self._rows.append(row)

    def cells(self) -> list[object]:
        """Return the line's cells; where coders gave different codes, each with their name."""
        first = self._rows[0]
        return [*(first[name] for name in _SEGMENT), *(self._codes(dimension) for dimension in self._dimensions)]

    def _codes(self, dimension: str) -> str:
        own = [row for row in self._rows if row["dimension"] == dimension]
        settled = [row for row in own if row[_WHO] == ""]
        if settled:
            return _joined(settled[0]["codes"])
        return "\n".join(f"{row[_WHO]}: {_joined(row['codes'])}" for row in own)


def _joined(codes: object) -> str:
    return "; ".join(codes) if isinstance(codes, list) and codes else "(none applies)"


class _Sheet:
    """A sheet that grows by the row, its head in bold and in view."""

    def __init__(self, book: Any, title: str, columns: Sequence[str]) -> None:
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

        self._sheet = book.create_sheet(title)
        self._sheet.freeze_panes = "A2"
        for number, name in enumerate(columns, 1):
            self._sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(name, _ORDINARY)
        self._styles = {quoted: self._style(quoted=quoted) for quoted in (False, True)}
        head = [self._cell(name) for name in columns]
        for cell in head:
            cell._style = copy(cell._style)
            cell.font = Font(bold=True)
        self._sheet.append(head)

    def _style(self, *, quoted: bool) -> Any:
        """Return a style that all cells like it share: to find it anew for each takes longer than all else."""
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment

        cell: Any = WriteOnlyCell(self._sheet)
        cell.quotePrefix = quoted
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        return cell._style

    def add(self, values: Iterable[object]) -> None:
        """Add a row."""
        self._sheet.append([None if value in (None, "", []) else self._cell(value) for value in values])

    def _cell(self, value: object) -> Any:
        """Return a cell that holds a value as text or number, and never as a formula."""
        from openpyxl.cell import WriteOnlyCell

        if isinstance(value, int | float) and not isinstance(value, bool):
            return WriteOnlyCell(self._sheet, value)
        text = for_xml("; ".join(map(str, value)) if isinstance(value, list) else str(value)).replace("\r", "\n")
        text = text if len(text) <= _LONGEST else text[: _LONGEST - len(_CUT)] + _CUT
        cell: Any = WriteOnlyCell(self._sheet, text)
        cell.data_type = "s"
        cell._style = self._styles[text[:1] in _LIKE_FORMULAS]
        return cell
