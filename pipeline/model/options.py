"""The base of all option values: a table of weekly.toml and the value that the code works with are one.

Every default is written once, in the class of the package that obeys it; `pipeline.settings` collects them.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Options(BaseModel):
    """Options that cannot change; unknown keys are mistakes, and no error repeats a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


def one_line(value: str) -> str:
    """Return a text without space around it; raises ValueError when it is more than one line."""
    if _CONTROL.search(value):
        raise ValueError("must be a single line without control characters")
    return value.strip()


Line = Annotated[str, AfterValidator(one_line)]
