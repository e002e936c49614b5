"""A source that reads a list of events from a JSON file of the newsletter: `url = "calendar:events.json"`."""

import json
from collections.abc import Iterator
from datetime import datetime

from pipeline.feeds.sources import SourceItem, SourceRequest, SourceSpec


def read(request: SourceRequest) -> Iterator[SourceItem]:
    """Yield the events of the file that the address names."""
    for event in json.loads((request.folder / request.address).read_text(encoding="utf-8")):
        yield SourceItem(
            title=event["title"],
            url=event["url"],
            key=event["id"],
            published_at=datetime.fromisoformat(event["announced_at"]),
            summary=event["about"],
        )


CALENDAR = SourceSpec("calendar", read, title="Calendar")
