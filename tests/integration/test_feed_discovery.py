"""Finding the feed of a page, with servers that this machine could not stand in for."""

from __future__ import annotations

import asyncio

from pipeline.errors import PipelineError
from pipeline.feeds.cache import Cache
from pipeline.feeds.find_feed import find_feed
from pipeline.feeds.http_types import Failed, Fetched
from pipeline.feeds.parser_pool import Parsers
from pipeline.feeds.update import FetchContext


class Web:
    """Answers with pages by their address; `asked` is what it was asked for."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []

    async def fetch(self, url):
        self.asked.append(url)
        return Fetched(200, self.pages[url], url) if url in self.pages else Failed("404", status=404)


def test_a_public_page_cannot_have_a_private_host_asked_in_its_place(tmp_path, now):
    inside = "http://wiki.corp/feed?delete=all"
    page = f'<html><link rel="alternate" type="application/rss+xml" href="{inside}"></html>'
    web = Web({"https://example.org/": page.encode(), inside: b"secret"})

    async def find():
        async with Parsers(children=1) as parsers:
            desk = FetchContext(web, parsers, Cache(tmp_path), now, None)
            try:
                await find_feed(desk, "https://example.org/", ["wiki.corp"])
            except PipelineError as error:
                return str(error)

    assert "leads to none" in asyncio.run(find())
    assert inside not in web.asked
