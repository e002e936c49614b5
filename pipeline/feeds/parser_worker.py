"""The child process that parses feeds: reads bodies on stdin, writes values on stdout.

Run by `pipeline.feeds.parser_pool` only. It limits itself before it reads the first byte, is given bodies and
never paths or URLs, and may be killed at any time.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from pipeline.feeds.entries import (
    TITLE_CHARS,
    FeedEntry,
    Parsed,
    dump_parsed,
    gather,
    instant,
    iso_instant,
    language_tag,
    make_feed_entry,
    plain_text,
    web_link,
)
from pipeline.feeds.xml_repair import ITEM_CAP, cut_items, drop_impossible, find_declaration

if sys.platform != "win32":
    import resource

MEMORY_BYTES = 512 * 1024 * 1024
"""Enough for a body at the size limit of fetching; a document that expands without end stops here."""
CPU_S = 3
"""feedparser parses 2,242 feeds in 1.9 s (measured): a feed that needs longer is hostile or broken."""


def parse(body: bytes, content_type: str, base: str) -> Parsed:
    """Parse a feed of any kind; `error` is why it cannot be read."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _parse_json(body, base)
    refused = find_declaration(body, content_type)
    if refused:
        return Parsed(error=refused)
    body, cut = cut_items(drop_impossible(body))
    return _parse_xml(body, content_type, base, cut)


def _parse_xml(body: bytes, content_type: str, base: str, cut: int) -> Parsed:
    import feedparser  # noqa: PLC0415 - the child has its limits by now

    found = feedparser.parse(
        io.BytesIO(body),  # bytes as they are would first be tried as a path
        response_headers={"content-type": content_type, "content-location": base},
        sanitize_html=False,  # entries are made plain text
        resolve_relative_uris=False,
    )
    if not found.get("version") and not found.entries:
        cause = str(found.get("bozo_exception", "")).partition("\n")[0][:100]
        return Parsed(error=f"this is not a feed{f': {cause}' if cause else ''}")
    beyond = cut + max(len(found.entries) - ITEM_CAP, 0)
    entries = _entries(found.entries[:ITEM_CAP], base)
    return _make_parsed(found.feed.get("title"), found.feed.get("language"), entries, beyond)


def _make_parsed(
    title: object, language: object, found: Iterable[tuple[FeedEntry, str]], beyond: int
) -> Parsed:
    entries, drops = gather(found)
    if beyond:
        drops[f"beyond the first {ITEM_CAP}"] = beyond
    counts = tuple(sorted(drops.items()))
    return Parsed(plain_text(title, TITLE_CHARS), language_tag(language), entries, counts)


def _entries(found: list[Any], base: str) -> Iterator[tuple[FeedEntry, str]]:
    for raw in found:
        # Not `raw.get`, which answers for one date with the other, and warns of it.
        stamp = dict.get(raw, "published_parsed") or dict.get(raw, "updated_parsed")
        contents = [part.get("value") for part in raw.get("content") or () if part.get("value")]
        entry = make_feed_entry(
            title=raw.get("title"),
            url=_find_link(raw, base),
            published_at=instant(*stamp[:6]) if stamp else None,
            summary=raw.get("summary"),
            content=max(contents, key=len, default=None),
        )
        yield entry, str(raw.get("id") or "")[:2000]


def _find_link(raw: Any, base: str) -> str:  # noqa: ANN401 - feedparser's dictionary
    links = [link.get("href") for link in raw.get("links") or () if link.get("rel") == "alternate"]
    for value in (raw.get("link"), *links):
        if value and (url := web_link(value, base)):
            return url
    return ""


def _parse_json(body: bytes, base: str) -> Parsed:
    """Parse a JSON Feed (https://www.jsonfeed.org/version/1.1/); `error` is why it cannot be read."""
    try:
        tree = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return Parsed(error="this is not valid JSON")
    if not isinstance(tree, dict) or "jsonfeed.org/version/1" not in str(tree.get("version", ""))[:100]:
        return Parsed(error="this is JSON, but not a JSON Feed")
    items = tree.get("items")
    if not isinstance(items, list):
        return Parsed(error="this JSON Feed has no list of items")
    beyond = max(len(items) - ITEM_CAP, 0)
    entries = _json_entries(items[:ITEM_CAP], base)
    return _make_parsed(tree.get("title"), tree.get("language"), entries, beyond)


def _json_entries(items: list[Any], base: str) -> Iterator[tuple[FeedEntry, str]]:
    for item in items:
        tree: Mapping[str, Any] = item if isinstance(item, dict) else {}
        own = tree.get("id")
        content = tree.get("content_html") or tree.get("content_text")
        entry = make_feed_entry(
            title=tree.get("title"),
            url=web_link(tree.get("url"), base) or web_link(tree.get("external_url"), base),
            published_at=iso_instant(tree.get("date_published")) or iso_instant(tree.get("date_modified")),
            summary=tree.get("summary"),
            content=content,
        )
        yield entry, str(own)[:2000] if isinstance(own, str | int | float) else ""


def limit_process() -> None:
    """Limit the memory of this process and take away writing files; this cannot be undone."""
    if sys.platform == "win32":
        return  # the parent's time limit is the only one there
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(kind, (limit, limit))


def allow_cpu() -> None:
    """Allow this process CPU_S more seconds of CPU, for the next feed."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = math.ceil(used.ru_utime + used.ru_stime) + CPU_S
    resource.setrlimit(
        resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
    )


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Write one line of JSON for every request, until there are no more."""
    while line := source.readline():
        asked = json.loads(line)
        body = source.read(asked["length"])
        allow_cpu()
        try:
            answer = parse(body, asked["content_type"], asked["base"])
        except Exception as error:  # noqa: BLE001 - a parser may raise anything for a malformed feed
            answer = Parsed(error=f"the parser gave up: {type(error).__name__}")
        sink.write(dump_parsed(answer) + b"\n")
        sink.flush()


if __name__ == "__main__":
    limit_process()
    serve(sys.stdin.buffer, sys.stdout.buffer)
