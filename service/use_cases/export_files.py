"""Take the codings of a project away, in whatever form they are to go on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Literal, cast

import sqlalchemy as sa

from service import errors, files
from service.domain.coded_file import CodedFile
from service.domain.people import Person
from service.domain.projects import Project
from service.store import documents, projects
from service.use_cases import export_codings
from service.use_cases.export_codings import Codings
from service.use_cases.gather_codings import codes_of, gather
from service.writers import docx, qdc, qdpx, xlsx

Format = Literal["csv", "jsonl", "xlsx", "qdpx", "qdc", "docx"]


@dataclass(frozen=True)
class ExportOptions:
    """What to write: `final` codings, or `all`, each person's own and the imported ones; perhaps of one document."""

    format: Format = "csv"
    codings: Codings = "final"
    document_id: str | None = None


@dataclass(frozen=True)
class Export:
    """What is to be written, for whom, and when."""

    connection: sa.Connection
    project: Project
    options: ExportOptions
    #: Whom it is for; what is open to them is left out. None is the operator, who sees all.
    reader: Person | None
    now: float

    def write(self, out: BinaryIO) -> int:
        """Write it and return how many rows or codings it holds.

        Raises:
            NotFound: there is no such document.
        """
        document_id = self.options.document_id
        if document_id is not None and documents.find(self.connection, self.project, document_id) is None:
            raise errors.NotFound(f"There is no document {document_id} in {self.project.name}.")
        return _WRITERS[self.options.format](self, out)

    def rows(self) -> Iterator[dict[str, object]]:
        """Yield the codings as rows."""
        found = export_codings.rows(self.connection, self.project, self.options.codings, self.reader)
        wanted = self.options.document_id
        return (row for row in found if wanted in (None, row["document_id"]))

    def gathered(self) -> CodedFile:
        """Return the documents with the codings, as other tools keep them."""
        codings, document_id = self.options.codings, self.options.document_id
        return gather(self.connection, self.project, codings, self.reader, document_id)

    @property
    def columns(self) -> list[str]:
        """The rows' columns."""
        return export_codings.columns(self.connection, self.project, self.options.codings)

    @property
    def at(self) -> datetime:
        """When it is written."""
        return datetime.fromtimestamp(self.now, UTC)


def export_to(export: Export, path: Path) -> int:
    """Write an export to a file, as a whole or not at all, and return how many rows or codings it holds.

    Raises:
        StorageFull: the disk is full.
        BadInput: the file can't be written there.
        NotFound: there is no such document.
    """
    with files.replacing(path, "wb", permissions=0o600) as out:
        return export.write(cast(BinaryIO, out))


def _csv(export: Export, out: BinaryIO) -> int:
    names = export.columns
    out.write(export_codings.csv_line(names).encode())
    return _lines(out, (export_codings.csv_line(map(row.get, names)) for row in export.rows()))


def _jsonl(export: Export, out: BinaryIO) -> int:
    return _lines(out, map(export_codings.json_line, export.rows()))


def _lines(out: BinaryIO, lines: Iterator[str]) -> int:
    written = 0
    for line in lines:
        out.write(line.encode())
        written += 1
    return written


def _xlsx(export: Export, out: BinaryIO) -> int:
    book = projects.codebook_of(export.connection, export.project)
    labels = {dimension.id: dimension.label for dimension in book.dimensions}
    return xlsx.write(export.rows(), export.columns, labels, out)


def _docx(export: Export, out: BinaryIO) -> int:
    found = export.gathered()
    docx.write(found, out, export.at)
    return found.codings


def _qdpx(export: Export, out: BinaryIO) -> int:
    found = export.gathered()
    qdpx.write(found, out, export.at)
    return found.codings


def _qdc(export: Export, out: BinaryIO) -> int:
    codes = codes_of(projects.codebook_of(export.connection, export.project))
    qdc.write(codes, out)
    return sum(code.codable for code in codes)


_WRITERS: Mapping[Format, Callable[[Export, BinaryIO], int]] = MappingProxyType(
    {"csv": _csv, "jsonl": _jsonl, "xlsx": _xlsx, "docx": _docx, "qdpx": _qdpx, "qdc": _qdc}
)
