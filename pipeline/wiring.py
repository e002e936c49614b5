"""Builds real things from settings, in the order of the route; the only reader of settings.

Everything is made at its first use, so that a command pays only for what it needs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline.clock import Clock
from pipeline.errors import SettingsError
from pipeline.keyring import SUPPRESSION_KEY, Secrets, read_secrets, smtp_password
from pipeline.resources import shipped
from pipeline.settings.fields import DAYS
from pipeline.settings.load import Settings, is_placeholder, placeholders, read_settings
from pipeline.settings.tables import NewsTable

if TYPE_CHECKING:
    from jinja2 import Environment
    from sqlalchemy import Engine

    from pipeline.deliver.engine import DeliveryOptions
    from pipeline.deliver.transport import Transport
    from pipeline.edition.draft import Edition
    from pipeline.feeds.fetch import Fetcher
    from pipeline.feeds.update import FetchContext
    from pipeline.model.issue import Letterhead
    from pipeline.model.news import Feed
    from pipeline.model.past import Past
    from pipeline.pick.options import Selection
    from pipeline.store.issues import Issues
    from pipeline.weeks import Schedule, Week
    from subscribers.store.people import People


_RESTORE = "restore it from a backup: unsubscribe links and the suppression list need it"

FILES_AT_ONCE = 32
"""How many letters the outbox has in the making at a time."""


class Newsletter:
    """One newsletter folder with everything that can be built for it."""

    def __init__(
        self, *, folder: Path, config: Path | None, as_of: datetime | None, environ: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self.config = config or folder / "weekly.toml"
        self.clock = Clock(as_of)
        self._environ = environ

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    def reopened(self, templates: Environment | None = None) -> Newsletter:
        """Give the same folder with nothing read yet, and the same clock; open templates may stay open."""
        fresh = Newsletter(folder=self.folder, config=self.config, as_of=None, environ=self._environ)
        fresh.clock = self.clock
        if templates is not None:
            fresh.templates = templates
        return fresh

    @cached_property
    def settings(self) -> Settings:
        """Read weekly.toml and the environment."""
        return read_settings(self.config, smtp_password=smtp_password(self.folder, self._environ))

    @cached_property
    def secrets(self) -> Secrets:
        """Read the keys, making them at the first need, but never new ones for readers who are there."""
        is_missing = not (self.folder / ".secrets").exists() and SUPPRESSION_KEY not in self._environ
        if is_missing and self.has_store() and self.issues.has_readers():
            raise SettingsError(".secrets", [("", f"is missing, but there are readers; {_RESTORE}")])
        return read_secrets(self.folder, self._environ)

    # The edition

    @cached_property
    def schedule(self) -> Schedule:
        """Tell when a letter is due."""
        from pipeline.weeks import Schedule

        schedule = self.settings.schedule
        return Schedule(
            day=DAYS.index(schedule.day),
            time=schedule.time_,
            zone=ZoneInfo(self.settings.newsletter.timezone),
            max_age=schedule.max_age,
            catch_up=schedule.catch_up,
        )

    @cached_property
    def letterhead(self) -> Letterhead:
        """Tell who writes."""
        from pipeline.model.issue import Letterhead

        newsletter = self.settings.newsletter
        name, address = parseaddr(newsletter.from_)
        host = (urlsplit(newsletter.base_url).hostname or "change-me.example").removeprefix("www.")
        sender, answers = address or f"letter@{host}", parseaddr(newsletter.reply_to)[1]
        return Letterhead(
            name=newsletter.name,
            tagline=newsletter.tagline,
            audience=newsletter.audience,
            from_name=name or newsletter.name,
            from_email=sender,
            reply_to=answers,
            list_id=newsletter.list_id or f"weekly.{host}",
            base_url=newsletter.base_url,
            join_url=newsletter.join_url or f"mailto:{answers or sender}",
            postal_address=newsletter.postal_address,
            language=newsletter.language,
            direction=newsletter.direction,
            feedback_url=newsletter.feedback_url,
            preferences_url=newsletter.preferences_url,
        )

    @cached_property
    def templates(self) -> Environment:
        """Open the templates: the newsletter's own first, file by file, then the shipped ones."""
        from pipeline.render.jinja import environment

        return environment([self.folder / "templates", shipped("templates")])

    def history(self) -> tuple[Past, ...]:
        """Read what earlier issues used, from files alone."""
        from pipeline.issue.history import read_history

        return read_history(self.folder)

    def feeds(self) -> tuple[Feed, ...]:
        """Read the feeds that the editor follows; raises AuthorError with every problem."""
        from pipeline.feeds.subscriptions import get_feeds

        return get_feeds(self.folder, allowed_hosts=self.settings.feeds.allow_private_hosts)

    @asynccontextmanager
    async def fetch_context(self) -> AsyncIterator[FetchContext]:
        """Open the HTTP client, the parser processes and the cache."""
        from pipeline.feeds.cache import Cache
        from pipeline.feeds.parser_pool import Parsers
        from pipeline.feeds.update import FetchContext

        now = self.clock.now().replace(microsecond=0)
        async with self.make_fetcher() as fetcher, Parsers() as parsers:
            yield FetchContext(fetcher, parsers, Cache(self.folder), now, self.settings.feeds.max_age)

    def make_fetcher(self) -> Fetcher:
        """Make the one HTTP client, with the fetch options of the settings; a context manager."""
        from pipeline import __version__
        from pipeline.feeds.fetch import Fetcher
        from pipeline.feeds.http_types import FetchOptions

        feeds, base_url = self.settings.feeds, self.settings.newsletter.base_url
        contact = "" if is_placeholder(base_url) else f" (+{base_url})"
        options = FetchOptions(
            user_agent=f"weekly-insights/{__version__}{contact}",
            allowed_hosts=feeds.allow_private_hosts,
            **feeds.model_dump(exclude={"max_age", "allow_private_hosts"}),
        )
        return Fetcher(options, clock=self.clock.now)

    def edition(self, history: tuple[Past, ...] | None = None, *, readers: int | None = None) -> Edition:
        """Bring together what a letter is made from; `history` and `readers` replace what the files say."""
        from pipeline.edition.draft import Edition
        from pipeline.issue.history import last_readers
        from pipeline.weeks import Week, next_week

        past = self.history() if history is None else history
        return Edition(
            folder=self.folder,
            letterhead=self.letterhead,
            selection=self.selection,
            templates=self.templates,
            history=past,
            coming=next_week(self.clock.now(), self.schedule, [Week.parse(one.week) for one in past]),
            silent=self.settings.silent,
            schedule=self.schedule,
            feeds=self.feeds(),
            order=self.settings.sections.order,
            offered=self.settings.sections.variants,
            standards=self.settings.checks,
            readers=readers if readers is not None else (last_readers(past) or None),
        )

    @cached_property
    def selection(self) -> Selection:
        """Tell the numbers that a choice obeys."""
        from pipeline.pick.options import NewsSelection, SectionRules, Selection

        sections, feeds = self.settings.sections, self.settings.feeds
        max_age = feeds.max_age.days

        def limit(table: NewsTable, usual: SectionRules) -> SectionRules:
            return replace(usual, quota=table.slots, cap=table.cap, max_age_days=max_age)

        usual = NewsSelection()
        language = self.settings.newsletter.language.partition("-")[0].lower()
        news = NewsSelection(
            tools=limit(sections.tools, usual.tools),
            techniques=limit(sections.techniques, usual.techniques),
            careers=limit(sections.careers, usual.careers),
            languages=sections.languages or (language,),
            banned_words=sections.banned_words,
            thin=sections.thin,
            thin_below=sections.thin_below,
        )
        return Selection(**self.settings.selection.model_dump(), news=news)

    def week(self, given: str | None) -> Week:
        """Tell the week an editor's command means: the one given, or the next one."""
        from pipeline.weeks import Week, next_week

        if given:
            return parse_week(given)
        frozen = [Week.parse(past.week) for past in self.history()]
        return next_week(self.clock.now(), self.schedule, frozen)

    # The run

    @property
    def database(self) -> str:
        """The URL of the database; a relative SQLite path starts at the newsletter's folder."""
        url = self.settings.store.url
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            return f"sqlite:///{(self.folder / url.removeprefix('sqlite:///')).absolute()}"
        return url

    @cached_property
    def engine(self) -> Engine:
        """Open the database, which connects at its first use."""
        from subscribers.store.engine import open_engine

        return open_engine(self.database)

    @contextmanager
    def sending(self) -> Iterator[Issues]:
        """Open the frozen issues for the time of sending, which makes thousands of transactions."""
        from pipeline.store.issues import Issues
        from subscribers.store.engine import open_engine

        engine = open_engine(self.database, keep_open=True)
        try:
            yield Issues(engine)
        finally:
            engine.dispose()

    def upgraded(self) -> Engine:
        """Open the database at the present schema, making or upgrading it."""
        from pipeline.store.schema import upgrade

        upgrade(self.engine, backups=self.folder / "var" / "backups", now=self.clock.now())
        return self.engine

    def has_store(self) -> bool:
        """Tell whether there is a database at the present schema; refuses a newer one."""
        from pipeline.store.schema import HEAD, check_schema

        return check_schema(self.engine) == HEAD

    @cached_property
    def issues(self) -> Issues:
        """Open the frozen issues."""
        from pipeline.store.issues import Issues

        return Issues(self.upgraded())

    @cached_property
    def people(self) -> People:
        """Open the readers; refuses keys that are not theirs."""
        from subscribers.store.people import People

        people = People(self.upgraded(), suppression_key=self.secrets.suppression_key)
        if not people.knows_key():
            raise SettingsError(
                ".secrets", [("", f"does not belong to the readers in the database; {_RESTORE}")]
            )
        return people

    def refuse_placeholders(self) -> None:
        """Refuse to go on towards SMTP while the letter would name nobody; the outbox does not mind."""
        if self.settings.transport.kind == "smtp":
            mistakes = list(placeholders(self.settings))
            if mistakes:
                raise SettingsError(self.config.name, mistakes)

    @cached_property
    def rules(self) -> DeliveryOptions:
        """Tell how hard to push. Files are no connections: many at once make few, large transactions."""
        from pipeline.deliver.engine import DeliveryOptions

        delivery = self.settings.delivery
        connections = delivery.connections if self.settings.transport.kind == "smtp" else FILES_AT_ONCE
        return DeliveryOptions(connections, delivery.messages_per_connection)

    @cached_property
    def transport(self) -> Transport:
        """Build the way out; refuses placeholders when it is SMTP."""
        from pipeline.deliver.transports.outbox import Outbox

        self.refuse_placeholders()
        if self.settings.transport.kind == "outbox":
            return Outbox(self.folder / self.settings.transport.outbox)
        from pipeline.deliver.transports.smtp import SmtpSettings, SmtpTransport

        smtp = self.settings.smtp
        return SmtpTransport(
            SmtpSettings(
                host=smtp.host,
                port=smtp.port,
                security=smtp.security,
                username=smtp.username,
                password=smtp.password.get_secret_value(),
                ehlo_name=smtp.ehlo_name,
            )
        )


def parse_week(given: str) -> Week:
    """Read a week from the command line."""
    from pipeline.errors import PipelineError
    from pipeline.weeks import Week

    try:
        return Week.parse(given)
    except ValueError as error:
        raise PipelineError(str(error)) from error
