"""Builds the values that the pipeline works with from several tables of settings. Pure."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline import __version__
from pipeline.check.standards import Standards
from pipeline.model.issue import Letterhead
from pipeline.pick.selection import NewsSelection, Selection
from pipeline.plugins.sections import find_section, news_sections
from pipeline.settings.parse import DAYS, is_placeholder
from pipeline.weeks import Schedule

if TYPE_CHECKING:
    from pipeline.feeds.options import FetchOptions
    from pipeline.settings.by_path import SettingsByPath
    from pipeline.settings.tables import Settings


def make_schedule(settings: SettingsByPath) -> Schedule:
    """Return when letters are due."""
    return Schedule(
        day=DAYS.index(settings["schedule.day"]),
        time=settings["schedule.time"],
        zone=ZoneInfo(settings["newsletter.timezone"]),
        max_age=settings["schedule.max_age"],
        catch_up=settings["schedule.catch_up"],
    )


def make_letterhead(settings: SettingsByPath) -> Letterhead:
    """Return who writes; what is left empty comes from the host of `base_url`."""
    facts = {name: settings[f"newsletter.{name}"] for name in _NEWSLETTER}
    name, address = _parse_sender(settings["newsletter.from"])
    host = (urlsplit(facts["base_url"]).hostname or "change-me.example").removeprefix("www.")
    sender, reply_to = address or f"letter@{host}", _parse_sender(facts["reply_to"])[1]
    derived = {
        "from_name": name or facts["name"],
        "from_email": sender,
        "reply_to": reply_to,
        "list_id": facts["list_id"] or f"weekly.{host}",
        "join_url": facts["join_url"] or f"mailto:{reply_to or sender}",
    }
    return Letterhead(**facts | derived)


def _parse_sender(text: str) -> tuple[str, str]:
    """Return the name and the address of a sender; both are empty where none is set."""
    if not text:
        return "", ""
    from email.utils import parseaddr  # noqa: PLC0415 - it imports sockets

    return parseaddr(text)


_NEWSLETTER = tuple(
    field.name for field in fields(Letterhead) if field.name not in ("from_name", "from_email")
)


def make_selection(settings: SettingsByPath) -> Selection:
    """Return the numbers that a choice obeys: those of the sections under those of their tables."""
    specs = {}
    for name in news_sections():
        table = {key: settings[f"sections.{name}.{key}"] for key in ("slots", "cap")}
        specs[name] = replace(
            find_section(name),
            max_age_days=settings["feeds.max_age"].days,
            **{key: value for key, value in table.items() if value is not None},
        )
    language = settings["newsletter.language"].partition("-")[0].lower()
    news = NewsSelection(
        sections=specs,
        languages=settings["sections.languages"] or (language,),
        banned_words=settings["sections.banned_words"],
        thin=settings["sections.thin"],
        thin_below=settings["sections.thin_below"],
    )
    numbers = {
        field.name: settings[f"selection.{field.name}"] for field in fields(Selection) if field.name != "news"
    }
    return Selection(**numbers, news=news)


def make_standards(settings: SettingsByPath) -> Standards:
    """Return what is required of a letter."""
    return Standards(**{field.name: settings[f"checks.{field.name}"] for field in fields(Standards)})


def list_silent(settings: SettingsByPath) -> frozenset[str]:
    """List the rules that are switched off."""
    levels = {**settings["content.rules"], **settings["checks.rules"]}
    return frozenset(rule for rule, level in levels.items() if level == "off")


def make_user_agent(settings: Settings) -> str:
    """Return how this newsletter introduces itself to servers."""
    base_url = settings.newsletter.base_url
    contact = "" if is_placeholder(base_url) else f" (+{base_url})"
    return f"weekly-insights/{__version__}{contact}"


def make_fetch_options(settings: Settings) -> FetchOptions:
    """Return how to behave towards the servers of feeds and pages."""
    from pipeline.feeds.options import FetchOptions  # noqa: PLC0415 - few commands fetch

    return FetchOptions(**dict(settings.feeds), user_agent=make_user_agent(settings))
