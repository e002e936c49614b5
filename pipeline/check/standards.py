"""What this newsletter requires of its letters, as values; they need no import of pydantic. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from pipeline.model.frozen import dataclass
from pipeline.model.problem import Level

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


@dataclass(frozen=True, slots=True)
class Standards:
    """The levels of the rules and the limits of a letter; `CheckOptions` says what each one means."""

    rules: Mapping[str, Level] = field(default_factory=dict)
    clients: Mapping[str, float] = field(default_factory=lambda: dict(TARGETS))
    unsupported_percent: float = 5.0
    reading_minutes: int = 7
