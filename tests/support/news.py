"""A newsletter that follows three feeds of a server on this machine."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from support.cli import Ended, must, weekly
from support.feed_server import FeedServer, item, rss

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


ENDED: dict[Path, Ended] = {}
"""How the last command of every prepared folder ended."""


class Desk:
    """A newsletter that follows three feeds of a server on this machine.

    `prepared` keeps folders by the steps that led to them: what `after` has done once is copied from then on.
    """

    def __init__(self, folder: Path, server: FeedServer, prepared: Path | None = None) -> None:
        self.folder, self.server, self._prepared = folder, server, prepared
        tables = [
            f'[[feed]]\nslug = "{section}-feed"\nurl = "{server.url(f"/{section}")}"\nsection = "{section}"\n'
            for section in SECTIONS
        ]
        (folder / "content" / "feeds.toml").write_text("\n".join(tables), encoding="utf-8")
        self._steps: tuple[object, ...] | None = ()
        self.serve(TUESDAY)

    def after(self, *args: str | Path, as_of: str = TUESDAY, code: int = 0, **env: str) -> Ended:
        """Bring the newsletter to where it is after a command, run for this test or for an earlier one.

        What the server answers belongs to the steps.
        """
        assert self._prepared is not None, "there is no folder to keep it in"
        assert self._steps is not None, "something else was done before"
        steps = (*self._steps, (*args, as_of, env, sorted(self.server.routes.items())))
        kept = self._prepared / sha256(repr(steps).encode()).hexdigest()[:16]
        if kept in ENDED:
            shutil.rmtree(self.folder)
            shutil.copytree(kept, self.folder)
        else:
            ENDED[kept] = self(*args, as_of=as_of, **env)
            shutil.copytree(self.folder, kept)
        self._steps = steps
        assert ENDED[kept].code == code, ENDED[kept]
        return ENDED[kept]

    def serve(self, as_of: str, first: int = 0, count: int = 3) -> None:
        """Give every feed so many items of the days before."""
        for section in SECTIONS:
            items = [numbered(section, first + number, as_of) for number in range(count)]
            self.server.serve(f"/{section}", rss(*items, title=f"{section.capitalize()} Daily"))

    def __call__(self, *args: str | Path, as_of: str = TUESDAY, **env: str):
        self._steps = None
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
