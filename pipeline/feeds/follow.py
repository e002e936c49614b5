"""Adds feeds to `content/feeds.toml`; what the editor wrote there stays as it is."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit

from pipeline.errors import AuthorError
from pipeline.feeds.subscriptions import FEEDS, FEEDS_SYNTAX, FORM, get_feeds, load_text, read_tree
from pipeline.files import replace_file
from pipeline.model.news import Feed
from pipeline.model.problem import Problem, Problems

_HEAD = """\
# The feeds that the news sections are made of. `weekly feeds add URL --section tools` adds one.
# weight: 2 counts twice · cap: at most so many items of a letter's section · max_age: "14 days"
# title_strip: a pattern taken out of every title · language: when the feed does not say it · hidden: not used
"""


def plan_feeds(folder: Path, new: Sequence[Feed], *, allowed_hosts: Sequence[str] = ()) -> str:
    """Write the text that the file would have with these feeds at its end; comments stay as they are.

    Raises:
        AuthorError: the file has problems already, or would have them.
        FileError: it cannot be read.
    """
    before = get_feeds(folder, allowed_hosts=allowed_hosts)
    text = load_text(folder).decode("utf-8-sig") or _HEAD
    document = tomlkit.document()
    tables = tomlkit.aot()
    for feed in new:
        tables.append(_to_table(feed))
    document.append("feed", tables)
    if not text.endswith("\n"):
        text += "\n"
    changed = f"{text}\n{tomlkit.dumps(document)}" if new else text
    problems = Problems(FEEDS)
    try:
        tree = tomllib.loads(changed)
    except tomllib.TOMLDecodeError as error:
        # `feed = []` in one line cannot grow.
        raise AuthorError([_cannot_add()]) from error
    after = read_tree(tree, changed.split("\n"), problems, allowed_hosts)
    if problems.found or len(after) != len(before) + len(new):
        raise AuthorError(sorted(problems.found) or [_cannot_add()])
    return changed


def write_feeds(folder: Path, text: str) -> None:
    """Put a planned text in the file's place; raises FileError."""
    replace_file(folder / FEEDS, text)


def _cannot_add() -> Problem:
    return FEEDS_SYNTAX.problem(
        "nothing can be added to this file", "write feeds as `[[feed]]` tables", path=FEEDS
    )


def _to_table(feed: Feed) -> Any:  # noqa: ANN401 - tomlkit's table
    table = tomlkit.table()
    days = f"{feed.max_age_days} days" if feed.max_age_days else ""
    values = {name: getattr(feed, name, None) for name in FORM} | {"max_age": days}
    plain = Feed(feed.slug, feed.url, feed.section)
    for name, value in values.items():
        if value != getattr(plain, name, "") or name in ("slug", "url", "section"):
            table.add(name, value)
    return table
