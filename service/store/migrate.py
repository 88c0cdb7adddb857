"""Bring a database to the present schema."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from service import errors
from service.store import engine as store_engine


def migrate(engine: sa.Engine) -> None:
    """Run the migrations that are missing, each as a whole or not at all.

    Raises:
        BadInput: where the database is newer than this program, or the file is none.
    """
    try:
        _migrate(engine)
    except sa.exc.DatabaseError as error:
        if "not a database" not in str(error.orig):
            raise
        raise errors.BadInput(
            f"{engine.url.database}: this file is not a database; move it away, or set INKLING_HOME to another folder."
        ) from None


def _migrate(engine: sa.Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with store_engine.writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7411)"))
        _check_known(connection, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _check_known(connection: sa.Connection, config: Config) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise errors.BadInput("The database was written by a newer Inkling; use that version or another INKLING_HOME.")
