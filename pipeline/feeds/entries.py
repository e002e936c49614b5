"""The entries of a feed as plain values: text without markup, links to the web, instants in UTC. Pure."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import nh3

from pipeline.feeds.url_policy import NOT_IN_A_LINK
from pipeline.model.frozen import dataclass

TITLE_CHARS = 300  # longer ones are a text without a title; a letter cuts them anyway
SUMMARY_CHARS = 2000  # many times what a letter shows, so that mentions are found behind the first words
LINK_CHARS = 2000  # as in `pipeline.news.urls`: mail programs and old servers cut longer ones
KEY_CHARS = 500
REASON_CHARS = 300
_CONTENT_CHARS = 200_000
_ROUNDS = 5
"""Each round removes one level of escaping; what still changes after five hides markup on purpose."""
_MARKS_AT_ONCE = 4
"""Scripts stack fewer combining marks on a letter; more of them run into the lines around."""

_YEARS = (1990, 2999)  # the web is not older; what lies beyond is a typing error or a made-up date
_BREAK = re.compile(
    r"<(?=/?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|th|table|blockquote|pre|hr|img)\b)", re.IGNORECASE
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_NOT_IN_A_KEY = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_JOINERS = "\u200c\u200d"
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed. `key` identifies it within the feed: its id, else its link."""

    key: str
    title: str
    url: str
    published_at: datetime | None = None
    summary: str = ""
    words: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed's own title, language and entries, in its order; how many were dropped, by reason.

    With an `error` there are no entries. It may quote what a server sent, and is safe to display.
    """

    title: str = ""
    language: str = ""
    entries: tuple[FeedEntry, ...] = ()
    drops: tuple[tuple[str, int], ...] = ()
    error: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "error", visible(self.error))


def visible(text: str, most: int = REASON_CHARS) -> str:
    """Convert foreign text to one line that is safe to display: no terminal escapes, nothing invisible."""
    return _cut(" ".join(_remove_invisible(text[: 20 * most]).split()), most)


def plain_text(value: object, most: int) -> str:
    """Convert text or HTML to one line of plain text: no tags, no invisible characters.

    Idempotent, but for what is cut off at the end. Empty for anything but a string.
    """
    if not isinstance(value, str):
        return ""
    text = value[: 20 * most]
    for _ in range(_ROUNDS):
        before = text
        text = unicodedata.normalize("NFKC", _remove_invisible(text))
        if "<" in text or "&" in text:
            marked = _BREAK.sub(" <", text)
            text = html.unescape(nh3.clean(marked, tags=set(), clean_content_tags={"script", "style"}))
        text = " ".join(text.split())
        if text == before:
            break
    else:
        # Markup that hides in markup again and again is not text.
        text = " ".join(text.replace("<", " ").replace("&", " ").split())
    return _cut(text, most)


def web_link(value: object, base: str = "") -> str:
    """Build an absolute http or https link; empty when it is anything else."""
    if not isinstance(value, str):
        return ""
    try:
        url = urljoin(base, value.strip())
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return ""
    is_plain = parts.scheme in ("http", "https") and "@" not in parts.netloc
    return url if host and is_plain and len(url) <= LINK_CHARS and not NOT_IN_A_LINK.search(url) else ""


def language_tag(value: object) -> str:
    """Normalize a language tag (BCP 47) to lower case; empty when it is not one."""
    tag = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    return tag if _LANGUAGE.fullmatch(tag) else ""


def instant(year: int, month: int, day: int, *clock: int) -> datetime | None:
    """Build an instant in UTC; None when it does not exist, or its year is out of range."""
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    try:
        return (
            datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) if is_year(year) else None
        )
    except (ValueError, OverflowError):
        return None


def iso_instant(value: object) -> datetime | None:
    """Read an ISO 8601 instant; one without a zone is UTC. None when it is not one."""
    try:
        at = datetime.fromisoformat(str(value).strip())
        at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
    return at if is_year(at.year) else None


def gather(found: Iterable[tuple[FeedEntry, str]]) -> tuple[tuple[FeedEntry, ...], dict[str, int]]:
    """Keep the usable entries, one for each key, and count the others by reason.

    Each entry comes with its feed's own id. Where several links have the same id, the link is the key.
    """
    entries = list(found)
    links: dict[str, set[str]] = {}
    for entry, own in entries:
        links.setdefault(own, set()).add(entry.url)
    kept: dict[str, FeedEntry] = {}
    drops: dict[str, int] = {}
    for entry, own in entries:
        reason = "no title" if not entry.title else "" if entry.url else "no link to the web"
        key = _clean_key(own if own and len(links[own]) == 1 else entry.url)
        if not reason and key in kept:
            reason = "there twice"
        if reason:
            drops[reason] = drops.get(reason, 0) + 1
        else:
            kept[key] = replace(entry, key=key[:KEY_CHARS])
    return tuple(kept.values()), drops


def make_feed_entry(
    *, title: object, url: str, published_at: datetime | None, summary: object, content: object
) -> FeedEntry:
    """Build an entry from cleaned fields; its key is still empty."""
    body = content if isinstance(content, str) else ""
    lead = plain_text(summary, SUMMARY_CHARS) or plain_text(body, SUMMARY_CHARS)
    words = len(plain_text(body, _CONTENT_CHARS).split()) if body else 0
    return FeedEntry("", plain_text(title, TITLE_CHARS), url, published_at, lead, words)


def dump_parsed(parsed: Parsed) -> bytes:
    """Write a parsed feed as one line of JSON."""
    tree = asdict(parsed) | {"drops": dict(parsed.drops)}
    return json.dumps(tree, default=datetime.isoformat).encode()


def load_parsed(raw: bytes) -> Parsed:
    """Read a parsed feed as `dump_parsed` wrote it, and check it again: the writer is not trusted.

    Raises ValueError, KeyError, TypeError or AttributeError when it is anything else.
    """
    tree = json.loads(raw)
    entries = tuple(
        FeedEntry(
            key=str(entry["key"]),
            title=str(entry["title"]),
            url=web_link(entry["url"]),
            published_at=iso_instant(entry["published_at"]),
            summary=str(entry["summary"]),
            words=int(entry["words"]),
        )
        for entry in tree["entries"]
    )
    if not all(entry.url for entry in entries):
        raise ValueError("an entry has no link to the web")
    drops = tuple(sorted((str(reason), int(count)) for reason, count in tree["drops"].items()))
    return Parsed(str(tree["title"]), language_tag(tree["language"]), entries, drops, str(tree["error"]))


def _clean_key(key: str) -> str:
    """Escape what no file can hold, so that two keys never become one."""
    return _NOT_IN_A_KEY.sub(lambda found: f"\\u{ord(found[0]):04x}", key)


def is_year(year: int) -> bool:
    """Check whether an instant of a year can be that of an item."""
    return _YEARS[0] <= year <= _YEARS[1]


def _remove_invisible(text: str) -> str:
    """Remove invisible characters, and combining marks beyond what scripts use."""
    if text.isascii() and text.isprintable():
        return text
    kept, marks = [], 0
    for character in text:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind[0] == "M" else 0
        if character.isspace():
            kept.append(" ")
        elif (kind not in _UNSEEN or character in _JOINERS) and marks <= _MARKS_AT_ONCE:
            kept.append(character)
    return "".join(kept)


def _cut(text: str, most: int) -> str:
    """Cut at a space where there is one near the end."""
    if len(text) <= most:
        return text
    head = text[:most]
    space = head.rfind(" ", most * 3 // 4)
    return head[: space if space > 0 else most].rstrip()
