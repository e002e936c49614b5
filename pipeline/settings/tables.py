"""The tables of weekly.toml; docs/reference/settings.md shows the sentence below each setting.

A table whose values a package works with is that package's own class of options.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, create_model
from pydantic_core import from_json
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.bounces.options import BounceOptions, ImapOptions
from pipeline.check.options import CheckOptions
from pipeline.content.lint.options import StyleOptions
from pipeline.deliver.options import DeliveryOptions, SmtpOptions
from pipeline.deliver.transports.registry import BUILT_IN, transport_names
from pipeline.feeds.options import FeedOptions
from pipeline.model.options import Duration, Line, Options
from pipeline.model.problem import Problem
from pipeline.model.sections import JOBS, SECTIONS
from pipeline.pick.options import SelectionOptions
from pipeline.pick.selection import Thin
from pipeline.plugins.sections import news_sections, section_names
from pipeline.settings.exporters import ExportersSection
from pipeline.settings.fields import (
    Address,
    ClockTime,
    Database,
    Day,
    EditorUrl,
    Language,
    Languages,
    Order,
    Sender,
    Url,
    Variants,
    Zone,
)
from pipeline.settings.segments import SegmentsSection
from pipeline.webhooks.registry import webhook_names


class NewsletterSection(Options):
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
    language: Language = "en"
    """The language of the letter, a code such as `en`."""
    direction: Literal["ltr", "rtl"] = "ltr"
    """The direction in which the letter is written."""
    timezone: Zone = "UTC"
    """The time zone of the schedule, such as `Europe/Berlin`."""


class ScheduleSection(Options):
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
    """How late a letter may still be sent: after that its week is skipped. What is still owed so long after
    the freeze, or after `weekly resume` or `retry`, expires."""


class StoreSection(Options):
    """Where readers and the ledger live; a relative SQLite path starts at the newsletter's folder."""

    url: Database = "sqlite:///var/weekly.db"
    """The database: `sqlite:///…`, or `postgresql://user@host/name`."""
    forget_unconfirmed: Annotated[Duration, Field(ge=timedelta(days=7))] = timedelta(days=30)
    """A run erases sign-ups that were not confirmed for so long: their link works for 7 days, and data that
    nobody needs must not be kept (GDPR, article 5)."""


class TransportTable(Options):
    """How letters leave; a transport of an installed package has a table of its own, `[transport.NAME]`."""

    kind: str = "outbox"
    """`outbox` writes one .eml file per reader, `smtp` sends through the relay."""
    outbox: Line = "var/outbox"
    """The folder of the outbox, relative to the newsletter's folder."""


Slots = Annotated[int, Field(ge=0, le=20)]
Cap = Annotated[int, Field(ge=1, le=20)]


class SectionTable(Options):
    """One news section: at most so many stories, and of these so many of one feed; None: as its spec says."""

    slots: Slots | None = None
    """At most so many stories in the section."""
    cap: Cap | None = None
    """At most so many of them from one source, unless its feed has a `cap` of its own."""


class SectionsTable(Options):
    """What the letter is made of, and what happens in a week with too little news.

    Every news section has a table of its own.
    """

    order: Order = section_names()
    """The sections from top to bottom; one that is not named is left out."""
    variants: Variants = ("text-only", f"without-{JOBS}")
    """What readers may choose by a tag of that name: `text-only`, `without-<section>`."""
    thin: Thin = "deep-dive"
    """A thin week: show the whole term instead, make a short letter, or send none."""
    thin_below: Annotated[int, Field(ge=0, le=60)] = 3
    """A week with fewer stories than this is thin."""
    languages: Languages = ()
    """Stories in these languages only; empty means the newsletter's own."""
    banned_words: tuple[str, ...] = ()
    """A story whose title or summary has one of these words is left out."""

    def get_table(self, section: str) -> SectionTable:
        """Return the table of a news section."""
        table: SectionTable = getattr(self, section)
        return table


class WebhooksTable(Options):
    """What providers report to `weekly web serve`, at `/hooks/NAME`; every webhook has a table of its own.

    Secrets come from the environment or .secrets: `WEEKLY_WEBHOOKS__NAME__SECRETS`.
    """

    enabled: tuple[str, ...] = ()
    """The webhooks that are served; each must be secured, or the server does not start."""


if TYPE_CHECKING:
    WebhooksSection = WebhooksTable
    TransportSection = TransportTable
    SectionsSection = SectionsTable
else:

    def _make_table(name: str) -> type[SectionTable]:
        """Build the table of a section: with its defaults for one of our own, which need no import."""
        known = next((spec for spec in SECTIONS if spec.name == name), None)
        fields = {"slots": (Slots, known.slots), "cap": (Cap, known.cap)} if known else {}
        return create_model(
            f"{name.capitalize()}Table", __base__=SectionTable, __doc__="One news section.", **fields
        )

    # What there is depends on the installed packages: one field for every transport, one for every section.
    SectionsSection = create_model(
        "SectionsSection",
        __base__=SectionsTable,
        __doc__=SectionsTable.__doc__,
        **{name: (table := _make_table(name), table()) for name in news_sections()},
    )
    TransportSection = create_model(
        "TransportSection",
        __base__=TransportTable,
        __doc__=TransportTable.__doc__,
        kind=(Literal[transport_names()], "outbox"),
        **{name: (dict[str, Any], {}) for name in transport_names() if name not in BUILT_IN},
    )
    WebhooksSection = create_model(
        "WebhooksSection",
        __base__=WebhooksTable,
        __doc__=WebhooksTable.__doc__,
        enabled=(tuple[Literal[webhook_names()], ...], ()),
        **{name: (dict[str, Any], {}) for name in webhook_names()},
    )


class PreviewSection(Options):
    """How the editor proofreads: where test copies go, and how a file is opened from the studio."""

    test_addresses: tuple[Address, ...] = ()
    """Where the studio may send test copies."""
    editor: EditorUrl = ""
    """How a file is opened from the studio, such as `vscode://file/{path}:{line}`; empty: in the studio."""


class WebSection(Options):
    """The public pages: confirm and unsubscribe."""

    host: Line = "127.0.0.1"
    """The address that `weekly web serve` listens on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """The port that it listens on."""


class _Environment(EnvSettingsSource):
    """The environment, without the files of secrets and the secrets of webhooks, which `keyring` reads."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        for table in ("smtp", "imap"):
            if isinstance(found.get(table), dict):
                found[table].pop("password_file", None)
        webhooks = found.get("webhooks")
        for table in webhooks.values() if isinstance(webhooks, dict) else ():
            if isinstance(table, dict):
                table.pop("secrets", None)
                table.pop("secrets_file", None)
                # pydantic-settings reads lists where it knows the type, and here it is known to the webhook.
                lists = {key: from_json(value) for key, value in table.items() if str(value)[:1] == "["}
                table.update(lists)
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

    newsletter: NewsletterSection = NewsletterSection()
    schedule: ScheduleSection = ScheduleSection()
    store: StoreSection = StoreSection()
    transport: TransportSection = TransportSection()
    smtp: SmtpOptions = SmtpOptions()
    delivery: DeliveryOptions = DeliveryOptions()
    bounces: BounceOptions = BounceOptions()
    imap: ImapOptions = ImapOptions()
    sections: SectionsSection = SectionsSection()
    segments: SegmentsSection = SegmentsSection()
    exporters: ExportersSection = ExportersSection()
    selection: SelectionOptions = SelectionOptions()
    content: StyleOptions = StyleOptions()
    checks: CheckOptions = CheckOptions()
    feeds: FeedOptions = FeedOptions()
    preview: PreviewSection = PreviewSection()
    web: WebSection = WebSection()
    webhooks: WebhooksSection = WebhooksSection()

    @property
    def silent(self) -> frozenset[str]:
        """The rules that are switched off."""
        levels = {**self.content.rules, **self.checks.rules}
        return frozenset(rule for rule, level in levels.items() if level == "off")

    def heard(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Leave out the problems of rules that are switched off."""
        return tuple(problem for problem in problems if problem.rule not in self.silent)

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
