"""Find the feeds that a page names, and list the places where feeds often are. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from pipeline.content.slugs import make_slug
from pipeline.feeds.entries import TITLE_CHARS, plain_text, web_link
from pipeline.feeds.url_policy import Refused, check_link, check_url

_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
}
_PLACES = ("feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json")
_MOST = 20  # a page that names more feeds is a directory
_PAGE_CHARS = 1_000_000  # feeds are named in the head of a page, long before this
_DULL = frozenset(("www", "feeds", "feed", "rss", "blog", "com", "org", "net", "io", "ai", "dev", "co"))


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that a page names."""

    url: str
    title: str = ""


class _Head(HTMLParser):
    """Collects `<link rel="alternate">` of feed types, and the base URL they are relative to."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.found: list[Found] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect one tag; the first value of an attribute counts, as in browsers."""
        values = {name: value or "" for name, value in reversed(attrs)}
        if tag == "base" and values.get("href"):
            self.base = web_link(values["href"], self.base) or self.base
        if tag != "link" or "alternate" not in values.get("rel", "").lower().split():
            return
        kind = values.get("type", "").partition(";")[0].strip().lower()
        url = web_link(values.get("href"), self.base)
        if kind in _TYPES and url and url not in [each.url for each in self.found]:
            self.found.append(Found(url, plain_text(values.get("title"), TITLE_CHARS)))


def find_feeds(page: bytes, url: str, *, allowed_hosts: Iterable[str] = ()) -> tuple[Found, ...]:
    """List the feeds that a page names, in its order; feeds of comments come last.

    Addresses that may not be fetched are left out; of a public page also every private host.
    """
    head, hosts = _Head(url), tuple(allowed_hosts)
    head.feed(page.decode("utf-8", "replace")[:_PAGE_CHARS])
    named = [found for found in head.found[:_MOST] if _is_allowed(url, found.url, hosts)]
    return tuple(sorted(named, key=lambda each: "comment" in f"{each.url} {each.title}".lower()))


def _is_allowed(page: str, link: str, allowed_hosts: tuple[str, ...]) -> bool:
    try:
        check_link(check_url(page, allowed_hosts=allowed_hosts), link, allowed_hosts=allowed_hosts)
    except Refused:
        return False
    return True


def common_places(url: str) -> tuple[str, ...]:
    """List where feeds often are: below the page itself, then at the root of its site."""
    page = url.partition("?")[0].partition("#")[0]
    below = page if page.endswith("/") else f"{page}/"
    urls = [urljoin(start, place) for start in dict.fromkeys((below, urljoin(url, "/"))) for place in _PLACES]
    return tuple(dict.fromkeys(urls))


def suggest_slug(title: str, url: str, taken: Collection[str] = ()) -> str:
    """Build a slug from a feed's title, else from its host; with a number when it is taken."""
    words = make_slug(title).split("-")[:5]
    if words == [""]:
        words = [word for word in make_slug(urlsplit(url).hostname or "").split("-") if word not in _DULL]
    slug = "-".join(words)[:60].strip("-") or "feed"
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (slug, *numbered) if name not in taken)
