"""Builds the values that the pipeline works with from several tables of settings. Pure."""

from __future__ import annotations

from dataclasses import replace
from email.utils import parseaddr
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline import __version__
from pipeline.feeds.options import FetchOptions
from pipeline.model.issue import Letterhead
from pipeline.pick.options import NewsSelection, Selection
from pipeline.plugins.sections import find_section, news_sections
from pipeline.settings.parse import DAYS, is_placeholder
from pipeline.settings.tables import Settings
from pipeline.weeks import Schedule


def make_schedule(settings: Settings) -> Schedule:
    """Return when letters are due."""
    schedule = settings.schedule
    return Schedule(
        day=DAYS.index(schedule.day),
        time=schedule.time_,
        zone=ZoneInfo(settings.newsletter.timezone),
        max_age=schedule.max_age,
        catch_up=schedule.catch_up,
    )


def make_letterhead(settings: Settings) -> Letterhead:
    """Return who writes; what is left empty comes from the host of `base_url`."""
    newsletter = settings.newsletter
    name, address = parseaddr(newsletter.from_)
    host = (urlsplit(newsletter.base_url).hostname or "change-me.example").removeprefix("www.")
    sender, reply_to = address or f"letter@{host}", parseaddr(newsletter.reply_to)[1]
    derived = {
        "from_name": name or newsletter.name,
        "from_email": sender,
        "reply_to": reply_to,
        "list_id": newsletter.list_id or f"weekly.{host}",
        "join_url": newsletter.join_url or f"mailto:{reply_to or sender}",
    }
    return Letterhead(**newsletter.model_dump(exclude={"from_", "timezone"}) | derived)


def make_selection(settings: Settings) -> Selection:
    """Return the numbers that a choice obeys: those of the sections under those of their tables."""
    sections, max_age_days = settings.sections, settings.feeds.max_age.days
    specs = {
        name: replace(
            find_section(name),
            max_age_days=max_age_days,
            **sections.get_table(name).model_dump(exclude_none=True),
        )
        for name in news_sections()
    }
    language = settings.newsletter.language.partition("-")[0].lower()
    news = NewsSelection(
        sections=specs,
        languages=sections.languages or (language,),
        banned_words=sections.banned_words,
        thin=sections.thin,
        thin_below=sections.thin_below,
    )
    return Selection(**dict(settings.selection), news=news)


def make_user_agent(settings: Settings) -> str:
    """Return how this newsletter introduces itself to servers."""
    base_url = settings.newsletter.base_url
    contact = "" if is_placeholder(base_url) else f" (+{base_url})"
    return f"weekly-insights/{__version__}{contact}"


def make_fetch_options(settings: Settings) -> FetchOptions:
    """Return how to behave towards the servers of feeds and pages."""
    return FetchOptions(**dict(settings.feeds), user_agent=make_user_agent(settings))
