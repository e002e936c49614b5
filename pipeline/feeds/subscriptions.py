"""The feeds that the editor follows: `content/feeds.toml`, read and checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from pipeline.content.document import HIDDEN
from pipeline.errors import AuthorError
from pipeline.feeds.regex_safety import find_danger
from pipeline.feeds.url_policy import Refused, check_url
from pipeline.files import read_if_there
from pipeline.model.durations import days_of
from pipeline.model.news import SECTIONS, Feed, NewsSection
from pipeline.model.problem import FEED_RULES, Problem, Problems, Rule
from pipeline.model.suggest import did_you_mean

FEEDS_ENCODING = FEED_RULES.error(
    "feeds-encoding", "Bytes that are not UTF-8 would reach readers as wrong letters."
)
FEEDS_SYNTAX = FEED_RULES.error("feeds-syntax", "What TOML cannot read cannot be followed.")
FEEDS_UNKNOWN_KEY = FEED_RULES.error("feeds-unknown-key", "A misspelt key would silently have no effect.")
FEEDS_MISSING = FEED_RULES.error(
    "feeds-missing", "A feed without slug, address or section has no place in a letter."
)
FEEDS_VALUE = FEED_RULES.error("feeds-value", "A value of another kind than expected cannot be obeyed.")
FEEDS_URL = FEED_RULES.error("feeds-url", "Only addresses of the public web are fetched.")
FEEDS_TWICE = FEED_RULES.error("feeds-twice", "The same feed twice would count as two sources.")
FEEDS_PATTERN = FEED_RULES.error(
    "feeds-pattern", "A pattern runs over titles that strangers write, and some keep it busy forever."
)


FEEDS = "content/feeds.toml"


_TEXT, _NUMBER, _COUNT, _SPAN, _FLAG = (
    "text",
    "a number",
    "a number from 1 on",
    "a span of time",
    "true or false",
)
_CURES: Mapping[str, str] = {
    _TEXT: "write it in quotes",
    _NUMBER: "write it in digits, without quotes",
    _COUNT: "write a whole number, such as 2, without quotes",
    _SPAN: 'write digits and a unit in quotes, as in "14 days" or "2 weeks"',
    _FLAG: "write true or false, without quotes",
}
FORM: Mapping[str, str] = {
    "slug": _TEXT,
    "url": _TEXT,
    "section": _TEXT,
    "title": _TEXT,
    "weight": _NUMBER,
    "title_strip": _TEXT,
    "language": _TEXT,
    "cap": _COUNT,
    "max_age": _SPAN,
    "hidden": _FLAG,
}
KEYS = tuple(FORM)
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_SLUG_CHARS = 60
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HEADER = re.compile(r"\s*\[\[\s*[\"']?feed[\"']?\s*\]\]")
_WEIGHTS = (0.01, 100.0)


def read_feeds(
    folder: Path, *, allowed_hosts: Sequence[str] = ()
) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    """Read the feeds below a newsletter folder, in their order, with every problem found.

    No file means no feeds. Entries with a problem are left out.

    Raises:
        FileError: the file is there and cannot be read.
    """
    problems = Problems(FEEDS)
    raw = load_text(folder)
    try:
        text = raw.decode("utf-8-sig")
        tree = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(FEEDS_ENCODING, line, "the file is not UTF-8", "save it as UTF-8 in your editor")
        return (), tuple(problems.found)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"\(at line (\d+)", str(error))
        line = int(at[1]) if at else text.rstrip().count("\n") + 1
        cause = re.sub(r" \(at .*", "", str(error)).lower()
        fix = 'write `key = "value"`, with text in straight quotes, below `[[feed]]`'
        problems.add(FEEDS_SYNTAX, line, f"this is no valid TOML: {cause}", fix)
        return (), tuple(problems.found)
    feeds = read_tree(tree, text.split("\n"), problems, allowed_hosts)
    return feeds, tuple(sorted(problems.found))


def get_feeds(folder: Path, *, allowed_hosts: Sequence[str] = ()) -> tuple[Feed, ...]:
    """Read the feeds; raises AuthorError with every problem when there is one."""
    feeds, problems = read_feeds(folder, allowed_hosts=allowed_hosts)
    if problems:
        raise AuthorError(problems)
    return feeds


def load_text(folder: Path) -> bytes:
    """Read the file as it is, empty when there is none; raises FileError."""
    return read_if_there(folder / FEEDS) or b""


def read_tree(
    tree: Mapping[str, Any], lines: Sequence[str], problems: Problems, allowed_hosts: Sequence[str]
) -> tuple[Feed, ...]:
    """Check the parsed file and give the feeds without a problem."""
    starts = [number for number, line in enumerate(lines, 1) if _HEADER.match(line)]
    for key in tree:
        if key != "feed":
            fix = "write every feed below a line `[[feed]]`"
            problems.add(FEEDS_UNKNOWN_KEY, _find_line(lines, 1, key), f"there is no key `{key}`", fix)
    entries = tree.get("feed", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.add(FEEDS_VALUE, 0, "`feed` is no list of tables", "write `[[feed]]` with two brackets")
        return ()
    feeds = []
    for number, entry in enumerate(entries):
        line = starts[number] if len(starts) == len(entries) else 0
        count = len(problems.found)
        _check_entry(_Entry(entry, lines, line, problems), allowed_hosts)
        if len(problems.found) == count:
            feeds.append(_to_feed(entry, line))
    return tuple(_refuse_twice(feeds, problems))


class _Entry:
    """One table of the file, which knows where its keys stand."""

    def __init__(
        self, values: Mapping[str, Any], lines: Sequence[str], line: int, problems: Problems
    ) -> None:
        self.values = values
        self._lines, self._line, self._problems = lines, line, problems

    def complain(self, rule: Rule, key: str, message: str, fix: str) -> None:
        """Note a problem at a key's line."""
        line = _find_line(self._lines, self._line, key) if self._line else 0
        self._problems.add(rule, line, message, fix)


def _check_entry(entry: _Entry, allowed_hosts: Sequence[str]) -> None:
    good = {}
    for key, value in entry.values.items():
        if key not in FORM:
            fix = did_you_mean(key, FORM) or f"known keys are {', '.join(FORM)}"
            entry.complain(FEEDS_UNKNOWN_KEY, key, f"there is no key `{key}`", fix)
        elif not _has_form(value, FORM[key]):
            entry.complain(FEEDS_VALUE, key, f"`{key}` is not {FORM[key]}", _CURES[FORM[key]])
        else:
            good[key] = value
    for key in ("slug", "url", "section"):
        if key not in entry.values:
            entry.complain(FEEDS_MISSING, "", f"`{key}` is missing", f'add a line `{key} = "…"`')
    for key, rule, message, fix in _wrong_values(good, allowed_hosts):
        entry.complain(rule, key, message, fix)


def _wrong_values(
    values: Mapping[str, Any], allowed_hosts: Sequence[str]
) -> Iterator[tuple[str, Rule, str, str]]:
    for key in ("title", "title_strip", "language", "slug", "section"):
        if HIDDEN.search(values.get(key, "")) or "\n" in values.get(key, ""):
            yield (
                key,
                FEEDS_VALUE,
                f"`{key}` holds a line break, or a character that nobody sees",
                "delete it",
            )
    slug = values.get("slug", "x")
    if not SLUG.fullmatch(slug) or len(slug) > _SLUG_CHARS:
        yield (
            "slug",
            FEEDS_VALUE,
            f"`{slug[:40]}` is no slug",
            "use small letters, digits and hyphens: `the-batch`",
        )
    if values.get("section", SECTIONS[0]) not in SECTIONS:
        fix = did_you_mean(values["section"], SECTIONS) or f"sections are {', '.join(SECTIONS)}"
        yield "section", FEEDS_VALUE, f"there is no section `{values['section'][:40]}`", fix
    if "url" in values:
        try:
            check_url(values["url"], allowed_hosts=allowed_hosts)
        except Refused as error:
            yield (
                "url",
                FEEDS_URL,
                str(error),
                "write the feed's address, such as https://example.org/feed.xml",
            )
    if not _WEIGHTS[0] <= values.get("weight", 1) <= _WEIGHTS[1]:
        yield (
            "weight",
            FEEDS_VALUE,
            "`weight` is out of range",
            "write a number from 0.01 to 100; 1 is ordinary",
        )
    if values.get("language") and not _LANGUAGE.fullmatch(values["language"]):
        yield "language", FEEDS_VALUE, "`language` is no language", "write it as `en` or `pt-BR`"
    danger = find_danger(values.get("title_strip", ""))
    if danger:
        yield (
            "title_strip",
            FEEDS_PATTERN,
            f"`title_strip` {danger}",
            r'write a plain pattern such as "^\\w+ \\d+, \\d{4} "',
        )


def _has_form(value: object, form: str) -> bool:
    if form == _FLAG:
        return isinstance(value, bool)
    if form == _SPAN:
        return isinstance(value, str) and days_of(value) > 0
    if form == _TEXT:
        return isinstance(value, str)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) and value >= 1 if form == _COUNT else isinstance(value, int | float)


def _to_feed(entry: Mapping[str, Any], line: int) -> Feed:
    days = days_of(entry.get("max_age", ""))
    values = {key: value for key, value in entry.items() if key != "max_age"}
    section = cast("NewsSection", values.pop("section"))
    weight = float(values.pop("weight", 1.0))
    return Feed(**values, section=section, weight=weight, max_age_days=days, line=line)


def _refuse_twice(feeds: Sequence[Feed], problems: Problems) -> Iterator[Feed]:
    slugs: dict[str, int] = {}
    urls: dict[str, int] = {}
    for feed in feeds:
        for what, value, seen in (("slug", feed.slug, slugs), ("url", feed.url, urls)):
            if value in seen:
                message = f"the {what} `{value[:80]}` is there twice, first in line {seen[value]}"
                problems.add(FEEDS_TWICE, feed.line, message, "delete or change one of the two")
        if feed.slug not in slugs and feed.url not in urls:
            yield feed
        slugs.setdefault(feed.slug, feed.line)
        urls.setdefault(feed.url, feed.line)


def _find_line(lines: Sequence[str], start: int, key: str) -> int:
    """Find the line of a key of the table that begins at `start`; the table's own when it is not there."""
    wanted = re.compile(rf"\s*\[?\[?\s*[\"']?{re.escape(key)}[\"']?\s*[\]=.]") if key else None
    for number in range(start, len(lines) + 1):
        line = lines[number - 1]
        if number > start and _HEADER.match(line):
            break
        if wanted and wanted.match(line):
            return number
    return start
