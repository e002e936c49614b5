"""What this newsletter asks of its letters, `[checks]` of weekly.toml. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.model.problem import Level
from pipeline.model.suggest import did_you_mean
from pipeline.rules import check_levels

CLIENTS: Mapping[str, str] = {
    "apple-mail-ios": "Apple Mail on iPhone and iPad",
    "apple-mail-macos": "Apple Mail on the Mac",
    "gmail-web": "Gmail in the browser",
    "gmail-apps": "the Gmail apps",
    "outlook-windows": "Outlook for Windows",
    "outlook-web": "Outlook.com",
    "outlook-macos": "Outlook for Mac",
    "outlook-apps": "the Outlook apps",
    "yahoo": "Yahoo Mail",
    "aol": "AOL Mail",
    "samsung-email": "Samsung Email",
    "thunderbird": "Thunderbird",
    "proton-mail": "Proton Mail",
    "fastmail": "Fastmail",
    "hey": "HEY",
    "gmx": "GMX",
    "web-de": "WEB.DE",
    "orange": "Orange Mail",
    "mail-ru": "Mail.ru",
}
"""Every mail program that the table of support knows, in its order, as people call it."""

TARGETS: Mapping[str, float] = MappingProxyType(
    {
        "apple-mail-ios": 35,
        "apple-mail-macos": 12,
        "gmail-web": 12,
        "gmail-apps": 16,
        "outlook-windows": 8,
        "outlook-web": 6,
        "outlook-macos": 2,
        "outlook-apps": 2,
        "yahoo": 4,
        "samsung-email": 2,
        "thunderbird": 1,
    }
)
"""Which mail programs a letter is made for, and how many of a hundred readers use each: a rough guess."""


def _targets(clients: Mapping[str, float]) -> Mapping[str, float]:
    for client, weight in clients.items():
        if client not in CLIENTS:
            advice = did_you_mean(client, CLIENTS) or f"known here: {', '.join(CLIENTS)}"
            raise ValueError(f"`{client}` is no mail program; {advice}")
        if weight < 0:
            raise ValueError(f"`{client}` cannot weigh less than nothing")
    if not any(clients.values()):
        raise ValueError("name at least one mail program with a weight above 0")
    return clients


class CheckOptions(BaseModel):
    """The levels of the rules, the mail programs that matter, and how long a letter may take."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    rules: Annotated[Mapping[str, Level], BeforeValidator(partial(check_levels, table="checks"))] = Field(
        default_factory=dict
    )
    clients: Annotated[Mapping[str, float], AfterValidator(_targets)] = Field(
        default_factory=lambda: dict(TARGETS)
    )
    unsupported_percent: Annotated[float, Field(gt=0, le=100)] = 5.0
    """From this share of the readers on, what their mail programs cannot show is worth a warning."""
    reading_minutes: Annotated[int, Field(ge=1)] = 7
