"""What makes a function a rule of the rendered letter, and how a rule reports what it finds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from pipeline.check.context import LetterContext
from pipeline.check.source_location import NOWHERE, SourceLocation
from pipeline.model.problem import LETTER_RULES, Level, Problem, Rule, Severity

TEMPLATES = "templates/email/"
SETTINGS = "weekly.toml"
WISHES = "content/issues/WEEK.toml"
CONTENT = "content/"

Findings = Iterator[Problem]
Check = Callable[[LetterContext], Findings]


class Placed(Protocol):
    """Something in the HTML: a tag, a text, the use of a feature."""

    @property
    def line(self) -> int:
        """The line in the HTML, counted from 1."""

    @property
    def selector(self) -> str:
        """A CSS selector of the element, empty when it is about none."""


class LetterRule(Rule):
    """A rule of the rendered letter. Its errors stop a send; some of its problems may be milder.

    `fix_in` is where problems that name no file are fixed, empty when in none.
    """

    __slots__ = ("check", "fix_in")

    check: Check
    fix_in: str

    def found(
        self,
        message: str,
        fix: str,
        *,
        where: str = "html",
        at: Placed | None = None,
        source: SourceLocation = NOWHERE,
        severity: Severity | None = None,
    ) -> Problem:
        """Build a problem of a part of the letter or something in its HTML; `source` is the author's file."""
        return self.problem(
            message,
            fix,
            path=source.file,
            line=source.line,
            severity=severity,
            where=f"html:{at.line}" if at else where,
            selector=at.selector if at else "",
        )


def rule(
    id_: str, severity: Severity, *, why: str, fix_in: str = TEMPLATES, is_required: bool = False
) -> Callable[[Check], LetterRule]:
    """Register the function below as a rule, which yields what it finds in a letter.

    A required rule cannot be switched off: without it a letter would break, or break the law.
    """
    levels: tuple[Level, ...] = ("error",) if is_required else ("off", "warning", "error")

    def register(check: Check) -> LetterRule:
        made = LetterRule(id_, severity, why, LETTER_RULES, levels)
        made.check, made.fix_in = check, fix_in
        return made

    return register
