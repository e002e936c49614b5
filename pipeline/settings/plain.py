"""Reads settings with the standard library alone, for commands that need few of them and must start at once.

Accepts only what is valid beyond doubt: values of the right type within their limits, or as shipped. For
anything else there are no plain settings, and `pipeline.settings.load` decides, which has the messages. The
rules are in plain_rules.json, which `make reference` writes from the tables of settings.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.model.option_values import check_host, one_line, parse_age, parse_span
from pipeline.plugins.installed import has_plugins
from pipeline.settings import parse

_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "check_database": parse.check_database,
    "check_editor": parse.check_editor,
    "check_host": check_host,
    "check_language": parse.check_language,
    "check_sender": parse.check_sender,
    "check_url": parse.check_url,
    "check_variants": parse.check_variants,
    "check_zone": parse.check_zone,
    "one_line": one_line,
    "parse_age": parse_age,
    "parse_clock_time": parse.parse_clock_time,
    "parse_day": parse.parse_day,
    "parse_languages": parse.parse_languages,
    "parse_span": parse_span,
}
"""The parsers that cost no import, by their names in the rules."""
_LARGEST = 1e12
"""Numbers beyond it, and those that are none, are in doubt."""
_SWITCHES = {"true": True, "false": False}
_NUMBERS = {"whole": re.compile(r"[0-9]{1,9}"), "number": re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")}
_SECRETS = re.compile(r"weekly_(secrets__.*|(smtp|imap)__password(_file)?)")
"""Variables that `keyring` reads; pydantic takes any text for a password."""


@cache
def _rules() -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("plain_rules.json").read_bytes())
    return found


@cache
def _tables() -> frozenset[str]:
    return frozenset(path[:place] for path in _rules() for place, sign in enumerate(path) if sign == ".")


class DoubtError(Exception):
    """A setting that only the full reader of settings can judge."""


class PlainSettings:
    """Settings by their path, such as `schedule.day`, with their defaults."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, path: str) -> Any:  # noqa: ANN401 - each setting has its own type
        """Return a setting; raises KeyError for a path that has no rule."""
        if path in self._values:
            return self._values[path]
        return _check(path, _rules()[path]["known"][0])


def read_plain_settings(config: Path, environ: Mapping[str, str]) -> PlainSettings | None:
    """Read weekly.toml and the environment, which wins; None when anything is in doubt, or cannot be read."""
    try:
        if has_plugins():
            return None
        data = tomllib.loads(config.read_bytes().decode("utf-8-sig"))
        values = {path: _check(path, value) for path, value in _flatten(data, "")}
        values |= dict(_from_environment(environ))
    except (OSError, ValueError, OverflowError, DoubtError):
        return None
    is_token = values.get("smtp.token_command", "") != ""  # it needs a `username`, which its table checks
    return None if is_token else PlainSettings(values)


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        path = f"{prefix}{key}"
        if "." in key:
            raise DoubtError(path)
        if path not in _rules() and path in _tables() and isinstance(value, dict):
            yield from _flatten(value, f"{path}.")
        else:
            yield path, value


def _check(path: str, value: Any) -> Any:  # noqa: ANN401 - each setting has its own type
    """Return the parsed value of a setting; raises DoubtError, or the ValueError of its parser."""
    rule = _rules().get(path)
    if rule is None or not _fits(rule, value):
        raise DoubtError(path)
    if isinstance(value, list):
        value = tuple(value)
    elif rule["form"] == "number":
        value = float(value)
    for name in rule.get("parsers", ()):
        value = _PARSERS[name](value)
    return value


def _fits(rule: Mapping[str, Any], value: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether a value has the type of its setting, and is within its limits."""
    form, limits = rule["form"], rule.get("limits", {})
    if form in ("whole", "number"):
        return type(value) in (int, float if form == "number" else int) and (
            limits.get("ge", -_LARGEST) <= value <= limits.get("le", _LARGEST)
            and limits.get("gt", -_LARGEST) < value < limits.get("lt", _LARGEST)
        )
    if form == "texts":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if form == "word":
        return value in rule["words"]
    if form == "other":
        return value in rule["known"]
    return isinstance(value, str if form == "text" else bool)


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield the settings of the environment; raises DoubtError for a variable that may be mistyped."""
    seen: set[str] = set()
    for variable, text in environ.items():
        name = variable.lower()
        # A dot is none of ours: pydantic leaves such a variable aside, or takes a part of it for a table.
        if not name.startswith("weekly_") or _SECRETS.fullmatch(name):
            continue
        if "." in name:
            raise DoubtError(variable)
        path = name.removeprefix("weekly_").replace("__", ".")
        if "." not in path and path.partition("_")[0] not in _tables():
            continue
        if name in seen or path not in _rules():
            raise DoubtError(variable)
        seen.add(name)
        yield path, _check(path, _convert(text, _rules()[path]["form"]))


def _convert(text: str, form: str) -> object:
    """Return the value that a text of the environment stands for; raises DoubtError."""
    if form in ("text", "word"):
        return text
    if form == "switch" and text in _SWITCHES:
        return _SWITCHES[text]
    if form in _NUMBERS and _NUMBERS[form].fullmatch(text):
        return float(text) if "." in text else int(text)
    raise DoubtError(text)
