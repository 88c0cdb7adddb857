"""Codebooks that other tools export as tables: a column of codes beside one that describes them."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO

from service import errors
from service.domain.coded_file import ForeignCode
from service.readers import files
from service.readers.coded_files import coded_cells, coded_documents
from service.readers.coded_files.coded_columns import Cells
from service.readers.containers import encodings, sheets, tables
from service.readers.transcripts import columns
from service.readers.transcripts.columns import folded

_CODES = ("tag", "code", "codes", "tags", "codename", "code_name", "name", "path", "kode")
_DESCRIBED = ("description", "definition", "beschreibung", "code_memo", "memo", "comment", "kommentar")
_PROBE = 2_000
_ABOVE = ("parent", "parent_code", "übergeordneter_code")


def read_codes(name: str, file: BinaryIO) -> tuple[ForeignCode, ...]:
    """Read a codebook (CSV, TSV or Excel), such as Taguette's: tag, description, number of highlights.

    Raises:
        UnreadableFile: no column holds codes.
        TooLarge: it is larger than allowed.
    """
    for rows in _tables(name, file):
        titles = [folded(cell) for cell in rows[0]] if rows else []
        column = next((titles.index(title) for title in _CODES if title in titles), None)
        if column is not None:
            return tuple(_codes(rows[1:], titles, column))
    raise errors.UnreadableFile(
        f"{name}: no column holds codes; name it tag or code, and what describes them description."
    )


def is_list(name: str, file: BinaryIO) -> bool:
    """Say whether a table lists codes and holds no speech; the file is left at its beginning.

    Raises:
        BadInput: it can't be read.
    """
    found = _tables(name, file)
    file.seek(0)
    return any(
        rows and set(_CODES) & {folded(cell) for cell in rows[0]} and columns.find(rows[:_PROBE]) is None
        for rows in found
    )


def _tables(name: str, file: BinaryIO) -> list[Sequence[Cells]]:
    if PurePosixPath(name).suffix.lower() == ".xlsx":
        return [sheet.rows for sheet in sheets.read(name, file)]
    content = file.read(files.MAX_BYTES + 1)
    if len(content) > files.MAX_BYTES:
        raise files.too_large(name, files.MAX_BYTES)
    return [tables.read(name, encodings.decode(name, content).text).rows]


def _codes(rows: Sequence[Cells], titles: Sequence[str], column: int) -> Iterator[ForeignCode]:
    """Yield each code once, and what it stands below before it."""
    described = next((titles.index(title) for title in _DESCRIBED if title in titles), None)
    above = next((titles.index(title) for title in _ABOVE if title in titles), None)
    listed: dict[tuple[str, ...], str] = {}
    for row in rows:
        code = _cell(row, column)
        if code:
            parent = _cell(row, above)
            path = (*coded_cells.path(parent), *coded_cells.path(code)) if parent else coded_cells.path(code)
            listed.setdefault(path, _cell(row, described))
    given: dict[tuple[str, ...], None] = {}
    for path in listed:
        for depth in range(1, len(path) + 1):
            given.setdefault(path[:depth])
    for path in given:
        yield ForeignCode(coded_documents.key(path), path, listed.get(path, ""), codable=path in listed)


def _cell(row: Cells, column: int | None) -> str:
    return row[column].strip() if column is not None and column < len(row) else ""
