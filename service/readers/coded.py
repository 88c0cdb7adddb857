"""Files in which other tools keep coded material: which reader takes which, and what all of them promise.

A reader takes a file's name and its open bytes and returns what it holds. It stores nothing, decides nothing, refuses
machine output and whatever is made to harm in one sentence, and lists what it can't take along.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, BinaryIO

from service import errors
from service.domain.coded_file import CodedFile, Left, storable
from service.readers.coded_files import (
    coded_documents,
    coded_excerpts,
    coded_tables,
    qualcoder,
    refi,
    rqda,
    taguette,
    taguette_highlights,
)
from service.readers.containers import databases, parquet
from service.readers.transcripts.columns import folded

#: What a reader gets beside the file: what a person says its columns hold, by our name of each.
Columns = Mapping[str, str]
Reader = Callable[[str, BinaryIO, Columns], CodedFile]

#: The tools whose projects are databases: what each is called, the tables that tell it, and its reader.
_DATABASES: tuple[tuple[str, frozenset[str], Callable[[databases.Database], CodedFile]], ...] = (
    (taguette.TOOL, taguette.TABLES, taguette.read_database),
    (rqda.TOOL, rqda.TABLES, rqda.read_database),
    (qualcoder.TOOL, qualcoder.TABLES, qualcoder.read_database),
)
_FIRST_LINE = 1_000_000
#: Kinds of what stays behind that are told apart.
_KINDS_LEFT = 1_000
#: What names only suggestions have.
_SUGGESTED = frozenset({"suggestions", "candidate_set", "probabilities"})


def read_database(name: str, file: BinaryIO, columns: Columns) -> CodedFile:
    """Read the project of whatever tool a database is of.

    Raises:
        UnreadableFile: it is damaged, or of none of these tools.
        TooLarge: it is larger than allowed.
    """
    with databases.opened(name, file) as database:
        for _, needed, reader in _DATABASES:
            if database.tables >= needed:
                return reader(database)
    tools = ", ".join(tool for tool, _, _ in _DATABASES)
    raise errors.UnreadableFile(f"{name}: this database is no project of a tool that is known ({tools}).")


def read_codebook(name: str, file: BinaryIO, columns: Columns) -> CodedFile:
    """Read a codebook: codes without documents."""
    codes, tool = refi.read_codebook(name, file)
    return CodedFile(name, "", tool, codes=codes)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".qdpx": refi.read_project,
        ".qdc": read_codebook,
        ".sqlite3": read_database,
        ".sqlite": read_database,
        ".db": read_database,
        ".rqda": read_database,
        ".qda": read_database,
        ".csv": coded_tables.read,
        ".tsv": coded_tables.read,
        ".xlsx": coded_tables.read,
        ".jsonl": coded_excerpts.read,
        ".parquet": coded_excerpts.read,
        ".docx": taguette_highlights.read,
        ".html": taguette_highlights.read,
    }
)
SUFFIXES = tuple(READERS)

_EXCHANGE = "export the project as REFI-QDA (.qdpx)"
#: Formats that are not read, and what to export instead.
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        ".pdf": "a PDF keeps no places in a text; export a project as REFI-QDA (.qdpx), coded segments from MAXQDA as "
        "Excel, or snippets from Delve as CSV",
        **dict.fromkeys((".nvp", ".nvpx"), f"only NVivo reads its own projects; {_EXCHANGE} there"),
        **dict.fromkeys(
            (".atlproj", ".atlproj23", ".hpr7"), f"only ATLAS.ti reads its own projects; {_EXCHANGE} there"
        ),
        **dict.fromkeys(
            (".mx24", ".mx22", ".mx20", ".mx18", ".mx12", ".mex", ".mex22", ".mex24"),
            f"only MAXQDA reads its own projects; {_EXCHANGE} there",
        ),
        ".dedoose": f"only Dedoose reads its own projects; {_EXCHANGE} there, or the excerpts as Excel",
    }
)


@dataclass(frozen=True)
class Reading:
    """How to read: what a table's columns hold, where they are not to be guessed."""

    columns: Columns = field(default_factory=dict)


def read_coded(source: Path | bytes, name: str = "", how: Reading | None = None) -> CodedFile:
    """Read a file of another tool.

    Args:
        source: the file, or its bytes.
        name: the file's name where bytes are given; its end says the format.
        how: how to read it.

    Raises:
        BadInput: it can't be read (`UnreadableFile`, `TooLarge`, `MachineOutput`).
    """
    short = PurePosixPath(name or str(source)).name
    suffix = PurePosixPath(short).suffix.lower()
    if suffix in REFUSED:
        raise errors.UnreadableFile(f"{short}: {REFUSED[suffix]}.")
    reader = READERS.get(suffix)
    if reader is None:
        raise errors.UnreadableFile(f"{short}: coded material comes as {', '.join(SUFFIXES)}.")
    _check_folder(source, short)
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            found = _bounded(short, storable(reader(short, file, (how or Reading()).columns)))
            return replace(found, name=short, sha256=digest)
    except OSError as problem:
        raise errors.UnreadableFile(f"{short}: it can't be opened ({problem.strerror}).") from None


def _bounded(name: str, file: CodedFile) -> CodedFile:
    """Refuse more codes or coders than a project has, and put together what stays behind where it is of many kinds."""
    for what, count in (("codes", len(file.codes)), ("coders", len(file.coders))):
        if count > coded_documents.MOST_CODES:
            raise errors.TooLarge(f"{name}: more than {coded_documents.MOST_CODES:,} {what}; no project has so many.")
    if len(file.left) <= _KINDS_LEFT:
        return file
    others = sum(left.count for left in file.left[_KINDS_LEFT:])
    return replace(file, left=(*file.left[:_KINDS_LEFT], Left("others", "too many kinds to list them all", others)))


def is_coded(name: str, file: BinaryIO) -> bool:
    """Say whether a file holds coded material and no mere transcript; the file is left at its beginning.

    The end of the name decides where it stands for one of them; tables, Word files and pages are looked into.

    Raises:
        BadInput: a workbook that can't be read.
    """
    suffix = PurePosixPath(name).suffix.lower()
    short = PurePosixPath(name).name
    if suffix in (".csv", ".tsv", ".xlsx"):
        return coded_tables.is_coded(short, file)
    if suffix in (".docx", ".html"):
        return taguette_highlights.is_coded(short, file)
    if suffix in (".jsonl", ".parquet"):
        titles = _titles(file) if suffix == ".jsonl" else _schema(file)
        file.seek(0)
        return {"dimension", "codes"} <= titles or bool(set(map(folded, titles)) & _SUGGESTED)
    return suffix in READERS or suffix in REFUSED


def _check_folder(source: Path | bytes, name: str) -> None:
    """Refuse a folder, such as QualCoder keeps its projects in, by naming the file in it."""
    if isinstance(source, Path) and source.is_dir():
        inside = "data.qda, which lies in it" if name.lower().endswith(".qda") else "a file in it"
        raise errors.UnreadableFile(f"{name}: this is a folder; name {inside}.")


def _titles(file: BinaryIO) -> set[str]:
    """Return the names that the first line of JSON gives its values."""
    try:
        first: Any = json.loads(file.readline(_FIRST_LINE))
    except (ValueError, RecursionError):
        return set()
    return set(first) if isinstance(first, dict) else set()


def _schema(file: BinaryIO) -> set[str]:
    """Return the columns of a Parquet file, none where it is none."""
    # Slow to import, and only this format needs it.
    import pyarrow

    try:
        with parquet.opened(file) as opened:
            return set(opened.schema_arrow.names)
    except (pyarrow.ArrowException, OSError):
        return set()
