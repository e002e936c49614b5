"""The base of all option values: a table of weekly.toml and the value that the code works with are one.

Every default is written once, in the class of the package that obeys it; `pipeline.settings` collects them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from pipeline.model.option_values import one_line, parse_span


class Options(BaseModel):
    """Options that cannot change; unknown keys are mistakes, and no error repeats a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


Line = Annotated[str, AfterValidator(one_line)]
Duration = Annotated[timedelta, BeforeValidator(parse_span)]
