"""Parses the values of single settings; each function raises ValueError with what to write. Pure.

Imports nothing heavy: `pipeline.settings.plain` reads settings with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline.model.option_values import one_line

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_day(value: object) -> str:
    """Return a day of the week in small letters."""
    word = str(value).strip().lower()
    if word not in DAYS:
        raise ValueError(f"write a day of the week: {', '.join(DAYS)}")
    return word


def parse_clock_time(value: object) -> time:
    """Return a time of day, without seconds."""
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value).strip(), re.ASCII)
    if match is None:
        raise ValueError('write a time of day such as "09:00"')
    return time(int(match[1]), int(match[2]))


def check_zone(value: str) -> str:
    """Return the name of a time zone unchanged."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is not a time zone; write one such as Europe/Berlin or UTC") from error
    return value


def check_url(value: str) -> str:
    """Return an address of a page or site without a slash at its end; an empty one is allowed."""
    parts = urlsplit(value)
    if value and (
        parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment
    ):
        raise ValueError("write an address such as https://news.example.org, without ? or #")
    if not value.isascii() or any(c.isspace() for c in value):
        raise ValueError("write the host in its ASCII form (xn--…), without spaces")
    return value.rstrip("/")


def check_variants(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return the single choices that readers have, unchanged."""
    from pipeline.issue.variants import ORDINARY, parse_choices  # noqa: PLC0415 - few settings name them

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


def check_database(value: str) -> str:
    """Return the URL of a database unchanged."""
    if not re.match(r"sqlite:///.|postgresql(\+psycopg)?://.", value):
        raise ValueError("write sqlite:///var/weekly.db, or postgresql://user@host/name")
    return value


def check_sender(value: str) -> str:
    """Return one sender, with or without a name; an empty one is allowed."""
    line = one_line(value)
    if not line:
        return line
    from email.utils import getaddresses  # noqa: PLC0415 - costs more than all else here

    senders = getaddresses([line])
    if len(senders) != 1 or not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", senders[0][1]):
        raise ValueError(
            'write one sender, such as "Weekly Insights <letter@news.example.org>" (ASCII address)'
        )
    return line


def parse_languages(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return languages as stories are compared by them: `en` for `EN`, `en-US` and `en_GB`."""
    for tag in value:
        if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*", tag.strip()):
            raise ValueError(f'{tag[:40]!r} is not a language; write a code such as "en" or "de"')
    return tuple(dict.fromkeys(re.split(r"[-_]", tag.strip())[0].lower() for tag in value))


_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def check_language(value: str) -> str:
    """Return a valid language tag unchanged; raises ValueError with the tag that was probably meant."""
    if _LANGUAGE_TAG.fullmatch(value):
        return value
    meant = value.strip().replace("_", "-").partition(".")[0]
    if _LANGUAGE_TAG.fullmatch(meant):
        raise ValueError(f"write {meant}")
    raise ValueError("is not a language; write a tag such as en or pt-BR")


def check_editor(value: str) -> str:
    """Return the address by which a file is opened unchanged; an empty one is allowed."""
    if value and (
        "{path}" not in value or value.partition(":")[0] in ("http", "https", "javascript", "data")
    ):
        raise ValueError('write an address with {path} and {line}, such as "vscode://file/{path}:{line}"')
    return value


def resolve_database(url: str, folder: Path) -> str:
    """Return the URL of a database; a relative path of SQLite starts at the newsletter's folder."""
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        return f"sqlite:///{(folder / url.removeprefix('sqlite:///')).absolute()}"
    return url


def is_placeholder(value: str) -> bool:
    """Return whether a value is still what `weekly init` wrote there, or empty."""
    return not value.strip() or "change-me" in re.sub(r"[\s_]+", "-", value.lower())


def find_placeholders(
    base_url: str, postal_address: str, sender: str, *, relay: str | None
) -> Iterator[tuple[str, str]]:
    """Yield what must be filled in before a letter may leave for its readers, as `(path, message)`.

    `relay` is the host of the relay, None where letters leave in another way.
    """
    wanted = {
        "newsletter.base_url": (
            base_url,
            "the https address of the confirm and unsubscribe pages",
        ),
        "newsletter.postal_address": (postal_address, "the postal address that the law asks for"),
        # Empty is the host of base_url, and as good as that is.
        "newsletter.from": (
            sender or base_url,
            "the address that the letter comes from",
        ),
    }
    for path, (value, what) in wanted.items():
        if is_placeholder(value):
            yield path, f"is still a placeholder; write {what} in weekly.toml before sending by SMTP"
    if relay is not None and is_placeholder(relay):
        yield "smtp.host", "is empty or a placeholder; write the name of the relay"
    parts = urlsplit(base_url)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        yield (
            "newsletter.base_url",
            "must be https: mail programs do not offer one-click unsubscribe otherwise",
        )
