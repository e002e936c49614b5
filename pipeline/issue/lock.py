"""What was chosen for a week, and why: `content/issues/<week>.lock.json`, the same bytes everywhere."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast, get_args

from pipeline.content.model import Catalogue, Problem
from pipeline.errors import AuthorError, PipelineError
from pipeline.feeds.model import NO_NEWS, Snapshot
from pipeline.files import read_if_there, replace_if_changed
from pipeline.issue.history import ISSUES, Past
from pipeline.pick.reasons import ALGORITHM, Candidate, Kind, Layout, Pick, Picks, Reason, Record
from pipeline.pick.rotation import earlier
from pipeline.pick.rules import Selection
from pipeline.weeks import Week

if TYPE_CHECKING:
    from pipeline.issue.wishes import Wishes

SCHEMA = 1
"""Raised whenever an older program could not read the file."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Lock:
    """The choice of a week, fixed.

    `number` counts issues from 1; `inputs` are digests of what the choice saw.
    """

    week: str
    number: int
    picks: Picks
    inputs: Mapping[str, str]
    algorithm: int = ALGORITHM
    schema: int = SCHEMA


def build_lock(  # noqa: PLR0917 - a choice and all it was made from, in the order of `choose`
    picks: Picks,
    catalogue: Catalogue,
    history: Sequence[Past],
    week: Week,
    wishes: Wishes,
    rules: Selection,
    snapshot: Snapshot = NO_NEWS,
) -> Lock:
    """Fix a choice, with the number after the last issue's before that week."""
    last = max((past.number for past in earlier(history, week)), default=0)
    return Lock(str(week), last + 1, picks, digests(catalogue, history, week, wishes, rules, snapshot))


def digests(  # noqa: PLR0917 - as above
    catalogue: Catalogue,
    history: Sequence[Past],
    week: Week,
    wishes: Wishes,
    rules: Selection,
    snapshot: Snapshot = NO_NEWS,
) -> dict[str, str]:
    """Digest what the choice of a week saw, and no more: no prose, no later issues, no editor's words.

    Names of terms are seen only where there is news to find them in.
    """
    is_read = bool(snapshot.items or snapshot.jobs)
    seen = {
        "content": [
            [
                {
                    "slug": term.slug,
                    "category": term.category,
                    "difficulty": term.difficulty,
                    "related": sorted(set(term.related)),
                    "prerequisites": sorted(set(term.prerequisites)),
                    "seasons": [[season.start, season.end] for season in term.seasons],
                    **({"names": [term.title, term.full_name, *term.aliases]} if is_read else {}),
                }
                for term in catalogue.terms
            ],
            [
                {"slug": tip.slug, "tags": sorted(set(tip.tags)), "terms": sorted(set(tip.terms))}
                for tip in catalogue.tips
            ],
        ],
        "history": [
            [past.week, past.term, past.tip, past.pinned, past.stories, past.mentions, past.items]
            for past in earlier(history, week)
        ],
        "wishes": [
            [wishes.term_pin, sorted(set(wishes.term_ban))],
            [wishes.tip_pin, sorted(set(wishes.tip_ban))],
            [wishes.items.pin, sorted(set(wishes.items.ban))],
        ],
        "selection": asdict(rules),
        "news": [
            str(snapshot.at) if is_read else "",
            *(asdict(each) for each in (*snapshot.items, *snapshot.jobs)),
            *({**asdict(feed), "line": 0} for feed in snapshot.feeds),
        ],
    }
    return {name: _digest(value) for name, value in seen.items()}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


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
        "inputs": dict(lock.inputs),
    }
    return json.dumps(_round(tree), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


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
        AuthorError: the text is no lock.
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
        AuthorError: the file is no lock, or that of another week.
        PipelineError: it was written by a newer version of this program.
        FileError: it is there and cannot be read.
    """
    shown = _name(week)
    text = _load(folder, week)
    if text is None:
        return None
    lock = lock_from_json(text, shown)
    if lock.week != week:
        raise AuthorError([_describe(shown, f"this is the lock of {lock.week}")])
    return lock


def write_lock(folder: Path, lock: Lock) -> bool:
    """Write a lock below a newsletter folder; tells whether the file changed. Raises FileError."""
    return replace_if_changed(folder / _name(lock.week), lock_to_json(lock))


def _name(week: str) -> str:
    return f"{ISSUES}/{week}.lock.json"


def _load(folder: Path, week: str) -> str | None:
    raw = read_if_there(folder / _name(week))
    try:
        return None if raw is None else raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AuthorError([_describe(_name(week), "the file is not UTF-8")]) from error


def _describe(path: Path | str, what: str, line: int = 0) -> Problem:
    fix = "restore it from git, or delete it and choose anew with `weekly issue build`"
    return Problem(str(path), line, f"the lock cannot be read: {what}", fix, "lock-broken")


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
    )


def _build_pick(tree: object) -> Pick:
    kind = _get(tree, "kind", str)
    if kind not in get_args(Kind):
        raise ValueError(f"`kind` is {kind!r}, and not one of {', '.join(get_args(Kind))}")
    best = _build_candidate(tree)
    return Pick(
        slot=_get(tree, "slot", str),
        kind=cast("Kind", kind),
        ref=best.ref,
        score=best.score,
        reasons=best.reasons,
        pinned=_get(tree, "pinned", bool),
        runners_up=tuple(_build_candidate(each) for each in _get(tree, "runners_up", list)),
        dropped=_get_mapping(tree, "dropped", int),
        items=_get_texts(tree, "items"),
    )


def _build_record(tree: object) -> Record:
    dropped = _get(tree, "dropped", dict, {})
    return Record(
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
        raise ValueError(f"`{key}` is no number")
    return float(value)


def _get_texts(tree: object, key: str) -> tuple[str, ...]:
    values = _get(tree, key, list, [])
    if not all(isinstance(each, str) for each in values):
        raise ValueError(f"`{key}` holds something that is no text")
    return tuple(values)


def _get_mapping(
    tree: object, key: str, kind: type[_Value], default: dict[str, object] | None = None
) -> dict[str, _Value]:
    found: dict[str, object] = _get(tree, key, dict, default)
    return {each: _get(found, each, kind) for each in found}
