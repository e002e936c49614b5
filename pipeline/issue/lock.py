"""What was chosen for a week, and why: `content/issues/<week>.lock.json`, the same bytes everywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from pipeline.errors import AuthorError, PipelineError
from pipeline.files import read_if_there, replace_if_changed
from pipeline.issue.lock_inputs import digests
from pipeline.issue.variants import MOST_VARIANTS, ORDINARY, parse_choices
from pipeline.model.locations import lock_path
from pipeline.model.news import Feed
from pipeline.model.picks import ALGORITHM, Candidate, Layout, NewsRecord, Pick, PickKind, Picks, Reason
from pipeline.model.problem import WEEK_RULES, Problem
from pipeline.pick.inputs import SelectionInputs
from pipeline.plugins.sections import news_sections
from pipeline.weeks import Week

LOCK_BROKEN = WEEK_RULES.error(
    "lock-broken", "The choice of a week must be the same for everyone who builds its letter."
)

SCHEMA = 1
"""Raised whenever an older program could not read the file."""

_Value = TypeVar("_Value")


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


def build_lock(picks: Picks, inputs: SelectionInputs) -> Lock:
    """Return the lock of a selection; its number follows that of the last issue before the week."""
    last = max((past.number for past in inputs.earlier), default=0)
    feeds = tuple(replace(feed, line=0) for feed in inputs.snapshot.feeds)
    closed = inputs.snapshot.closed
    return Lock(str(inputs.week), last + 1, picks, digests(inputs), feeds=feeds, closed=closed)


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
    tree = {name: value for name, value in asdict(feed).items() if value != getattr(usual, name)}
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
        tree = json.loads(text)
        schema = _get(tree, "schema", int)
        if schema <= SCHEMA:
            return _build_lock(tree, schema)
    except (ValueError, RecursionError) as error:
        raise AuthorError([_describe(path, str(error), getattr(error, "lineno", 0))]) from error
    raise PipelineError(
        f"{path} was written by a newer version of this program (schema {schema}, known here: {SCHEMA}); "
        "upgrade weekly-insights"
    )


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
    """Tell whether a week is locked, by a lock that can be read or not."""
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


# From JSON back to values; ValueError names the key that is wrong.


def _build_lock(tree: object, schema: int) -> Lock:
    week = str(Week.parse(_get(tree, "week", str)))
    picks = tuple(_build_pick(each) for each in _get(tree, "picks", list))
    layout = _get(tree, "layout", str, "ordinary")
    if layout not in get_args(Layout):
        raise ValueError(f"`layout` is {layout!r}, and not one of {', '.join(get_args(Layout))}")
    record = _build_record(_get(tree, "record", dict, {}))
    return Lock(
        week=week,
        number=_get(tree, "number", int),
        picks=Picks(week, picks, cast("Layout", layout), _get(tree, "note", str, ""), record),
        inputs=_get_mapping(tree, "inputs", str),
        algorithm=_get(tree, "algorithm", int),
        schema=schema,
        feeds=tuple(_build_feed(each) for each in _get(tree, "feeds", list, [])),
        closed=_get_mapping(tree, "closed", int, {}),
        variants=_get_variants(tree),
    )


def _build_feed(tree: object) -> Feed:
    section: Any = _get(tree, "section", str)
    if section not in news_sections():
        raise ValueError(f"`section` is {section!r}, and not one of {', '.join(news_sections())}")
    values: dict[str, Any] = {name: _get(tree, name, str, "") for name in ("slug", "url", "title")}
    values |= {name: _get(tree, name, str, "") for name in ("title_strip", "language")}
    values |= {name: _get(tree, name, int, 0) for name in ("cap", "max_age_days")}
    values["weight"] = 1.0 if isinstance(tree, dict) and "weight" not in tree else _get_number(tree, "weight")
    return Feed(**values, section=section, hidden=_get(tree, "hidden", bool, default=False))


def _get_variants(tree: object) -> tuple[str, ...] | None:
    if isinstance(tree, dict) and "variants" not in tree:
        return None
    names = _get_texts(tree, "variants")
    if any(name == ORDINARY or parse_choices(name).name != name for name in names):
        raise ValueError("`variants` names something that is not a variant")
    if list(names) != sorted(set(names)) or len(names) >= MOST_VARIANTS:
        raise ValueError("`variants` are not sorted, or too many")
    return names


def _build_pick(tree: object) -> Pick:
    kind = _get(tree, "kind", str)
    if kind not in get_args(PickKind):
        raise ValueError(f"`kind` is {kind!r}, and not one of {', '.join(get_args(PickKind))}")
    best = _build_candidate(tree)
    return Pick(
        slot=_get(tree, "slot", str),
        kind=cast("PickKind", kind),
        ref=best.ref,
        score=best.score,
        reasons=best.reasons,
        pinned=_get(tree, "pinned", bool),
        runners_up=tuple(_build_candidate(each) for each in _get(tree, "runners_up", list)),
        dropped=_get_mapping(tree, "dropped", int),
        items=_get_texts(tree, "items"),
    )


def _build_record(tree: object) -> NewsRecord:
    dropped = _get(tree, "dropped", dict, {})
    return NewsRecord(
        stories=_get_texts(tree, "stories"),
        mentions=_get_mapping(tree, "mentions", int, {}),
        items=_get_mapping(tree, "items", int, {}),
        dropped={section: _get_mapping(dropped, section, int) for section in dropped},
    )


def _build_candidate(tree: object) -> Candidate:
    reasons = tuple(
        Reason(_get(each, "name", str), _get_number(each, "value"), _get(each, "detail", str))
        for each in _get(tree, "reasons", list)
    )
    return Candidate(_get(tree, "ref", str), _get_number(tree, "score"), reasons)


def _get(tree: object, key: str, kind: type[_Value], default: _Value | None = None) -> _Value:
    value = tree.get(key, default) if isinstance(tree, dict) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"`{key}` is missing, or of the wrong kind")
    return value


def _get_number(tree: object, key: str) -> float:
    value = tree.get(key) if isinstance(tree, dict) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"`{key}` is not a number")
    return float(value)


def _get_texts(tree: object, key: str) -> tuple[str, ...]:
    values = _get(tree, key, list, [])
    if not all(isinstance(each, str) for each in values):
        raise ValueError(f"`{key}` holds something that is not a text")
    return tuple(values)


def _get_mapping(
    tree: object, key: str, kind: type[_Value], default: dict[str, object] | None = None
) -> dict[str, _Value]:
    found: dict[str, object] = _get(tree, key, dict, default)
    return {each: _get(found, each, kind) for each in found}
