"""Coded turns and excerpts in tables: CSV, TSV and Excel of any columns; machine output is refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO

from service import errors
from service.domain.coded_file import CodedFile, ForeignCoder, is_machine
from service.domain.suggestion import STATUS
from service.readers import files
from service.readers.coded_files import coded_columns, coded_documents, coded_excerpts, coded_rows
from service.readers.coded_files.coded_columns import SEPARATOR, Cells, Found
from service.readers.containers import encodings, sheets, tables
from service.readers.transcripts.columns import folded

_MACHINE = frozenset({"candidate_set", "probabilities"})
_OWN = frozenset({"document_id", "text", "dimension", "codes"})
#: Who coded where the titles say that a model did and no column names it.
_MODEL = "a model"
_HEAD_BYTES, _HEAD_ROWS = 200_000, 200
#: How many of a table's titles a refusal names.
_NAMED = 12


@dataclass(frozen=True)
class _Table:
    """The rows of a file or of one sheet, with the lines they stand on."""

    title: str
    rows: tuple[Cells, ...]
    numbers: tuple[int, ...]
    separator: str = ","


def read(name: str, file: BinaryIO, columns: Mapping[str, str]) -> CodedFile:
    """Read the first coded table of a file.

    Args:
        name: the file's name; its end says the format.
        file: the open file.
        columns: the titles of columns by our names (see `coded_columns`), where they are not to be guessed.

    Raises:
        MachineOutput: it holds suggestions.
        UnreadableFile: no column of words and codes can be found.
        TooLarge: it is larger than allowed.
    """
    if not columns and not _is_workbook(name) and _is_own(_head(name, file)):
        return coded_excerpts.read(name, file, columns)
    found, notes = _tables(name, file)
    for table in found:
        _refuse_machine(name, next(iter(table.rows), ()), table.rows)
    for number, table in enumerate(found):
        if _is_own(table.rows) and not columns:
            return coded_excerpts.from_rows(name, table.rows, bare=_is_workbook(name))
        where = coded_columns.find(table.rows, columns, name)
        if where is not None:
            others = tuple(
                f"Only the sheet {errors.shown(table.title)} was read, not {errors.shown(other.title)}."
                for other in (*found[:number], *found[number + 1 :])
                if other.rows
            )
            return _coded(name, table, where, notes + others)
    raise _unfound(name, found, columns)


def is_coded(name: str, file: BinaryIO) -> bool:
    """Say whether a table holds coded material, by its columns; the file is left at its beginning.

    Raises:
        BadInput: a workbook can't be read.
    """
    workbook = _is_workbook(name)
    found = [sheet.rows for sheet in sheets.read(name, file) if not sheet.hidden] if workbook else [_head(name, file)]
    file.seek(0)
    for rows in found:
        titles = {folded(cell) for row in rows[:1] for cell in row}
        if titles & _MACHINE or titles >= _OWN or coded_columns.find(rows, {}, name) is not None:
            return True
    return False


def _tables(name: str, file: BinaryIO) -> tuple[list[_Table], tuple[str, ...]]:
    if _is_workbook(name):
        book = sheets.read_workbook(name, file.read(files.MAX_BYTES + 1))
        hidden = tuple(f"The hidden sheet {errors.shown(sheet.title)} was not read." for sheet in _hidden(book.sheets))
        seen = [_Table(sheet.title, sheet.rows, sheet.numbers) for sheet in book.sheets if not sheet.hidden]
        return seen, book.notes + hidden
    content = file.read(files.MAX_BYTES + 1)
    if len(content) > files.MAX_BYTES:
        raise files.too_large(name, files.MAX_BYTES)
    decoded = encodings.decode(name, content)
    table = tables.read(name, decoded.text, _separator(name))
    if not table.rows:
        raise errors.UnreadableFile(f"{name}: it is empty; coded material has columns such as text and codes.")
    return [_Table("", table.rows, table.numbers, table.separator)], decoded.notes


def _hidden(book: Iterable[sheets.Sheet]) -> Iterator[sheets.Sheet]:
    return (sheet for sheet in book if sheet.hidden and sheet.rows)


def _is_workbook(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in (".xlsx", ".xlsm")


def _separator(name: str) -> str:
    """Return what the end of a file's name says of its separator."""
    return "\t" if PurePosixPath(name).suffix.lower() == ".tsv" else ""


def _head(name: str, file: BinaryIO) -> tuple[Cells, ...]:
    """Return the first rows of a file of separated values, broken ones as far as they go."""
    content = file.read(_HEAD_BYTES)
    if len(content) == _HEAD_BYTES:
        content = content[: content.rfind(b"\n") + 1]
    file.seek(0)
    try:
        return tables.head(encodings.decode("", content).text, _HEAD_ROWS, _separator(name))
    except errors.BadInput:
        return ()


def _refuse_machine(name: str, titles: Cells, rows: Sequence[Cells]) -> None:
    """Refuse suggestions: a column that only they have, or what they say of themselves."""
    for number, title in enumerate(map(folded, titles)):
        if title in _MACHINE:
            raise errors.MachineOutput(f"{name}: the column {title} says that this is machine output.")
        if title == "status" and any(number < len(row) and STATUS in row[number].casefold() for row in rows):
            raise errors.MachineOutput(f"{name}: its column status says that this is machine output.")


def _is_own(rows: Sequence[Cells]) -> bool:
    return bool(rows) and {folded(cell) for cell in rows[0]} >= _OWN


def _coded(name: str, table: _Table, found: Found, notes: tuple[str, ...]) -> CodedFile:
    _refuse_machine(name, found.titles, table.rows)
    body = tables.Table(
        tuple(list(row) for row in table.rows[found.row :]), table.numbers[found.row :], table.separator
    )
    last = found.at["text"][0] == len(found.titles) - 1
    body = tables.fitted(name, body, last_is_words=last)
    read = coded_rows.read(name, body.rows[1:], found)
    if not any(row.codes for row in read.rows):
        raise errors.UnreadableFile(f"{name}: no row has a code; name the column that does: --column codes=TITLE.")
    if found.machine:
        read = replace(read, rows=tuple(replace(row, coder=row.coder or _MODEL) for row in read.rows))
    built = coded_documents.build(name, read, found.tool)
    shown = found.shown() | ({SEPARATOR: read.splitting.said} if read.splitting else {})
    return CodedFile(
        name,
        "",
        found.tool,
        built.documents,
        built.codes,
        _coders(read.rows, machine=found.machine),
        read.left + built.left,
        None,
        notes + found.notes + read.notes,
        shown,
        tuple(title for title in found.titles if title),
    )


def _coders(rows: Sequence[coded_rows.CodedRow], *, machine: bool) -> tuple[ForeignCoder, ...]:
    names = dict.fromkeys(row.coder for row in rows if row.codes and row.coder)
    return tuple(ForeignCoder(name, name, machine or is_machine(name)) for name in names)


def _unfound(name: str, found: Sequence[_Table], columns: Mapping[str, str]) -> errors.UnreadableFile:
    if any(coded_columns.is_codebook(table.rows[0]) for table in found if table.rows):
        return errors.UnreadableFile(f"{name}: this is a codebook: it lists codes, but nothing that was coded.")
    titles = [
        errors.shown(cell.strip(), 30) for table in found[:1] for cell in next(iter(table.rows), ()) if cell.strip()
    ]
    listed = ", ".join(titles[:_NAMED]) + (" …" if len(titles) > _NAMED else "")
    lacking = "text=TITLE --column codes=TITLE" if "text" not in columns else "codes=TITLE"
    return errors.UnreadableFile(
        f"{name}: no columns of words and of codes can be told among {listed}; name them: --column {lacking}."
    )
