"""What frozen issues used: `content/issues/history.jsonl`, one line per issue, oldest first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.errors import AuthorError, PipelineError
from pipeline.files import read_if_there, replace_file
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
    try:
        tree = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this line is not valid JSON: {getattr(error, 'msg', error)}") from error
    if not isinstance(tree, dict):
        raise ValueError("this line is not a JSON object")  # noqa: TRY004 - as the other faults of a line
    return Past(
        week=str(Week.parse(_get(tree, "week", str))),
        number=_get_count(tree, "number"),
        term=_get(tree, "term", str, ""),
        tip=_get(tree, "tip", str, ""),
        readers=_get_count(tree, "readers", 0),
        digest=_get(tree, "digest", str, ""),
        pinned=_get_texts(tree, "pinned"),
        stories=_get_texts(tree, "stories"),
        mentions=_get_counts(tree, "mentions"),
        items=_get_counts(tree, "items"),
        skipped=_get(tree, "skipped", str, ""),
    )


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
    for number, line in _split(raw):
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


def _split(raw: bytes) -> Iterator[tuple[int, bytes]]:
    # Not splitlines(): JSON may hold line separators of Unicode as they are.
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield number, line


def _get(tree: dict[str, Any], key: str, kind: type[Any], default: object = None) -> Any:  # noqa: ANN401 - JSON
    value = tree.get(key, default)
    if not isinstance(value, kind):
        raise ValueError(f"`{key}` is missing, or of the wrong kind")  # noqa: TRY004 - as above
    return value


def _get_count(tree: dict[str, Any], key: str, default: int | None = None) -> int:
    value: int = _get(tree, key, int, default)
    if isinstance(value, bool) or value < 0:
        raise ValueError(f"`{key}` is not a count")
    return value


def _get_texts(tree: dict[str, Any], key: str) -> tuple[str, ...]:
    values = _get(tree, key, list, [])
    if not all(isinstance(each, str) for each in values):
        raise ValueError(f"`{key}` holds something that is not a text")
    return tuple(values)


def _get_counts(tree: dict[str, Any], key: str) -> tuple[tuple[str, int], ...]:
    counts = _get(tree, key, dict, {})
    return tuple((name, _get_count(counts, name)) for name in counts)
