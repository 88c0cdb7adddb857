"""From rows to documents: turns in the order of a transcript, or loose excerpts, each distinct one once."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service import errors
from service.domain.coded_file import ForeignCode, ForeignCoding, ForeignDocument, Left, Unit
from service.domain.transcript import Participant, Turn
from service.readers.coded_files.coded_rows import CodedRow, Rows
from service.readers.transcripts import speakers

#: What stands between the rows' texts.
_BETWEEN = "\n\n"
#: Tools whose tables hold excerpts and never the whole of a transcript.
_EXCERPTS = frozenset({"Taguette", "Dedoose", "MAXQDA", "ATLAS.ti", "Delve"})
MOST_CODES = 100_000
_LONGEST_KEY = 500
_NUMBERS = re.compile(r"\d{1,15}")

#: What tells one excerpt of a document from another.
_Place = tuple[str, ...]


@dataclass
class _Segment:
    """A distinct stretch of words, and the rows that say something of it."""

    text: str
    rows: list[CodedRow] = field(default_factory=list)


@dataclass(frozen=True)
class Documents:
    """What a table's rows amount to."""

    documents: tuple[ForeignDocument, ...]
    codes: tuple[ForeignCode, ...]
    left: tuple[Left, ...] = ()


def build(name: str, rows: Rows, tool: str) -> Documents:
    """Return the documents of a table.

    Args:
        name: the file's name, for rows that name no document.
        rows: the table's.
        tool: the tool that wrote it.
    """
    running = tool not in _EXCERPTS and not rows.row_each and _runs(rows.rows)
    groups: dict[str, list[CodedRow]] = defaultdict(list)
    for row in _carried(name, rows.rows, running=running):
        groups[row.document].append(row)
    ids = _ids_repeat(rows.rows)
    documents, mixed, bare = [], 0, 0
    for title, given in groups.items():
        segments = list(_segments(given, running=running, ids=ids))
        if not running:
            bare += sum(not any(row.codes for row in segment.rows) for segment in segments)
            segments = [segment for segment in segments if any(row.codes for row in segment.rows)]
        people = {row.participant for row in given if row.participant}
        mixed += len(people) > 1
        if segments:
            documents.append(_document(title, segments, running=running, person=_participant(title, given, people)))
    found = (
        Left("excerpts without a code", "no code was given to them", bare),
        Left("participants of a document", "a document has one participant here; its rows name several", mixed),
    )
    return Documents(tuple(documents), codes(name, rows.rows), tuple(left for left in found if left.count))


def codes(name: str, rows: Iterable[CodedRow]) -> tuple[ForeignCode, ...]:
    """Return the codes of the rows, each below what its path names.

    Raises:
        TooLarge: there are more than a project has.
    """
    used = dict.fromkeys(path for row in rows for path in row.codes)
    if len(used) > MOST_CODES:
        raise errors.TooLarge(f"{name}: more than {MOST_CODES:,} codes; no project has so many.")
    paths = dict.fromkeys(path[:depth] for path in used for depth in range(1, len(path) + 1))
    return tuple(ForeignCode(key(path), path, codable=path in used) for path in paths)


def key(path: Sequence[str]) -> str:
    """Return the key of a code."""
    whole = " > ".join(path)
    if len(whole) <= _LONGEST_KEY:
        return whole
    return f"{whole[:40]} {hashlib.blake2b(whole.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def _runs(rows: Sequence[CodedRow]) -> bool:
    """Say whether rows follow one another as a transcript does: turns, or segments that nobody coded among others."""
    return any(not row.codes for row in rows) or any(row.speaker or row.position for row in rows)


def _carried(name: str, rows: Iterable[CodedRow], *, running: bool) -> Iterator[CodedRow]:
    """Give rows what the one before says where they leave it open: the document, and a transcript's speaker."""
    document = speaker = ""
    for row in rows:
        speaker = "" if row.document not in ("", document) else speaker
        document = row.document or document
        speaker = row.speaker or (speaker if running else "")
        yield replace(row, document=document or name, speaker=speaker)


def _ids_repeat(rows: Sequence[CodedRow]) -> bool:
    """Say whether the excerpts' numbers tell excerpts apart, and are not the rows'."""
    return any(times > 1 for one, times in Counter(row.excerpt for row in rows).items() if one)


def _segments(rows: Sequence[CodedRow], *, running: bool, ids: bool) -> Iterator[_Segment]:
    """Yield the distinct segments of a document in their order."""
    found: dict[_Place, _Segment] = {}
    times: Counter[_Place] = Counter()
    for row in _ordered(rows, running=running):
        place: _Place = (row.text, row.position, row.start, row.end, row.excerpt if ids else "")
        if running:
            # the same coder again means the same words said again
            said = (*place, row.coder)
            place = (*place, str(times[said]))
            times[said] += 1
        found.setdefault(place, _Segment(row.text)).rows.append(row)
    yield from found.values()


def _ordered(rows: Sequence[CodedRow], *, running: bool) -> list[CodedRow]:
    """Keep the file's order, but where all rows of a document say where they stand, go by it."""
    where = [_numbers(row.position if running else row.start or row.position) for row in rows]
    if not all(where):
        return list(rows)
    return [rows[n] for n in sorted(range(len(rows)), key=lambda n: (where[n], n))]


def _numbers(cell: str) -> tuple[int, ...]:
    return tuple(map(int, _NUMBERS.findall(cell)[:4]))


def _document(
    title: str, segments: Sequence[_Segment], *, running: bool, person: Participant | None
) -> ForeignDocument:
    units, at = [], 0
    for position, segment in enumerate(segments):
        speaker = next((row.speaker for row in segment.rows if row.speaker), "")
        units.append(Unit(position, at, at + len(segment.text), speaker))
        at += len(segment.text) + len(_BETWEEN)
    return ForeignDocument(
        title,
        _BETWEEN.join(segment.text for segment in segments),
        tuple(_codings(segments, units)),
        tuple(_turns(units)) if running else (),
        tuple(units),
        participant=person,
        loose=not running,
        placed=running,
    )


def _turns(units: Sequence[Unit]) -> Iterator[Turn]:
    """Yield the turns, where anyone is named."""
    names = {unit.speaker for unit in units}
    roles = speakers.roles(names, (), ())
    if names - {""}:
        for unit in units:
            yield Turn(unit.speaker, roles.get(unit.speaker, ""), unit.start, unit.end)


def _codings(segments: Iterable[_Segment], units: Iterable[Unit]) -> Iterator[ForeignCoding]:
    """Yield who gave which codes to each segment; what rows repeat counts once, with all their memos."""
    for segment, unit in zip(segments, units, strict=True):
        given: dict[tuple[str, str], ForeignCoding] = {}
        for row in segment.rows:
            for path in row.codes:
                coding = ForeignCoding(unit.start, unit.end, key(path), row.coder, row.memo, row.created)
                known = given.setdefault((coding.code, coding.coder), coding)
                if row.memo and row.memo not in known.memo.split("\n"):
                    memo = f"{known.memo}\n{row.memo}" if known.memo else row.memo
                    given[coding.code, coding.coder] = replace(known, memo=memo)
        yield from given.values()


def _participant(title: str, rows: Sequence[CodedRow], people: set[str]) -> Participant | None:
    """Return whose a document is, with what all its rows say alike."""
    said: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name, value in row.attributes.items():
            said[name].add(value)
    attributes: Mapping[str, str] = {name: next(iter(values)) for name, values in said.items() if len(values) == 1}
    if len(people) != 1 and not attributes:
        return None
    return Participant(next(iter(people)) if len(people) == 1 else title, attributes)
