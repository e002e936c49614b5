"""The HTML of a letter, parsed once: its elements as a tree, its words, its style sheets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import SplitResult, urlsplit

from pipeline.check.plain_markup import feed_plain
from pipeline.render.tags import VOID

_BREAKS = frozenset(
    ["br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "table", "td", "th", "tr", "ul"]
)
_UNSEEN = frozenset({"script", "style", "title"})
_CODE = frozenset({"pre", "code"})
_GAP = re.compile(r"\s+")
_HIDDEN_STYLE = re.compile(r"display:\s*none|visibility:\s*(?:hidden|collapse)", re.IGNORECASE)
_BLOCK_STYLE = re.compile(r"display:\s*block")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SHOWING = _HEADINGS | {"a", "title"}
_NO_CLASSES = frozenset[str]()


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """One start tag and its place in the tree; `attributes` are decoded, a valueless one is empty.

    `nth` counts the elements of the parent from 1; `above` are the classes of all ancestors.
    """

    name: str
    attributes: Mapping[str, str]
    line: int
    parent: Tag | None = None
    nth: int = 1
    classes: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset()

    def lineage(self) -> Iterator[Tag]:
        """Go up from this element to the root, itself first."""
        tag: Tag | None = self
        while tag is not None:
            yield tag
            tag = tag.parent

    @property
    def selector(self) -> str:
        """A CSS selector that matches this element and no other."""
        steps = [
            tag.name if tag.name in {"html", "head", "body"} else f"{tag.name}:nth-child({tag.nth})"
            for tag in self.lineage()
        ]
        return " > ".join(reversed(steps))


@dataclass(slots=True, eq=False)
class Shown:
    """Something with words in it: a link, a heading, the title."""

    tag: Tag
    words: str = ""
    images_alt: str = ""

    @property
    def href(self) -> str:
        """Where a link leads."""
        return self.tag.attributes["href"]


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of text between two tags, as it is written, and the element that holds it."""

    tag: Tag
    words: str
    line: int
    is_hidden: bool
    is_code: bool

    @property
    def selector(self) -> str:
        """A CSS selector of the element that holds it."""
        return self.tag.selector


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment without its marks; only Outlook reads what is in some of them."""

    words: str
    line: int


@dataclass(slots=True)
class StyleSheet:
    """A style sheet; `media` is the attribute of its tag, `line` where it begins."""

    media: str
    line: int
    css: str = ""


@dataclass(slots=True)
class HtmlPage:
    """What is in the HTML: tags in order, what they show, and the text outside of code."""

    tags: list[Tag] = field(default_factory=list)
    links: list[Shown] = field(default_factory=list)
    headings: list[Shown] = field(default_factory=list)
    titles: list[Shown] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    sheets: list[StyleSheet] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    doctype: str = ""
    visible: str = ""
    """What is shown, a line for each block."""
    prose: str = ""
    """As `visible`, without what is in `<pre>` and `<code>`."""


def read_page(html: str) -> HtmlPage:
    """Parse the HTML of a letter; what only Outlook sees stays in comments."""
    reader = _Reader()
    if not feed_plain(reader, html):
        reader = _Reader()
        reader.feed(html)
        reader.close()
    return reader.finish()


def one_line(text: str) -> str:
    """Return a text on one line, to compare or to show."""
    return _GAP.sub(" ", text).strip()


def split_url(url: str) -> SplitResult:
    """Split an address; an invalid one has neither scheme nor host."""
    try:
        return urlsplit(url)
    except ValueError:
        return SplitResult("", "", url, "", "")


@lru_cache(maxsize=1024)
def _hides(style: str) -> bool:
    return bool(_HIDDEN_STYLE.search(style))


@lru_cache(maxsize=1024)
def _breaks(style: str) -> bool:
    return bool(_BLOCK_STYLE.search(style))


@dataclass(slots=True)
class _Open:
    """An element that is not closed yet, with what its ancestors mean for the words in it."""

    tag: Tag
    is_hidden: bool = False
    is_code: bool = False
    is_unseen: bool = False
    shown: tuple[Shown, ...] = ()
    children: int = 0


class _Reader(HTMLParser):
    """Keeps track of the open elements, to know what is hidden, code, link or heading."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._page = HtmlPage()
        self._open: list[_Open] = []
        self._visible: list[str] = []
        self._prose: list[str] = []
        self._roots = 0

    def finish(self) -> HtmlPage:
        self._page.visible, self._page.prose = "".join(self._visible), "".join(self._prose)
        return self._page

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002, ARG002 - html.parser's hook
        # As browsers do (HTML, 13.2.5.42); html.parser stops at a keyword that it does not know.
        return self.parse_bogus_comment(i)

    def handle_decl(self, decl: str) -> None:
        self._page.doctype = self._page.doctype or decl

    def handle_comment(self, data: str) -> None:
        self._page.comments.append(Comment(data, self.getpos()[0]))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = self._place(tag, {name: value or "" for name, value in attrs})
        style = found.attributes.get("style", "")
        if tag in _BREAKS or (style and _breaks(style)):
            self._add_words("\n")
        outer = self._open[-1] if self._open else _Open(found)
        if tag == "img":
            for shown in outer.shown:
                shown.images_alt += found.attributes.get("alt", "")
        if tag in VOID:
            return
        if tag == "style":
            self._page.sheets.append(StyleSheet(found.attributes.get("media", ""), found.line))
        self._open.append(
            _Open(
                found,
                outer.is_hidden or (style != "" and _hides(style)) or "hidden" in found.attributes,
                outer.is_code or tag in _CODE,
                outer.is_unseen or tag in _UNSEEN,
                (*outer.shown, *self._show(found)) if tag in _SHOWING else outer.shown,
            )
        )

    def _place(self, name: str, attributes: Mapping[str, str]) -> Tag:
        parent = self._open[-1] if self._open else None
        if parent:
            parent.children += 1
        else:
            self._roots += 1
        nth = parent.children if parent else self._roots
        classes = frozenset(attributes["class"].split()) if "class" in attributes else _NO_CLASSES
        above = _NO_CLASSES
        if parent:
            above = parent.tag.above | parent.tag.classes if parent.tag.classes else parent.tag.above
        line = self.getpos()[0]
        tag = Tag(name, attributes, line, parent.tag if parent else None, nth, classes, above)
        self._page.tags.append(tag)
        return tag

    def _show(self, tag: Tag) -> Iterator[Shown]:
        lists = {"a": self._page.links, "title": self._page.titles}
        target = self._page.headings if tag.name in _HEADINGS else lists.get(tag.name)
        if target is not None and (tag.name != "a" or "href" in tag.attributes):
            target.append(Shown(tag))
            yield target[-1]

    def handle_endtag(self, tag: str) -> None:
        style = ""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place].tag.name == tag:
                style = self._open[place].tag.attributes.get("style", "")
                del self._open[place:]
                break
        if tag in _BREAKS or (style and _breaks(style)):
            self._add_words("\n")

    def _add_words(self, data: str) -> None:
        if self._open:
            inside = self._open[-1]
            for shown in inside.shown:
                shown.words += data
            if inside.is_unseen or inside.is_hidden:
                return
            if inside.is_code:
                self._visible.append(data)
                return
        self._visible.append(data)
        self._prose.append(data)

    def handle_data(self, data: str) -> None:
        self._add_words(data)
        if not self._open:
            return
        inside = self._open[-1]
        if inside.tag.name == "style":
            self._page.sheets[-1].css += data
        if inside.is_unseen or not data.strip():
            return
        text = Text(inside.tag, data, self.getpos()[0], inside.is_hidden, inside.is_code)
        self._page.texts.append(text)
