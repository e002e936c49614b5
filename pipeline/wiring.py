"""Builds real things from settings, in the order of the route; the only reader of settings.

Everything is made at its first use, so that a command pays only for what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.clock import Clock
from pipeline.errors import SettingsError
from pipeline.keyring import RESTORE, Secrets, has_keys, mail_passwords, read_secrets, require_keys
from pipeline.resources import find_template_cache, shipped
from pipeline.settings.parse import resolve_database

if TYPE_CHECKING:
    from jinja2 import Environment
    from sqlalchemy import Engine

    from pipeline.deliver.options import DeliveryOptions
    from pipeline.deliver.transport import Transport, TransportSpec
    from pipeline.edition.caches import Caches
    from pipeline.edition.draft import Edition
    from pipeline.edition.editor import Editor
    from pipeline.feeds.fetch import Fetcher
    from pipeline.model.issue import Letterhead
    from pipeline.model.news import Feed
    from pipeline.model.past import Past
    from pipeline.pick.selection import Selection
    from pipeline.settings.by_path import SettingsByPath
    from pipeline.settings.tables import Settings
    from pipeline.store.issues import Issues
    from pipeline.store.returned import ReturnedMail
    from pipeline.weeks import Schedule, Week
    from subscribers.store.people import People


class Newsletter:
    """One newsletter folder with everything that can be built for it."""

    def __init__(
        self,
        *,
        folder: Path,
        config: Path | None,
        as_of: datetime | None,
        environ: Mapping[str, str],
        tell: Callable[[str], None] = lambda _message: None,
        say: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self.folder = folder
        self.config = config or folder / "weekly.toml"
        self.clock = Clock(as_of)
        self.environ = environ
        self.tell, self.say = tell, say

    def close(self) -> None:
        """Close the database, if it was opened."""
        if "engine" in self.__dict__:
            self.engine.dispose()

    def reopened(self, templates: Environment | None = None) -> Newsletter:
        """Return the same folder with nothing read yet, and the same clock; open templates may stay open."""
        fresh = Newsletter(folder=self.folder, config=self.config, as_of=None, environ=self.environ)
        fresh.tell, fresh.say, fresh.clock, fresh.caches = self.tell, self.say, self.clock, self.caches
        if templates is not None:
            fresh.templates = templates
        return fresh

    @cached_property
    def settings(self) -> Settings:
        """Read weekly.toml and the environment."""
        from pipeline.settings.load import read_settings

        return read_settings(self.config, **mail_passwords(self.folder, self.environ))

    @cached_property
    def by_path(self) -> SettingsByPath:
        """Read the settings of what is made of files: plainly where nothing is in doubt, else all of them."""
        from pipeline.settings.by_path import read_by_path

        return read_by_path(self.config, self.folder, self.environ, lambda: self.settings)

    @cached_property
    def secrets(self) -> Secrets:
        """Read the keys, made at first use; raises SettingsError where readers exist whose keys are lost."""
        if not has_keys(self.folder, self.environ):
            from pipeline.store.lost import has_had_readers

            if has_had_readers(self.engine, self.folder):
                raise SettingsError(".secrets", [("", f"is missing, but there are readers; {RESTORE}")])
        return read_secrets(self.folder, self.environ)

    # The edition

    @cached_property
    def schedule(self) -> Schedule:
        """When a letter is due."""
        from pipeline.settings.values import make_schedule

        return make_schedule(self.by_path)

    @cached_property
    def letterhead(self) -> Letterhead:
        """Who writes."""
        from pipeline.settings.values import make_letterhead

        return make_letterhead(self.by_path)

    @cached_property
    def templates(self) -> Environment:
        """Open the templates: the newsletter's own first, file by file, then the shipped ones."""
        from pipeline.render.jinja import environment

        cache = find_template_cache(self.folder, self.say)
        return environment([self.folder / "templates", shipped("templates")], cache=cache)

    def history(self) -> tuple[Past, ...]:
        """Read what earlier issues used, from files alone."""
        from pipeline.issue.history import read_history

        return read_history(self.folder)

    def feeds(self) -> tuple[Feed, ...]:
        """Read the feeds that the editor follows; raises AuthorError with every problem."""
        from pipeline.feeds.subscriptions import get_feeds

        return get_feeds(self.folder, allowed_hosts=self.by_path["feeds.allow_private_hosts"])

    def make_fetcher(self) -> Fetcher:
        """Return the one HTTP client for feeds and pages, a context manager."""
        from pipeline.feeds.fetch import Fetcher
        from pipeline.settings.values import make_fetch_options

        return Fetcher(make_fetch_options(self.settings), clock=self.clock.now)

    def edition(
        self,
        history: tuple[Past, ...] | None = None,
        *,
        readers: int | None = None,
        feeds: tuple[Feed, ...] | None = None,
    ) -> Edition:
        """Collect what a letter is made from; what is given replaces what the files have."""
        from pipeline.edition.draft import Edition
        from pipeline.issue.history import last_readers
        from pipeline.settings.values import list_silent, make_standards

        first, coming = self.turns(past := self.history() if history is None else history)
        return Edition(
            folder=self.folder,
            letterhead=self.letterhead,
            selection=self.selection,
            templates=self.templates,
            caches=self.caches,
            history=past,
            first_open=first,
            coming=coming,
            silent=list_silent(self.by_path),
            schedule=self.schedule,
            feeds=self.feeds() if feeds is None else feeds,
            order=self.by_path["sections.order"],
            offered=self.by_path["sections.variants"],
            standards=make_standards(self.by_path),
            readers=readers if readers is not None else (last_readers(past) or None),
        )

    def editor(self, client: str, *, is_dry_run: bool = False) -> Editor:
        """Return the editor for acts on this machine, through the given client."""
        from pipeline.edition.editor import Editor
        from pipeline.feeds.subscriptions import read_feeds
        from pipeline.issue.identity import find_editor

        feeds, problems = read_feeds(self.folder, allowed_hosts=self.by_path["feeds.allow_private_hosts"])
        edition, who = self.edition(feeds=feeds), find_editor(self.folder)
        return Editor(edition, who, client, self.clock.now(), is_dry_run, problems)

    @cached_property
    def caches(self) -> Caches:
        """What was read of the content and the news before."""
        from pipeline.edition.caches import Caches

        return Caches(self.folder)

    @cached_property
    def selection(self) -> Selection:
        """The numbers that a choice obeys."""
        from pipeline.settings.values import make_selection

        return make_selection(self.by_path)

    def turns(self, history: tuple[Past, ...]) -> tuple[Week, Week]:
        """Return the first week that can still have a letter, and the next one to be sent."""
        from pipeline.weeks import Week, open_weeks

        return open_weeks(self.clock.now(), self.schedule, [Week.parse(past.week) for past in history])

    def week(self, given: str | None, *, has_letter: bool = False) -> Week:
        """Return the week of a command, the next one by default; refuses one as `find_week` does."""
        from pipeline.issue.open_weeks import find_week

        past = self.history()
        return find_week(given, past, *self.turns(past), has_letter=has_letter)

    # The run

    @cached_property
    def engine(self) -> Engine:
        """Open the database, which connects at its first use."""
        from subscribers.store.engine import open_engine

        return open_engine(resolve_database(self.settings.store.url, self.folder))

    def sending(self) -> AbstractContextManager[Issues]:
        """Open the frozen issues for the time of sending, which makes thousands of transactions."""
        from pipeline.store.issues import sending

        return sending(resolve_database(self.settings.store.url, self.folder))

    def upgraded(self) -> Engine:
        """Open the database at the present schema; makes or upgrades it, as `upgrade_known` does."""
        from pipeline.store.lost import upgrade_known

        upgrade_known(self.engine, self.folder, self.clock.now())
        return self.engine

    def has_store(self) -> bool:
        """Return whether there is a database; raises StoreError for one at another schema."""
        from pipeline.store.schema import has_schema

        return has_schema(self.engine)

    @cached_property
    def issues(self) -> Issues:
        """Open the frozen issues."""
        from pipeline.store.issues import Issues

        return Issues(self.upgraded())

    @cached_property
    def people(self) -> People:
        """Open the readers; raises SettingsError for keys that are not theirs."""
        from pipeline.store.audience import open_people

        people = open_people(self.upgraded(), self.secrets.suppression_key)
        require_keys(are_known=people.knows_key())
        return people

    @cached_property
    def returned(self) -> ReturnedMail:
        """Open what comes back after the send."""
        from pipeline.store.returned import ReturnedMail

        _ = self.people  # refuses keys that are not the readers'
        return ReturnedMail(self.upgraded(), keyring=self.secrets.signing, options=self.settings.bounces)

    @cached_property
    def transport_spec(self) -> TransportSpec:
        """The transport that the settings name; imports it."""
        from pipeline.deliver.transports.registry import find_transport

        return find_transport(self.by_path["transport.kind"])

    def refuse_placeholders(self) -> None:
        """Raise SettingsError when a letter would reach readers with a placeholder for sender or address."""
        from pipeline.settings.load import placeholders

        if self.transport_spec.is_public and (mistakes := list(placeholders(self.settings))):
            raise SettingsError(self.config.name, mistakes)

    @cached_property
    def delivery(self) -> DeliveryOptions:
        """How many connections at once, and what each carries."""
        connections = self.transport_spec.connections or self.settings.delivery.connections
        return self.settings.delivery.model_copy(update={"connections": connections})

    @cached_property
    def transport(self) -> Transport:
        """Build the transport; raises SettingsError for placeholders where letters would reach readers."""
        from pipeline.deliver.transport import TransportContext
        from pipeline.settings.load import read_transport_options
        from pipeline.settings.values import make_user_agent

        self.refuse_placeholders()
        options = read_transport_options(self.settings, self.transport_spec, self.config.name)
        context = TransportContext(self.folder, make_user_agent(self.settings), self.tell, self.say)
        return self.transport_spec.build(options, context)
