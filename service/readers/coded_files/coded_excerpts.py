"""Coded excerpts in our own format as coded material: each row says which codes of a dimension a coder gave."""

import csv
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from service import errors
from service.domain.cells import guarded
from service.domain.coded_file import (
    CodedFile,
    ForeignCode,
    ForeignCoding,
    ForeignDocument,
    Left,
    NoneApplies,
    Unit,
    coders_named,
)
from service.domain.coding import AdviceGiven
from service.domain.excerpts import ADVICE_MODEL, SYNTHETIC, CodingRow, loose_documents
from service.domain.transcript import Participant
from service.files import scratch
from service.readers import excerpts, files

TOOL = "Inkling"
_BETWEEN = "\n\n"
_ATTRIBUTE = "attribute_"
#: Models' names, however they are joined: a list of JSON, or ";" in CSV.
_MODEL_ID = re.compile(r"[\w.-]+")
#: Columns of an export that say what is known here in another way, or nothing about codes.
_KNOWN = frozenset(
    {"start", "end", "coders", "decided_at", "memo", "advice_model", "advice_suggested", "archive_sample", "role"}
)


def read(name: str, file: BinaryIO, columns: Mapping[str, str]) -> CodedFile:
    """Read coded excerpts from CSV, JSON Lines or Parquet; their columns have fixed names.

    Raises:
        MachineOutput: it holds suggestions.
        BadExcerpts: naming the row and what would be right.
        TooLarge: it is larger than allowed.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size > files.MAX_BYTES:
        raise files.too_large(name, files.MAX_BYTES)
    with scratch(Path(tempfile.gettempdir()), "excerpts") as folder:
        path = folder / _safe(f"{name}.csv" if name.lower().endswith(".tsv") else name)
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        return _coded(name, excerpts.read_rows(path))


def from_rows(name: str, rows: Sequence[Sequence[str]], *, bare: bool) -> CodedFile:
    """Read coded excerpts from the rows of a table, its titles first; otherwise as `read`.

    Args:
        name: the file's.
        rows: the table's.
        bare: whether its cells are what they say; in separated values those that look like formulas may be guarded.
    """
    exported = excerpts.EXPORTED in {title.strip() for title in rows[0]}
    cell = guarded if bare and exported else str
    with scratch(Path(tempfile.gettempdir()), "excerpts") as folder:
        path = folder / f"{_safe(name)}.csv"
        with path.open("w", encoding="utf-8", newline="") as copy:
            csv.writer(copy).writerows([*map(cell, row), *[""] * (len(rows[0]) - len(row))] for row in rows)
        return _coded(name, excerpts.read_rows(path))


def _safe(name: str) -> str:
    """Return a file's name as every disk takes it."""
    return re.sub(r"[^\w.\- ]", "_", name)[-100:]


def _coded(name: str, rows: Sequence[CodingRow]) -> CodedFile:
    real = [row for row in rows if row.origin != SYNTHETIC]
    paths = dict.fromkeys((row.dimension, code) for row in real for code in row.codes)
    dimensions = dict.fromkeys(row.dimension for row in real)
    keys = _keys(paths, {f"{one}/" for one in dimensions})
    loose = loose_documents(real)
    by_document: dict[str, list[CodingRow]] = defaultdict(list)
    for row in real:
        by_document[row.document_id].append(row)
    documents = tuple(_document(one, given, keys, known_loose=one in loose) for one, given in by_document.items())
    coders = dict.fromkeys(row.annotator_id for row in real if row.annotator_id)
    branches = tuple(ForeignCode(f"{one}/", (one,), codable=False) for one in dimensions)
    return CodedFile(
        name,
        "",
        TOOL,
        documents,
        branches + tuple(ForeignCode(keys[path], path) for path in paths),
        coders_named((coder, coder) for coder in coders),
        tuple(_left(rows, real)),
        None,
        tuple(_notes(real)),
        explicit=True,
    )


def _keys(paths: Iterable[tuple[str, str]], taken: set[str]) -> dict[tuple[str, str], str]:
    """Return a key for each dimension and code; one that is already taken is numbered."""
    found: dict[tuple[str, str], str] = {}
    for dimension, code in paths:
        key, number = f"{dimension}/{code}", 2
        while key in taken:
            key, number = f"{dimension}/{code} ({number})", number + 1
        taken.add(key)
        found[dimension, code] = key
    return found


def _document(
    name: str, rows: Sequence[CodingRow], keys: Mapping[tuple[str, str], str], *, known_loose: bool
) -> ForeignDocument:
    segments: dict[int, CodingRow] = {}
    for row in rows:
        known = segments.get(row.position)
        segments[row.position] = row if known is None or (row.context and not known.context) else known
    units, at = {}, 0
    for position in sorted(segments):
        row = segments[position]
        units[position] = Unit(position, at, at + len(row.text), row.speaker, row.context)
        at += len(row.text) + len(_BETWEEN)
    gaps = max(segments) - min(segments) + 1 != len(segments)
    return ForeignDocument(
        name,
        _BETWEEN.join(segments[position].text for position in units),
        tuple(_codings(rows, units, keys)),
        units=tuple(units.values()),
        nothing=tuple(_nothing(rows, units)),
        participant=_participant(name, rows),
        loose=known_loose or gaps,
        placed=all(row.placed for row in rows),
    )


def _codings(
    rows: Iterable[CodingRow], units: Mapping[int, Unit], keys: Mapping[tuple[str, str], str]
) -> Iterator[ForeignCoding]:
    for row in rows:
        unit = units[row.position]
        memo, date = row.extra.get("memo", ""), row.extra.get("decided_at", "")
        for code in row.codes:
            key = keys[row.dimension, code]
            yield ForeignCoding(unit.start, unit.end, key, row.annotator_id, memo, date, *_advised(row))


def _nothing(rows: Iterable[CodingRow], units: Mapping[int, Unit]) -> Iterator[NoneApplies]:
    for row in rows:
        if not row.codes:
            unit = units[row.position]
            yield NoneApplies(unit.start, unit.end, row.dimension, row.annotator_id, *_advised(row))


def _advised(row: CodingRow) -> tuple[AdviceGiven, str]:
    """Return whether advice had been shown, and of which models, joined by ";"."""
    if row.advice == "none":
        return "none", ""
    return row.advice, ";".join(_MODEL_ID.findall(row.extra.get(ADVICE_MODEL, "")))


def _participant(name: str, rows: Sequence[CodingRow]) -> Participant | None:
    """Return whose the excerpts are, with the attributes that the file gives them."""
    person = next((row.participant_id for row in rows if row.participant_id), "")
    attributes = {
        key.removeprefix(_ATTRIBUTE): value
        for row in rows
        for key, value in row.extra.items()
        if key.startswith(_ATTRIBUTE) and value
    }
    return Participant(person or name, attributes) if person or attributes else None


def _left(rows: Sequence[CodingRow], real: Sequence[CodingRow]) -> Iterator[Left]:
    if len(real) < len(rows):
        yield Left("synthetic excerpts", "invented examples are nobody's coding", len(rows) - len(real))
    filled: dict[str, int] = defaultdict(int)
    for row in real:
        for key, value in row.extra.items():
            if value and key not in _KNOWN and not key.startswith(_ATTRIBUTE):
                filled[key] += 1
    for key, count in filled.items():
        yield Left(f"column {errors.shown(key)}", "no column of ours was taken to hold the same", count)


def _notes(rows: Sequence[CodingRow]) -> Iterator[str]:
    advised = sum(row.advice == "shown" for row in rows)
    unknown = sum(row.advice == "unknown" for row in rows)
    if advised or unknown:
        also = f", and {unknown} perhaps after it" if unknown else ""
        yield f"{advised} of {len(rows)} rows were coded after advice had been shown{also}."
