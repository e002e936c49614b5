"""Read and write lists of feeds as OPML 2.0 (http://opml.org/spec2.opml). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from xml.parsers import expat

from pipeline.feeds.discover import suggest_slug
from pipeline.feeds.entries import TITLE_CHARS, plain_text, visible
from pipeline.feeds.url_policy import Refused, check_url
from pipeline.feeds.xml_repair import find_declaration
from pipeline.model.news import Feed
from pipeline.plugins.sections import news_sections

MOST = 5000
"""More than any person follows; a longer list is another file."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list; `section` is set when a folder around it is named like one."""

    url: str
    title: str = ""
    section: str | None = None


def read_opml(raw: bytes) -> tuple[Outline, ...]:
    """Read a list of feeds, each address once; raises ValueError with the reason when it cannot be read."""
    if find_declaration(raw):
        raise ValueError("it is not OPML, or declares a document type, which no list of feeds needs")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    # The check of the prolog should have found it; expat knows for sure.
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is not valid XML: {error}") from error
    if reader.root != "opml":
        raise ValueError("it is not OPML: it does not begin with <opml>")
    return tuple(reader.found.values())


def choose_feeds(
    outlines: Iterable[Outline],
    section: str | None,
    taken: Iterable[str],
    allowed_hosts: Sequence[str],
) -> tuple[list[Feed], list[str]]:
    """Build feeds from outlines, for `section` where no folder names one; `taken` are the slugs in use.

    Comes with a line for every address that may not be fetched, which is left out.
    """
    feeds, refused, slugs = [], [], set(taken)
    for outline in outlines:
        home = outline.section or section
        try:
            check_url(outline.url, allowed_hosts=allowed_hosts)
        except Refused as error:
            refused.append(f"{visible(outline.url, 100)}: {error}")
            continue
        slug = suggest_slug(outline.title, outline.url, slugs)
        slugs.add(slug)
        if home is not None:
            feeds.append(Feed(slug, outline.url, home, title=outline.title))
    return feeds, refused


def write_opml(feeds: Sequence[Feed], *, title: str) -> str:
    """Write feeds as OPML, in a folder for each section; the bytes depend on the feeds alone."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{escape(title)}</title></head>",
        "  <body>",
    ]
    for section in news_sections():
        inside = [feed for feed in feeds if feed.section == section]
        if inside:
            lines += [f'    <outline text="{section}">', *_outlines(inside), "    </outline>"]
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _outlines(feeds: Iterable[Feed]) -> Iterable[str]:
    for feed in sorted(feeds):
        name = escape(feed.title or feed.slug)
        yield f'      <outline type="rss" text="{name}" title="{name}" xmlUrl="{escape(feed.url)}"/>'


class _Reader:
    """Collects the outlines; the innermost folder that is named like a section decides the section."""

    def __init__(self) -> None:
        self.root = ""
        self.found: dict[str, Outline] = {}
        self._folders: list[str | None] = [None]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name.lower()
        values = {key.lower(): value for key, value in attributes.items()}
        title = plain_text(values.get("title") or values.get("text"), TITLE_CHARS)
        named = next((section for section in news_sections() if section == title.lower()), None)
        self._folders.append(named or self._folders[-1])
        url = values.get("xmlurl", "").strip()
        if name.lower() == "outline" and url and len(self.found) < MOST:
            self.found.setdefault(url, Outline(url, title, self._folders[-2]))

    def end(self, _name: str) -> None:
        self._folders.pop()

    def refuse(self, *_: object) -> None:
        raise ValueError("it declares a document type, which no list of feeds needs")
