"""Problems that people can fix, and the rules that they break; a rule registers itself when it is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, Self

Severity = Literal["error", "warning"]
Level = Literal["off", "warning", "error"]

_rules: dict[str, Rule] = {}
RULES: Mapping[str, Rule] = MappingProxyType(_rules)
"""Every rule that has been made so far, by its id; `pipeline.rules` imports the modules that make them."""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules about one kind of thing; the table `[{table}] rules` of weekly.toml sets their levels."""

    title: str
    table: Literal["content", "checks"]
    can_be_raised: bool = False
    """Whether a warning can be made an error; elsewhere it can only be switched off."""

    def error(self, id_: str, why: str) -> Rule:
        """Build a rule whose problems break a letter or a file: it cannot be switched off."""
        return Rule(id_, "error", why, self, ("error",))

    def warning(self, id_: str, why: str) -> Rule:
        """Build a rule whose problems stop nothing."""
        levels: tuple[Level, ...] = ("off", "warning", "error") if self.can_be_raised else ("off", "warning")
        return Rule(id_, "warning", why, self, levels)


CONTENT_RULES = RuleGroup("Terms and tips", "content", can_be_raised=True)
JOB_RULES = RuleGroup("Job postings", "content", can_be_raised=True)
IMPORT_RULES = RuleGroup("Imports", "content")
WEEK_RULES = RuleGroup("The files of a week", "checks")
FEED_RULES = RuleGroup("Feeds", "checks")
TEMPLATE_RULES = RuleGroup("Templates", "checks")
LETTER_RULES = RuleGroup("The rendered letter", "checks", can_be_raised=True)


class Rule(str):
    """The id of a rule, with the worst severity that it reports and, in one sentence, why it exists.

    `levels` are the levels that the settings may give it.
    """

    __slots__ = ("group", "levels", "severity", "why")

    severity: Severity
    why: str
    group: RuleGroup
    levels: tuple[Level, ...]

    def __new__(
        cls, id_: str, severity: Severity, why: str, group: RuleGroup, levels: tuple[Level, ...]
    ) -> Self:
        """Build a rule and register it; raises ValueError when another one has this id."""
        rule = super().__new__(cls, id_)
        rule.severity, rule.why, rule.group, rule.levels = severity, why, group, levels
        if _rules.setdefault(id_, rule) is not rule:
            raise ValueError(f"there are two rules `{id_}`")
        return rule

    def __deepcopy__(self, memo: object) -> Self:
        return self  # `dataclasses.asdict` copies what it finds

    @property
    def is_required(self) -> bool:
        """Whether this always stays an error, because it guards the letter itself."""
        return self.levels == ("error",)

    def problem(  # every field of a problem but those that the rule has
        self,
        message: str,
        fix: str,
        *,
        path: str = "",
        line: int = 0,
        severity: Severity | None = None,
        where: str = "",
        selector: str = "",
    ) -> Problem:
        """Build a problem of this rule, as severe as the rule unless something else is given."""
        return Problem(
            path=path,
            line=line,
            message=message,
            fix=fix,
            rule=self,
            severity=severity or self.severity,
            where=where,
            selector=selector,
        )


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Problem:
    """Something that a person should fix, with its place and a suggested fix; sorted by path and line.

    `path` is a file below the newsletter's folder, empty when it is not known; `line` counts from 1, and 0
    means the whole file. `where` is the part of a rendered letter: `html`, `html:12`, `text`, `text:7`,
    `subject` or `preheader`, and `selector` matches the element of the HTML, when it is about one.
    """

    path: str = ""
    line: int = 0
    message: str
    fix: str
    rule: Rule
    severity: Severity
    where: str = ""
    selector: str = ""

    def __post_init__(self) -> None:
        if _rules.get(self.rule) is not self.rule:
            raise TypeError(f"`{self.rule}` is not a rule")

    def __str__(self) -> str:
        place = self.where or (f"{self.path}:{self.line}" if self.line else self.path)
        return f"{place}: {self.message} ({self.fix}) [{self.rule}]"

    @property
    def is_error(self) -> bool:
        """Whether this breaks or stops a letter."""
        return self.severity == "error"

    @property
    def where_line(self) -> int:
        """The line in the part of the letter that `where` names, counted from 1; 0 for the whole part."""
        return int(self.where.partition(":")[2] or 0)

    def as_json(self) -> dict[str, object]:
        """Return what the commands print of it; a problem of a letter has other keys than one of a file."""
        names: tuple[str, ...] = ("rule", "severity", "where", "message", "fix", "selector")
        places: dict[str, object] = {
            "line": self.where_line or None,
            "file": self.path,
            "file_line": self.line or None,
        }
        if not self.where:
            names = ("rule", "severity", "message", "fix")
            places = {"path": self.path, "line": self.line or None}
        return places | {name: getattr(self, name) for name in names}


class Problems:
    """The problems of one file, in the order in which they are found."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Problem] = []

    def add(self, rule: Rule, line: int, message: str, fix: str, severity: Severity | None = None) -> None:
        """Add a problem of this file, as severe as its rule unless something else is given."""
        self.found.append(rule.problem(message, fix, path=self.path, line=line, severity=severity))

    @property
    def has_errors(self) -> bool:
        """Whether something was found that keeps the file out of a letter."""
        return any(problem.is_error for problem in self.found)


def apply_levels(problems: Iterable[Problem], levels: Mapping[str, Level]) -> tuple[Problem, ...]:
    """Return the problems with the levels that the settings set for their rules; leave out what is off."""
    kept = []
    for problem in problems:
        level = levels.get(problem.rule, problem.severity)
        if level != "off":
            kept.append(problem if level == problem.severity else replace(problem, severity=level))
    return tuple(kept)
