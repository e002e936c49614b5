"""What a fetch can return, as values. Pure."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from pipeline.feeds.entries import visible
from pipeline.model.frozen import dataclass

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE = 410


@dataclass(frozen=True, slots=True)
class Fetched:
    """A decoded body. `moved_to` is set when the server redirects there permanently."""

    status: int
    body: bytes = field(repr=False)
    final_url: str
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server reports no change since the validators that were sent."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no body, in words that are safe to display, whatever a server sent.

    `retry_at` is when the server wants to be asked again, if it names a time.

    `status` is 0 when no server answered: the policy refused the address (`is_refused`), its name could not
    be resolved (`is_unresolved`), or the connection failed. `is_silent` when the host could not be connected
    or took too long, so that its other URLs need not be tried.
    """

    reason: str
    retry_at: datetime | None = None
    is_gone: bool = False
    can_retry: bool = False
    status: int = 0
    is_silent: bool = False
    is_refused: bool = False
    is_unresolved: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", visible(self.reason))


@dataclass(frozen=True, slots=True)
class Reached:
    """There is something at a URL, or permanently at `moved_to`; it was not read."""

    status: int
    moved_to: str = ""


Answer = Fetched | NotModified | Failed


def refuse(status: int, retry_at: datetime | None = None) -> Failed:
    """Build the failure for a status that is not a success."""
    return Failed(
        f"the server answers {status}{' (gone for good)' if status == _GONE else ''}",
        retry_at=retry_at,
        is_gone=status == _GONE,
        can_retry=status in _TRY_AGAIN,
        status=status,
    )


def plain_validator(value: str) -> str:
    """Return a validator that can be sent back as it is; empty when it cannot."""
    is_plain = len(value) <= 500 and value.isascii() and value.isprintable()  # noqa: PLR2004 - more than any server sends
    return value.strip() if is_plain else ""


def read_retry_after(value: str, now: datetime) -> datetime | None:
    """Parse Retry-After (RFC 9110, 10.2.3), seconds or a date; None when it is neither. At most 30 days."""
    if value.strip().isascii() and value.strip().isdigit():
        return now + timedelta(seconds=min(int(value.strip()[:9]), 30 * 86400))
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return min(at.replace(tzinfo=at.tzinfo or now.tzinfo), now + timedelta(days=30))
