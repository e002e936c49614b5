"""The version of the database: read without alembic, upgraded with it after a backup."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import FileError, SchemaTooNew, StoreError, StoreUnusable
from pipeline.store.errors import describe_store_error

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

HEAD = "0016"
"""The revision this program works on; a test holds it equal to the newest migration."""

KNOWN = ("0001", "0002", "0005", "0006", "0003", "0004", "0007", "0008", "0012", "0013", "0015", "0016")
"""Every revision this program can upgrade from, oldest first."""


def current_revision(connection: Connection) -> str | None:
    """Return the revision of the database; None for an empty one."""
    from sqlalchemy import inspect, text  # noqa: PLC0415 - costs 0.2 s, and HEAD alone is asked for, too

    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def check_schema(engine: Engine) -> str | None:
    """Return the revision; refuse a database that a newer version wrote.

    None means that there is no database yet. Raises SchemaTooNew, StoreError for a file that is not a
    database, StoreUnusable for one that cannot be opened.
    """
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415 - as above

    database = engine.url.database
    # A file without a byte is left so: opening it would write the head of a database.
    if engine.dialect.name == "sqlite" and database and not _has_bytes(Path(database)):
        return None
    try:
        with engine.connect().execution_options(reading=True) as connection:
            revision = current_revision(connection)
    except DatabaseError as error:
        raise describe_store_error(error, engine.url.render_as_string()) from error
    if revision is not None and revision not in KNOWN:
        raise SchemaTooNew(
            f"the database is at revision {revision}, this program knows {HEAD}: install the newer "
            "weekly-insights that wrote it, or restore a backup from before"
        )
    return revision


def has_schema(engine: Engine) -> bool:
    """Return whether there is a database; raises StoreError for one at another revision than HEAD."""
    revision = check_schema(engine)
    if revision not in (None, HEAD):
        raise StoreError(
            f"the database is at revision {revision}, {HEAD} is needed: `weekly db upgrade` upgrades it, and "
            "so does the next `weekly run`"
        )
    return revision is not None


def _has_bytes(path: Path) -> bool:
    try:
        return path.exists() and path.stat().st_size > 0
    except PermissionError as error:
        raise StoreUnusable(
            f"{path}: the database cannot be looked for: give the user that runs weekly permission to open "
            "its folder",
            "closed",
        ) from error


def upgrade(engine: Engine, *, backups: Path, now: datetime) -> Path | None:
    """Upgrade the database to HEAD in one transaction; a current one is left unchanged.

    An older SQLite database is copied to `backups` first. Returns the copy, or None when none was needed.
    """
    revision = check_schema(engine)
    if revision == HEAD:
        return None
    copy = None
    if engine.dialect.name == "sqlite":
        if revision is None:
            _make_file(Path(str(engine.url.database)))
        else:
            copy = _copy(engine, backups / f"weekly-{revision}-{now:%Y%m%dT%H%M%SZ}.db")
    _run_migrations(engine)
    return copy


def _make_file(path: Path) -> None:
    _make_folder(path.parent)
    try:
        path.touch()
    except OSError as error:
        raise FileError(path, error, "the database is kept there") from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(folder, error, "the database needs this folder") from error


def _copy(engine: Engine, target: Path) -> Path:
    _make_folder(target.parent)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("COMMIT")  # VACUUM refuses to run inside the transaction that begin opened
        connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
        connection.exec_driver_sql("BEGIN")
    return target


def _run_migrations(engine: Engine) -> None:
    from alembic import command  # noqa: PLC0415 - costs 0.2 s that only an upgrade should pay
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as error:
        raise describe_store_error(error, "the database cannot be upgraded") from error
