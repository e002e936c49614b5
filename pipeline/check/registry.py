"""What makes a function a rule of the rendered letter, and how a rule reports what it finds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline.check.context import CheckedLetter
from pipeline.check.source_location import NOWHERE, SourceLocation
from pipeline.model.problem import LETTER_RULES, Level, Problem, Rule, Severity

TEMPLATES = "templates/email/"
SETTINGS = "weekly.toml"
WISHES = "content/issues/WEEK.toml"
CONTENT = "content/"

Findings = Iterator[Problem]
Check = Callable[[CheckedLetter], Findings]


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
        selector: str = "",
        source: SourceLocation = NOWHERE,
        severity: Severity | None = None,
    ) -> Problem:
        """Make a problem of this rule; `source` is where an author wrote what is wrong."""
        return self.problem(
            message,
            fix,
            path=source.file,
            line=source.line,
            severity=severity,
            where=where,
            selector=selector,
        )


def rule(
    id_: str, severity: Severity, *, why: str, fix_in: str = TEMPLATES, stands: bool = False
) -> Callable[[Check], LetterRule]:
    """Make a rule of the function below, which yields what it finds in a letter.

    A rule that `stands` cannot be switched off: without it a letter would break, or break the law.
    """
    levels: tuple[Level, ...] = ("error",) if stands else ("off", "warning", "error")

    def register(check: Check) -> LetterRule:
        made = LetterRule(id_, severity, why, LETTER_RULES, levels)
        made.check, made.fix_in = check, fix_in
        return made

    return register
