"""What was chosen for a week, and why: `content/issues/<week>.lock.json`, the same bytes everywhere."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, field, fields, replace
from pathlib import Path
from typing import Any

from pipeline.errors import AuthorError, FileError, LockMismatch, PipelineError
from pipeline.files import read_if_there, replace_if_changed
from pipeline.issue.lock_inputs import digest_news, digests
from pipeline.issue.variants import MOST_VARIANTS, ORDINARY, parse_choices
from pipeline.json_values import Form, load_object
from pipeline.model.frozen import dataclass
from pipeline.model.locations import lock_path
from pipeline.model.news import Feed, Snapshot
from pipeline.model.picks import ALGORITHM, Picks
from pipeline.model.problem import WEEK_RULES, Problem
from pipeline.pick.choose import SelectionInputs
from pipeline.plugins.sections import news_sections
from pipeline.weeks import Week

LOCK_BROKEN = WEEK_RULES.error(
    "lock-broken", "The choice of a week must be the same for everyone who builds its letter."
)

SCHEMA = 1
"""Raised whenever an older program could not read the file."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The choice of a week, fixed.

    `number` counts issues from 1; `inputs` are digests of what the choice saw, `feeds` the settings of those
    that were followed, `closed` the jobs that were none any more, counted by reason. `variants` are the
    letters besides the ordinary one; None in a lock from before there were any, which makes none.
    """

    week: str
    number: int
    picks: Picks
    inputs: Mapping[str, str]
    algorithm: int = ALGORITHM
    schema: int = SCHEMA
    feeds: tuple[Feed, ...] = ()
    closed: Mapping[str, int] = field(default_factory=dict)
    variants: tuple[str, ...] | None = None


_LOCK = Form(Lock)
_FEED_FIELDS = fields(Feed)


def build_lock(picks: Picks, inputs: SelectionInputs, news: Callable[[Snapshot], str] = digest_news) -> Lock:
    """Return the lock of a selection; its number follows that of the last issue before the week.

    `news` is for `digests`.
    """
    last = max((past.number for past in inputs.earlier), default=0)
    feeds = tuple(replace(feed, line=0) for feed in inputs.snapshot.feeds)
    closed = inputs.snapshot.closed
    return Lock(str(inputs.week), last + 1, picks, digests(inputs, news), feeds=feeds, closed=closed)


def lock_to_json(lock: Lock) -> str:
    """Write a lock; equal locks give equal bytes on every machine."""
    tree = {
        "schema": lock.schema,
        "algorithm": lock.algorithm,
        "week": lock.week,
        "number": lock.number,
        "layout": lock.picks.layout,
        "note": lock.picks.note,
        "picks": [{**asdict(pick), "dropped": dict(pick.dropped)} for pick in lock.picks.picks],
        "record": asdict(lock.picks.record),
        "feeds": [_feed_to_tree(feed) for feed in lock.feeds],
        "closed": dict(lock.closed),
        "inputs": dict(lock.inputs),
        **({} if lock.variants is None else {"variants": lock.variants}),
    }
    return json.dumps(_round(tree), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _feed_to_tree(feed: Feed) -> dict[str, object]:
    """Write what is not as usual."""
    usual = Feed("", "", "tools")
    values = {each.name: getattr(feed, each.name) for each in _FEED_FIELDS}
    tree = {name: value for name, value in values.items() if value != getattr(usual, name)}
    return tree | {"section": feed.section}


def _round(value: object) -> object:
    """Round every number with a fraction to 6 places; there is no minus zero."""
    if isinstance(value, float):
        return round(value, 6) + 0.0
    if isinstance(value, dict):
        return {key: _round(each) for key, each in value.items()}
    return [_round(each) for each in value] if isinstance(value, list | tuple) else value


def lock_from_json(text: str, path: Path | str) -> Lock:
    """Read a lock; `path` is for messages.

    Raises:
        AuthorError: the text is not a lock.
        PipelineError: it was written by a newer version of this program.
    """
    try:
        tree = load_object(text, "the text")
        schema = tree.get("schema")
        if type(schema) is not int or schema <= SCHEMA:
            return _build_lock(tree)
    except ValueError as error:
        raise AuthorError([_describe(path, str(error), getattr(error.__cause__, "lineno", 0))]) from error
    raise PipelineError(
        f"{path} was written by a newer version of this program (schema {schema}, known here: {SCHEMA}); "
        "upgrade weekly-insights"
    )


def find_damage(folder: Path, week: str) -> str:
    """Describe what is wrong with the lock of a frozen week; empty when nothing is, or it is not there."""
    try:
        read_lock(folder, week)
    except (AuthorError, FileError) as error:
        cause = error.problems[0].message if isinstance(error, AuthorError) else str(error)
        return (
            f"{lock_path(week)}: {cause}; restore it from git. The letter was frozen: what is sent is in the "
            "database"
        )
    return ""


def read_lock(folder: Path, week: str) -> Lock | None:
    """Read the lock of a week below a newsletter folder; None when there is none.

    Raises:
        AuthorError: the file is not a lock, or that of another week.
        PipelineError: it was written by a newer version of this program.
        FileError: it is there and cannot be read.
    """
    shown = lock_path(week)
    text = _load(folder, week)
    if text is None:
        return None
    lock = lock_from_json(text, shown)
    if lock.week != week:
        raise AuthorError([_describe(shown, f"this is the lock of {lock.week}")])
    return lock


def has_lock(folder: Path, week: str) -> bool:
    """Return whether a week is locked, by a lock that can be read or not."""
    return (folder / lock_path(week)).exists()


def write_lock(folder: Path, lock: Lock) -> bool:
    """Write a lock below a newsletter folder; return whether the file changed. Raises FileError."""
    return replace_if_changed(folder / lock_path(lock.week), lock_to_json(lock))


def _load(folder: Path, week: str) -> str | None:
    raw = read_if_there(folder / lock_path(week))
    try:
        return None if raw is None else raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AuthorError([_describe(lock_path(week), "the file is not UTF-8")]) from error


def _describe(path: Path | str, what: str, line: int = 0) -> Problem:
    fix = "restore it from git, or delete it and choose again with `weekly issue build`"
    return LOCK_BROKEN.problem(f"the lock cannot be read: {what}", fix, path=str(path), line=line)


def _build_lock(tree: dict[str, Any]) -> Lock:
    names = ("picks", "layout", "note", "record")
    picks = {name: tree.pop(name) for name in names if name in tree}
    required = {"schema": None, "algorithm": None}
    lock = _LOCK.read(required | tree | {"picks": {"week": tree.get("week"), **picks}})
    for feed in lock.feeds:
        if feed.section not in news_sections():
            raise ValueError(f"`section` is {feed.section!r}, and not one of {', '.join(news_sections())}")
    variants = lock.variants or ()
    if any(name == ORDINARY or parse_choices(name).name != name for name in variants):
        raise ValueError("`variants` names something that is not a variant")
    if list(variants) != sorted(set(variants)) or len(variants) >= MOST_VARIANTS:
        raise ValueError("`variants` are not sorted, or too many")
    Week.parse(lock.week)
    return lock


def has_drifted(locked: Lock | None, fresh: Lock) -> bool:
    """Return whether a week is locked and a new selection would differ."""
    return locked is not None and lock_to_json(locked) != lock_to_json(_like(locked, fresh))


def require_same_choice(locked: Lock | None, fresh: Lock, week: Week, *, sent: bool = False) -> None:
    """Refuse a choice that differs from the lock, with the difference line by line."""
    if locked is None:
        raise LockMismatch(f"{week} is not locked; `weekly issue build --week {week}` locks it")
    before, after = lock_to_json(locked), lock_to_json(_like(locked, fresh))
    if before == after:
        return
    lines = difflib.unified_diff(
        before.splitlines(),
        after.splitlines(),
        f"{week}.lock.json",
        "what the inputs choose now",
        lineterm="",
        n=1,
    )
    raise LockMismatch(
        f"{week}: the inputs have changed since it was locked:\n"
        + "\n".join(lines)
        + (
            "\nIt was sent as it was; go back to the files of its day in git to rebuild it."
            if sent
            else f"\nTake the new choice: weekly issue build --week {week} --refresh; or undo the change."
        )
    )


def _like(locked: Lock, fresh: Lock) -> Lock:
    """Return a fresh choice with what a lock keeps: its number, and no variants if it is older than them."""
    variants = None if locked.variants is None else fresh.variants
    return replace(fresh, number=locked.number, variants=variants)
