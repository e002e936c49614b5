"""How feeds are fetched, `[feeds]` of weekly.toml. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.model.option_values import parse_age
from pipeline.model.options import Options

_HOST = re.compile(r"[a-z0-9_.-]+|\[?[0-9a-f:.]+\]?")


def _hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    for host in hosts:
        if not _HOST.fullmatch(host.lower()):
            raise ValueError(
                f"{host!r} is not a valid host; write a name or an address, without https:// and port"
            )
    return hosts


Seconds = Annotated[float, Field(gt=0, le=600)]


class FeedOptions(Options):
    """What this newsletter allows its feeds, and how it treats their servers.

    Seconds are for one attempt, redirects included; `deadline_s` is for everything fetched at one time.
    """

    max_age: Annotated[timedelta, BeforeValidator(parse_age)] = timedelta(days=14)
    """How old an item may be, unless its feed has a `max_age` of its own."""
    concurrency: Annotated[int, Field(ge=1, le=100)] = 10
    """How many servers are asked at once; each is asked for one feed at a time."""
    connect_s: Seconds = 5.0
    """Seconds to connect."""
    read_s: Seconds = 10.0
    """Seconds between two pieces of an answer."""
    total_s: Seconds = 20.0
    """Seconds for all of an answer."""
    deadline_s: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """What is not fetched by then is missing from the letter."""
    attempts: Annotated[int, Field(ge=1, le=5)] = 3
    """How often a feed is tried in one fetch."""
    max_bytes: Annotated[int, Field(ge=1000, le=50_000_000)] = 5_000_000
    """A larger feed is refused; counted after it was unpacked."""
    allow_private_hosts: Annotated[tuple[str, ...], AfterValidator(_hosts)] = ()
    """Hosts of your own network that feeds may come from, as they stand in the addresses."""


class FetchOptions(FeedOptions):
    """How to behave towards servers: the settings, and what no setting changes."""

    user_agent: str = "weekly-insights"
    max_ratio: int = 100
    """An answer that unpacks to more than so many times its size is refused."""
    wait_s: float = 1.0
    """Before the second attempt; doubled before every further one."""
    longest_wait_s: float = 30.0
