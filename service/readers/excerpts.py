"""Coded excerpts from Parquet, CSV and JSON Lines; machine output is refused as codings."""

import codecs
import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TextIO, cast, get_args

from service import errors
from service.domain.cells import unguarded
from service.domain.coding import AdviceGiven
from service.domain.excerpts import CodingRow
from service.domain.suggestion import STATUS
from service.readers.containers import parquet
from service.readers.transcripts.columns import folded

REQUIRED = ("document_id", "text", "dimension", "codes")
_OPTIONAL = ("speaker", "context", "participant_id", "annotator_id", "origin")
_ADVICE, _INDEPENDENT, _BY_LOT = "advice", "independent_codes", "by_lot"
_OWN = frozenset({*REQUIRED, *_OPTIONAL, "position", _ADVICE, _INDEPENDENT, _BY_LOT})
#: A column of our own exports, in which cells that look like formulas are guarded.
EXPORTED = "advice_suggested"
_MACHINE_COLUMNS = frozenset({"candidate_set", "probabilities"})
_MACHINE_KEY = "suggestions"
#: Beyond it a decimal number is not every whole number; and the first position that no file of scores holds.
_EXACT, _POSITIONS = 2**53, 2**63
_BLOCK = 1 << 20
#: Bytes of a JSON document that is looked through for suggestions when its lines are no rows.
_MOST_OF_AN_ANSWER = 1 << 27

#: A row and what a person would call its number in the file.
_Raw = tuple[int, Mapping[str, Any]]


def read_rows(path: Path) -> tuple[CodingRow, ...]:
    """Read coded excerpts, one row per segment, dimension and coder.

    Without positions the distinct segments of a document count in row order; rows of one document and text that name
    other dimensions or coders are one segment.

    Raises:
        MachineOutput: the file holds suggestions, not codings.
        BadExcerpts: naming the file, the row and what would be right.
    """
    return tuple(_consistent(iterate(path), path.name))


def iterate(path: Path) -> Iterator[CodingRow]:
    """Yield the rows of coded excerpts as `read_rows` reads them, however many; what contradicts another comes too.

    Raises:
        MachineOutput: the file holds suggestions, not codings.
        BadExcerpts: naming the file, the row and what would be right.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise errors.BadExcerpts(f"{path.name}: coded excerpts come as .parquet, .csv or .jsonl.")
    empty = True
    try:
        rows = (_row(raw, number, path.name) for number, raw in _codings(reader(path), path.name))
        for row in _in_row_order(_alike(rows, path.name)):
            empty = False
            yield row
    except OSError as error:
        raise errors.BadExcerpts(
            f"{path.name}: the file can't be read ({error.strerror or 'not readable'})."
        ) from error
    if empty:
        raise errors.BadExcerpts(f"{path.name}: there are no coded excerpts in it.")


@lru_cache(maxsize=1_000)
def _folded(column: str) -> str:
    return folded(column)


def _codings(raws: Iterator[_Raw], name: str) -> Iterator[_Raw]:
    """Let codings through; refuse machine output before anything else is looked at."""
    for number, raw in raws:
        if {_folded(str(key)) for key in raw} & _MACHINE_COLUMNS or _says_undecided(raw):
            raise _machine_output(name)
        missing = [column for column in REQUIRED if column not in raw]
        if missing:
            raise errors.BadExcerpts(f"{name}, row {number}: column {missing[0]} is missing; {_needed()}.")
        yield number, raw


def _machine_output(name: str) -> errors.MachineOutput:
    return errors.MachineOutput(f"{name}: this is machine output: suggestions are never accepted as codings.")


def _says_undecided(raw: Mapping[str, Any]) -> bool:
    said = (str(value) for key, value in raw.items() if _folded(str(key)) == "status")
    return any(STATUS in " ".join(value.casefold().split()) for value in said)


def _needed() -> str:
    return f"needed are {', '.join(REQUIRED)}"


def _row(raw: Mapping[str, Any], number: int, name: str) -> CodingRow:
    where = f"{name}, row {number}"
    position = raw.get("position")
    speaker, context, participant_id, annotator_id, origin = (_optional(raw.get(c), c, where) for c in _OPTIONAL)
    return CodingRow(
        _name(raw["document_id"], "document_id", where),
        -1 if position is None or position == "" else _position(position, where),
        _text(raw["text"], "text", where),
        _name(raw["dimension"], "dimension", where),
        _codes(raw["codes"], where),
        speaker,
        context,
        participant_id,
        annotator_id,
        origin,
        {key: _plain(value) for key, value in raw.items() if key not in _OWN and value is not None},
        advice=_advice(raw.get(_ADVICE), where),
        independent=_independent(raw, where),
        by_lot=_by_lot(raw.get(_BY_LOT), where),
    )


def _name(value: Any, column: str, where: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value, column, where)
    if not text.strip():
        raise errors.BadExcerpts(f"{where}: {column} is empty.")
    return _whole(text.strip(), column, where)


def _whole(name: str, column: str, where: str) -> str:
    """Refuse half of a character, which JSON can smuggle into a name: no file and no store takes it."""
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise errors.BadExcerpts(f"{where}: {column} holds half of a character (\\ud800 to \\udfff); write it whole.")
    return name


def _text(value: Any, column: str, where: str) -> str:
    if not isinstance(value, str):
        raise errors.BadExcerpts(f"{where}: {column} must be a text.")
    return value


def _optional(value: Any, column: str, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _text(value, column, where)
    return text if column == "context" else _whole(text.strip(), column, where)


def _position(value: Any, where: str) -> int:
    """Return a position to the last digit, whether it is given as a number or in letters."""
    if isinstance(value, float) and abs(value) > _EXACT:
        raise errors.BadExcerpts(f"{where}: position is a decimal number too large to be exact; give a whole number.")
    try:
        exact = Decimal("NaN" if isinstance(value, bool | list | tuple) else value)
        if not 0 <= exact < _POSITIONS or exact != exact.to_integral_value():
            raise ValueError
    except (TypeError, ValueError, ArithmeticError):
        raise errors.BadExcerpts(
            f"{where}: position must be a whole number from 0, below 2 to the power of 63."
        ) from None
    return int(exact)


def _codes(value: Any, where: str) -> tuple[str, ...]:
    items = value.split(";") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise errors.BadExcerpts(f"{where}: codes must be a list of codes, empty where none applied.")
    return tuple(dict.fromkeys(_whole(item.strip(), "codes", where) for item in items if item.strip()))


def _advice(value: Any, where: str) -> AdviceGiven:
    """Return whether advice had been shown; a file that doesn't say was coded without."""
    given = _optional(value, _ADVICE, where).lower() or "none"
    for known in get_args(AdviceGiven):
        if given == known:
            return cast(AdviceGiven, known)
    raise errors.BadExcerpts(f"{where}: {_ADVICE} must be {', '.join(get_args(AdviceGiven))} or empty.")


def _independent(raw: Mapping[str, Any], where: str) -> tuple[str, ...] | Literal["given"] | None:
    """Return what an export says that the coder gave by themselves.

    CSV writes "nothing" and "none applies" alike: it is the latter where the coding is empty too.
    """
    if _INDEPENDENT not in raw:
        return "given"
    value = raw[_INDEPENDENT]
    if value is None or (isinstance(value, str) and not value.strip() and _codes(raw["codes"], where)):
        return None
    return _codes(value, where)


def _by_lot(value: Any, where: str) -> bool | None:
    """Return whether a segment came to its coders by lot; a file that doesn't say knows no other way."""
    given = _optional(value, _BY_LOT, where).lower()
    if given not in ("yes", "no", ""):
        raise errors.BadExcerpts(f"{where}: {_BY_LOT} must be yes, no or empty.")
    return None if given == "" else given == "yes"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _alike(rows: Iterable[CodingRow], name: str) -> Iterator[CodingRow]:
    """Let rows through that all have a position, or none."""
    given: bool | None = None
    for number, row in enumerate(rows, 1):
        placed = row.position >= 0
        given = placed if given is None else given
        if placed != given:
            bare = number if given else number - 1
            raise errors.BadExcerpts(f"{name}, row {bare}: position is missing; give it in every row or in none.")
        yield row


def _in_row_order(rows: Iterable[CodingRow]) -> Iterator[CodingRow]:
    """Give positions where there are none: a document's distinct segments are counted.

    The same coder and dimension again means the same words said again.
    """
    segments: dict[bytes, list[int]] = {}
    times: dict[bytes, int] = {}
    sizes: dict[str, int] = {}
    for row in rows:
        if row.position >= 0:
            yield row
            continue
        said = segments.setdefault(_key(row.document_id, row.text), [])
        key = _key(row.document_id, row.text, row.dimension, row.annotator_id)
        time = times.get(key, 0)
        times[key] = time + 1
        if time == len(said):
            said.append(sizes.get(row.document_id, 0))
            sizes[row.document_id] = said[-1] + 1
        yield replace(row, position=said[time], placed=False)


def _key(*texts: str) -> bytes:
    """Return a digest of some texts: what is known by it can be forgotten."""
    whole = "\0".join(f"{len(text)} {text}" for text in texts)
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _consistent(rows: Iterable[CodingRow], name: str) -> Iterator[CodingRow]:
    """Leave out rows that repeat another word for word; refuse those that contradict one."""
    texts: dict[tuple[str, int], str] = {}
    seen: dict[tuple[str, int, str, str], frozenset[str]] = {}
    for number, row in enumerate(rows, 1):
        if texts.setdefault((row.document_id, row.position), row.text) != row.text:
            raise errors.BadExcerpts(
                f"{name}, row {number}: another text stands at this document_id and position; each place has one text."
            )
        key = (*row.place, row.annotator_id)
        if key not in seen:
            seen[key] = frozenset(row.codes)
            yield row
        elif seen[key] != frozenset(row.codes):
            raise errors.BadExcerpts(
                f"{name}, row {number}: this coder gave other codes to the same segment and dimension above; keep one."
            )


def _parquet(path: Path) -> Iterator[_Raw]:
    # Slow to import, and only this format needs it.
    import pyarrow

    try:
        with parquet.opened(path) as file:
            _check_columns(file.schema_arrow.names, path.name)
            yield from enumerate(parquet.rows(file), 1)
    except pyarrow.ArrowException as error:
        raise errors.BadExcerpts(f"{path.name}: it is not a Parquet file that can be read.") from error


def _csv(path: Path) -> Iterator[_Raw]:
    with _opened(path, "") as file:
        first = file.readline()
        file.seek(0)
        lines = csv.reader(file, delimiter=next((mark for mark in ",\t;" if mark in first), ","))
        try:
            columns = [column.strip() for column in next(lines, [])]
            _check_columns(columns, path.name)
            plain = unguarded if EXPORTED in columns else str
            for number, values in enumerate(lines, 1):
                if not values:
                    continue
                if len(values) != len(columns):
                    raise errors.BadExcerpts(
                        f"{path.name}, row {number}: it has {len(values)} fields and the heading {len(columns)}; "
                        "put fields that hold the separator in quotes."
                    )
                yield number, dict(zip(columns, map(plain, values), strict=True))
        except csv.Error as error:
            raise errors.BadExcerpts(
                f"{path.name}, line {lines.line_num}: a cell of over {csv.field_size_limit():,} characters; divide it "
                "into segments, or close the quote that is open there."
            ) from error


def _jsonl(path: Path) -> Iterator[_Raw]:
    with _opened(path, "\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            raw = _json(line)
            if not isinstance(raw, dict):
                _refuse_answer(path)
                raise errors.BadExcerpts(f"{path.name}, row {number}: each line must be one JSON object.")
            _refuse_key(raw, path.name)
            yield number, raw


def _refuse_answer(path: Path) -> None:
    """Refuse a whole JSON document that holds suggestions, however it is laid out."""
    if path.stat().st_size <= _MOST_OF_AN_ANSWER:
        text = path.read_bytes().decode("utf-8-sig", "replace")
        _refuse_key(_json(text), path.name)


def _refuse_key(raw: Any, name: str) -> None:
    stack = [raw]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if any(_folded(str(key)) == _MACHINE_KEY for key in value):
                raise errors.MachineOutput(
                    f"{name}: this is machine output: suggestions are never accepted as codings."
                )
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@contextmanager
def _opened(path: Path, newline: str) -> Iterator[TextIO]:
    """Open a file of UTF-8, its line ends as they are."""
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as file:
            yield file
    except UnicodeDecodeError as error:
        place = _first_fault(path)
        raise errors.BadExcerpts(f"{path.name}: byte {place} is not UTF-8; save the file as UTF-8.") from error


def _first_fault(path: Path) -> int:
    """Return where a file stops being UTF-8: a decoder knows it of the part that it was given only."""
    decoder, before = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return before - waiting + error.start
            before += len(block)
    return before - len(decoder.getstate()[0])


def _check_columns(columns: list[str], name: str) -> None:
    if set(map(folded, columns)) & _MACHINE_COLUMNS:
        raise _machine_output(name)
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise errors.BadExcerpts(f"{name}: column {missing[0]} is missing; {_needed()}.")
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise errors.BadExcerpts(f"{name}: column {errors.shown(twice)} stands twice in the heading.")


_READERS: Mapping[str, Callable[[Path], Iterator[_Raw]]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _jsonl,
}
