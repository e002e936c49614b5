"""A newsletter folder on an editor's desk, and the studio that shows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import uvicorn

from pipeline.feeds.snapshot import write_snapshot
from pipeline.issue.history import append_history
from pipeline.issue.lock import read_lock
from pipeline.model.news import Item
from pipeline.project.scaffold import make_folder
from pipeline.resources import shipped
from pipeline.studio.app import Studio, create_studio, listen, make_server
from pipeline.studio.live_reload import watch
from pipeline.studio.workspace import NewsletterWorkspace
from pipeline.weeks import Week
from pipeline.wiring import Newsletter
from support.cli import snapshot
from support.patience import PATIENCE_S
from support.warm import give_parse_cache
from support.web_client import open_client

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""The day before the letter of 2026-W48 is due."""
WEEK = "2026-W48"
TITLES = ("A parser", "The archive", "Our cluster", "One notebook", "Every sensor", "This compiler")
ADDRESS = "http://127.0.0.1:8000"
TEMPLATES = shipped("templates")


@dataclass(frozen=True)
class Desk:
    """A newsletter whose files a test edits."""

    folder: Path

    @property
    def room(self) -> NewsletterWorkspace:
        return NewsletterWorkspace(Newsletter(folder=self.folder, config=None, as_of=MONDAY, environ={}))

    def open(self) -> Studio:
        room = self.room
        return create_studio(
            room,
            templates=TEMPLATES,
            watching=lambda changed: watch(self.folder, room.newsletter.config, (), changed),
        )

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        text = self.read(path)
        assert old in text, f"{path} does not say {old!r}"
        self.write(path, text.replace(old, new, 1))

    def own_template(self, name: str) -> None:
        """Begin a template of one's own as a copy of the shipped one."""
        self.write(f"templates/{name}", (TEMPLATES / name).read_text(encoding="utf-8"))

    def set(self, section: str, line: str) -> None:
        """Put a line below the head of a section of weekly.toml, in the place of the one for its key."""
        key = line.partition(" =")[0]
        lines = [each for each in self.read("weekly.toml").split("\n") if not each.startswith(f"{key} =")]
        lines.insert(lines.index(f"[{section}]") + 1, line)
        self.write("weekly.toml", "\n".join(lines))

    def bring_news(self, count: int = 6) -> tuple[Item, ...]:
        """Let so many stories about tools come in for the next letter, each from a feed of its own."""
        items = tuple(
            Item(
                id=f"{number:016x}",
                feed=f"feed-{number}",
                section="tools",
                title=f"{title} tells what it learned",
                url=f"https://feed-{number}.example/story",
                first_seen_at=MONDAY - timedelta(hours=number),
                source=f"Feed {number}",
                language="en",
            )
            for number, title in zip(range(count), TITLES, strict=True)
        )
        write_snapshot(self.folder, WEEK, items)
        return items

    def send(self, week: str) -> None:
        """Leave the files of a week as a run on another machine left them: a lock and a line of history."""
        edition = self.room.newsletter.edition()
        draft = edition.draft(Week.parse(week))
        edition.save_lock(draft)
        append_history(self.folder, draft.lock.picks.to_past(draft.lock.number, readers=1300))

    def sent_term(self, week: str) -> str:
        """The title of the term that a sent letter was about."""
        catalogue, _ = self.room.newsletter.edition().catalogue()
        return catalogue.term_by_slug[read_lock(self.folder, week).picks.find("term").ref].title

    def files(self):
        return snapshot(self.folder)


def make_desk(folder: Path) -> Desk:
    make_folder(folder, example=True)
    give_parse_cache(folder)
    return Desk(folder)


class Browser:
    """Somebody who uses the studio without JavaScript, and saves files in between."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.client = open_client(studio.app, base_url=ADDRESS)

    def get(self, path: str = "/", **headers: str):
        return self.client.get(path, headers=headers)

    def post(self, path: str, form=None, **headers: str):
        return self.client.post(path, data=form or {}, headers={"Origin": ADDRESS, **headers})

    def saved(self) -> None:
        """Say that files were saved, as the watch would."""
        self.studio.cache.change()

    def page(self, path: str = "/") -> Page:
        return Page(self.get(path).text)


class Page(HTMLParser):
    """What a page says, and the attributes of its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag

    def handle_data(self, data):
        self._words.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())

    def find(self, **wanted: str) -> dict[str, str | None]:
        return next(
            attributes
            for _, attributes in self.tags
            if all(attributes.get(name) == value for name, value in wanted.items())
        )

    def has(self, **wanted: str) -> bool:
        return any(
            all(attributes.get(name) == value for name, value in wanted.items())
            for _, attributes in self.tags
        )

    @property
    def frame(self) -> str:
        return next(attributes["src"] for tag, attributes in reversed(self.tags) if tag == "iframe")


@contextmanager
def served(studio: Studio, port: int = 0) -> Iterator[str]:
    """Serve a studio as the command does, on a free port unless one is named."""
    with running(make_server(studio), port) as address:
        yield address


@contextmanager
def running(server: uvicorn.Server, port: int = 0) -> Iterator[str]:
    """Run a server on a port of the loopback, in a thread; gives its address."""
    with listen(port, or_next=False) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "the server does not stop"
