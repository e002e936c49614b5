"""Dates as lists write them. The order of day and month is decided from a whole column. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache

_YEARS = (1990, 2200)
"""A number is taken as an instant only between these years: there was no list to join before."""
_EXCEL_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
"""Excel counts days from here, as if 1900 had a 29th of February (ECMA-376, 18.17.4.1)."""
_EXCEL_DAYS = (32_874, 109_574)
"""The days of Excel in _YEARS: 1990-01-01 to 2200-01-01."""
_CENTURY_FROM = 70
"""A year of two digits from here on is of the last century, as POSIX has it (69, rounded)."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier janv enero ene janeiro gennaio gen januari jän jänner",
            "feb february februar février févr fév febrero fevereiro fev febbraio februari",
            "mar march märz mär mrz mars marzo março maart mrt",
            "apr april avril avr abril abr aprile",
            "may mai mayo maio maggio mag mei maj",
            "jun june juni juin junio junho giugno giu",
            "jul july juli juillet juil julio julho luglio lug",
            "aug august août aoû agosto ago augustus augusti",
            "sep sept september septembre septiembre setembro set settembre",
            "oct october oktober okt octobre octubre outubro out ottobre ott",
            "nov november novembre noviembre novembro",
            "dec december dezember dez décembre déc diciembre dic dezembro dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    "utc": 0,
    "gmt": 0,
    "z": 0,
    "est": -300,
    "edt": -240,
    "cst": -360,
    "cdt": -300,
    "mst": -420,
    "mdt": -360,
}
_ZONES |= {
    "pst": -480,
    "pdt": -420,
    "cet": 60,
    "cest": 120,
    "mez": 60,
    "mesz": 120,
    "bst": 60,
    "eet": 120,
    "eest": 180,
}

_TIME = (
    r"(?:(?:[T,]|\s|\bat\b|\bum\b|\bà\b|\b(?:a )?las\b|\bàs\b|\balle\b|\bom\b|\bkl\.?)*"
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?(?:\s*uhr)?"
    r"(?P<zones>(?:\s*(?:[A-Za-z]{3,4}|[Zz])?\s*(?:[+-]\d{1,2}:?(?:\d{2})?)?|\s+[A-Z]{3,5}|\s*\([^)]*\))*))?"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_TIME}", re.IGNORECASE
)
_NUMBERS = re.compile(
    rf"(?P<one>\d{{1,2}})(?P<sign>[-/.])\s?(?P<two>\d{{1,2}})[-/.]\s?(?P<year>\d{{4}}|\d{{2}}){_TIME}",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"^[^\W\d]{2,12}\.?(?:,\s+|\s+(?=[^\W\d]))")
_DAY_MONTH = re.compile(
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|\.)?[\s-]+(?:de\s+|of\s+)?(?P<month>[^\W\d]+)\.?,?[\s-]+(?:de\s+)?"
    rf"(?P<year>\d{{4}}|\d{{2}}){_TIME}",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"(?P<month>[^\W\d]+)\.?[\s-]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[\s-]+(?P<year>\d{{4}}){_TIME}",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(r"(?P<month>[^\W\d]+)\.?[\s-]+(?P<year>\d{4}|\d{2})")
_NUMBER = re.compile(r"\d{5,16}(?:\.\d+)?")
_ZERO = re.compile(r"[0\s:/.\-TZ]{8,}|00/00/00")


class DateOrder(StrEnum):
    """Which number of `03/04/2025` is the day; as `--dates` names it."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class OrderEvidence:
    """Collects from the cells of a column which order its dates are in."""

    def __init__(self) -> None:
        self.day_first = self.month_first = self.either = 0

    def take(self, cell: str) -> None:
        """Count one cell."""
        match = _NUMBERS.fullmatch(cell.strip())
        if match is None or match["sign"] == ".":
            return
        one, two = int(match["one"]), int(match["two"])
        if one == two:
            return
        if one > 12:  # noqa: PLR2004 - months
            self.day_first += 1
        elif two > 12:  # noqa: PLR2004 - months
            self.month_first += 1
        else:
            self.either += 1

    @property
    def order(self) -> DateOrder | None:
        """The order that the column shows; None when it shows none or both."""
        if self.day_first and not self.month_first:
            return DateOrder.DAY_FIRST
        return DateOrder.MONTH_FIRST if self.month_first and not self.day_first else None

    @property
    def is_ambiguous(self) -> bool:
        """Whether there are dates that could be read in both orders and nothing decides."""
        return self.either > 0 and self.order is None


def is_zero_date(text: str) -> bool:
    """Return whether a cell is the "no date" of a database: `0000-00-00 00:00:00`."""
    return bool(_ZERO.fullmatch(text))


@lru_cache(maxsize=4096)  # lists repeat their days
def is_date(text: str) -> bool:
    """Return whether a cell can be read as a date in either order."""
    return any(_try(text, order) for order in DateOrder)


@lru_cache(maxsize=4096)
def parse_date(text: str, order: DateOrder | None = None) -> datetime:
    """Return the instant that a cell names, in UTC where it has no zone. Raises ValueError.

    ISO 8601, seconds and milliseconds since 1970, days of Excel, `2024-05-06 10:11:12.123 +0000 UTC`,
    `31.01.2025`, `31-Jan-25`, `January 31, 2025` with the months of eight languages, `03/04/2025` in the
    given order. With `order` None a date whose order must be known is refused unless only one is possible.
    """
    found = _try(text, order)
    if found is None:
        raise ValueError("is not a date")
    return found


def _try(text: str, order: DateOrder | None) -> datetime | None:
    text = " ".join(text.split())
    try:
        return _read_iso(text) or _read_number(text) or _read_words(text, order)
    except (ValueError, OverflowError):
        return None


def _read_iso(text: str) -> datetime | None:
    if not text[:4].isdigit() or text[4:5] != "-":
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _read_number(text: str) -> datetime | None:
    if not _NUMBER.fullmatch(text):
        return None
    if len(text) == 8 and text[:2] in ("19", "20"):  # noqa: PLR2004 - year, month and day
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    number = float(text)
    if _EXCEL_DAYS[0] <= number < _EXCEL_DAYS[1]:
        return _EXCEL_DAY_ZERO + timedelta(seconds=round(number * 86_400))
    for unit in (1, 1_000, 1_000_000):
        seconds = number / unit
        if 631_152_000 <= seconds < 7_258_118_400:  # noqa: PLR2004 - _YEARS in seconds
            return datetime.fromtimestamp(seconds, UTC)
    return None


def _read_words(text: str, order: DateOrder | None) -> datetime | None:
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        return _build(match, int(match["month"]), int(match["day"]))
    match = _NUMBERS.fullmatch(text)
    if match:
        return _from_numbers(match, order)
    text = _WEEKDAY.sub("", text)
    match = _DAY_MONTH.fullmatch(text) or _MONTH_DAY.fullmatch(text)
    if match:
        return _build(match, _month(match["month"]), int(match["day"]))
    match = _MONTH_YEAR.fullmatch(text)
    return datetime(_year(match["year"]), _month(match["month"]), 1, tzinfo=UTC) if match else None


def _from_numbers(match: re.Match[str], order: DateOrder | None) -> datetime:
    one, two = int(match["one"]), int(match["two"])
    day_first = match["sign"] == "." or one > 12 or order is DateOrder.DAY_FIRST  # noqa: PLR2004 - months
    if not day_first and order is None and two <= 12 and one != two:  # noqa: PLR2004 - months
        raise ValueError("the order of day and month is not known")
    if two > 12:  # noqa: PLR2004 - months
        day_first = False
    return _build(match, *((two, one) if day_first else (one, two)))


def _build(match: re.Match[str], month: int, day: int) -> datetime:
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    half = (match["half"] or "").upper()
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - a clock face
        raise ValueError("not an hour of half a day")
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    zone = timezone(timedelta(minutes=_offset(match["zones"] or "")))
    return datetime(_year(match["year"]), month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)


def _offset(zones: str) -> int:
    """Return the minutes ahead of UTC: of an offset, or else of a zone's name."""
    signed = re.search(r"([+-])(\d{1,2}):?(\d{2})?", zones)
    if signed:
        minutes = int(signed[2]) * 60 + int(signed[3] or 0)
        return -minutes if signed[1] == "-" else minutes
    word = re.search(r"[A-Za-z]+", zones)
    if word is None:
        return 0
    if word[0].lower() not in _ZONES:
        raise ValueError("the time zone is not known")
    return _ZONES[word[0].lower()]


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 2:  # noqa: PLR2004 - two digits
        year += 1900 if year >= _CENTURY_FROM else 2000
    if not _YEARS[0] <= year < _YEARS[1]:
        raise ValueError("not a year of a list")
    return year


def _month(word: str) -> int:
    return _MONTHS[word.casefold()] if word.casefold() in _MONTHS else _refuse_month()


def _refuse_month() -> int:
    raise ValueError("not a month")
