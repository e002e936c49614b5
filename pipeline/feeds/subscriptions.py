"""The feeds that the editor follows: `content/feeds.toml`, read, checked and added to."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.content.document import HIDDEN
from pipeline.errors import AuthorError
from pipeline.feeds.patterns import check_pattern
from pipeline.feeds.sources import find_source
from pipeline.feeds.url_policy import Refused, check_url
from pipeline.files import read_if_there, replace_file
from pipeline.model.news import Feed
from pipeline.model.option_values import days_of
from pipeline.model.problem import FEED_RULES, Problem, Problems, Rule
from pipeline.model.suggest import did_you_mean
from pipeline.model.toml_words import describe_toml_error
from pipeline.plugins.sections import news_sections

FEEDS = "content/feeds.toml"

FEEDS_ENCODING = FEED_RULES.error(
    "feeds-encoding", "Bytes that are not UTF-8 would reach readers as wrong letters."
)
FEEDS_SYNTAX = FEED_RULES.error("feeds-syntax", "A file that is not valid TOML cannot be read.")
FEEDS_UNKNOWN_KEY = FEED_RULES.error("feeds-unknown-key", "A misspelt key would silently have no effect.")
FEEDS_MISSING = FEED_RULES.error(
    "feeds-missing", "A feed without slug, address or section has no place in a letter."
)
FEEDS_VALUE = FEED_RULES.error("feeds-value", "A value of the wrong type cannot be applied.")
FEEDS_URL = FEED_RULES.error("feeds-url", "Only addresses of the public web are fetched.")
FEEDS_TWICE = FEED_RULES.error("feeds-twice", "The same feed twice would count as two sources.")
FEEDS_PATTERN = FEED_RULES.error(
    "feeds-pattern",
    "Patterns run over titles that strangers write, so only those of linear time are allowed.",
)


class _Form(NamedTuple):
    """The type of a key's value, as messages name it; how to write it; whether a value has it."""

    name: str
    fix: str
    accepts: Callable[[object], bool]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TEXT = _Form("text", "write it in quotes", lambda value: isinstance(value, str))
_NUMBER = _Form("a number", "write it in digits, without quotes", _is_number)
_COUNT = _Form(
    "a whole number of 1 or more",
    "write a whole number, such as 2, without quotes",
    lambda value: type(value) is int and value >= 1,
)
_SPAN = _Form(
    "a span of time",
    'write digits and a unit in quotes, as in "14 days" or "2 weeks"',
    lambda value: isinstance(value, str) and days_of(value) > 0,
)
_FLAG = _Form("true or false", "write true or false, without quotes", lambda value: isinstance(value, bool))
_FORMS: Mapping[str, _Form] = {
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
_REQUIRED = ("slug", "url", "section")

SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_SLUG_CHARS = 60
"""A slug is a file name in the cache and a column of tables; longer ones only break these."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HEADER = re.compile(r"\s*\[\[\s*[\"']?feed[\"']?\s*\]\]")
_WEIGHTS = (0.01, 100.0)
"""Beyond these one feed would decide a section alone, or never appear; `hidden` says that better."""

_HEAD = """\
# The feeds that the news sections are made of. `weekly feeds add URL --section tools` adds one.
# weight: 2 counts twice · cap: at most so many items of a letter's section · max_age: "14 days"
# title_strip: a pattern removed from every title · language: when the feed declares none · hidden: not used
"""


def read_feeds(
    folder: Path, *, allowed_hosts: Sequence[str] = ()
) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    """Read the feeds below a newsletter folder, in their order, with every problem found.

    No file means no feeds. Entries with a problem are left out.

    Raises:
        FileError: the file exists and cannot be read.
    """
    return _parse(read_if_there(folder / FEEDS) or b"", tuple(allowed_hosts))


def get_feeds(folder: Path, *, allowed_hosts: Sequence[str] = ()) -> tuple[Feed, ...]:
    """Read the feeds; raises AuthorError with every problem when there is one."""
    feeds, problems = read_feeds(folder, allowed_hosts=allowed_hosts)
    if problems:
        raise AuthorError(problems)
    return feeds


def plan_feeds(folder: Path, new: Sequence[Feed], *, allowed_hosts: Sequence[str] = ()) -> str:
    """Return the text of the file with these feeds added at its end; comments stay as they are.

    Raises:
        AuthorError: the file has problems already, or would have them.
        FileError: it cannot be read.
    """
    before = get_feeds(folder, allowed_hosts=allowed_hosts)
    text = (read_if_there(folder / FEEDS) or b"").decode("utf-8-sig") or _HEAD
    import tomlkit  # noqa: PLC0415 - only what adds feeds writes

    document = tomlkit.document()
    tables = tomlkit.aot()
    for feed in new:
        tables.append(_to_table(feed))
    document.append("feed", tables)
    if not text.endswith("\n"):
        text += "\n"
    changed = f"{text}\n{tomlkit.dumps(document)}" if new else text
    after, problems = _parse(changed.encode(), tuple(allowed_hosts))
    is_broken = any(problem.rule == FEEDS_SYNTAX for problem in problems)
    if is_broken or (len(after) != len(before) + len(new) and not problems):
        fix = "write feeds as `[[feed]]` tables"  # `feed = []` on one line cannot be extended
        raise AuthorError([FEEDS_SYNTAX.problem("nothing can be added to this file", fix, path=FEEDS)])
    if problems:
        raise AuthorError(problems)
    return changed


def write_feeds(folder: Path, text: str) -> None:
    """Replace the file with a planned text; raises FileError."""
    replace_file(folder / FEEDS, text)


def _to_table(feed: Feed) -> Any:  # noqa: ANN401 - tomlkit's table
    import tomlkit  # noqa: PLC0415 - as above

    table = tomlkit.table()
    days = f"{feed.max_age_days} days" if feed.max_age_days else ""
    values = {name: getattr(feed, name, None) for name in _FORMS} | {"max_age": days}
    usual = Feed(feed.slug, feed.url, feed.section)
    for name, value in values.items():
        if name in _REQUIRED or value != getattr(usual, name, ""):
            table.add(name, value)
    return table


@lru_cache(maxsize=4)
def _parse(raw: bytes, allowed_hosts: tuple[str, ...]) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    problems = Problems(FEEDS)
    feeds: tuple[Feed, ...] = ()
    try:
        text = raw.decode("utf-8-sig")
        feeds = _read_tree(tomllib.loads(text), text.split("\n"), problems, allowed_hosts)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(FEEDS_ENCODING, line, "the file is not UTF-8", "save it as UTF-8 in your editor")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"\(at line (\d+)", str(error))
        line = int(at[1]) if at else text.rstrip().count("\n") + 1
        cause = re.sub(r" \(at .*", "", describe_toml_error(error)).lower()
        fix = 'write `key = "value"`, with text in straight quotes, below `[[feed]]`'
        problems.add(FEEDS_SYNTAX, line, f"the file is not valid TOML: {cause}", fix)
    return feeds, tuple(sorted(problems.found))


def _read_tree(
    tree: Mapping[str, Any], lines: Sequence[str], problems: Problems, allowed_hosts: Sequence[str]
) -> tuple[Feed, ...]:
    """Check the parsed file; return the feeds without a problem."""
    for key in tree:
        if key != "feed":
            fix = "write every feed below a line `[[feed]]`"
            problems.add(FEEDS_UNKNOWN_KEY, _find_line(lines, 1, key), f"there is no key `{key}`", fix)
    entries = tree.get("feed", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        problems.add(FEEDS_VALUE, 0, "`feed` is not a list of tables", "write `[[feed]]` with two brackets")
        return ()
    starts = [number for number, line in enumerate(lines, 1) if _HEADER.match(line)]
    feeds = []
    for number, entry in enumerate(entries):
        start = starts[number] if len(starts) == len(entries) else 0
        found = list(_check_entry(entry, allowed_hosts))
        for key, rule, message, fix in found:
            line = _find_line(lines, start, key) if start else 0
            problems.add(rule, line, message, fix)
        if not found:
            feeds.append(_to_feed(entry, start))
    return tuple(_refuse_twice(feeds, problems))


_Mistake = tuple[str, Rule, str, str]
"""The key it is about, empty for the whole table; rule, message and fix."""


def _check_entry(entry: Mapping[str, Any], allowed_hosts: Sequence[str]) -> Iterator[_Mistake]:
    typed = {}
    for key, value in entry.items():
        if key not in _FORMS:
            fix = did_you_mean(key, _FORMS) or f"known keys are {', '.join(_FORMS)}"
            yield key, FEEDS_UNKNOWN_KEY, f"there is no key `{key}`", fix
        elif not _FORMS[key].accepts(value):
            yield key, FEEDS_VALUE, f"`{key}` is not {_FORMS[key].name}", _FORMS[key].fix
        else:
            typed[key] = value
    for key in _REQUIRED:
        if key not in entry:
            yield "", FEEDS_MISSING, f"`{key}` is missing", f'add a line `{key} = "…"`'
    yield from _check_values(typed, allowed_hosts)


def _check_values(values: Mapping[str, Any], allowed_hosts: Sequence[str]) -> Iterator[_Mistake]:
    for key in ("title", "title_strip", "language", "slug", "section"):
        if HIDDEN.search(values.get(key, "")) or "\n" in values.get(key, ""):
            yield key, FEEDS_VALUE, f"`{key}` holds a line break or an invisible character", "delete it"
    slug = values.get("slug", "x")
    if not SLUG.fullmatch(slug) or len(slug) > _SLUG_CHARS:
        fix = "use lower-case letters, digits and hyphens: `the-batch`"
        yield "slug", FEEDS_VALUE, f"`{slug[:40]}` is not a valid slug", fix
    sections = news_sections()
    if values.get("section", sections[0]) not in sections:
        fix = did_you_mean(values["section"], sections) or f"sections are {', '.join(sections)}"
        yield "section", FEEDS_VALUE, f"there is no section `{values['section'][:40]}`", fix
    if "url" in values and not find_source(values["url"]):
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
            "write a number from 0.01 to 100; 1 is the default",
        )
    if values.get("language") and not _LANGUAGE.fullmatch(values["language"]):
        yield "language", FEEDS_VALUE, "`language` is not a language tag", "write it as `en` or `pt-BR`"
    try:
        check_pattern(values.get("title_strip", ""))
    except ValueError as error:
        fix = r'write a pattern of RE2, without look-arounds and references, such as "^\\w+ \\d+, \\d{4} "'
        yield "title_strip", FEEDS_PATTERN, f"`title_strip` is not a pattern that can be used: {error}", fix


def _to_feed(entry: Mapping[str, Any], line: int) -> Feed:
    days = days_of(entry.get("max_age", ""))
    values = {key: value for key, value in entry.items() if key != "max_age"}
    weight = float(values.pop("weight", 1.0))
    return Feed(**values, weight=weight, max_age_days=days, line=line)


def _refuse_twice(feeds: Sequence[Feed], problems: Problems) -> Iterator[Feed]:
    slugs: dict[str, int] = {}
    urls: dict[str, int] = {}
    for feed in feeds:
        for what, value, seen in (("slug", feed.slug, slugs), ("url", feed.url, urls)):
            if value in seen:
                message = f"the {what} `{value[:80]}` appears twice, first in line {seen[value]}"
                problems.add(FEEDS_TWICE, feed.line, message, "delete or change one of the two")
        if feed.slug not in slugs and feed.url not in urls:
            yield feed
        slugs.setdefault(feed.slug, feed.line)
        urls.setdefault(feed.url, feed.line)


def _find_line(lines: Sequence[str], start: int, key: str) -> int:
    """Return the line of a key of the table that begins at `start`; `start` itself when it is not there."""
    wanted = re.compile(rf"\s*\[?\[?\s*[\"']?{re.escape(key)}[\"']?\s*[\]=.]") if key else None
    for number in range(start, len(lines) + 1):
        line = lines[number - 1]
        if number > start and _HEADER.match(line):
            break
        if wanted and wanted.match(line):
            return number
    return start
