"""What this newsletter asks of its letters, `[checks]` of weekly.toml. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.check.registry import RULES

Level = Literal["off", "warning", "error"]

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


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else ""


def _levels(levels: Mapping[str, Level]) -> Mapping[str, Level]:
    for rule, level in levels.items():
        if rule not in RULES:
            advice = _did_you_mean(rule, RULES) or "docs/reference/letter-rules.md lists them"
            raise ValueError(f"`{rule}` is no rule of letters; {advice}")
        if RULES[rule].stands and level != "error":
            raise ValueError(f"`{rule}` guards the letter itself and stays an error")
    return levels


def _targets(clients: Mapping[str, float]) -> Mapping[str, float]:
    for client, weight in clients.items():
        if client not in CLIENTS:
            advice = _did_you_mean(client, CLIENTS) or f"known here: {', '.join(CLIENTS)}"
            raise ValueError(f"`{client}` is no mail program; {advice}")
        if weight < 0:
            raise ValueError(f"`{client}` cannot weigh less than nothing")
    if not any(clients.values()):
        raise ValueError("name at least one mail program with a weight above 0")
    return clients


class CheckOptions(BaseModel):
    """The levels of the rules, the mail programs that matter, and how long a letter may take."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    rules: Annotated[Mapping[str, Level], AfterValidator(_levels)] = Field(default_factory=dict)
    clients: Annotated[Mapping[str, float], AfterValidator(_targets)] = Field(
        default_factory=lambda: dict(TARGETS)
    )
    unsupported_percent: Annotated[float, Field(gt=0, le=100)] = 5.0
    """From this share of the readers on, what their mail programs cannot show is worth a warning."""
    reading_minutes: Annotated[int, Field(ge=1)] = 7
