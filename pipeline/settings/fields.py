"""The types of single settings: each parses what the file has, or raises ValueError with what to write."""

from __future__ import annotations

import re
from datetime import time
from email.utils import getaddresses
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.issue.variants import ORDINARY, parse_choices
from pipeline.model.options import one_line
from pipeline.model.suggest import did_you_mean
from pipeline.plugins.sections import section_names

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _day(value: object) -> str:
    word = str(value).strip().lower()
    if word not in DAYS:
        raise ValueError(f"write a day of the week: {', '.join(DAYS)}")
    return word


def _clock_time(value: object) -> time:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value).strip(), re.ASCII)
    if match is None:
        raise ValueError('write a time of day such as "09:00"')
    return time(int(match[1]), int(match[2]))


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is not a time zone; write one such as Europe/Berlin or UTC") from error
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (
        parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment
    ):
        raise ValueError("write an address such as https://news.example.org, without ? or #")
    if not value.isascii() or any(c.isspace() for c in value):
        raise ValueError("write the host in its ASCII form (xn--…), without spaces")
    return value.rstrip("/")


def _database(value: str) -> str:
    if not re.match(r"sqlite:///.|postgresql(\+psycopg)?://.", value):
        raise ValueError("write sqlite:///var/weekly.db, or postgresql://user@host/name")
    return value


def _sender(value: str) -> str:
    line = one_line(value)
    senders = getaddresses([line])
    if line and (len(senders) != 1 or not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", senders[0][1])):
        raise ValueError(
            'write one sender, such as "Weekly Insights <letter@news.example.org>" (ASCII address)'
        )
    return line


def _order(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name not in section_names():
            advice = did_you_mean(name, section_names()) or f"sections are {', '.join(section_names())}"
            raise ValueError(f"{name[:40]!r} is not a section; {advice}")
    if len(set(value)) < len(value):
        raise ValueError("names a section twice")
    if not {"term", "tip"} & set(value):
        raise ValueError("leaves out both term and tip, and a letter has one of them")
    return value


def _variants(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name == ORDINARY or "+" in name:
            raise ValueError(f"{name!r} is not a single choice; choices combine by themselves")
        try:
            parse_choices(name)
        except ValueError as error:
            raise ValueError(f"{name!r} is not a choice; write text-only, or without-<section>") from error
    if len(set(value)) < len(value):
        raise ValueError("names a choice twice")
    return value


def _languages(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return languages as stories are compared by them: `en` for `EN`, `en-US` and `en_GB`."""
    for tag in value:
        if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*", tag.strip()):
            raise ValueError(f'{tag[:40]!r} is not a language; write a code such as "en" or "de"')
    return tuple(dict.fromkeys(re.split(r"[-_]", tag.strip())[0].lower() for tag in value))


_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def _language(value: str) -> str:
    """Return a valid language tag unchanged; raises ValueError with the tag that was probably meant."""
    if _LANGUAGE_TAG.fullmatch(value):
        return value
    meant = value.strip().replace("_", "-").partition(".")[0]
    if _LANGUAGE_TAG.fullmatch(meant):
        raise ValueError(f"write {meant}")
    raise ValueError("is not a language; write a tag such as en or pt-BR")


def _address(value: str) -> str:
    # Only newsletters that name an address pay for the parser.
    from subscribers.addresses import parse_address  # noqa: PLC0415
    from subscribers.errors import AddressError  # noqa: PLC0415

    try:
        return parse_address(value).email
    except AddressError as error:
        raise ValueError(f"{error}; write it like ada@example.org") from error


def _editor(value: str) -> str:
    if value and (
        "{path}" not in value or value.partition(":")[0] in ("http", "https", "javascript", "data")
    ):
        raise ValueError('write an address with {path} and {line}, such as "vscode://file/{path}:{line}"')
    return value


Sender = Annotated[str, AfterValidator(_sender)]
Url = Annotated[str, AfterValidator(_base_url)]
Zone = Annotated[str, AfterValidator(_zone)]
Day = Annotated[str, BeforeValidator(_day), Field(json_schema_extra={"examples": list(DAYS)})]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
Database = Annotated[str, AfterValidator(_database)]
SectionName = Annotated[str, Field(json_schema_extra={"enum": list(section_names())})]
Order = Annotated[tuple[SectionName, ...], AfterValidator(_order)]
Variants = Annotated[tuple[str, ...], AfterValidator(_variants)]
Languages = Annotated[tuple[str, ...], AfterValidator(_languages)]
Address = Annotated[str, AfterValidator(_address)]
Language = Annotated[str, AfterValidator(_language)]
EditorUrl = Annotated[str, AfterValidator(_editor)]
