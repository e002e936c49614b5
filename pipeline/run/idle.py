"""Decides with the standard library alone that a run has nothing to do, before anything heavy is imported.

Cron calls `weekly run` every few minutes, and nearly always there is nothing to do. Where this says so,
`weekly.weekly_run` would do nothing, print nothing and return 0; in doubt a run looks properly.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.errors import PipelineError
from pipeline.keyring import SIGNING_KEYS, SUPPRESSION_KEY, from_environment, mail_passwords, read_secrets
from pipeline.model.frozen import dataclass
from pipeline.model.issue_state import OPEN, IssueState
from pipeline.model.locations import HISTORY
from pipeline.settings.parse import DAYS, find_placeholders, resolve_database
from pipeline.settings.plain import PlainSettings, read_plain_settings
from pipeline.store.schema import HEAD
from pipeline.weeks import Schedule, Week, due, get_due_at, next_week, week_at
from subscribers.instants import YEARS, parse_instant
from subscribers.store.reading import Query, SqliteQuery

ENDED = (IssueState.SENT, IssueState.SENT_WITH_PROBLEMS, IssueState.CANCELLED)
"""The states in which nothing of an issue is owed whatever the time."""
_FORMS: Mapping[str, type] = {
    **dict.fromkeys(("week", "term", "tip", "digest", "skipped"), str),
    **dict.fromkeys(("number", "readers"), int),
    **dict.fromkeys(("pinned", "stories"), list),
    **dict.fromkeys(("mentions", "items"), dict),
}
"""The types of what a line of the history has."""
_TEXT, _COUNT = r'"[^"\\\x00-\x1f]*"', r"(?:0|[1-9][0-9]{0,8})"
_TEXTS = rf"\[(?:{_TEXT}(?:, {_TEXT})*)?\]"
_COUNTS = rf"\{{(?:{_TEXT}: {_COUNT}(?:, {_TEXT}: {_COUNT})*)?\}}"
_WRITTEN = re.compile(
    rf'(?m:^)\{{(?:"digest": {_TEXT}, )?(?:"items": {_COUNTS}, )?(?:"mentions": {_COUNTS}, )?'
    rf'"number": {_COUNT}, (?:"pinned": {_TEXTS}, )?(?:"readers": ({_COUNT}), )?'
    rf'(?:"skipped": ({_TEXT}), )?(?:"stories": {_TEXTS}, )?"term": {_TEXT}, "tip": {_TEXT}, '
    r'"week": "([12][0-9]{3}-W(?:0[1-9]|[1-4][0-9]|5[0-3]))"\}(?m:$)'
)
"""A line as `past_to_json` writes it, which is valid but perhaps for a week 53: reading thousands of lines
as JSON takes too long."""
_LOOK = """SELECT (SELECT min(version_num) FROM alembic_version), EXISTS (SELECT 1 FROM subscriber),
    issue.week, issue.state, issue.past FROM (SELECT 1) AS one LEFT JOIN issue ON TRUE"""
"""The schema and whether there are readers, with each issue or with NULLs: one look at every row."""
_PASSWORD = "WEEKLY_SMTP__PASSWORD"  # noqa: S105 - the name of its variable
_WITH_VALUE = ("-C", "--config", "--as-of")


@dataclass(frozen=True, slots=True)
class CronLine:
    """A call of `weekly run` as cron makes it: nothing that it finds is printed when all is well."""

    folder: Path
    config: Path
    as_of: datetime | None = None


def parse_cron_line(words: Sequence[str]) -> CronLine | None:
    """Parse the words after `weekly`; None for any other command, and for one with further options."""
    given: dict[str, str] = {}
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word in _WITH_VALUE:
            given[word] = next(left, "")
        else:
            rest.append(word)
    is_quiet = bool({"-q", "--quiet"} & set(rest))
    if [word for word in rest if word not in ("-q", "--quiet")] != ["run"] or "" in given.values():
        return None
    if not is_quiet and sys.stderr is not None and sys.stderr.isatty():
        return None  # on a terminal, the full run reports when the next letter is due
    config = Path(given["--config"]) if "--config" in given else None
    folder = Path(given["-C"]) if "-C" in given else config.parent if config else Path()
    try:
        as_of = parse_instant(given["--as-of"]) if "--as-of" in given else None
    except ValueError:
        return None
    if as_of is not None and not YEARS[0] <= as_of.year <= YEARS[1]:
        return None
    return CronLine(folder, config or folder / "weekly.toml", as_of)


def is_idle(line: CronLine, now: datetime, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether a run of the schedule would do nothing and print nothing; False in doubt."""
    settings = read_plain_settings(line.config, environ)
    if settings is None or _reads_mail(settings):
        return False
    try:
        if _lacks_secrets(settings, line.folder, environ):
            return False
        placeholders = [settings[f"newsletter.{name}"] for name in ("base_url", "postal_address", "from")]
        is_public = settings["transport.kind"] != "outbox"
        if is_public and any(find_placeholders(*placeholders, relay=settings["smtp.host"])):
            return False
        weeks = _read_weeks(resolve_database(settings["store.url"], line.folder), line.folder, now)
        return weeks is not None and _is_between_letters(settings, now, weeks)
    except (PipelineError, OSError, ValueError, LookupError, OverflowError, RecursionError, sqlite3.Error):
        return False


def _lacks_secrets(settings: PlainSettings, folder: Path, environ: Mapping[str, str]) -> bool:
    """Return whether the keys of readers may be lost, or a login has no password; raises for damaged keys."""
    has_keys = from_environment(SIGNING_KEYS, environ) and from_environment(SUPPRESSION_KEY, environ)
    if not has_keys and not (folder / ".secrets").exists():
        return True
    read_secrets(folder, environ)  # with all keys at hand it writes nothing
    for name, text in environ.items():
        # pydantic, which reads the name in any case, takes the one that comes last, also an empty one.
        if name.lower() == _PASSWORD.lower() and (name != _PASSWORD or not text):
            return True
    password = mail_passwords(folder, environ)["smtp_password"]
    return bool(settings["smtp.username"] and not password)


def _reads_mail(settings: PlainSettings) -> bool:
    return bool(settings["imap.host"] or settings["bounces.mailbox"])


def _is_between_letters(settings: PlainSettings, now: datetime, weeks: Sequence[Week]) -> bool:
    """Return whether the schedule asks for no letter and no draft, and no letter is of a week to come."""
    schedule = Schedule(
        day=DAYS.index(settings["schedule.day"]),
        time=settings["schedule.time"],
        zone=ZoneInfo(settings["newsletter.timezone"]),
        max_age=settings["schedule.max_age"],
        catch_up=settings["schedule.catch_up"],
    )
    if due(now, schedule, weeks).week is not None or any(week > week_at(now, schedule) for week in weeks):
        return False
    if not settings["schedule.approval"]:
        return True
    draft_at: datetime = (
        get_due_at(next_week(now, schedule, weeks), schedule) - settings["schedule.draft_lead"]
    )
    return draft_at > now


def _read_weeks(url: str, folder: Path, now: datetime) -> Sequence[Week] | None:
    """Return the latest week that was sent or skipped, if any; None when an issue has work, or in doubt."""
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or "?" in url:
        return None
    ours: dict[str, str] = {}
    has_readers, history = False, folder / HISTORY
    if path.exists():
        query = SqliteQuery(path)
        rows = query(_LOOK)
        if rows[0][0] != HEAD:
            return None
        has_readers, ours = bool(rows[0][1]), {past: week for _, _, week, _, past in rows if week}
        if any(week and state not in ENDED for _, _, week, state, _ in rows) and _has_work(query, now):
            return None
    written = _read_history(history.read_bytes().decode() if history.exists() else "")
    # What history.jsonl lacks would be written now; a line that only looks alike is one that differs.
    if any(line not in written or written[line][0] != week for line, week in ours.items()):
        return None
    sent = [week for line, (week, was_sent) in written.items() if was_sent and line not in ours]
    newest = max(ours.values(), default="")
    may_be_lost = not (has_readers or ours) and (sent or (folder / "var" / "letters").exists())
    may_be_old = newest and any(week > newest for week in sent)
    if may_be_lost or may_be_old:
        return None
    latest = max((week for week, _ in written.values()), default="")
    return [Week.parse(latest)] if latest else []


def _read_history(text: str) -> Mapping[str, tuple[str, bool]]:
    """Return the week of each line, and whether its letter went to readers; raises ValueError in doubt."""
    lines = [line for line in text.split("\n") if line.strip()]
    found = _WRITTEN.findall(text)
    if len(found) == len(lines):  # all of them at once, as every match is a whole line
        known = {line: _read_groups(*groups) for line, groups in zip(lines, found, strict=True)}
    else:
        known = {line: _read_line(line) for line in lines}
    if len({week for week, _ in known.values()}) < len(lines):
        _refuse("the history")
    return known


def _has_work(query: Query, now: datetime) -> bool:
    """Return whether an issue has something to do or to report: one that only waits for a time has not."""
    from pipeline.run.report import is_owed, report_on
    from pipeline.store.reading import ReadIssues

    issues = ReadIssues(query)
    left = [issue for issue in issues.all() if issue.state not in ENDED]
    return any(issue.state not in OPEN or is_owed(report_on(issues, issue), now) for issue in left)


def _read_groups(readers: str, skipped: str, week: str) -> tuple[str, bool]:
    if week.endswith("53"):
        Week.parse(week)  # not every year has this week
    return week, readers not in ("", "0") and not skipped


def _read_line(line: str) -> tuple[str, bool]:
    """Return the week of a line of the history, and whether it had readers; raises ValueError in doubt."""
    if whole := _WRITTEN.fullmatch(line):
        return _read_groups(*whole.groups(""))
    past = json.loads(line, parse_constant=_refuse)
    if not isinstance(past, dict) or any(
        isinstance(past[key], dict | list) for key in past.keys() - _FORMS.keys()
    ):
        _refuse("a line")
    json.dumps(past, ensure_ascii=False).encode()  # refuses halves of surrogate pairs
    known = {key: past[key] for key in _FORMS if key in past}
    if any(type(value) is not _FORMS[key] for key, value in known.items()):
        _refuse("a value")
    counts = [past["number"], past.get("readers", 0), *known.get("mentions", {}).values()]
    counts += known.get("items", {}).values()
    if any(type(count) is not int or count < 0 for count in counts):
        _refuse("a count")
    if any(not isinstance(text, str) for key in ("pinned", "stories") for text in known.get(key, ())):
        _refuse("a text")
    return str(Week.parse(past["week"])), bool(past.get("readers")) and not past.get("skipped")


def _refuse(what: str) -> None:
    raise ValueError(f"{what} is in doubt")
