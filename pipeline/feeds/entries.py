"""What a feed says, as plain values: text without markup, links to the web, instants in UTC. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import nh3

from pipeline.feeds.url_policy import NOT_IN_A_LINK

TITLE_CHARS = 300
SUMMARY_CHARS = 2000
LINK_CHARS = 2000
KEY_CHARS = 500
REASON_CHARS = 300
_CONTENT_CHARS = 200_000
_ROUNDS = 5
_MARKS_AT_ONCE = 4
"""Scripts stack fewer marks on a letter; more of them climb over the lines around."""

_YEARS = (1990, 2999)
_BREAK = re.compile(
    r"<(?=/?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|th|table|blockquote|pre|hr|img)\b)", re.IGNORECASE
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_NOT_IN_A_KEY = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_JOINERS = "\u200c\u200d"
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed. `key` is what tells it from others: its id, else its link."""

    key: str
    title: str
    url: str
    published_at: datetime | None = None
    summary: str = ""
    words: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed's own title, language and entries, in its order; how many were dropped, by reason.

    With an `error` there are no entries. It may quote what a server said, and can be shown.
    """

    title: str = ""
    language: str = ""
    entries: tuple[FeedEntry, ...] = ()
    drops: tuple[tuple[str, int], ...] = ()
    error: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "error", visible(self.error))


def visible(text: str, most: int = REASON_CHARS) -> str:
    """Make one line that can be shown of a stranger's words: no escape of a terminal, nothing unseen."""
    return _cut(" ".join(_seen(text[: 20 * most]).split()), most)


def plain_text(value: object, most: int) -> str:
    """Make one line of plain text out of text or HTML: no tag, no character that nobody sees.

    What comes out would come out again, but for what was cut off at the end.
    """
    if not isinstance(value, str):
        return ""
    text = value[: 20 * most]
    for _ in range(_ROUNDS):
        before = text
        text = unicodedata.normalize("NFKC", _seen(text))
        if "<" in text or "&" in text:
            marked = _BREAK.sub(" <", text)
            text = html.unescape(nh3.clean(marked, tags=set(), clean_content_tags={"script", "style"}))
        text = " ".join(text.split())
        if text == before:
            break
    else:
        # Markup that hides in markup time and again is no text.
        text = " ".join(text.replace("<", " ").replace("&", " ").split())
    return _cut(text, most)


def web_link(value: object, base: str = "") -> str:
    """Make an absolute http or https link; empty when it leads anywhere else."""
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
    """Write a language as BCP 47 does, in small letters; empty when it is none."""
    tag = value.strip().lower().replace("_", "-") if isinstance(value, str) else ""
    return tag if _LANGUAGE.fullmatch(tag) else ""


def instant(year: int, month: int, day: int, *clock: int) -> datetime | None:
    """Make an instant in UTC; None when there is none, or when it is out of this program's time."""
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    try:
        return (
            datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) if _is_ours(year) else None
        )
    except (ValueError, OverflowError):
        return None


def iso_instant(value: object) -> datetime | None:
    """Read an ISO 8601 instant; one without a zone is UTC."""
    try:
        at = datetime.fromisoformat(str(value).strip())
        at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
    return at if _is_ours(at.year) else None


def gather(found: Iterable[tuple[FeedEntry, str]]) -> tuple[tuple[FeedEntry, ...], dict[str, int]]:
    """Keep the entries that can be used, one for each key, and count the others by reason.

    Each entry comes with its feed's own id. Where a feed gives several links the same id, the link tells.
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
            kept[key] = FeedEntry(key[:KEY_CHARS], *_fields(entry)[1:])
    return tuple(kept.values()), drops


def make_feed_entry(
    *, title: object, url: str, published_at: datetime | None, summary: object, content: object
) -> FeedEntry:
    """Clean the fields of one entry."""
    body = content if isinstance(content, str) else ""
    lead = plain_text(summary, SUMMARY_CHARS) or plain_text(body, SUMMARY_CHARS)
    words = len(plain_text(body, _CONTENT_CHARS).split()) if body else 0
    return FeedEntry("", plain_text(title, TITLE_CHARS), url, published_at, lead, words)


def parsed_to_json(parsed: Parsed) -> dict[str, Any]:
    """Write a parsed feed as JSON says it."""
    entries = [
        {
            "key": entry.key,
            "title": entry.title,
            "url": entry.url,
            "published_at": entry.published_at.isoformat() if entry.published_at else "",
            "summary": entry.summary,
            "words": entry.words,
        }
        for entry in parsed.entries
    ]
    drops = dict(parsed.drops)
    return {
        "title": parsed.title,
        "language": parsed.language,
        "error": parsed.error,
        "drops": drops,
        "entries": entries,
    }


def parsed_from_json(tree: Mapping[str, Any]) -> Parsed:
    """Read a parsed feed; raises ValueError, KeyError, TypeError or AttributeError when it is none."""
    entries = tuple(
        FeedEntry(
            key=str(entry["key"]),
            title=str(entry["title"]),
            url=web_link(entry["url"]) or _no_link(entry["url"]),
            published_at=iso_instant(entry["published_at"]),
            summary=str(entry["summary"]),
            words=int(entry["words"]),
        )
        for entry in tree["entries"]
    )
    drops = tuple(sorted((str(reason), int(count)) for reason, count in tree["drops"].items()))
    return Parsed(str(tree["title"]), language_tag(tree["language"]), entries, drops, str(tree["error"]))


def _no_link(url: object) -> str:
    raise ValueError(f"{url!r} is no link to the web")


def _clean_key(key: str) -> str:
    """Write out what no file can hold, so that two keys never become one."""
    return _NOT_IN_A_KEY.sub(lambda found: f"\\u{ord(found[0]):04x}", key)


def _fields(entry: FeedEntry) -> tuple[Any, ...]:
    return (entry.key, entry.title, entry.url, entry.published_at, entry.summary, entry.words)


def _is_ours(year: int) -> bool:
    return _YEARS[0] <= year <= _YEARS[1]


def _seen(text: str) -> str:
    """Leave out what nobody sees, and marks beyond what a letter can carry."""
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
    """Cut at a space where there is one near."""
    if len(text) <= most:
        return text
    head = text[:most]
    space = head.rfind(" ", most * 3 // 4)
    return head[: space if space > 0 else most].rstrip()
