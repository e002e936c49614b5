"""Read JSON Feed (https://www.jsonfeed.org/version/1.1/). Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.feeds.entries import (
    TITLE_CHARS,
    FeedEntry,
    Parsed,
    gather,
    iso_instant,
    language_tag,
    make_feed_entry,
    plain_text,
    web_link,
)
from pipeline.feeds.xml_repair import ITEM_CAP


def is_json(body: bytes) -> bool:
    """Check whether the bytes begin like a JSON object."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def parse_json_feed(body: bytes, base: str) -> Parsed:
    """Parse a JSON Feed; `error` is why it cannot be read."""
    try:
        tree = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return Parsed(error="this is not valid JSON")
    if not isinstance(tree, dict) or "jsonfeed.org/version/1" not in str(tree.get("version", ""))[:100]:
        return Parsed(error="this is JSON, but not a JSON Feed")
    items = tree.get("items")
    if not isinstance(items, list):
        return Parsed(error="this JSON Feed has no list of items")
    entries, drops = gather(_entries(items[:ITEM_CAP], base))
    if len(items) > ITEM_CAP:
        drops[f"beyond the first {ITEM_CAP}"] = len(items) - ITEM_CAP
    title = plain_text(tree.get("title"), TITLE_CHARS)
    return Parsed(title, language_tag(tree.get("language")), entries, tuple(sorted(drops.items())))


def _entries(items: list[Any], base: str) -> Iterator[tuple[FeedEntry, str]]:
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
