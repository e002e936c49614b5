"""What this newsletter requires of its letters, `[checks]` of weekly.toml. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.model.problem import Level
from pipeline.model.suggest import did_you_mean
from pipeline.rules import check_levels

_CLIENTS = (
    ("apple-mail-ios", "Apple Mail on iPhone and iPad", 35),
    ("apple-mail-macos", "Apple Mail on the Mac", 12),
    ("gmail-web", "Gmail in the browser", 12),
    ("gmail-apps", "the Gmail apps", 16),
    ("outlook-windows", "Outlook for Windows", 8),
    ("outlook-web", "Outlook.com", 6),
    ("outlook-macos", "Outlook for Mac", 2),
    ("outlook-apps", "the Outlook apps", 2),
    ("yahoo", "Yahoo Mail", 4),
    ("aol", "AOL Mail", 0),
    ("samsung-email", "Samsung Email", 2),
    ("thunderbird", "Thunderbird", 1),
    ("proton-mail", "Proton Mail", 0),
    ("fastmail", "Fastmail", 0),
    ("hey", "HEY", 0),
    ("gmx", "GMX", 0),
    ("web-de", "WEB.DE", 0),
    ("orange", "Orange Mail", 0),
    ("mail-ru", "Mail.ru", 0),
)
"""Every mail program of the table of support, in its order: id, name, readers in a hundred (an estimate)."""

CLIENTS: Mapping[str, str] = {client: name for client, name, _ in _CLIENTS}
TARGETS: Mapping[str, float] = {client: weight for client, _, weight in _CLIENTS if weight}
"""The mail programs that letters are made for, unless the settings name others."""


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
    unsupported_percent: Annotated[float, Field(gt=0, le=100)] = 5.0
    """From this share of the readers on, what their mail programs cannot show is worth a warning."""
    reading_minutes: Annotated[int, Field(ge=1)] = 7
    """A letter that takes more minutes to read than this is worth a warning."""
