"""What the editions of one newsletter folder share, so that each reads only what has changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.content.parse_cache import ParseCache
from pipeline.edition.news_cache import NewsCache
from pipeline.issue.wishes import read_wishes
from pipeline.pick.rotation import earlier
from pipeline.weeks import Week

if TYPE_CHECKING:
    from pipeline.edition.draft import Edition


class Caches:
    """The caches of a folder: of its content and its news."""

    def __init__(self, folder: Path) -> None:
        self.content = ParseCache(folder)
        self.news = NewsCache(folder)

    def save(self) -> None:
        """Write both, if the folder has a `var/`."""
        self.content.save()
        self.news.save()


def read_ahead(edition: Edition, week: Week) -> None:
    """Read the news of a week, so that its next draft finds what they came to; raises as `draft` does."""
    catalogue, _ = edition.catalogue()
    wishes, past = read_wishes(edition.folder, str(week)), earlier(edition.history, week)
    edition.caches.news.read(catalogue, past, wishes, edition.selection, edition.snapshot(week))
    edition.caches.save()
