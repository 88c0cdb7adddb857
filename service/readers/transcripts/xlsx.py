"""Spreadsheets: the first visible sheet that holds a table of speech; machine output is refused."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from service import errors
from service.readers.containers import sheets
from service.readers.transcripts import blocks, columns, dialogue, speech
from service.readers.transcripts.lines import Reading, bounded

#: A title, a date and the like may stand above the names of the columns.
_TITLES = 10


@dataclass(frozen=True)
class _Table:
    """A sheet's table without the empty columns before it and the rows above the names of its columns."""

    sheet: sheets.Sheet
    rows: tuple[tuple[str, ...], ...]
    #: How many columns and rows were taken off.
    left: int
    above: int


def read(name: str, content: bytes, named: Collection[str] = ()) -> Reading:
    """Read a workbook's table of speech.

    Raises:
        MachineOutput: where one of its sheets holds suggestions.
        UnreadableFile: where it holds coded excerpts, or no column of words can be found, or words are missing.
    """
    workbook = sheets.read_workbook(name, content)
    tables = [_table(sheet) for sheet in workbook.sheets if sheet.rows]
    for table in tables:
        speech.refuse_machine(_place(name, table), table.sheet.rows, titles=_TITLES)
    table, found = _chosen(name, [table for table in tables if not table.sheet.hidden])
    _check_formulas(name, table, found)
    reading = dialogue.interpret(bounded(name, columns.lines(table.rows, found)), named)
    notes = _notes(table, others=len(tables) - 1)
    return Reading(reading.utterances, reading.interviewers, workbook.notes + notes + reading.notes)


def _table(sheet: sheets.Sheet) -> _Table:
    left = min(next(n for n, cell in enumerate(row) if cell.strip()) for row in sheet.rows)
    rows = [row[left:] for row in sheet.rows]
    above = next((n for n, row in enumerate(rows[:_TITLES]) if columns.names_columns(row)), 0)
    return _Table(sheet, tuple(rows[above:]), left, above)


def _place(name: str, table: _Table) -> str:
    return f"{name}, sheet {errors.shown(table.sheet.title)}"


def _chosen(name: str, tables: Sequence[_Table]) -> tuple[_Table, columns.Columns]:
    """Return the table of speech and where its words are.

    It is the first whose columns are named, or else the first that looks like one, or else the first of one column.
    """
    if not tables:
        raise errors.UnreadableFile(
            f"{name}: its visible sheets are empty; a transcript has columns such as speaker and text."
        )
    for find in (_by_names, _by_look, _only_column):
        for table in tables:
            found = find(table)
            if found is not None:
                speech.check(
                    _place(name, table),
                    table.rows,
                    "import them by their own name, or save them as .csv to train on them",
                )
                return table, found
    raise errors.UnreadableFile(f"{name}: no visible sheet has a column of words; name the columns speaker and text.")


def _by_names(table: _Table) -> columns.Columns | None:
    return speech.find(table.rows) if columns.names_columns(table.rows[0]) else None


def _by_look(table: _Table) -> columns.Columns | None:
    return None if blocks.is_header(table.rows) else speech.find(table.rows)


def _only_column(table: _Table) -> columns.Columns | None:
    return speech.only_column(table.rows)


def _check_formulas(name: str, table: _Table, found: columns.Columns) -> None:
    """Refuse a table in which a name or words come from a formula that holds nothing: speech would be missing."""
    needed = {table.left + column + 1 for column in (found.text, found.speaker) if column is not None}
    first = table.sheet.numbers[table.above]
    for row, column in table.sheet.without_value:
        if row >= first and column in needed:
            raise errors.UnreadableFile(
                f"{_place(name, table)}, row {row}: a formula in column {column} has no stored value or an error; "
                "open the workbook in Excel or LibreOffice, mend it and save it."
            )


def _notes(table: _Table, others: int) -> tuple[str, ...]:
    title, formulas = errors.shown(table.sheet.title), len(table.sheet.without_value)
    return (
        *((f"Read from the sheet {title}; other sheets left out: {others}.",) if others else ()),
        *((f"Rows above the names of the columns left out: {table.above}.",) if table.above else ()),
        *((f"Formulas without a stored value, read as empty: {formulas}.",) if formulas else ()),
    )
