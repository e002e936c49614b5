"""The tables of weekly.toml, with a sentence below each setting, which docs/reference/settings.md shows."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from pipeline.model.issue import SECTION_ORDER
from pipeline.settings.fields import (
    ClockTime,
    Database,
    Day,
    Duration,
    Languages,
    Line,
    Order,
    Sender,
    Url,
    Variants,
    Zone,
)
from pipeline.settings.messages import check_language


class SettingsSection(BaseModel):
    """A table of weekly.toml: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class NewsletterSection(SettingsSection):
    """Who writes, and to whom."""

    name: Line = "Weekly Insights"
    """The newsletter's name, on top of every letter."""
    tagline: Line = ""
    """A line below the name."""
    audience: Line = "readers"
    """What readers are called, in the plural: `prompt engineers`."""
    from_: Sender = Field(default="", alias="from")
    """Who the letter comes from, such as `Weekly Insights <news@example.org>`; empty means letter@ the host
    of base_url."""
    reply_to: Sender = ""
    """Where answers go; empty means the sender's address."""
    list_id: Line = ""
    """How mail programs recognise the list; empty means `weekly.<host of base_url>`. Never change it after
    the first issue."""
    base_url: Url = ""
    """Where the confirm and unsubscribe pages are reached from outside."""
    join_url: Url = ""
    """Where somebody who got the letter forwarded can join; empty means by mail."""
    feedback_url: Url = ""
    """The page that takes one-tap feedback; while it is empty the letter does not ask."""
    preferences_url: Url = ""
    """The page where readers choose what they get; while it is empty the letter does not offer it."""
    postal_address: Line = ""
    """The postal address that the law asks for."""
    language: Annotated[str, AfterValidator(check_language)] = "en"
    """The language of the letter, a code such as `en`."""
    direction: Literal["ltr", "rtl"] = "ltr"
    """The direction in which the letter is written."""
    timezone: Zone = "UTC"
    """The time zone of the schedule, such as `Europe/Berlin`."""


class ScheduleSection(SettingsSection):
    """When a letter is due."""

    day: Day = "tuesday"
    """The day of the week on which a letter is due."""
    time_: ClockTime = Field(default=time(9), alias="time")
    """The time of day at which it is due, such as `09:00`."""
    draft_lead: Duration = timedelta(days=2)
    """How long before that the draft is made when `approval` is on."""
    approval: bool = False
    """Whether nothing is sent before `weekly issue approve`."""
    catch_up: Literal["latest", "skip"] = "latest"
    """After several missed weeks: send the newest if `max_age` allows, or only this week's."""
    max_age: Duration = timedelta(days=3)
    """How late a letter may still be sent; after that its week is skipped."""


class StoreSection(SettingsSection):
    """Where readers and the ledger live; a relative SQLite path starts at the newsletter's folder."""

    url: Database = "sqlite:///var/weekly.db"
    """The database: `sqlite:///…`, or `postgresql://user@host/name`."""


class TransportSection(SettingsSection):
    """How letters leave."""

    kind: Literal["outbox", "smtp"] = "outbox"
    """`outbox` writes one .eml file per reader, `smtp` sends through the relay."""
    outbox: Line = "var/outbox"
    """The folder of the outbox, relative to the newsletter's folder."""


class SmtpSection(SettingsSection):
    """The relay. The password comes from the environment, a file named there, or .secrets."""

    host: Line = "localhost"
    """The relay's host."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """The relay's port."""
    security: Literal["none", "starttls", "tls"] = "starttls"
    """`starttls` and `tls` check the relay's certificate; `none` is for a relay on this machine."""
    username: Line = ""
    """Empty means without authentication."""
    password: SecretStr = SecretStr("")
    """Only from the environment or .secrets, never from weekly.toml."""
    ehlo_name: Line = ""
    """The name this host greets with; empty means its full name."""


class DeliverySection(SettingsSection):
    """How hard to push, and what to do with deliveries that nobody can tell the fate of."""

    connections: Annotated[int, Field(ge=1, le=200)] = 4
    """How many connections to the relay at once."""
    messages_per_connection: Annotated[int, Field(ge=1)] = 100
    """After so many messages a connection is closed and a new one opened."""
    on_unknown: Literal["hold", "resend"] = "hold"
    """Deliveries with an unknown outcome: hold them for a person, or send them again."""


class SelectionSection(SettingsSection):
    """The weights of the choice; `weekly issue explain` shows what each one did."""

    min_gap_weeks: Annotated[int, Field(ge=0)] = 12
    """A term or tip rests at least so many issues before it may come again."""
    lift: float = 3.0
    """What a term gains that the week's news speaks of far more than usual."""
    chain: float = 1.0
    """What a term gains that goes on from last week's."""
    coverage: float = 2.0
    """What a term gains whose category had less than its share of late."""
    coverage_window: Annotated[int, Field(ge=1)] = 8
    """How many issues `coverage` looks back."""
    season: float = 2.0
    """What a term gains in its season."""
    ramp: float = 0.5
    """What a term loses when its difficulty is far from where the cycle stands."""
    jitter: float = 0.25
    """The most that decides between equals."""
    shares_term: float = 2.0
    """What a tip gains that is about the term of the week."""
    shares_related: float = 1.0
    """What a tip gains that is about a related term."""
    salt: Line = "weekly"
    """Another word here decides otherwise between equals."""


class NewsTable(SettingsSection):
    """One news section."""

    slots: Annotated[int, Field(ge=0, le=20)] = 3
    """At most so many stories in the section."""
    cap: Annotated[int, Field(ge=1, le=20)] = 2
    """At most so many of them from one source, unless its feed has a `cap` of its own."""


class SectionsSection(SettingsSection):
    """What the letter is made of, and what happens in a week with too little news."""

    order: Order = SECTION_ORDER
    """The sections from top to bottom; one that is not named is left out."""
    tools: NewsTable = NewsTable()
    techniques: NewsTable = NewsTable()
    careers: NewsTable = NewsTable()
    variants: Variants = ("text-only", "without-careers")
    """What readers may choose by a tag of that name: `text-only`, `without-<section>`."""
    thin: Literal["deep-dive", "short", "skip"] = "deep-dive"
    """A thin week: show the whole term instead, make a short letter, or send none."""
    thin_below: Annotated[int, Field(ge=0, le=60)] = 3
    """A week with fewer stories than this is thin."""
    languages: Languages = ()
    """Stories in these languages only; empty means the newsletter's own."""
    banned_words: tuple[str, ...] = ()
    """A story whose title or summary has one of these words is left out."""


class WebSection(SettingsSection):
    """The public pages: confirm and unsubscribe."""

    host: Line = "127.0.0.1"
    """The address that `weekly web serve` listens on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """The port that it listens on."""
