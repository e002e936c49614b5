"""A newsletter that follows three feeds of a server on this machine."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from command import must, weekly
from feed_server import FeedServer, item, rss

MONDAY = "2026-11-23T08:00Z"
TUESDAY = "2026-11-24T09:00Z"
ALLOW = {"WEEKLY_FEEDS__ALLOW_PRIVATE_HOSTS": '["127.0.0.1"]', "WEEKLY_FEEDS__ATTEMPTS": "1"}
SECTIONS = ("tools", "techniques", "careers")
SUBJECTS = (
    "Parsers that forgive",
    "Reading a trace backwards",
    "Small models at the edge",
    "How reranking halved our bill",
    "Writing rubrics with a team",
    "A vector search that fits a phone",
    "Judges that overlook",
    "Caching stale answers",
)


def date(as_of: str, days: float) -> str:
    return format_datetime(datetime.fromisoformat(as_of) - timedelta(days=days), usegmt=True)


def numbered(feed: str, number: int, as_of: str = TUESDAY, days: float = 1.0, **fields: str) -> str:
    title = f"{SUBJECTS[number % len(SUBJECTS)]} for {feed}"
    values = {"title": title, "link": f"https://{feed}.example/{number}", "guid": f"{feed}-{number}"}
    return item(number, date(as_of, days), **(values | fields))


class Desk:
    """A newsletter that follows three feeds of a server on this machine."""

    def __init__(self, folder: Path, server: FeedServer) -> None:
        self.folder, self.server = folder, server
        tables = [
            f'[[feed]]\nslug = "{section}-feed"\nurl = "{server.url(f"/{section}")}"\nsection = "{section}"\n'
            for section in SECTIONS
        ]
        (folder / "content" / "feeds.toml").write_text("\n".join(tables), encoding="utf-8")
        self.serve(TUESDAY)

    def serve(self, as_of: str, first: int = 0, count: int = 3) -> None:
        """Give every feed so many items of the days before."""
        for section in SECTIONS:
            items = [numbered(section, first + number, as_of) for number in range(count)]
            self.server.serve(f"/{section}", rss(*items, title=f"{section.capitalize()} Daily"))

    def __call__(self, *args: str | Path, as_of: str = TUESDAY, **env: str):
        return weekly(*args, folder=self.folder, as_of=as_of, env=ALLOW | env)

    def explain(self, *args: str, as_of: str = TUESDAY):
        return must(self("issue", "explain", "--json", *args, as_of=as_of)).json

    def text(self, week: str = "2026-W48") -> str:
        return (self.folder / "var" / "letters" / week / "issue.txt").read_text("utf-8")

    def history(self) -> list[dict]:
        lines = (self.folder / "content" / "issues" / "history.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]


def refs(told):
    return {slot["slot"]: slot["ref"] for slot in told["slots"]}


def links(told):
    return [slot["url"] for slot in told["slots"] if slot["url"]]
