"""Every rule of the program, wherever it is made, and the levels that the settings give to rules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Literal, get_args

from pipeline.model.problem import RULES, Level, Rule
from pipeline.model.suggest import did_you_mean

PACKAGES = ("content", "check", "jobs", "issue", "render", "edition", "feeds")
"""The packages that make rules; those whose rules are most often in settings come first."""

_PAGES = {"content": "content-rules", "checks": "letter-rules"}


def all_rules() -> Mapping[str, Rule]:
    """Return every rule by its id; imports every module that makes one."""
    for package in PACKAGES:
        _load(package)
    return RULES


def find_rule(id_: str) -> Rule | None:
    """Find a rule by its id; imports no more packages than it takes."""
    for package in PACKAGES:
        if id_ in RULES:
            break
        _load(package)
    return RULES.get(id_)


@cache
def _load(package: str) -> None:
    home = import_module(f"pipeline.{package}")
    for module in walk_packages(home.__path__, f"{home.__name__}."):
        import_module(module.name)


def check_levels(levels: object, table: Literal["content", "checks"]) -> object:
    """Check `[{table}] rules` of weekly.toml; raises ValueError with everything that is wrong with it."""
    if not isinstance(levels, Mapping):
        raise ValueError('write a table, such as { stale-year = "off" }')  # noqa: TRY004 - pydantic's protocol
    wrong = [words for id_, level in levels.items() if (words := _find_mistake(str(id_), level, table))]
    if wrong:
        raise ValueError("; ".join(wrong))
    return levels


def _find_mistake(id_: str, level: object, table: str) -> str:
    rule = find_rule(id_)
    if rule is None:
        known = [each for each in RULES if RULES[each].group.table == table]
        advice = did_you_mean(id_, known) or f"docs/reference/{_PAGES[table]}.md lists them"
        return f"there is no rule `{id_}`; {advice}"
    if rule.group.table != table:
        return f"`{id_}` belongs into `[{rule.group.table}] rules`"
    if level not in get_args(Level):
        return f'`{id_}` is {level!r}: write "off", "warning" or "error"'
    if rule.is_required and level != "error":
        return f"`{id_}` guards the letter itself and stays an error"
    return (
        ""
        if level in rule.levels
        else f"`{id_}` stops nothing: write " + " or ".join(f'"{each}"' for each in rule.levels)
    )
