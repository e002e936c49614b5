"""How servers are asked, and what can come back, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """How to behave towards servers. Seconds are for one attempt, redirects included."""

    user_agent: str = "weekly-insights"
    concurrency: int = 10
    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 20.0
    max_bytes: int = 5_000_000
    max_ratio: int = 100
    attempts: int = 3
    wait_s: float = 1.0
    """Before the second attempt; doubled before every further one."""
    longest_wait_s: float = 30.0
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body, decoded. `moved_to` is set when the server says that the feed lives there for good."""

    status: int
    body: bytes = field(repr=False)
    final_url: str
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing changed since the validators it was shown."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Why there is no body. `retry_at` is when the server wants to be asked again, if it said so.

    `status` is 0 when no server answered; then it is `is_refused` by ourselves, or has a name that could
    not be resolved, or the way there is broken.
    """

    reason: str
    retry_at: datetime | None = None
    is_gone: bool = False
    can_retry: bool = False
    status: int = 0
    is_refused: bool = False
    is_unresolved: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """There is something at a URL, or for good at `moved_to`; it was not read."""

    status: int
    moved_to: str = ""


Answer = Fetched | NotModified | Failed
