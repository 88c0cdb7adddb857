"""Databases of other tools (SQLite), read from their bytes: only plain tables, in bounded time and memory.

Nothing in the file is executed: views, triggers, virtual tables, generated columns and functions are not looked at.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from service import errors

MAX_BYTES = 200_000_000
_MAGIC = b"SQLite format 3\0"
_HEADER = 100
#: Bytes of the header that say in which way a file is written; a write-ahead log is not in the file and not needed.
_WAYS = slice(18, 20)
_SECONDS = 60.0
_STEPS = 100_000
_ROWS = 2_000_000
_LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 100_000_000),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (sqlite3.SQLITE_LIMIT_COLUMN, 500),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
)
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})

Value = int | float | str | None
Row = dict[str, Value]


class Database:
    """An opened database; its tables are read by name, and columns that one lacks are None."""

    def __init__(self, name: str, connection: sqlite3.Connection) -> None:
        self.name = name
        self._connection = connection
        self._left = _ROWS
        self._columns = {table: self._columns_of(table) for table in self._tables()}

    @property
    def tables(self) -> frozenset[str]:
        """The names of its plain tables, in lower case."""
        return frozenset(self._columns)

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """Yield a table's rows in the order in which they were stored; none where there is no such table.

        Raises:
            UnreadableFile: it is damaged, or reading takes too long.
            TooLarge: it holds more rows than a project does.
        """
        known = self._columns.get(table.lower(), {})
        there = [column for column in columns if column.lower() in known]
        if not there:
            return
        listed = ", ".join(_quoted(known[column.lower()]) for column in there)
        with _refusing(self.name):
            for values in self._connection.execute(f"SELECT {listed} FROM {_quoted(table)}"):  # noqa: S608
                self._left -= 1
                if self._left < 0:
                    raise errors.TooLarge(f"{self.name}: it holds more than {_ROWS:,} rows.")
                row: Row = dict.fromkeys(columns)
                row.update(zip(there, map(_plain, values), strict=True))
                yield row

    def _tables(self) -> list[str]:
        """Return the plain tables: those that have pages of their own."""
        with _refusing(self.name):
            found = self._connection.execute("SELECT type, name, rootpage FROM sqlite_master").fetchall()
        named = [(_plain(kind), _plain(title), page) for kind, title, page in found]
        return [title.lower() for kind, title, page in named if kind == "table" and isinstance(title, str) and page]

    def _columns_of(self, table: str) -> dict[str, str]:
        """Return a table's columns by their names in lower case, without those that the file computes."""
        with _refusing(self.name):
            self._connection.set_authorizer(None)
            found = self._connection.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
            self._connection.set_authorizer(_authorized)
        titles = [_plain(row[1]) for row in found if row[6] == 0]
        return {title.lower(): title for title in titles if isinstance(title, str)}


@contextlib.contextmanager
def opened(name: str, file: BinaryIO) -> Iterator[Database]:
    """Open a database from a file's bytes, which are left as they are.

    Raises:
        UnreadableFile: it is no SQLite database, or damaged.
        TooLarge: it is larger than allowed.
    """
    content = bytearray(file.read(MAX_BYTES + 1))
    if len(content) > MAX_BYTES:
        raise errors.TooLarge(f"{name}: larger than the allowed {MAX_BYTES:,} bytes.")
    if not content.startswith(_MAGIC):
        raise errors.UnreadableFile(f"{name}: it is no SQLite database; export the project again.")
    if len(content) < _HEADER:
        raise damaged(name)
    content[_WAYS] = b"\x01\x01"
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        with _refusing(name):
            _guarded(connection, bytes(content))
        del content
        yield Database(name, connection)


def looks_like_one(file: BinaryIO) -> bool:
    """Say whether a file begins as a database does; it is left at its beginning."""
    beginning = file.read(len(_MAGIC))
    file.seek(0)
    return beginning == _MAGIC


def damaged(name: str) -> errors.UnreadableFile:
    """Return the refusal of a database that can't be read to its end."""
    return errors.UnreadableFile(f"{name}: the database is cut short or damaged; export or copy it again.")


def text(value: Value) -> str:
    """Return a cell as text, "" where it is empty; its line ends become newlines."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")


def whole(value: Value) -> int | None:
    """Return a cell as a whole number, None where it is none."""
    if isinstance(value, str):
        value = value.strip()
        value = int(value) if value.isdecimal() and len(value) < 19 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else None
    return value


def _guarded(connection: sqlite3.Connection, content: bytes) -> None:
    """Load a database into a connection that only reads, for a limited time."""
    connection.deserialize(content)
    connection.text_factory = bytes
    for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "mmap_size=0"):
        connection.execute(f"PRAGMA {pragma}")
    for limit, most in _LIMITS:
        connection.setlimit(limit, most)
    until = time.monotonic() + _SECONDS
    connection.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS)
    connection.set_authorizer(_authorized)


def _authorized(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


@contextlib.contextmanager
def _refusing(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as problem:
        if "interrupted" in str(problem):
            raise errors.UnreadableFile(f"{name}: reading the database takes too long; it may be damaged.") from None
        raise damaged(name) from None
    except (sqlite3.Error, OverflowError, ValueError, MemoryError):
        raise damaged(name) from None


def _quoted(title: str) -> str:
    return '"' + title.replace('"', '""') + '"'


def _plain(value: object) -> Value:
    """Return a cell's value; text that is no UTF-8 is read as Windows wrote it, and bytes as if they were text."""
    if not isinstance(value, bytes):
        return value if isinstance(value, int | float) else None
    try:
        found = value.decode("utf-8")
    except UnicodeDecodeError:
        found = value.decode("cp1252", "replace")
    return found.replace("\0", "\ufffd")
