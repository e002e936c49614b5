"""Opens what a fetch of feeds needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.feeds.update import FetchContext
    from pipeline.wiring import Newsletter


@asynccontextmanager
async def open_fetch_context(newsletter: Newsletter) -> AsyncIterator[FetchContext]:
    """Open the HTTP client, the parser processes and the cache."""
    from pipeline.feeds.cache import Cache
    from pipeline.feeds.parser_pool import Parsers
    from pipeline.feeds.update import FetchContext

    now = newsletter.clock.now().replace(microsecond=0)
    async with newsletter.make_fetcher() as fetcher, Parsers() as parsers:
        max_age, cache = newsletter.settings.feeds.max_age, Cache(newsletter.folder)
        yield FetchContext(fetcher, parsers, cache, now, max_age, folder=newsletter.folder)
