"""A mistake of an author, with its place and a suggested fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake of an author, with its place and its cure.

    Sorted by path and line; `line` counts from 1 and is 0 when the whole file is meant.
    `rule` is a stable id such as `term-missing-section`.
    """

    path: str
    line: int
    message: str
    fix: str
    rule: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message} ({self.fix}) [{self.rule}]"


class Problems:
    """The problems of one file, as they are found."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Problem] = []

    def add(self, rule: str, line: int, message: str, fix: str, severity: Severity = "error") -> None:
        """Note a problem of this file."""
        self.found.append(Problem(self.path, line, message, fix, rule, severity))

    @property
    def are_errors(self) -> bool:
        """Whether something was found that keeps the file out of a letter."""
        return any(problem.severity == "error" for problem in self.found)
