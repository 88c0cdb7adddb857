"""Migrations bring any database of ours to the present schema, and refuse what they don't know."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from service import errors
from service.domain.projects import ProjectSettings
from service.store import engine as store
from service.store import migrate as migrate_module
from service.store import projects, tables
from service.store.migrate import migrate
from tests.unit.use_cases.import_worlds import TALK, coded, coded_file, take
from tests.unit.use_cases.worlds import World


def test_empty_database_gets_every_table(empty_engine: sa.Engine) -> None:
    """After migrating, an empty database has all tables."""
    migrate(empty_engine)
    assert set(sa.inspect(empty_engine).get_table_names()) == {*tables.metadata.tables, "alembic_version"}


def test_migrations_and_tables_agree(engine: sa.Engine) -> None:
    """What the migrations build is what the code believes there is."""
    with store.reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_migrating_again_changes_nothing(world: World) -> None:
    """A migrated database with content is left as it is."""
    world.project()
    segment = world.segment()
    world.decide(world.person("Ann"), segment)
    migrate(world.engine)
    assert world.final(segment)["mood"] == frozenset({"calm"})


def test_the_first_schemas_content_is_kept(world: World) -> None:
    """A store of the first version, with a decision in it, is brought to the present one and goes on as it was."""
    world.project(coders_required=2, advice="never")
    segment = world.segment()
    world.decide(world.person("Ann"), segment)
    _take_back(world.engine)
    migrate(world.engine)
    world.decide(world.person("Ben"), segment)
    assert world.final(segment)["mood"] == frozenset({"calm"})
    assert world.count(tables.jobs) == world.count(tables.queue_places) == 0
    with store.reading(world.engine) as connection:
        (project,) = projects.every(connection)
    assert project.settings == ProjectSettings(2, advice="never", blind_share=0.0, order="transcript")


def test_a_store_from_before_imports_takes_them(world: World) -> None:
    """The tables for coded work of other tools are added; what was decided counts as before, and imports work."""
    world.project()
    segment = world.segment()
    world.decide(world.person("Ann"), segment)
    _forget_imports(world.engine)
    migrate(world.engine)
    assert world.final(segment)["mood"] == frozenset({"calm"})
    take(world, coded_file(coded(TALK, ("We felt safe there.", "Mood > angry", "k1"))))
    assert world.count(tables.imports) == world.count(tables.imported_codings) == 1
    with store.reading(world.engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def _forget_imports(engine: sa.Engine) -> None:
    """Make a store what it would be had it been left by the version before imports."""
    with store.writing(engine) as connection:
        for table in ("imported_codings", "imported_selections", "imports"):
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0004'"))


def _take_back(engine: sa.Engine) -> None:
    """Make a store what it would be had it been left by the first version."""
    _forget_imports(engine)
    with store.writing(engine) as connection:
        for statement in (
            "ALTER TABLE segments DROP COLUMN lot",
            "DROP TABLE queue_places",
            "ALTER TABLE projects DROP COLUMN queue_order",
            "DROP TABLE jobs",
            "UPDATE alembic_version SET version_num = '0001'",
        ):
            connection.execute(sa.text(statement))


def test_several_programs_may_migrate_at_once(empty_engine: sa.Engine) -> None:
    """Programs that start together do not disturb one another."""
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(migrate, empty_engine) for _ in range(4)]:
            done.result()
    assert "decisions" in sa.inspect(empty_engine).get_table_names()


def test_newer_database_is_refused(engine: sa.Engine) -> None:
    """A database of a later version is left alone, with a sentence that says what to do."""
    with store.writing(engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(errors.BadInput, match="newer"):
        migrate(engine)


def test_failed_migration_leaves_nothing(empty_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that breaks off leaves the database as it was, and can be run again."""

    def fail(*_args: object, **_more: object) -> None:
        raise OSError("broken off")

    with monkeypatch.context() as patch:
        patch.setattr(op, "execute", fail)
        with pytest.raises(OSError, match="broken off"):
            migrate(empty_engine)
    assert sa.inspect(empty_engine).get_table_names() == []
    migrate(empty_engine)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/db", "inkling.db"])
def test_other_databases_are_refused(url: str) -> None:
    """An address that names no supported database gets a sentence that names the setting."""
    with pytest.raises(errors.BadInput, match="INKLING_DATABASE_URL"):
        store.open_database(url)


def test_the_newest_migration_is_known_by_its_files_name() -> None:
    """A start that has nothing to migrate looks no further than that."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate_module.__file__).parent / "migrations"))
    assert migrate_module.head() == ScriptDirectory.from_config(config).get_current_head()
