"""Codings as an Excel workbook: the excerpts row by row, and a matrix of segments by dimensions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from service.writers.texts import for_xml

#: What a cell of Excel holds at most.
_LONGEST = 32_767
_CUT = "… [cut here: a cell holds no more]"
_WIDE = {"text": 70, "context": 40, "memo": 40}
_ORDINARY = 16
#: A cell that begins so is taken for a formula or an error, unless it says that it is text.
_FORMULA = ("=", "+", "-", "@", "#")

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
    excerpts, matrix = book.create_sheet("Excerpts"), book.create_sheet("Matrix")
    _head(excerpts, columns)
    _head(matrix, [*_SEGMENT, *dimensions.values()])
    written, line = 0, _Line(tuple(dimensions))
    for row in rows:
        excerpts.append([_cell(excerpts, row.get(name), wide=name == "text") for name in columns])
        if not line.takes(row):
            matrix.append([_cell(matrix, value) for value in line.cells()])
            line = _Line(tuple(dimensions))
        line.add(row)
        written += 1
    if written:
        matrix.append([_cell(matrix, value) for value in line.cells()])
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


def _head(sheet: Any, columns: Sequence[str]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for number, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(name, _ORDINARY)
    cells = [_styled(sheet, for_xml(name), quoted=name[:1] in _FORMULA) for name in columns]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)


def _cell(sheet: Any, value: object, *, wide: bool = False) -> Any:
    """Return a value that a sheet holds as text or number, and never as a formula."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = "; ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    text = for_xml(text).replace("\r\n", "\n").replace("\r", "\n")
    text = text if len(text) <= _LONGEST else text[: _LONGEST - len(_CUT)] + _CUT
    looks_like_formula = text[:1] in _FORMULA
    if not text or not (wide or looks_like_formula):
        return text  # a cell of its own costs ten times as much
    return _styled(sheet, text, quoted=looks_like_formula)


def _styled(sheet: Any, text: str, *, quoted: bool) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = quoted
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell
