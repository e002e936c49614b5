"""Turns the database's exceptions into sentences with a next step."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.errors import PipelineError, StoreError, StoreUnusable, TryLater


class _Refusal(NamedTuple):
    """What the words of a driver mean; `cause` is one word for monitors."""

    words: str
    kind: type[PipelineError]
    cause: str
    sentence: str


_GRANT = "give the user that runs weekly permission to write it and its folder"
_URL = "check [store] url in weekly.toml, and the rights of its user"
_REFUSALS = tuple(
    _Refusal(*each)
    for each in (
        (
            "database is locked",
            TryLater,
            "busy",
            "the database is busy with another program; nothing is lost, call again",
        ),
        (
            "database or disk is full",
            StoreUnusable,
            "full",
            "the disk is full, so nothing more is sent; free some space, run again, then see `weekly status`",
        ),
        (
            "diskfull",
            StoreUnusable,
            "full",
            "the database server's disk is full, so nothing more is sent; free some space, run again",
        ),
        ("readonly database", StoreUnusable, "read-only", f"the database is read-only: {_GRANT}"),
        (
            "read-only transaction",
            StoreUnusable,
            "read-only",
            f"the database server takes no changes: {_URL}",
        ),
        (
            "unable to open database",
            StoreUnusable,
            "closed",
            f"the database cannot be opened: check that it exists, and {_GRANT}",
        ),
        (
            "disk i/o error",
            StoreUnusable,
            "disk",
            "the disk failed while the database was used; check it and its free space, then run again",
        ),
        ("malformed", StoreError, "damaged", "the database is damaged; restore a backup"),
        (
            "not a database",
            StoreError,
            "damaged",
            "the file is not a database; check [store] url in weekly.toml",
        ),
        ("no such table", StoreError, "empty", "the database has no tables yet: weekly db upgrade"),
        ("undefinedtable", StoreError, "empty", "the database has no tables yet: weekly db upgrade"),
        ("insufficientprivilege", StoreUnusable, "closed", f"the database refuses its user: {_URL}"),
        ("authentication failed", StoreUnusable, "closed", f"the database server refuses the login: {_URL}"),
        ("no password supplied", StoreUnusable, "closed", f"the database server wants a password: {_URL}"),
        ('" does not exist', StoreUnusable, "closed", f"the server has no such database or user: {_URL}"),
        (
            "connection",
            TryLater,
            "unreachable",
            "the database server does not answer; call again when it does",
        ),
        (
            "resolve host",
            TryLater,
            "unreachable",
            f"the database server's name is not found; call again, or {_URL}",
        ),
        ("terminating", TryLater, "unreachable", "the database server went away; call again when it is back"),
    )
)


def describe_store_error(error: BaseException, place: str = "") -> PipelineError:
    """Return an error with a next step for an exception of SQLAlchemy, which becomes its cause.

    `place` is the database, for the beginning of the sentence.
    """
    refusal = _find(error)
    where = f"{place}: " if place else ""
    explained: PipelineError
    if refusal is None:
        cause = getattr(error, "orig", None) or error
        explained = StoreError(f"{where}the database refused: {str(cause).splitlines()[0]}")
    elif refusal.kind is StoreUnusable:
        explained = StoreUnusable(where + refusal.sentence, refusal.cause)
    else:
        explained = refusal.kind(where + refusal.sentence)
    explained.__cause__ = error
    return explained


def find_cause(error: BaseException) -> str:
    """Return one word for what keeps a database from being used, such as `missing`, `busy` or `read-only`."""
    if isinstance(error, StoreUnusable):
        return error.cause
    cause = error.__cause__ if isinstance(error, PipelineError) and error.__cause__ else error
    refusal = _find(cause)
    return refusal.cause if refusal else "refused"


def _find(error: BaseException) -> _Refusal | None:
    cause = getattr(error, "orig", None) or error
    said = f"{type(cause).__name__} {cause}".lower()
    return next((refusal for refusal in _REFUSALS if refusal.words in said), None)
