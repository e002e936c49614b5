"""What the editions of one newsletter folder share, so that each reads only what has changed."""

from __future__ import annotations

from pathlib import Path

from pipeline.content.parse_cache import ParseCache
from pipeline.edition.news_cache import NewsCache


class Caches:
    """The caches of a folder: of its content and its news."""

    def __init__(self, folder: Path) -> None:
        self.content = ParseCache(folder)
        self.news = NewsCache(folder)

    def save(self) -> None:
        """Write both, if the folder has a `var/`."""
        self.content.save()
        self.news.save()
