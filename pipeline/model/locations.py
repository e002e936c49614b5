"""Where the files of a newsletter lie, relative to its folder."""

from __future__ import annotations

ISSUES = "content/issues"


HISTORY = f"{ISSUES}/history.jsonl"
