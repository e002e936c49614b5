"""The database: its version, its migrations, and that they lead where the tables say."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from support.stores import LETTERHEAD, add_readers, freezing

import pipeline.store
from pipeline.errors import SchemaTooNew, StoreError
from pipeline.store.issues import Issues
from pipeline.store.schema import HEAD, KNOWN, check_schema, upgrade
from subscribers.store.engine import open_engine
from subscribers.store.tables import metadata


@pytest.fixture
def engine(empty_engine):
    """An engine on a database without tables: what is tested here makes them."""
    return empty_engine


MESSAGE = r'{"schema":1,"segments":["hello\r\n"]}'


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


def test_a_frozen_issue_of_version_0001_is_copied_upgraded_and_goes_on(engine, tmp_path, now):
    migrate(engine, "0001")
    with engine.begin() as connection:
        for table, row in OLD_ISSUE.items():
            names = ", ".join(row)
            places = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)
    copy = upgrade(engine, backups=tmp_path / "backups", now=now)
    assert (copy is not None and copy.exists()) == (engine.dialect.name == "sqlite")
    assert check_schema(engine) == HEAD
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    issues = Issues(engine)
    frozen = issues.get("2026-W47")
    assert issues.variants(frozen.id) == {0: "ordinary"}
    assert issues.message(frozen.id) == MESSAGE
    ledger = issues.ledger(frozen.id)
    ledger.take_over(now, resend_unknown=False)
    assert sum(ledger.counts().values()) == frozen.audience == 1
    add_readers(engine, 1)
    again = issues.freeze(freezing("2026-W48", 8, ("ordinary", "text-only")), now)
    assert issues.variants(again.id) == {0: "ordinary", 1: "text-only"}


def migrate(engine, revision):
    config = Config()
    config.set_main_option("script_location", str(Path(pipeline.store.__file__).parent / "migrations"))
    if engine.dialect.name == "sqlite":
        Path(engine.url.database).touch()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


OLD_ISSUE = {
    "issue": {
        "id": 7,
        "week": "2026-W47",
        "number": 7,
        "state": 3,
        "paused_reason": "",
        "subject": "Seven",
        "digest": "0" * 64,
        "past": "{}",
        "letterhead": json.dumps(asdict(LETTERHEAD)),
        "audience": 1,
        "fence": 0,
        "frozen_at": 1,
    },
    "issue_variant": {"issue_id": 7, "variant": 0, "html": "<p>", "text": "hello", "message": MESSAGE},
    "subscriber": {
        "id": 1,
        "public_id": 11,
        "email": "old@example.org",
        "email_key": "old@example.org",
        "email_hmac": b"0123456789abcdef",
        "name": "",
        "state": 1,
        "token_epoch": 0,
        "source": "",
        "created_at": 1,
    },
    "delivery": {
        "issue_id": 7,
        "subscriber_id": 1,
        "variant": 0,
        "state": 0,
        "attempts": 0,
        "failure": 0,
        "skipped": 0,
        "code": 0,
    },
}
"""An issue as version 0001 froze it, with one reader it is owed to."""
