"""The table `[checks]` of weekly.toml; `pipeline.check.standards` has the values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.check.standards import CLIENTS, TARGETS, Standards
from pipeline.model.problem import Level
from pipeline.model.suggest import did_you_mean
from pipeline.rules import check_levels

_USUAL = Standards()


def _targets(clients: Mapping[str, float]) -> Mapping[str, float]:
    for client, weight in clients.items():
        if client not in CLIENTS:
            advice = did_you_mean(client, CLIENTS) or f"known here: {', '.join(CLIENTS)}"
            raise ValueError(f"`{client}` is not a known mail program; {advice}")
        if weight < 0:
            raise ValueError(f"`{client}` cannot have a negative weight")
    if not any(clients.values()):
        raise ValueError("name at least one mail program with a weight above 0")
    return clients


class CheckOptions(BaseModel):
    """The levels of the rules, the mail programs that matter, and how long a letter may take."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    rules: Annotated[Mapping[str, Level], BeforeValidator(partial(check_levels, table="checks"))] = Field(
        default_factory=dict
    )
    """The level of each rule of letters: docs/reference/letter-rules.md."""
    clients: Annotated[Mapping[str, float], AfterValidator(_targets)] = Field(
        default_factory=lambda: dict(TARGETS)
    )
    """How many of a hundred readers use each mail program."""
    unsupported_percent: Annotated[float, Field(gt=0, le=100)] = _USUAL.unsupported_percent
    """From this share of the readers on, what their mail programs cannot show is worth a warning."""
    reading_minutes: Annotated[int, Field(ge=1)] = _USUAL.reading_minutes
    """A letter that takes more minutes to read than this is worth a warning."""
