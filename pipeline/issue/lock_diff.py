"""Whether a choice differs from the lock, and where."""

from __future__ import annotations

import difflib
from dataclasses import replace

from pipeline.errors import LockMismatch
from pipeline.issue.lock import Lock, lock_to_json
from pipeline.weeks import Week


def has_drifted(locked: Lock | None, fresh: Lock) -> bool:
    """Tell whether a week is locked and a new selection would differ."""
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
