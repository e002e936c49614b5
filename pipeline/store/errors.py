"""Turns the database's exceptions into sentences with a next step."""

from __future__ import annotations

from pipeline.errors import PipelineError, StoreError, TryLater

_SENTENCES: tuple[tuple[str, type[PipelineError], str], ...] = (
    (
        "database is locked",
        TryLater,
        "the database is busy with another program; nothing is lost, call again",
    ),
    (
        "database or disk is full",
        StoreError,
        "the disk is full, so nothing more is sent; free some space, run again, then see `weekly status`",
    ),
    (
        "readonly database",
        StoreError,
        "the database is read-only: give the user that runs weekly write permission",
    ),
    (
        "unable to open database",
        StoreError,
        "the database cannot be opened: check that its folder exists and is writable",
    ),
    (
        "disk i/o error",
        StoreError,
        "the disk failed while the database was written; check it, then run again",
    ),
    ("malformed", StoreError, "the database is damaged; restore a backup"),
    ("not a database", StoreError, "the file is not a database; check [store] url in weekly.toml"),
    ("no such table", StoreError, "the database has no tables yet: weekly db upgrade"),
    ("undefinedtable", StoreError, "the database has no tables yet: weekly db upgrade"),
    ("connection", TryLater, "the database server does not answer; call again when it does"),
    ("terminating", TryLater, "the database server went away; call again when it is back"),
)


def describe_store_error(error: BaseException) -> PipelineError:
    """Return an error with a next step for an exception of SQLAlchemy, which becomes its cause."""
    cause = getattr(error, "orig", None) or error
    said = f"{type(cause).__name__} {cause}".lower()
    for words, kind, sentence in _SENTENCES:
        if words in said:
            explained = kind(sentence)
            break
    else:
        explained = StoreError(f"the database refused: {str(cause).splitlines()[0]}")
    explained.__cause__ = error
    return explained
