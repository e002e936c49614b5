"""Decides which patterns are safe to run over titles that strangers write. Pure.

Python's `re` backtracks: `(a+)+$` on thirty letters takes practically forever. Allowed are patterns with few,
countable ways to match: no repetition inside a repetition, no references or look-arounds.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

PATTERN_CHARS = 200
"""Patterns strip a prefix or a suffix of a title; longer ones are mistakes."""
WAYS = 1_000_000
"""So many ways to match cost a tenth of a second for a title, at worst."""

_TITLE_CHARS = 300
_QUANTIFIER = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")
_PLAIN_GROUP = re.compile(r"\?:|\?P<\w+>|\?[aimsu]+(?:-[ims]+)?:")
_FLAGS = re.compile(r"\(\?[aimsu]+\)")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def find_danger(pattern: str) -> str:
    """Return why a pattern is refused, as the end of a sentence; empty when it is safe."""
    if len(pattern) > PATTERN_CHARS:
        return f"is longer than {PATTERN_CHARS} characters"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        return f"is not a valid regular expression: {error}"
    return _walk(pattern)


@dataclass(slots=True)
class _Group:
    """An open group: how many alternatives it has, and whether its matches vary in length."""

    choices: int = 1
    varies: bool = False


def _walk(pattern: str) -> str:
    """Go through the pattern once and multiply the ways to match."""
    groups, ways, at = [_Group()], 1, 0
    while at < len(pattern):
        step, kind = _next(pattern, at)
        at += step
        if kind == "refused":
            return "holds a look-around, a condition or a reference, which can take forever"
        group = _Group()
        if kind == "open":
            groups.append(group)
        elif kind == "choice":
            groups[-1].choices += 1
        elif kind == "close":
            group = groups.pop()
            ways *= group.choices
        found = _QUANTIFIER.match(pattern, at) if kind in ("atom", "close") else None
        inner_varies = group.varies or group.choices > 1
        more = _ways(found) if found else 1
        if found and inner_varies and found[0] != "?":
            return "repeats a group that holds a repetition or a choice, which can take forever"
        groups[-1].varies = groups[-1].varies or inner_varies or more > 1
        ways *= more
        if found:
            # A lazy or possessive mark changes nothing here.
            at = found.end() + pattern.startswith(("?", "+"), found.end())
    ways *= groups[0].choices
    return "" if ways <= WAYS else "can match in too many ways, which can take very long"


def _next(pattern: str, at: int) -> tuple[int, str]:
    """Return length and kind of the token at a position."""
    character = pattern[at]
    if character == "\\":
        is_reference = pattern[at + 1] in "123456789"
        return 2, "refused" if is_reference else "atom"
    if character == "[" and (found := _CLASS.match(pattern, at)):
        return found.end() - at, "atom"
    if flags := _FLAGS.match(pattern, at):
        return len(flags[0]), "flags"
    if character == "(":
        inner = _PLAIN_GROUP.match(pattern, at + 1)
        if inner:
            return 1 + len(inner[0]), "open"
        return 1, "refused" if pattern.startswith("?", at + 1) else "open"
    return 1, {")": "close", "|": "choice"}.get(character, "atom")


def _ways(found: re.Match[str]) -> int:
    """Return how many lengths a quantifier allows."""
    if found[0] in ("*", "+"):
        return _TITLE_CHARS
    if found[0] == "?":
        return 2
    if not found[2]:
        return 1
    return max(int(found[3]) - int(found[1] or 0) + 1, 1) if found[3] else _TITLE_CHARS
