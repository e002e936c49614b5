"""Convert the rows of a JSON file to postings, or report why a row cannot be one. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pipeline.feeds.entries import SUMMARY_CHARS, plain_text, web_link
from pipeline.jobs.identity import normalize_company, normalize_title
from pipeline.jobs.posting import Posting, normalize_job, read_day
from pipeline.jobs.salary import find_salary_fault, is_currency, read_amount, read_salary_kind

_LINE_CHARS = 150  # of a title, company or place: more is a description in the wrong column
_SKILL_CHARS = 60  # more is a sentence
_SKILLS = 40  # more are the tags of a search engine; a letter shows a few
_EXTRA_CHARS = 20_000  # some pages: a whole board kept in front matter would make git useless

_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "job_title"),
    "company": ("company_name", "company"),
    "place": ("location", "place"),
    "remote": ("remote_type", "remote"),
    "url": ("source_url", "url"),
    "salary_min": ("salary_min",),
    "salary_max": ("salary_max",),
    "salary_currency": ("salary_currency", "currency"),
    "salary_period": ("salary_type", "salary_period"),
    "level": ("experience_level", "level"),
    "skills": ("skills_tags", "skills"),
    "posted": ("date_posted", "posted"),
    "expires": ("expires", "valid_through"),
    "source": ("source",),
    "id": ("job_id", "id"),
    "description": ("description_snippet", "description"),
}
"""The names of a job's keys in a row; the first that exists counts."""

_REMOTE = {
    **dict.fromkeys(("remote", "fullyremote", "remoteonly", "fullremote", "true", "yes"), "remote"),
    **dict.fromkeys(("hybrid", "partlyremote", "partiallyremote", "hybridremote"), "hybrid"),
    **dict.fromkeys(("onsite", "inoffice", "office", "inperson"), "on-site"),
}
_NOTHING = frozenset(
    ("", "none", "null", "nan", "undefined", "n/a", "na", "tbd", "-", "not specified", "unknown")
)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row that became a posting: the keys it has values for, and notes on what was changed."""

    posting: Posting
    given: frozenset[str]
    notes: tuple[str, ...]


def read_row(row: object, today: date) -> JobRow | str:
    """Return the posting of a row, first seen today; or why it cannot be one, with the next step."""
    if not isinstance(row, dict):
        return 'this is not an object with the keys of a job: write `{"title": …, "company_name": …}`'
    try:
        written = json.dumps(row, ensure_ascii=False, allow_nan=False)
        written.encode()
    except UnicodeEncodeError:
        return "a text contains half a character: correct it at its source"
    except (ValueError, RecursionError):
        return "a number is infinite or not a number: write null where nothing is known"
    reading = _Reading(row)
    reason = reading.find_reason()
    if reason:
        return reason
    posting = reading.make_posting(today)
    if len(json.dumps(posting.extra)) > _EXTRA_CHARS:
        return f"its other keys hold more than {_EXTRA_CHARS:,} characters: leave them out"
    return JobRow(normalize_job(posting), frozenset(reading.given), tuple(reading.notes))


@dataclass(slots=True)
class _Reading:
    """Reads one row; records which keys it used, and notes on values that are not taken as they are."""

    row: Mapping[str, Any]
    given: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def find_reason(self) -> str:
        """Return why the row cannot become a job; empty when it can."""
        for key, normalise in (("title", normalize_title), ("company", normalize_company)):
            if not normalise(self._text(key, keep=False)):
                return f"it has no `{_NAMES[key][0]}`: jobs without one cannot be distinguished"
        url = self._value("url")
        if not isinstance(url, str) or not url.strip():
            return "it has no `source_url`: readers could not apply"
        if not web_link(url):
            return f"`source_url` is not an http or https link, `{_show(url)}`: write it with https://"
        for key in ("posted", "expires"):
            value = self._value(key)
            if not _is_nothing(value) and (not isinstance(value, str) or read_day(value) is None):
                return f"`{self._name(key)}` is not a date, `{_show(value)}`: write 2026-11-24, year first"
        return ""

    def make_posting(self, today: date) -> Posting:
        """Return the posting; `find_reason` has found none against it."""
        low, high, currency, period = self._salary()
        posted, expires = self._day("posted"), self._day("expires")
        if posted is None:
            self.notes.append("it has no date: its age counts from today")
        posting = Posting(
            title=self._text("title"),
            company=self._text("company"),
            url=self._link(),
            place=self._text("place"),
            remote=self._remote(),
            salary_min=low,
            salary_max=high,
            salary_currency=currency,
            salary_period=period,
            level=self._text("level"),
            skills=self._skills(),
            posted=posted,
            expires=expires,
            first_seen=today,
            source=self._text("source"),
            id=self._text("id"),
            description=self._text("description", most=SUMMARY_CHARS),
        )
        fault = find_salary_fault(posting)
        if fault:
            self.notes.append(fault)
        others = {key: value for key, value in self.row.items() if key not in self.used}
        return replace(posting, extra=others)

    def _name(self, key: str) -> str:
        return next((name for name in _NAMES[key] if name in self.row), "")

    def _value(self, key: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        return self.row.get(self._name(key))

    def _take(self, key: str, is_read: bool, note: str = "") -> None:  # noqa: FBT001 - every caller computes it
        """Record that a key's value is used, or note why it is only kept."""
        name = self._name(key)
        if _is_nothing(self.row.get(name)):
            self.used.add(name)
        elif is_read:
            self.used.add(name)
            self.given.add(key)
        elif note:
            self.notes.append(f"`{name}` {note}: kept, not shown")

    def _text(self, key: str, most: int = _LINE_CHARS, *, keep: bool = True) -> str:
        value = self._value(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        text = plain_text(value, most)
        text = "" if text.casefold() in _NOTHING else text
        if keep:
            self._take(key, isinstance(value, str), "is not text")
        return text

    def _link(self) -> str:
        self._take("url", is_read=True)
        return web_link(self._value("url"))

    def _day(self, key: str) -> date | None:
        value = self._value(key)
        self._take(key, is_read=True)
        return None if _is_nothing(value) else read_day(value)

    def _remote(self) -> str:
        value = self._value("remote")
        word = "" if _is_nothing(value) else _REMOTE.get(re.sub(r"[^a-z]", "", str(value).casefold()), "")
        self._take("remote", bool(word), "is not remote, hybrid or on-site")
        return word

    def _skills(self) -> tuple[str, ...]:
        value = self._value("skills")
        tags = re.split(r"[,;|\n]", value) if isinstance(value, str) else value
        is_list = isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
        self._take("skills", is_list, "is not a list of texts")
        words = [plain_text(tag, _SKILL_CHARS) for tag in tags] if is_list and tags else []
        if len(words) > _SKILLS:
            self.notes.append(f"it has {len(words)} skills: the first {_SKILLS} are taken")
        return tuple(dict.fromkeys(word for word in words[:_SKILLS] if word.casefold() not in _NOTHING))

    def _salary(self) -> tuple[float, float, str, str]:
        amounts: list[float] = []
        codes: list[str] = []
        for key in ("salary_min", "salary_max"):
            value = self._value(key)
            amount = None if _is_nothing(value) else read_amount(value)
            self._take(key, amount is not None, f"is not an amount of money, `{_show(value)}`")
            amounts.append(amount[0] if amount else 0)
            codes += [amount[1]] if amount and amount[1] else []
        kind = self._ask_kind("salary_period", lambda kind: bool(kind.period or kind.currency))
        other = self._ask_kind("salary_currency", lambda kind: is_currency(kind.currency))
        codes += [code for code in (kind.currency, other.currency) if code]
        if len(set(codes)) > 1:
            self.notes.append(f"its salary is in {' and in '.join(sorted(set(codes)))}: not shown")
        currency = codes[0] if len(set(codes)) == 1 else ""
        return amounts[0], amounts[1], currency, kind.period or other.period

    def _ask_kind(self, key: str, is_good: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - salary.Kind
        value = self._value(key)
        kind = read_salary_kind("" if _is_nothing(value) else str(value)[:100])
        is_read = isinstance(value, str) and is_good(kind) and not kind.unread
        self._take(key, is_read, f"is not understood, `{_show(value)}`")
        return kind if is_read else read_salary_kind("")


def _is_nothing(value: object) -> bool:
    return (
        value is None
        or value in ([], {})
        or (isinstance(value, str) and value.strip().casefold() in _NOTHING)
    )


def _show(value: object) -> str:
    return plain_text(str(value), 60)
