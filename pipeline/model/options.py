"""The base of all option values: a table of weekly.toml and the value that the code works with are one.

Every default is written once, in the class of the package that obeys it; `pipeline.settings` collects them.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPAN = re.compile(r"(\d+)\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Options(BaseModel):
    """Options that cannot change; unknown keys are mistakes, and no error repeats a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


def one_line(value: str) -> str:
    """Return a text without space around it; raises ValueError when it is more than one line."""
    if _CONTROL.search(value):
        raise ValueError("must be a single line without control characters")
    return value.strip()


Line = Annotated[str, AfterValidator(one_line)]


def _span(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _SPAN.fullmatch(str(value).strip().lower())
    if match is None:
        raise ValueError('write a span such as "3 days", "36 hours" or "90 minutes"')
    return timedelta(**{_UNITS[match[2][0]]: int(match[1])})


Duration = Annotated[timedelta, BeforeValidator(_span)]
