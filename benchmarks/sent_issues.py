"""A newsletter that has sent many issues: one is really sent, the others are copies of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from measure import spend, weekly

LAST_AT = "2026-11-25T08:00Z"
"""The day after the last letter: nothing is due."""
_TUESDAY = date(2026, 11, 24)


def make_newsletter(folder: Path, issues: int) -> Path:
    """Make a newsletter with one reader and so many issues in database and history; returns its folder."""
    spend(weekly("init", str(folder), "--example"))
    spend(weekly("subscribers", "add", "ada@example.org", "--consent", "asked for it", folder=folder))
    spend(weekly("-q", "--as-of", f"{_TUESDAY}T10:00Z", "run", folder=folder))
    history = folder / "content" / "issues" / "history.jsonl"
    (last,) = history.read_text(encoding="utf-8").splitlines()
    lines = [last]
    with closing(sqlite3.connect(folder / "var" / "weekly.db")) as connection, connection:
        connection.execute("UPDATE issue SET number = ?, past = ?", (issues, lines[0]))
        names = [row[1] for row in connection.execute("PRAGMA table_info(issue)") if row[1] != "id"]
        ((*values,),) = connection.execute(f"SELECT {', '.join(names)} FROM issue")
        sent = dict(zip(names, values, strict=True))
        for back in range(1, issues):
            year, week, _ = (_TUESDAY - timedelta(weeks=back)).isocalendar()
            tree = json.loads(last) | {"week": f"{year:04}-W{week:02}", "number": issues - back}
            lines.append(json.dumps(tree, sort_keys=True, ensure_ascii=False))
            values = sent | {"week": tree["week"], "number": tree["number"], "past": lines[-1], "audience": 0}
            marks = ", ".join(f":{column}" for column in names)
            connection.execute(f"INSERT INTO issue ({', '.join(names)}) VALUES ({marks})", values)
    history.write_text("\n".join(reversed(lines)) + "\n", encoding="utf-8")
    return folder
