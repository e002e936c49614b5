"""What frozen issues used: `content/issues/history.jsonl`, one line per issue, oldest first."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from pipeline.errors import AuthorError, PipelineError
from pipeline.files import read_if_there, replace_file
from pipeline.json_values import Form, load_object, split_lines
from pipeline.model.locations import HISTORY
from pipeline.model.past import Past
from pipeline.model.problem import WEEK_RULES
from pipeline.weeks import Week

HISTORY_ENCODING = WEEK_RULES.error(
    "history-encoding", "The history decides what may come again, so every line of it must be readable."
)
HISTORY_LINE = WEEK_RULES.error(
    "history-line", "A week that cannot be read would be chosen from and counted again."
)
HISTORY_TWICE = WEEK_RULES.error(
    "history-twice", "A week is sent once; two lines about it contradict each other."
)


_PAST = Form(Past)
_NEWS = ("stories", "mentions", "items", "skipped")
_FIX = "restore the line from git; this file is written by the program"


def past_to_json(past: Past) -> str:
    """Write an issue as one line without its end; equal issues give equal lines."""
    tree = asdict(past) | {"mentions": dict(past.mentions), "items": dict(past.items)}
    # Issues without news have the line they always had.
    kept = {key: value for key, value in tree.items() if value or key not in _NEWS}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False)


def past_from_json(line: str) -> Past:
    """Read an issue from its line; keys it does not know are left aside. Raises ValueError."""
    tree = {"term": "", "tip": "", **load_object(line, "this line")}
    for key in ("mentions", "items"):
        if isinstance(tree.get(key), dict):
            tree[key] = list(tree[key].items())
    past = _PAST.read(tree)
    for key, count in (("number", past.number), ("readers", past.readers), *past.mentions, *past.items):
        if count < 0:
            raise ValueError(f"`{key}` is not a count")
    return replace(past, week=str(Week.parse(past.week)))


def read_history(folder: Path) -> tuple[Past, ...]:
    """Read what earlier issues used, oldest first, below a newsletter folder; nothing when there is no file.

    Raises:
        AuthorError: lines are broken or name a week twice; carries every problem.
        FileError: the file is there and cannot be read.
    """
    return tuple(sorted(_parse(read_if_there(folder / HISTORY) or b"")))


def last_readers(history: Iterable[Past]) -> int:
    """Return how many readers the latest letter had, 0 when none was sent; skipped weeks do not count."""
    return next((past.readers for past in sorted(history, reverse=True) if not past.skipped), 0)


def list_sent_links(history: Iterable[Past], week: str) -> dict[str, str]:
    """List the links of the stories of the issues before a week, as `url_key`, each with its latest week."""
    return {
        key: past.week
        for past in sorted(history)
        for key in past.stories
        if past.week < week and key.startswith("https://") and " " not in key
    }


def append_history(folder: Path, past: Past) -> None:
    """Add an issue, at once and for good; adding it again changes nothing.

    Raises:
        PipelineError: the file has another issue for that week, which is kept.
        AuthorError: the file is broken as it is.
        FileError: it cannot be read or written.
    """
    raw = read_if_there(folder / HISTORY) or b""
    known = {each.week: each for each in _parse(raw)}.get(past.week)
    if known == past:
        return
    if known is not None:
        raise PipelineError(
            f"{HISTORY} has another issue for {past.week} (no. {known.number}, {known.term}); it was kept. "
            f"If it is wrong, delete its line and run again"
        )
    before = raw.decode("utf-8")
    if before and not before.endswith("\n"):
        before += "\n"
    replace_file(folder / HISTORY, f"{before}{past_to_json(past)}\n")


def join(a: Iterable[Past], b: Iterable[Past]) -> tuple[Past, ...]:
    """Bring two histories together, oldest first; where both have a week, the second is right."""
    return tuple(sorted({past.week: past for past in (*a, *b)}.values()))


def _parse(raw: bytes) -> list[Past]:
    """Read all lines, in their order; raises AuthorError with every problem."""
    problems = []
    seen: dict[str, int] = {}
    found = []
    for number, line in split_lines(raw):
        try:
            past = past_from_json(line.decode("utf-8"))
        except UnicodeDecodeError:
            problems.append(
                HISTORY_ENCODING.problem("this line is not UTF-8", _FIX, path=HISTORY, line=number)
            )
        except ValueError as error:
            problems.append(HISTORY_LINE.problem(str(error), _FIX, path=HISTORY, line=number))
        else:
            if past.week in seen:
                message = f"{past.week} is here a second time, after line {seen[past.week]}"
                problems.append(
                    HISTORY_TWICE.problem(message, "delete one of the two", path=HISTORY, line=number)
                )
            seen.setdefault(past.week, number)
            found.append(past)
    if problems:
        raise AuthorError(problems)
    return found
