"""Write the rules by which settings are read without pydantic, from their tables: `make reference`."""

from __future__ import annotations

import json
import tomllib
import typing
from datetime import time, timedelta
from pathlib import Path

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AfterValidator, BaseModel, BeforeValidator

from pipeline.settings.plain import _PARSERS
from pipeline.settings.tables import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "pipeline" / "settings" / "plain_rules.json"
SHIPPED = tomllib.loads((ROOT / "weekly.toml").read_text(encoding="utf-8"))
LIMITS = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt"}
PARSED = (str, time, timedelta)
LEFT_OUT = {"smtp.password", "imap.password", "content.hype", "content.weasel"}
"""Passwords do not belong into the file; the lists of words are long, and seldom written."""


def rules(model, shipped, prefix=""):
    """Yield the path and the rule of every setting."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        path, kind = f"{prefix}{key}", field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from rules(kind, shipped.get(key, {}), f"{path}.")
            continue
        rule, default = find_form(kind, field.metadata), field.get_default(call_default_factory=True)
        known = (
            [] if rule["form"] == "other" and isinstance(default, time | timedelta) else [to_toml(default)]
        )
        if key in shipped and shipped[key] not in known:
            known.append(shipped[key])
        yield path, {**rule, "known": known}


def find_form(kind, metadata):
    """Return how a value is checked; `other` where only known values are beyond doubt."""
    parsers = [find_parser(each) for each in metadata if isinstance(each, AfterValidator | BeforeValidator)]
    limits = {LIMITS[type(each)]: find_limit(each) for each in metadata if type(each) in LIMITS}
    found = {"form": "other"}
    if len(parsers) + len(limits) < len(metadata) or "" in parsers:
        return found
    if kind is bool and not metadata:
        found = {"form": "switch"}
    elif kind in (int, float) and not parsers:
        found = {"form": "whole" if kind is int else "number", "limits": limits}
    elif typing.get_origin(kind) is typing.Literal and not metadata:
        found = {"form": "word", "words": list(typing.get_args(kind))}
    elif kind == tuple[str, ...] and not limits:
        found = {"form": "texts", "parsers": parsers}
    elif kind in PARSED and not limits:
        found = {"form": "text", "parsers": parsers}
    return found


def find_parser(validator):
    """Return the name of a parser that costs no import; empty for another one."""
    return next((name for name, parser in _PARSERS.items() if parser is validator.func), "")


def find_limit(limit):
    """Return the number of a limit."""
    return getattr(limit, LIMITS[type(limit)])


def to_toml(value):
    """Return a default as weekly.toml would have it."""
    if isinstance(value, timedelta):
        return f"{value.days} days" if value.seconds == 0 else f"{value // timedelta(minutes=1)} minutes"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, str | int | float | dict) else str(value)


def render():
    """Return the text of the file: one setting a line."""
    lines = (
        f"  {json.dumps(path)}: {json.dumps(rule, ensure_ascii=False)}"
        for path, rule in rules(Settings, SHIPPED)
        if path not in LEFT_OUT
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
