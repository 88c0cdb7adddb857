"""Tables of segments, however large: laid out in a temporary database, then read document by document.

The database is SQLite's own temporary kind: a file that nobody else can open and that is gone with the process, however
it ends. Only what stands within reach of a segment is in memory.
"""

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from service import errors
from service.domain import excerpts
from service.domain.excerpts import CodingRow, Extent
from service.domain.suggestion import REACH, Passage

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE documents (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE);
CREATE TABLE segments (
    document INTEGER, position INTEGER, text BLOB, speaker BLOB, context BLOB, participant BLOB,
    role BLOB, start BLOB, beyond BLOB, PRIMARY KEY (document, position)
) WITHOUT ROWID;
"""
_ADD = "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_READ = """
SELECT position, text, speaker, context, participant, role, start, beyond FROM segments WHERE document = ?
ORDER BY position
"""
#: A longer number is no offset.
_DIGITS = 18
#: Further columns that scoring heeds.
_EXTRA = ("role", "start", "end")


@dataclass(frozen=True)
class Piece:
    """One segment to score, where it stands, and how a model reads it."""

    document_id: str
    position: int
    #: Offsets into the transcript's canonical text; None where the file gives none.
    start: int | None
    end: int | None
    passage: Passage


class Table:
    """The distinct segments of a table: documents in the order of their first rows, each by position."""

    def __init__(self, rows: Iterable[CodingRow], name: str) -> None:
        """Lay the rows out.

        Args:
            rows: any number for each segment; of their contexts the first that is not empty counts.
            name: the file's, to refuse it by.

        Raises:
            BadExcerpts: two texts stand at one place.
        """
        self.speakers: set[str] = set()
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_SCHEMA)
        try:
            self._database.execute("BEGIN")
            for number, row in enumerate(rows, 1):
                self._add(row, f"{name}, row {number}")
            self._database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise errors.StorageFull(
                f"{name}: there is no room to lay it out; make room for temporary files, or name another folder for "
                "them with SQLITE_TMPDIR."
            ) from error

    def __len__(self) -> int:
        """Return how many segments there are."""
        return int(self._database.execute("SELECT count(*) FROM segments").fetchone()[0])

    @property
    def extents(self) -> dict[str, tuple[int, int]]:
        """The documents that the segments are of, each with its first and last position."""
        query = (
            "SELECT name, min(position), max(position) FROM segments JOIN documents ON id = document GROUP BY document"
        )
        return {_text(name): (first, last) for name, first, last in self._database.execute(query)}

    def __iter__(self) -> Iterator[Piece]:
        """Yield the segments with what stands around each."""
        for document, name in self._database.execute("SELECT id, name FROM documents ORDER BY id"):
            yield from self._pieces(document, _text(name))

    def _add(self, row: CodingRow, where: str) -> None:
        document = self._document(_bytes(row.document_id))
        extra = (row.extra.get(column, "") for column in _EXTRA)
        texts = map(_bytes, (row.text, row.speaker, row.context, row.participant_id, *extra))
        try:
            self._database.execute(_ADD, (document, row.position, *texts))
        except sqlite3.IntegrityError:
            self._add_again(document, row, where)
        except OverflowError:
            raise errors.BadExcerpts(f"{where}: position must be below 2 to the power of 63.") from None
        self.speakers.add(row.speaker)

    def _document(self, name: bytes) -> int:
        known = self._database.execute("SELECT id FROM documents WHERE name = ?", (name,)).fetchone()
        if known is not None:
            return int(known[0])
        return int(self._database.execute("INSERT INTO documents (name) VALUES (?)", (name,)).lastrowid or 0)

    def _add_again(self, document: int, row: CodingRow, where: str) -> None:
        place = document, row.position
        query = "SELECT text, context FROM segments WHERE document = ? AND position = ?"
        text, context = self._database.execute(query, place).fetchone()
        if _text(text) != row.text:
            raise errors.BadExcerpts(
                f"{where}: another text stands at this document_id and position above; each place has one text."
            )
        if row.context and not context:
            update = "UPDATE segments SET context = ? WHERE document = ? AND position = ?"
            self._database.execute(update, (_bytes(row.context), *place))

    def _pieces(self, document: int, name: str) -> Iterator[Piece]:
        query = "SELECT min(position), max(position), count(*) FROM segments WHERE document = ?"
        first, last, segments = self._database.execute(query, (document,)).fetchone()
        running = self._is_running(document, name)
        extent = Extent(first, last, segments if running else 0)
        for row, near in _amid(self._rows(document, name), REACH):
            passage = excerpts.passage(row, near if running else {}, extent)
            yield Piece(name, row.position, _offset(row.extra["start"]), _offset(row.extra["end"]), passage)

    def _is_running(self, document: int, name: str) -> bool:
        query = "SELECT count(*) FROM segments WHERE document = ? AND length(context)"
        (given,) = self._database.execute(query, (document,)).fetchone()
        if not given:
            return True
        amid = _amid(self._rows(document, name), excerpts.LOOK_BACK)
        return excerpts.is_running(given, sum(excerpts.holds_earlier(row, near) for row, near in amid if row.context))

    def _rows(self, document: int, name: str) -> Iterator[CodingRow]:
        for position, *stored in self._database.execute(_READ, (document,)):
            text, speaker, context, participant, *extra = map(_text, stored)
            further = dict(zip(_EXTRA, extra, strict=True))
            yield CodingRow(name, position, text, "", (), speaker, context, participant, extra=further)


def _amid(rows: Iterable[CodingRow], reach: int) -> Iterator[tuple[CodingRow, dict[int, CodingRow]]]:
    """Yield each row with those around it by position, at least as far as the reach; the same dictionary each time."""
    near: dict[int, CodingRow] = {}
    waiting: deque[CodingRow] = deque()
    for row in chain(rows, [None] * reach):
        if row is not None:
            near[row.position] = row
            waiting.append(row)
        if waiting and (row is None or len(waiting) > reach):
            at = waiting.popleft()
            yield at, near
            for position in [known for known in near if known <= at.position - reach]:
                del near[position]


def _offset(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= _DIGITS else None


def _bytes(text: str) -> bytes:
    """Return what is stored of a text: JSON can hold half a character, and no column of text can."""
    return text.encode("utf-8", "surrogatepass")


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")
