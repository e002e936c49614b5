"""A lock with everything that one can hold."""

from __future__ import annotations

from pipeline.issue.lock import Lock
from pipeline.model.picks import Candidate, Pick, Picks, Reason

NAME = "content/issues/2026-W48.lock.json"

TERM = Pick(
    "term",
    "term",
    "größe",
    1.25,
    (Reason("chain", 1.0, "follows rag"), Reason("jitter", 0.25)),
    runners_up=(Candidate("rag", 0.1, (Reason("jitter", 0.1, "tie-break"),)),),
    dropped={"used this cycle": 3, "banned": 1},
)

TIP = Pick("tip", "tip", "cite-first", -0.5, (), pinned=True)

LOCK = Lock("2026-W48", 7, Picks("2026-W48", (TERM, TIP)), {"content": "aa", "history": "bb"})
