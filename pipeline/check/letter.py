"""What the rules look at and what they answer: the page read once, and findings. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from pipeline.content.model import Severity
from pipeline.issue.model import Letterhead
from pipeline.render.model import Rendered, Slot
from pipeline.render.tags import VOID

_BREAKS = frozenset(
    ["br", "div", "h1", "h2", "h3", "h4", "li", "ol", "p", "pre", "table", "td", "th", "tr", "ul"]
)
_UNSEEN = frozenset({"script", "style", "title"})
_GAP = re.compile(r"\s+")
_HIDDEN_STYLE = re.compile(r"display:\s*none")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found. `where` is `html`, `html:12`, `text`, `text:7`, `subject` or `preheader`."""

    rule: str
    severity: Severity
    where: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message} ({self.fix}) [{self.rule}]"


Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Tag:
    """One start tag; `attributes` are decoded, a valueless one is empty."""

    name: str
    attributes: Mapping[str, str]
    line: int


@dataclass(slots=True)
class Shown:
    """Something with words in it: a link, a heading, the title."""

    tag: Tag
    words: str = ""
    images_alt: str = ""


@dataclass(slots=True)
class Page:
    """What is in the HTML: tags in order, what they show, and the text outside of code."""

    tags: list[Tag] = field(default_factory=list)
    links: list[Shown] = field(default_factory=list)
    headings: list[Shown] = field(default_factory=list)
    titles: list[Shown] = field(default_factory=list)
    visible: str = ""
    prose: str = ""
    """As `visible`, without what stands in `<pre>` and `<code>`."""


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a rule may look at."""

    rendered: Rendered
    letterhead: Letterhead
    page: Page
    allowance: Mapping[Slot, int]

    @property
    def tokens(self) -> Mapping[Slot, str]:
        """The token of each slot that is in the letter."""
        return {slot: token for token, slot in self.rendered.slots.items()}


def read_page(html: str) -> Page:
    """Read the HTML of a letter; comments, and with them what only Outlook sees, are left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def one_line(text: str) -> str:
    """Write a text on one line, for comparing and for showing."""
    return _GAP.sub(" ", text).strip()


class _Reader(HTMLParser):
    """Follows the open elements, to know what is hidden, code, link or heading."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[tuple[str, bool, Shown | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Tag(tag, {name: value or "" for name, value in attrs}, self.getpos()[0])
        self.page.tags.append(found)
        self._break(tag)
        if tag == "img":
            for _, _, shown in self._open:
                if shown:
                    shown.images_alt += found.attributes.get("alt", "")
        if tag in VOID:
            return
        hidden = bool(_HIDDEN_STYLE.search(found.attributes.get("style", "")))
        self._open.append((tag, hidden, self._shown(found)))

    def _shown(self, tag: Tag) -> Shown | None:
        lists = {"a": self.page.links, "title": self.page.titles}
        target = self.page.headings if re.fullmatch("h[1-6]", tag.name) else lists.get(tag.name)
        if target is None or (tag.name == "a" and "href" not in tag.attributes):
            return None
        target.append(Shown(tag))
        return target[-1]

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]
        self._break(tag)

    def _break(self, tag: str) -> None:
        if tag in _BREAKS:
            self.handle_data("\n")

    def handle_data(self, data: str) -> None:
        names = {name for name, _, _ in self._open}
        for _, _, shown in self._open:
            if shown:
                shown.words += data
        if names & _UNSEEN or any(hidden for _, hidden, _ in self._open):
            return
        self.page.visible += data
        if not names & {"pre", "code"}:
            self.page.prose += data
