"""What can be scored in bulk: transcripts, coded excerpts, and tables of segments; each file as a row of pieces."""

import csv
import glob
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from service import errors
from service.domain import excerpts
from service.domain.transcript import Segment
from service.readers import excerpts as excerpt_files
from service.readers import files, participants
from service.readers.containers import parquet
from service.suggest.segmenter import Segmenter
from service.use_cases import read_transcript, suggest_freely
from service.use_cases.score_tables import Piece, Table

#: Tables of segments, coded or not; a .csv without codes is read as a transcript.
_TABLES = frozenset({".parquet", ".jsonl", ".ndjson"})
_CODED = frozenset({"document_id", "text", "dimension", "codes"})
_PLAIN = frozenset({"document_id", "position", "text"})
#: Of tables that nobody coded, all that is read.
_READ = (
    *("document_id", "position", "text", "speaker", "context", "participant_id", "role", "start", "end"),
    *("annotator_id", "origin"),
)
_PEEK = 65_536


@dataclass(frozen=True)
class Pieces:
    """What there is to score in a file."""

    #: The segments in order, each distinct (document_id, position) once; they may be gone through again.
    all: Iterable[Piece]
    count: int
    speakers: AbstractSet[str]
    #: The documents they are of, each with its first and last position.
    extents: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Input:
    """One file, the path it was given by, and the id of the document if it is a transcript."""

    path: Path
    shown: str
    document_id: str


def inputs(given: Sequence[Path], out: Path | None = None) -> list[Input]:
    """Return the files to score; folders are searched for files of known formats, hidden ones left out.

    Args:
        given: files, folders, and patterns such as `archive/**/*.vtt`.
        out: the output folder; what lies in it is no input.

    Raises:
        BadInput: where something is not there, a folder holds nothing to score, or two files would have one id.
    """
    own = None if out is None else out.resolve()
    found = [
        entry for path in given for entry in _below(path) if own is None or own not in entry.path.resolve().parents
    ]
    seen: dict[str, Input] = {}
    for entry in found:
        if entry.document_id in seen:
            both = f"{seen[entry.document_id].shown} and {entry.shown}"
            raise errors.BadInput(
                f"{entry.document_id}: two inputs would have this document id, {both}; rename one, or give the folder "
                "above both."
            )
        seen[entry.document_id] = entry
    return found


def _below(given: Path) -> Iterator[Input]:
    if not given.exists():
        yield from _matching(given)
        return
    if given.is_file():
        yield Input(given, _shown(given), given.name)
        return
    if not given.is_dir():
        raise errors.BadInput(f"{given}: it is neither a file nor a folder.")
    short = sorted(path.relative_to(given) for path in given.rglob("*") if path.is_file())
    kept = [path for path in short if _can_be_scored(path)]
    if not kept:
        raise errors.BadInput(f"{given}: the folder holds nothing to score; these are read: {', '.join(_known())}.")
    for path in kept:
        yield Input(given / path, _shown(given / path), path.as_posix())


def _matching(pattern: Path) -> Iterator[Input]:
    """Yield the files that a pattern names; their ids are their paths below its fixed part, as of a folder given."""
    fixed = Path(*takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    if fixed == pattern:
        raise errors.BadInput(f"{pattern}: there is no such file or folder.")
    below = pattern.relative_to(fixed).as_posix()
    short = [path.relative_to(fixed) for path in fixed.glob(below) if path.is_file()]
    if not short:
        raise errors.BadInput(f"{pattern}: no file matches this pattern.")
    for path in sorted(short):
        if path.name.lower() != participants.NAME:
            yield Input(fixed / path, _shown(fixed / path), path.as_posix())


def _shown(path: Path) -> str:
    """Return a path as it can be printed: a name may hold bytes that are no text."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def _known() -> tuple[str, ...]:
    return (*files.SUFFIXES, *sorted(_TABLES))


def _can_be_scored(short: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in short.parts)
    known = short.suffix.lower() in _TABLES or short.suffix.lower() in files.SUFFIXES
    return known and not hidden and short.name.lower() != participants.NAME


def pieces(entry: Input, segmenter: Segmenter, options: read_transcript.Options) -> Pieces:
    """Return what there is to score in a file; of a table, little is in memory at a time.

    Raises:
        BadInput: the file can't be read, is machine output, or is of no known format.
    """
    try:
        return _pieces(entry, segmenter, options)
    except OSError as error:
        raise errors.UnreadableFile(f"{entry.path.name}: the file can't be read ({error.strerror}).") from error


def _pieces(entry: Input, segmenter: Segmenter, options: read_transcript.Options) -> Pieces:
    suffix = entry.path.suffix.lower()
    if suffix not in _TABLES and suffix not in files.SUFFIXES:
        raise errors.UnreadableFile(
            f"{entry.path.name}: files of this kind can't be scored; these can: {', '.join(_known())}."
        )
    if suffix in _TABLES or (suffix == ".csv" and _heading(entry.path) >= _CODED):
        rows = excerpt_files.iterate(entry.path) if _is_coded(entry.path) else _uncoded(entry.path)
        table = Table(rows, entry.path.name)
        return Pieces(table, len(table), table.speakers, table.extents)
    understood = read_transcript.read(entry.path, document_id=entry.document_id, options=options, segmenter=segmenter)
    found = list(_from_segments(understood.segments, entry.document_id))
    extents = {entry.document_id: (0, len(found) - 1)}
    return Pieces(found, len(found), read_transcript.speakers_in([understood]), extents)


def _from_segments(segments: Sequence[Segment], document_id: str) -> Iterator[Piece]:
    asked = suggest_freely.passages(segments, document_id)
    for segment, passage in zip(segments, asked, strict=True):
        yield Piece(document_id, segment.position, segment.start, segment.end, passage)


def _heading(path: Path) -> frozenset[str]:
    """Return a CSV file's column names, as far as they can be read."""
    with path.open("rb") as file:
        beginning = file.read(_PEEK).decode("utf-8-sig", "replace")
    first = beginning.split("\n", 1)[0]
    delimiter = next((mark for mark in ",\t;" if mark in first), ",")
    try:
        columns = next(csv.reader(io.StringIO(beginning), delimiter=delimiter), [])
    except csv.Error:
        return frozenset()
    return frozenset(column.strip() for column in columns)


def _is_coded(path: Path) -> bool:
    """Say whether a table is coded excerpts; what is neither is left to their reader, which says what is wrong."""
    if path.suffix.lower() == ".csv":
        return True
    columns = frozenset(_columns(path))
    if columns & {"dimension", "codes", "candidate_set", "probabilities", "suggestions"} or not columns:
        return True
    if not columns >= _PLAIN:
        raise errors.BadExcerpts(
            f"{path.name}: a table of segments needs the columns document_id, position and text; coded excerpts need "
            "document_id, text, dimension and codes."
        )
    return False


def _columns(path: Path) -> Collection[str]:
    if path.suffix.lower() == ".parquet":
        import pyarrow
        import pyarrow.parquet

        try:
            return list(pyarrow.parquet.read_schema(path).names)
        except (pyarrow.ArrowException, OSError):
            return ()
    with path.open("rb") as file:
        line = next((line for line in file if line.strip()), b"")
    try:
        first = json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return ()
    return list(first) if isinstance(first, dict) else ()


def _uncoded(path: Path) -> Iterator[excerpts.CodingRow]:
    """Read a table of segments that nobody coded: document_id, position, text, and the optional columns."""
    number = 0
    try:
        for number, raw in enumerate(_raws(path), 1):
            yield _row(raw, f"{path.name}, row {number}")
    except (ValueError, RecursionError, OverflowError) as error:
        raise errors.BadExcerpts(f"{path.name}: it is not a {path.suffix[1:]} file that can be read.") from error
    if not number:
        raise errors.BadExcerpts(f"{path.name}: there are no segments in it.")


def _raws(path: Path) -> Iterable[Any]:
    if path.suffix.lower() == ".parquet":
        with parquet.opened(path) as file:
            yield from parquet.rows(file, _READ)
        return
    with path.open(encoding="utf-8-sig") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _row(raw: Any, where: str) -> excerpts.CodingRow:
    if not isinstance(raw, dict):
        raise errors.BadExcerpts(f"{where}: each line must be one JSON object.")
    document_id, position, text = raw.get("document_id"), raw.get("position"), raw.get("text")
    if not isinstance(document_id, str | int) or document_id == "" or not isinstance(text, str):
        raise errors.BadExcerpts(f"{where}: document_id and text must be texts.")
    if isinstance(position, bool) or not isinstance(position, int) or position < 0:
        raise errors.BadExcerpts(f"{where}: position must be a whole number from 0.")
    speaker, context, participant = (str(raw.get(c) or "") for c in ("speaker", "context", "participant_id"))
    extra = {c: str(raw[c]) for c in ("role", "start", "end") if raw.get(c) is not None}
    return excerpts.CodingRow(str(document_id), position, text, "", (), speaker, context, participant, extra=extra)
