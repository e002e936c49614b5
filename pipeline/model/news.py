"""Values of the news: feeds as the editor wrote them, items as feeds had them, stories of items. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.model.absence import ABSENT_WHEN_ZERO
from pipeline.model.frozen import dataclass

if TYPE_CHECKING:
    from pipeline.model.problem import Problem


@dataclass(frozen=True, slots=True, order=True)
class Feed:
    """One entry of `content/feeds.toml`; `line` is where it begins there.

    `title_strip` is a pattern of RE2 whose first match is taken out of every title. `cap` is how many
    items of this feed one letter may have in a section, `max_age_days` how old an item may be; 0 means the
    section's own number. `language` empty means the language that the feed itself declares.
    """

    slug: str
    url: str
    section: str
    title: str = ""
    weight: float = 1.0
    title_strip: str = ""
    language: str = ""
    cap: int = field(default=0, metadata=ABSENT_WHEN_ZERO)
    max_age_days: int = field(default=0, metadata=ABSENT_WHEN_ZERO)
    hidden: bool = False
    line: int = field(default=0, metadata=ABSENT_WHEN_ZERO)


@dataclass(frozen=True, slots=True, order=True)
class Job:
    """The facts of an item that is a job; texts are plain, and empty where nothing is known.

    `remote` is `remote`, `hybrid` or `on-site`. A salary is 0 where it is not given, `salary_currency` a code
    of ISO 4217, `salary_period` a word such as `year`; `pipeline.jobs.salary` makes words of them.
    """

    company: str
    place: str = ""
    remote: str = ""
    salary_min: int | float = 0
    salary_max: int | float = 0
    salary_currency: str = ""
    salary_period: str = ""
    level: str = ""
    skills: tuple[str, ...] = ()
    posted_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One entry of a feed: plain text throughout, an absolute http or https link, instants aware UTC.

    `id` is the same for the same entry at every fetch. `published_at` is None without a usable
    date; a date in the future was set to `first_seen_at`. `source` is the feed's own title.
    """

    id: str
    feed: str
    section: str
    title: str
    url: str
    first_seen_at: datetime
    published_at: datetime | None = None
    summary: str = ""
    language: str = ""
    source: str = ""
    words: int = 0
    """How many words the feed carried of the text itself, 0 when only a summary came."""
    job: Job | None = None
    """Set for what comes of `content/jobs`, which no file of a snapshot holds."""

    @property
    def dated_at(self) -> datetime:
        """When it was published, or first seen where the feed has no date."""
        return self.published_at or self.first_seen_at


@dataclass(frozen=True, slots=True)
class Story:
    """Items about one thing: the oldest copy leads, the others are "also at"."""

    lead: Item
    also: tuple[Item, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """All copies, the lead first."""
        return (self.lead, *self.also)


@dataclass(frozen=True)
class Snapshot:
    """What feeds and jobs brought for one week; sorted, so that their order never matters.

    `at` is the moment that ages are counted from: when the letter is due. `closed` counts by reason the jobs
    that are none of these any more, `problems` are warnings of what could not be read.
    """

    at: datetime
    items: tuple[Item, ...] = ()
    jobs: tuple[Item, ...] = ()
    feeds: tuple[Feed, ...] = ()
    closed: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        for name in ("items", "jobs"):
            ordered = sorted(getattr(self, name), key=lambda item: (item.feed, item.id))
            object.__setattr__(self, name, tuple(ordered))
        object.__setattr__(self, "feeds", tuple(sorted(self.feeds)))

    @cached_property
    def item_by_id(self) -> Mapping[str, Item]:
        """Find an item, or a job, by its id."""
        return {item.id: item for item in (*self.items, *self.jobs)}

    @cached_property
    def feed_by_slug(self) -> Mapping[str, Feed]:
        """Find a feed by its slug."""
        return {feed.slug: feed for feed in self.feeds}


NO_NEWS = Snapshot(datetime(1970, 1, 1, tzinfo=UTC))
"""The snapshot of a newsletter without feeds and jobs."""
