"""Open the database: SQLite by default, PostgreSQL by URL, with the same promises on both."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from service import errors

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
)


def open_database(url: str) -> sa.Engine:
    """Return an engine for the URL; a SQLite file and its folder are created readable by their owner only.

    Raises:
        BadInput: where the URL names no supported database.
    """
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError:
        raise errors.BadInput(
            "INKLING_DATABASE_URL: give sqlite:///FILE or postgresql+psycopg://HOST/DATABASE."
        ) from None
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return sa.create_engine(parsed, pool_pre_ping=True, pool_size=20, max_overflow=40, hide_parameters=True)
    if parsed.get_backend_name() != "sqlite":
        raise errors.BadInput("INKLING_DATABASE_URL: only sqlite and postgresql are supported.")
    return _open_sqlite(parsed)


def _open_sqlite(url: sa.URL) -> sa.Engine:
    if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        _create_private(Path(url.database))
    # hide_parameters: a database error must never carry a segment's text into a log
    engine = sa.create_engine(
        url, connect_args={"check_same_thread": False}, pool_size=20, max_overflow=40, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _create_private(file: Path) -> None:
    """Create the file before SQLite does, which would let others read it; what SQLite puts beside it follows it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise errors.BadInput(f"{file}: the database can't be opened there ({error.strerror}).") from None


def _prepare_connection(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    durable = options.get("durable", True)
    if durable != connection.info.get("durable", True):
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.info["durable"] = durable
    connection.exec_driver_sql(f"BEGIN {options.get('begin', 'DEFERRED')}")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection with one consistent view; nothing is written."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine, *, durable: bool = True) -> Iterator[sa.Connection]:
    """Give a connection whose work is committed, durably, when the block ends, or not at all.

    Args:
        engine: the store.
        durable: False where a durable commit follows before anybody is told; this one then does not wait for the
            disk, and the next, which comes after it in the log, waits for both.

    Raises:
        StorageFull: when the disk is full; nothing was stored.
        StoreBusy: when others write for too long; nothing was stored.
    """
    options = {"begin": "IMMEDIATE", "durable": durable}
    try:
        with engine.connect().execution_options(**options) as connection, connection.begin():
            if not durable and connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection
    except exc.OperationalError as error:
        if is_full(error):
            raise errors.StorageFull from None
        if _is_busy(error):
            raise errors.StoreBusy from None
        raise


def take_turns(connection: sa.Connection, names: Iterable[str]) -> None:
    """Make other writers under these names wait for the end of this transaction; on SQLite they always do."""
    if connection.dialect.name != "postgresql":
        return
    for name in sorted(set(names)):
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _is_busy(error: exc.OperationalError) -> bool:
    return "database is locked" in str(error.orig).lower()


def is_full(error: exc.OperationalError) -> bool:
    """Say whether this is the disk being full."""
    text = str(error.orig).lower()
    return "disk is full" in text or "no space left" in text or "disk i/o error" in text
