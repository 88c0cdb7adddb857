"""The SQLite file: who may read it, and how it is written."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import errors
from service.store import engine as store
from service.store import people
from service.store.migrate import migrate
from tests.unit.use_cases.worlds import START


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_only_the_owner_can_read(tmp_path: Path, umask: int) -> None:
    """The folder and every file in it are the owner's alone, whatever the umask; so in a folder that was there."""
    before = os.umask(umask)
    try:
        (tmp_path / "there").mkdir()
        for folder in (tmp_path / "new", tmp_path / "there"):
            engine = store.open_database(f"sqlite:///{folder / 'inkling.db'}")
            migrate(engine)
            with store.writing(engine) as connection:
                people.add(connection, "Ann", "coder", "", START)
            names = {path.name for path in folder.iterdir()}
            assert names == {"inkling.db", "inkling.db-wal", "inkling.db-shm"}
            assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
            engine.dispose()
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def test_every_connection_is_set_up(tmp_path: Path) -> None:
    """Each connection writes ahead, waits for the disk, checks references and overwrites what it deletes."""
    engine = store.open_database(f"sqlite:///{tmp_path / 'inkling.db'}")
    with store.reading(engine) as one, store.reading(engine) as other:
        for connection in (one, other):
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "trusted_schema")
            }
            assert found == {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "secure_delete": 1,
                "trusted_schema": 0,
            }
    engine.dispose()


def test_unusable_place_is_told(tmp_path: Path) -> None:
    """A database that can't be created says where and why."""
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "inkling.db", tmp_path):
        with pytest.raises(errors.BadInput, match=str(place)):
            store.open_database(f"sqlite:///{place}")


def test_file_of_something_else_is_told(tmp_path: Path) -> None:
    """A file that is no database is refused with a sentence, and left as it is."""
    file = tmp_path / "inkling.db"
    file.write_bytes(b"not a database " * 500)
    engine = store.open_database(f"sqlite:///{file}")
    with pytest.raises(errors.BadInput, match="not a database"):
        migrate(engine)
    engine.dispose()
    assert file.read_bytes() == b"not a database " * 500


def test_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """A database that SQLite can't open gets one sentence that names it, no trace."""
    (tmp_path / "db").mkdir()
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'db'}")
    with pytest.raises(errors.BadInput, match="can't be opened"):
        migrate(engine)
    engine.dispose()
