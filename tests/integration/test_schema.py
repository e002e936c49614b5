"""The database: its version, its migrations, and that they lead where the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import pipeline.store
from pipeline.errors import SchemaTooNew, StoreError
from pipeline.store.schema import HEAD, KNOWN, check_schema, upgrade
from subscribers.store.engine import open_engine
from subscribers.store.tables import metadata


def test_upgrading_an_empty_database_makes_exactly_the_tables(engine, tmp_path, now):
    assert upgrade(engine, backups=tmp_path, now=now) is None
    assert check_schema(engine) == HEAD
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_checks_reach_the_migrated_database(engine, tmp_path, now):
    upgrade(engine, backups=tmp_path, now=now)
    inspector = inspect(engine)
    for table in metadata.sorted_tables:
        declared = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        found = {c["name"] for c in inspector.get_check_constraints(table.name)}
        assert {str(name) for name in declared} <= found, table.name


def test_upgrading_twice_changes_nothing(engine, tmp_path, now):
    upgrade(engine, backups=tmp_path, now=now)
    assert upgrade(engine, backups=tmp_path, now=now) is None
    assert list(tmp_path.glob("weekly-*.db")) == []


def test_a_database_of_a_newer_version_is_refused(engine, tmp_path, now):
    upgrade(engine, backups=tmp_path, now=now)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="9999"):
        check_schema(engine)
    with pytest.raises(SchemaTooNew):
        upgrade(engine, backups=tmp_path, now=now)


def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path):
    path = tmp_path / "weekly.db"
    path.write_text("this is a letter, not a database, and long enough to be read as a header " * 9)
    with pytest.raises(StoreError, match=r"weekly\.db"):
        check_schema(open_engine(f"sqlite:///{path}"))


def test_a_missing_sqlite_file_is_not_made_by_looking(tmp_path):
    path = tmp_path / "weekly.db"
    assert check_schema(open_engine(f"sqlite:///{path}")) is None
    assert not path.exists()


def test_the_known_revisions_are_the_migrations():
    config = Config()
    config.set_main_option("script_location", str(Path(pipeline.store.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == KNOWN
