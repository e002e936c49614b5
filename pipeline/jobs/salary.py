"""Salaries as text: only with currency and period, and only plausible ones. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from pipeline.jobs.posting import Posting
from pipeline.model.news import Job

PERIODS: Mapping[str, tuple[str, float]] = {
    "year": ("a year", 1),
    "month": ("a month", 12),
    "week": ("a week", 52),
    "day": ("a day", 240),
    "hour": ("an hour", 1_900),
}
"""The periods of a salary: as words, and how many make a year."""

_CURRENCIES = {
    **dict.fromkeys(("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD", "BGN", "AZN", "BHD", "KWD"), 1),
    **dict.fromkeys(("JOD", "OMR", "BRL", "PLN", "RON", "ILS", "AED", "SAR", "QAR", "MYR", "PEN", "GEL"), 3),
    **dict.fromkeys(("CNY", "DKK", "NOK", "SEK", "HKD", "TRY", "ZAR", "MXN", "EGP", "MAD", "GHS", "UAH"), 15),
    **dict.fromkeys(("CZK", "INR", "PHP", "THB", "TWD", "RUB", "RSD", "ISK", "BDT", "LKR", "PKR", "KES"), 80),
    **dict.fromkeys(
        ("JPY", "HUF", "AMD", "ARS", "CLP", "KZT", "NGN", "DZD", "UYU", "DOP", "CRC", "NPR"), 400
    ),
    **dict.fromkeys(("KRW", "COP", "UGX", "TZS", "RWF", "XOF", "XAF"), 1_500),
    **dict.fromkeys(("IDR", "VND", "PYG", "UZS"), 15_000),
}
"""Codes of ISO 4217, and roughly how much of each is a dollar: enough to find implausible salaries."""

_SIGNS = """
USD=$ EUR=€ GBP=£ INR=₹ JPY=¥ KRW=₩ ILS=₪ VND=₫ CAD=CA$ AUD=A$ NZD=NZ$ SGD=S$ HKD=HK$ BRL=R$ MXN=MX$ CNY=CN¥
PHP=₱ NGN=₦ UAH=₴ KZT=₸
"""
_SYMBOLS = dict(pair.split("=") for pair in _SIGNS.split())
_COUNTED = 10**12
_AMOUNT_CHARS = 40
_LEAST, _MOST = 500, 5_000_000
"""The plausible range of a yearly salary, in about dollars."""

_PERIOD_WORDS = {
    **dict.fromkeys(("year", "years", "yearly", "annual", "annually", "annum", "yr", "pa"), "year"),
    **dict.fromkeys(("month", "months", "monthly", "mo", "pm", "mensual"), "month"),
    **dict.fromkeys(("week", "weekly", "wk"), "week"),
    **dict.fromkeys(("day", "daily"), "day"),
    **dict.fromkeys(("hour", "hourly", "hr", "h"), "hour"),
}
_FILLERS = frozenset(
    """per p a an the in salary salaries range base basis gross rate pay paid total compensation estimated
    fixed full time fulltime before tax brutto""".split()  # noqa: SIM905 - a list of words reads better so
)
_BY_SYMBOL = {symbol: code for code, symbol in _SYMBOLS.items()} | {"US$": "USD", "C$": "CAD", "AU$": "AUD"}
_SYMBOL = re.compile("|".join(map(re.escape, sorted(_BY_SYMBOL, key=len, reverse=True))))
_AMOUNT = re.compile(r"(\d{1,3}(?:[, '\u00a0\u202f]\d{3})+|\d+)(\.\d{1,2})?\s?(k?)", re.IGNORECASE)


class SalaryKind(NamedTuple):
    """Currency and period of a salary; `unread` are words that are not understood."""

    currency: str = ""
    period: str = ""
    unread: str = ""


def salary_text(job: Job | Posting) -> str:
    """Return the salary of a job, as in `€55,000–70,000 a year`; empty when it may not be shown."""
    if find_salary_fault(job) or not (job.salary_min or job.salary_max):
        return ""
    low, high, code = job.salary_min, job.salary_max, job.salary_currency
    sign = _SYMBOLS.get(code, f"{code} ")
    has_cents = any(amount % 1 for amount in (low, high))
    shown = [f"{amount:,.2f}" if has_cents else f"{amount:,.0f}" for amount in (low, high)]
    if low and high and low != high:
        money = f"{sign}{shown[0]}–{shown[1]}"
    else:
        money = f"{sign}{shown[0] if low else shown[1]}"
    lead = "" if low and high else "from " if low else "up to "
    return f"{lead}{money} {PERIODS[job.salary_period][0]}"


def find_salary_fault(job: Job | Posting) -> str:
    """Return why a salary is not shown; empty when it can be, or when there is none."""
    given = [amount for amount in (job.salary_min, job.salary_max) if amount]
    if not given:
        return ""
    if any(not math.isfinite(amount) or amount < 0 for amount in given):
        return "the salary is not an amount of money"
    if not job.salary_currency or not job.salary_period:
        missing = [name for name in ("currency", "period") if not getattr(job, f"salary_{name}")]
        return f"a salary without {' and '.join(missing)} is not shown"
    if job.salary_currency not in _CURRENCIES or job.salary_period not in PERIODS:
        return f"`{job.salary_currency}` a `{job.salary_period}` is not known as a way to be paid"
    if len(given) > 1 and given[0] > given[1]:
        return f"a salary from {given[0]:g} to {given[1]:g} is not a range"
    return _find_absurd(given, job.salary_currency, job.salary_period)


def is_currency(code: str) -> bool:
    """Check whether this is the code of a currency that salaries are shown in."""
    return code in _CURRENCIES


def read_salary_kind(text: str) -> SalaryKind:
    """Parse currency and period of words such as `annual`, `USD/year`, `€ per month`, `hourly`."""
    symbols = {_BY_SYMBOL[symbol] for symbol in _SYMBOL.findall(text)}
    words = re.findall(r"[^\W_]+", _SYMBOL.sub(" ", text).replace(".", ""))
    codes = symbols | {word.upper() for word in words if word.upper() in _CURRENCIES}
    periods = {_PERIOD_WORDS[word.lower()] for word in words if word.lower() in _PERIOD_WORDS}
    known = _FILLERS | _PERIOD_WORDS.keys() | {code.lower() for code in _CURRENCIES}
    unread = [word for word in words if word.lower() not in known]
    if len(codes) > 1 or len(periods) > 1:
        return SalaryKind(unread=text)
    return SalaryKind("".join(codes), "".join(periods), " ".join(unread))


def read_amount(value: object) -> tuple[float, str] | None:
    """Parse an amount and the currency it names, as in `$55,000` or `55k`; None when it is not one."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (value, "") if abs(value) < _COUNTED else None
    if not isinstance(value, str) or len(value) > _AMOUNT_CHARS:
        return None
    kind = read_salary_kind(re.sub(r"[\d,.']+k?", " ", value, flags=re.IGNORECASE))
    found = _AMOUNT.findall(value)
    if len(found) != 1 or kind.unread or "-" in value:
        return None
    whole, cents, thousand = found[0]
    amount = float(re.sub(r"\D", "", whole) + cents) * (1_000 if thousand else 1)
    return ((int(amount) if amount.is_integer() else amount), kind.currency) if amount < _COUNTED else None


def _find_absurd(given: list[float], currency: str, period: str) -> str:
    for amount in given:
        in_dollars = amount * PERIODS[period][1] / _CURRENCIES[currency]
        if not _LEAST <= in_dollars <= _MOST:
            return f"{amount:,g} {currency} {PERIODS[period][0]} is not a plausible salary"
    return ""
