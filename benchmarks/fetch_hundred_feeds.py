"""A hundred feeds from a local server that takes 50 ms to answer, ten at once; then again, unchanged.

Fetching is measured apart from parsing, and beside the ideal: 100 × 50 ms / 10 = 0.5 s. The server is a
process of its own; every feed has a host of its own (127.0.0.1 to 127.0.0.100), for no host is asked twice
at once. Seconds are those of the clock: waiting is what is
measured.
Usage: python benchmarks/fetch_hundred_feeds.py [FOLDER WITH REAL FEEDS]
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measure import Report, not_measured, write_amount

from pipeline.feeds.cache import Cache
from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.http_types import Fetched
from pipeline.feeds.options import FetchOptions
from pipeline.feeds.parser_pool import Parsers
from pipeline.feeds.update import FetchContext, update_feeds
from pipeline.model.news import Feed

FEEDS, AT_ONCE, LATENCY_S, ITEMS = 100, 10, 0.05, 30
GOAL = 4.0
"""One after the other would be 10; a machine that is busy with other things has given 2.9."""
IDEAL_S = FEEDS * LATENCY_S / AT_ONCE
NOW = datetime(2026, 8, 22, 18, 0, tzinfo=UTC)
HOSTS = tuple(f"127.0.0.{number}" for number in range(1, FEEDS + 1))


def body(number: int, real: list[Path]) -> bytes:
    if real:
        return real[number % len(real)].read_bytes() + f"<!-- {number} -->".encode()
    words = "Words of a story about models, prompts and tools that somebody built and measured. " * 6
    items = "".join(
        f"<item><title>Story {number}.{n}</title><link>https://example.org/{number}/{n}</link>"
        f"<guid>{number}-{n}</guid><pubDate>Fri, {1 + n % 21:02} Aug 2026 08:00:00 GMT</pubDate>"
        f"<description>&lt;p&gt;{words}&lt;/p&gt;</description></item>"
        for n in range(ITEMS)
    )
    head = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {number}</title>'
    return f"{head}{items}</channel></rss>".encode()


async def serve(real: list[Path]) -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, content: bytes
    ) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(LATENCY_S)
        tag = f'ETag: "{number}"\r\nConnection: close\r\n'.encode()
        if b"if-none-match" in asked.lower():
            writer.write(b"HTTP/1.1 304 Not Modified\r\n" + tag + b"\r\n")
        else:
            length = f"Content-Length: {len(content)}\r\n\r\n".encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n" + tag + length + content)
        await writer.drain()
        writer.close()

    for number, host in enumerate(HOSTS):
        content = body(number, real)

        async def one(
            reader: asyncio.StreamReader,
            writer: asyncio.StreamWriter,
            number: int = number,
            content: bytes = content,
        ) -> None:
            await answer(reader, writer, number, content)

        server = await asyncio.start_server(one, host, 0)
        print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


async def measure(report: Report, feeds: list[Feed], folder: Path) -> None:
    rules = FetchOptions(concurrency=AT_ONCE, allow_private_hosts=HOSTS)
    rounds = []
    for _ in range(3):
        async with Fetcher(rules, clock=lambda: NOW) as fetcher:
            began = time.perf_counter()
            answers = await asyncio.gather(*(fetcher.fetch(feed.url) for feed in feeds))
            rounds.append(time.perf_counter() - began)
        assert all(isinstance(answer, Fetched) for answer in answers)
    size = sum(len(answer.body) for answer in answers if isinstance(answer, Fetched))
    ideal = f"{FEEDS} answers after {LATENCY_S:g} s, {AT_ONCE} at once"
    what = f"{FEEDS} feeds, {size / 1e6:.1f} MB, fetched (seconds of the clock)"
    report.ratio(what, statistics.median(rounds), ideal, IDEAL_S, at_most=GOAL)
    took_s = {}
    for name in ("first run, all new", "second run, all 304"):
        async with Fetcher(rules, clock=lambda: NOW) as fetcher, Parsers() as parsers:
            desk = FetchContext(fetcher, parsers, Cache(folder), NOW, timedelta(days=14))
            began = time.perf_counter()
            outcomes = await update_feeds(feeds, desk)
            took_s[name] = time.perf_counter() - began
        if not all(outcome.items for outcome in outcomes):
            not_measured(f"{name}: a feed has no items")
    new, again = took_s.values()
    report.ratio("the same again, all unchanged", again, "all new and parsed", new, at_most=1)
    began = time.perf_counter()
    async with Parsers(children=1) as parsers:
        for answer in answers:
            if isinstance(answer, Fetched):
                await parsers.parse(answer.body, content_type="", base=answer.final_url)
    took = (time.perf_counter() - began) / FEEDS
    report.show(f"a feed of {ITEMS} entries parsed in the limited child", write_amount(took, "s"))


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(sorted(Path(sys.argv[2]).glob("*.xml")) if sys.argv[2:] else []))
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve", *sys.argv[1:]], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        ports = [int(server.stdout.readline()) for _ in HOSTS]
        feeds = [
            Feed(f"feed-{number}", f"http://{host}:{port}/feed.xml", "tools")
            for number, (host, port) in enumerate(zip(HOSTS, ports, strict=True))
        ]
        with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
            report = Report("Fetching feeds")
            asyncio.run(measure(report, feeds, Path(name)))
    finally:
        server.kill()
        server.wait()
    report.finish()


if __name__ == "__main__":
    main()
