"""What weekly.toml and the environment may say, typed; every mistake is reported at once with its path.

Read in `wiring` only, and passed on as plain values.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as UnreadableVariable

from pipeline.content.house import House
from pipeline.errors import SettingsError
from pipeline.feeds.manners import Manners
from pipeline.issue.choices import ORDINARY, parse_choices
from pipeline.issue.model import SECTION_ORDER, SectionKind
from pipeline.setting_words import check_language, in_words
from pipeline.standards import Standards
from pipeline.studio.proofing import Proofing

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SPAN = re.compile(r"(\d+)\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def is_placeholder(value: str) -> bool:
    """Tell whether a value is still what `weekly init` wrote there, or empty."""
    return not value.strip() or "change-me" in re.sub(r"[\s_]+", "-", value.lower())


def _span(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _SPAN.fullmatch(str(value).strip().lower())
    if match is None:
        raise ValueError('write a span such as "3 days", "36 hours" or "90 minutes"')
    return timedelta(**{_UNITS[match[2][0]]: int(match[1])})


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
        raise ValueError(f"{value!r} is no time zone; write one such as Europe/Berlin or UTC") from error
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


def _one_line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must be a single line without control characters")
    return value.strip()


def _sender(value: str) -> str:
    line = _one_line(value)
    senders = getaddresses([line])
    if line and (len(senders) != 1 or not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", senders[0][1])):
        raise ValueError(
            'write one sender, such as "Weekly Insights <letter@news.example.org>" (ASCII address)'
        )
    return line


def _order(value: tuple[SectionKind, ...]) -> tuple[SectionKind, ...]:
    if len(set(value)) < len(value):
        raise ValueError("names a section twice")
    if not {"term", "tip"} & set(value):
        raise ValueError("leaves out both term and tip, and a letter has one of them")
    return value


def _variants(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if name == ORDINARY or "+" in name:
            raise ValueError(f"{name!r} is no single choice; choices combine by themselves")
        try:
            parse_choices(name)
        except ValueError as error:
            raise ValueError(f"{name!r} is no choice; write text-only, or without-<section>") from error
    if len(set(value)) < len(value):
        raise ValueError("names a choice twice")
    return value


def _languages(value: tuple[str, ...]) -> tuple[str, ...]:
    """Write languages as stories are compared by them: `en` for `EN`, `en-US` and `en_GB`."""
    for tag in value:
        if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*", tag.strip()):
            raise ValueError(f'{tag[:40]!r} is no language; write a code such as "en" or "de"')
    return tuple(dict.fromkeys(re.split(r"[-_]", tag.strip())[0].lower() for tag in value))


Span = Annotated[timedelta, BeforeValidator(_span)]
Line = Annotated[str, AfterValidator(_one_line)]
Sender = Annotated[str, AfterValidator(_sender)]


class Section(BaseModel):
    """A table of weekly.toml: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class Newsletter(Section):
    """Who writes, and to whom."""

    name: Line = "Weekly Insights"
    tagline: Line = ""
    audience: Line = "readers"
    from_: Sender = Field(default="", alias="from")
    reply_to: Sender = ""
    list_id: Line = ""
    base_url: Annotated[str, AfterValidator(_base_url)] = ""
    join_url: Annotated[str, AfterValidator(_base_url)] = ""
    feedback_url: Annotated[str, AfterValidator(_base_url)] = ""
    preferences_url: Annotated[str, AfterValidator(_base_url)] = ""
    postal_address: Line = ""
    language: Annotated[str, AfterValidator(check_language)] = "en"
    direction: Literal["ltr", "rtl"] = "ltr"
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"


class Schedule(Section):
    """When a letter is due."""

    day: Annotated[str, BeforeValidator(_day)] = "tuesday"
    time_: Annotated[time, BeforeValidator(_clock_time)] = Field(default=time(9), alias="time")
    draft_lead: Span = timedelta(days=2)
    approval: bool = False
    catch_up: Literal["latest", "skip"] = "latest"
    max_age: Span = timedelta(days=3)


class Store(Section):
    """Where readers and the ledger live; a relative SQLite path starts at the newsletter's folder."""

    url: Annotated[str, AfterValidator(_database)] = "sqlite:///var/weekly.db"


class TransportSection(Section):
    """How letters leave."""

    kind: Literal["outbox", "smtp"] = "outbox"
    outbox: Line = "var/outbox"


class Smtp(Section):
    """The relay. The password comes from the environment, a file named there, or .secrets."""

    host: Line = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: Line = ""
    password: SecretStr = SecretStr("")
    ehlo_name: Line = ""


class Delivery(Section):
    """How hard to push, and what to do with deliveries that nobody can tell the fate of."""

    connections: Annotated[int, Field(ge=1, le=200)] = 4
    messages_per_connection: Annotated[int, Field(ge=1)] = 100
    on_unknown: Literal["hold", "resend"] = "hold"


class SelectionSection(Section):
    """The weights of the choice; `weekly issue explain` shows what each one did."""

    min_gap_weeks: Annotated[int, Field(ge=0)] = 12
    lift: float = 3.0
    chain: float = 1.0
    coverage: float = 2.0
    coverage_window: Annotated[int, Field(ge=1)] = 8
    season: float = 2.0
    ramp: float = 0.5
    jitter: float = 0.25
    shares_term: float = 2.0
    shares_related: float = 1.0
    salt: Line = "weekly"


class NewsTable(Section):
    """One news section: at most so many stories, and of these at most so many from one source."""

    slots: Annotated[int, Field(ge=0, le=20)] = 3
    cap: Annotated[int, Field(ge=1, le=20)] = 2


class Sections(Section):
    """What the letter is made of, and what happens in a week with too little news.

    `order` goes from top to bottom; a section that it does not name is left out. `variants` are what readers
    may choose otherwise, each by a tag of that name.
    """

    order: Annotated[tuple[SectionKind, ...], AfterValidator(_order)] = SECTION_ORDER
    tools: NewsTable = NewsTable()
    techniques: NewsTable = NewsTable()
    careers: NewsTable = NewsTable()
    variants: Annotated[tuple[str, ...], AfterValidator(_variants)] = ("text-only", "without-careers")
    thin: Literal["deep-dive", "short", "skip"] = "deep-dive"
    thin_below: Annotated[int, Field(ge=0, le=60)] = 3
    languages: Annotated[tuple[str, ...], AfterValidator(_languages)] = ()
    banned_words: tuple[str, ...] = ()


class Web(Section):
    """The public pages: confirm and unsubscribe."""

    host: Line = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000


class _Environment(EnvSettingsSource):
    """The environment, but for the name of the password's file: `keyring` reads that."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        if isinstance(smtp := found.get("smtp"), dict):
            smtp.pop("password_file", None)
        return found


class Settings(BaseSettings):
    """Everything, after weekly.toml and the environment were merged; the environment wins."""

    model_config = SettingsConfigDict(
        env_prefix="WEEKLY_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    newsletter: Newsletter = Newsletter()
    schedule: Schedule = Schedule()
    store: Store = Store()
    transport: TransportSection = TransportSection()
    smtp: Smtp = Smtp()
    delivery: Delivery = Delivery()
    sections: Sections = Sections()
    selection: SelectionSection = SelectionSection()
    content: House = House()
    checks: Standards = Standards()
    feeds: Manners = Manners()
    preview: Proofing = Proofing()
    web: Web = Web()

    @classmethod
    def settings_customise_sources(  # noqa: D102 - pydantic-settings' hook
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return _Environment(settings_cls), init_settings


def read_settings(path: Path, *, smtp_password: str = "") -> Settings:
    """Read weekly.toml and the environment.

    `smtp_password` is what a secrets file or `WEEKLY_SMTP__PASSWORD_FILE` gave; the environment's own
    password wins. Raises SettingsError with every mistake.
    """
    data = _read_toml(path)
    mistakes = [*_misplaced(data), *_foreign(os.environ)]
    if smtp_password and isinstance(data.get("smtp", {}), dict):
        data["smtp"] = {**data.get("smtp", {}), "password": smtp_password}
    try:
        settings = Settings(**data)
    except ValidationError as error:
        mistakes += [_mistake(dict(detail)) for detail in error.errors()]
    except UnreadableVariable as error:
        mistakes.append(("the environment", f"{error}; name section and key: WEEKLY_SMTP__HOST"))
    else:
        if not mistakes:
            return settings
    raise SettingsError(path.name, mistakes)


def placeholders(settings: Settings) -> Iterator[tuple[str, str]]:
    """List what must be filled in before a letter may leave by SMTP, as `(path, message)`."""
    newsletter = settings.newsletter
    wanted = {
        "newsletter.base_url": (
            newsletter.base_url,
            "the https address of the confirm and unsubscribe pages",
        ),
        "newsletter.postal_address": (newsletter.postal_address, "the postal address that the law asks for"),
        # Empty is the host of base_url, and as good as that is.
        "newsletter.from": (
            newsletter.from_ or newsletter.base_url,
            "the address that the letter comes from",
        ),
    }
    for path, (value, what) in wanted.items():
        if is_placeholder(value):
            yield path, f"is still a placeholder; write {what} in weekly.toml before sending by SMTP"
    parts = urlsplit(newsletter.base_url)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        yield (
            "newsletter.base_url",
            "must be https: mail programs do not offer one-click unsubscribe otherwise",
        )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        advice = "give the newsletter's folder with -C DIR, or make one: weekly init DIR"
        raise SettingsError(path.name, [("", f"{path} does not exist; {advice}")]) from None
    except OSError as error:
        raise SettingsError(path.name, [("", f"{path} cannot be read: {error.strerror}")]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(path.name, [("", f"{path} is not valid TOML: {error}")]) from error


def _misplaced(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    smtp = data.get("smtp")
    if isinstance(smtp, dict) and "password" in smtp:
        yield (
            "smtp.password",
            "does not belong in weekly.toml: set WEEKLY_SMTP__PASSWORD or put it into .secrets",
        )


def _foreign(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """List the variables that look like settings and name no section."""
    for name in sorted(environ):
        if not name.lower().startswith("weekly_"):
            continue
        section, double, key = name.lower().removeprefix("weekly_").partition("__")
        single, _, key = section.partition("_")
        if not double and key and single in Settings.model_fields:
            yield name, f"is not a setting; write two underscores: WEEKLY_{single.upper()}__{key.upper()}"
        is_ours = bool(double)
        if is_ours and section not in (*Settings.model_fields, "secrets"):
            yield name, f"is not a setting{_did_you_mean([section])}"


def _mistake(detail: Mapping[str, Any]) -> tuple[str, str]:
    location = [str(part) for part in detail["loc"]]
    message = in_words(detail)
    if detail["type"] == "extra_forbidden":
        message = "is not a setting" + _did_you_mean(location)
    return ".".join(location), message


def _did_you_mean(location: list[str]) -> str:
    fields = Settings.model_fields
    if len(location) > 1 and location[0] in fields:
        section = fields[location[0]].annotation
        known = [field.alias or name for name, field in section.model_fields.items()] if section else []
    else:
        known = list(fields)
    close = difflib.get_close_matches(location[-1], known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(known)}"
