"""Errors of the pipeline, sorted by who must act; the command line maps types to exit codes.

PipelineError
├── AuthorError                  the editor: content, templates, wishes (a list of problems)      exit 4
├── PluginError                  the operator: an installed package adds something that cannot be used exit 1
├── SettingsError                the operator: weekly.toml or the environment (a list of mistakes) exit 4
├── ChecksFailed                 the editor: the rendered letter breaks a rule                     exit 5
├── LockMismatch                 the editor: inputs would choose differently                       exit 1
├── StoreError                   the operator: database not usable as it is                        exit 1
│   ├── SchemaTooNew             the operator: the database belongs to a newer version             exit 4
│   └── StoreUnusable            the operator: no database, an older one, one that takes no changes exit 6
├── ArgumentError                the editor: what was named is not there, or does not fit          exit 2
├── FileError                    the operator: a file or folder cannot be read or written          exit 1
└── TryLater                     no one: the next cron call does it                                exit 75
    └── AlreadyRunning           another run holds the lease
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.problem import Problem


class PipelineError(Exception):
    """Root of all errors that a command reports in one sentence instead of a traceback."""


class AuthorError(PipelineError):
    """What the editor wrote cannot become a letter; carries every problem at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SettingsError(PipelineError):
    """Settings are wrong; carries every mistake as `(path, message)` at once."""

    def __init__(self, source: str, mistakes: Sequence[tuple[str, str]]) -> None:
        self.source = source
        self.mistakes = tuple(mistakes)
        lines = "\n".join(
            f"  {path}: {message}" if path else f"  {message}" for path, message in self.mistakes
        )
        super().__init__(f"settings in {source} cannot be used:\n{lines}")


class PluginError(PipelineError):
    """An installed package adds something that cannot be used; the message has package and cause."""


class ChecksFailed(PipelineError):
    """A check of the rendered letter stops the send; the findings were printed before."""


class LockMismatch(PipelineError):
    """The inputs of a locked week have changed: a new selection or rendering would differ."""


class StoreError(PipelineError):
    """The database cannot be used as it is."""


class SchemaTooNew(StoreError):
    """The database was written by a newer version of this program."""


class StoreUnusable(StoreError):
    """The database is lost, older than the history, or takes no changes; `cause` is one word for monitors."""

    def __init__(self, message: str, cause: str) -> None:
        self.cause = cause
        super().__init__(message)


class ArgumentError(PipelineError):
    """An argument names nothing that there is, or something that does not fit; nothing was changed."""


class FileError(PipelineError):
    """A file or folder cannot be read or written."""

    def __init__(self, path: Path | str, cause: OSError, next_step: str) -> None:
        self.path = Path(path)
        super().__init__(f"{path}: {(cause.strerror or str(cause)).lower()}; {next_step}")


class TryLater(PipelineError):
    """A temporary condition: the next call may succeed."""


class AlreadyRunning(TryLater):
    """Another process of this newsletter is working."""
