"""The errors that keep a letter from being made, with the lines of the files that they are in."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.errors import AuthorError, PipelineError, SettingsError
from pipeline.issue.wishes import find_key_line
from pipeline.model.problem import Problem

AROUND = 2
"""Lines shown before and after the one at fault."""

_log = logging.getLogger("weekly.studio")


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One thing to fix: where, what, how, and `(number, text)` of the lines there."""

    path: str
    line: int
    message: str
    fix: str
    excerpt: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """Why there is no letter: mistakes with their places, or a sentence when no place is known."""

    mistakes: tuple[ErrorDetail, ...]
    sentence: str = ""


def describe_error(error: Exception, read: Callable[[str], str | None]) -> ErrorPage:
    """Turn an error into places; `read` returns a file's text for the lines around them."""
    if isinstance(error, AuthorError):
        return ErrorPage(tuple(_place(problem, read) for problem in error.problems))
    if isinstance(error, SettingsError):
        return ErrorPage(tuple(_find_settings(error, read)))
    if isinstance(error, PipelineError):
        return ErrorPage((), str(error))
    _log.error("the letter cannot be made", exc_info=error)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({last[0].name}, line {last[0].lineno})" if last else ""
    return ErrorPage((), f"This is a fault of the program, not yours: {type(error).__name__}: {error}{where}")


def _place(problem: Problem, read: Callable[[str], str | None]) -> ErrorDetail:
    return ErrorDetail(
        problem.path, problem.line, problem.message, problem.fix, _excerpt(read, problem.path, problem.line)
    )


def _excerpt(read: Callable[[str], str | None], path: str, line: int) -> tuple[tuple[int, str], ...]:
    text = read(path) if line else None
    if text is None:
        return ()
    lines = text.split("\n")
    first = max(line - 1 - AROUND, 0)
    return tuple(enumerate(lines[first : line + AROUND], first + 1))


def _find_settings(error: SettingsError, read: Callable[[str], str | None]) -> Iterator[ErrorDetail]:
    text = read(error.source) or ""
    for key, message in error.mistakes:
        at = re.search(r"\(at line (\d+)", message)
        line = int(at[1]) if at else _find_key(text, key)
        shown = f"{key} {message}" if key else message
        yield ErrorDetail(
            error.source, line, shown, "fix it and save the file", _excerpt(read, error.source, line)
        )


def _find_key(text: str, key: str) -> int:
    """Find the line of `table.key`, or of its table; 0 when neither is written there."""
    while key:
        table, _, name = key.rpartition(".")
        if line := find_key_line(text, table, name):
            return line
        key = table
    return 0
