"""Bring a database to the present schema."""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from service import errors
from service.store import engine as store_engine

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: sa.Engine) -> None:
    """Run the migrations that are missing, each as a whole or not at all.

    Raises:
        BadInput: where the database is newer than this program, can't be reached, or the file is none.
        StorageFull: when the disk is full.
    """
    try:
        if _version(engine) != head():
            _migrate(engine)
    except sa.exc.OperationalError as error:
        if store_engine.is_full(error):
            raise errors.StorageFull from None
        where = engine.url.render_as_string(hide_password=True)
        raise errors.BadInput(f"{where}: the database can't be opened; check that it is there.") from None
    except sa.exc.DatabaseError as error:
        if "not a database" not in str(error.orig):
            raise
        raise errors.BadInput(
            f"{engine.url.database}: this file is not a database; move it away, or set INKLING_HOME to another folder."
        ) from None


def head() -> str:
    """Return the newest migration: their files are named by number."""
    return max(file.name[1:5] for file in (_MIGRATIONS / "versions").glob("v[0-9]*.py"))


def _version(engine: sa.Engine) -> str | None:
    """Return what the database says of itself, without loading the tool that migrates: most starts need no more."""
    with store_engine.reading(engine) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def _migrate(engine: sa.Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with store_engine.writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7411)"))
        _check_known(connection, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _check_known(connection: sa.Connection, config: "Config") -> None:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise errors.BadInput("The database was written by a newer Inkling; use that version or another INKLING_HOME.")
