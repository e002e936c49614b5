"""The studio hears files change, tells its pages, makes each letter once, and can be stopped."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from support.patience import PATIENCE_S
from support.studio import TEMPLATES, make_desk, served

from pipeline.errors import PipelineError
from pipeline.studio.app import NEXT_PORTS, create_studio, listen
from pipeline.studio.cache import MOST, BuildCache
from pipeline.studio.live_reload import LiveReload, watch

# The shelf


def test_a_letter_is_made_once_for_each_state_of_the_files():
    shelf, made = BuildCache(), []
    for _ in range(3):
        assert shelf.get("a", lambda: made.append(1) or len(made)).value == 1
    shelf.change()
    assert shelf.get("a", lambda: made.append(1) or len(made)).value == 2


def test_what_asks_at_once_waits_for_the_one_making():
    shelf, made, gate = BuildCache(), [], threading.Event()

    def make():
        gate.wait(PATIENCE_S)
        made.append(1)
        return len(made)

    found = []
    asking = [threading.Thread(target=lambda: found.append(shelf.get("a", make).value)) for _ in range(5)]
    for thread in asking:
        thread.start()
    gate.set()
    for thread in asking:
        thread.join(PATIENCE_S)
    assert found == [1] * 5


def test_what_was_made_while_a_file_was_saved_is_made_again():
    shelf = BuildCache()
    assert shelf.get("a", lambda: shelf.change() and "old").value == "old"
    assert shelf.get("a", lambda: "new").value == "new"


def test_the_last_good_one_stays_until_there_is_a_better_one():
    shelf = BuildCache()

    def fail():
        raise PipelineError("no")

    assert shelf.get("a", fail).value is None
    assert not shelf.get("a", fail).is_stale
    shelf.change()
    shelf.get("a", lambda: "good")
    shelf.change()
    made = shelf.get("a", fail)
    assert (made.value, str(made.error), made.is_stale) == ("good", "no", True)
    shelf.change()
    assert not shelf.get("a", lambda: "better").is_stale


def test_what_is_kept_does_not_grow_with_what_is_looked_at():
    shelf = BuildCache()
    for number in range(10 * MOST):
        shelf.get(("letter", number), lambda: "x")
        shelf.change()
    assert len(shelf._now) <= MOST
    assert len(shelf._good) <= MOST


# The bell


def test_rings_that_nobody_has_heard_yet_become_one_and_a_page_that_left_is_forgotten():
    async def main():
        bell, state = LiveReload(), [0]
        events = bell.listen(lambda: state[0])
        assert "data: 0" in await anext(events)
        for _ in range(100):
            state[0] += 1
            bell.notify()
        assert await anext(events) == "event: state\ndata: 100\n\n"
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert len(bell._listeners) == 1
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await events.aclose()
        assert not bell._listeners

    asyncio.run(main())


def test_a_silent_line_gives_signs_of_life_and_ends_when_the_bell_is_closed():
    async def main():
        bell = LiveReload(heartbeat_s=0.01)
        events = bell.listen(lambda: 0)
        await anext(events)
        assert await anext(events) == ": still here\n\n"
        bell.close()
        assert [event async for event in events] == []

    asyncio.run(main())


# The watch


class Ear:
    """Hears the watch, and can be waited for."""

    def __init__(self, folder, config):
        self.heard = asyncio.Event()
        self.task = asyncio.create_task(watch(folder, config, (), self.heard.set))

    async def hears(self, *acts):
        """Tell whether each act is heard; asked again and again, for a watch needs a moment to begin."""
        for act in acts:
            self.heard.clear()
            async with asyncio.timeout(PATIENCE_S):
                while not self.heard.is_set():
                    act()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(0.5):
                            await self.heard.wait()

    async def settles(self):
        """Wait until nothing is heard any more."""
        while True:
            self.heard.clear()
            try:
                async with asyncio.timeout(0.9):
                    await self.heard.wait()
            except TimeoutError:
                return

    async def stop(self):
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


def test_content_settings_and_templates_are_heard_also_those_made_later(tmp_path):
    (tmp_path / "content/glossary").mkdir(parents=True)
    config = tmp_path / "elsewhere" / "weekly.toml"
    config.parent.mkdir()

    def make_template():
        (tmp_path / "templates/email").mkdir(parents=True, exist_ok=True)

    async def main():
        ear = Ear(tmp_path, config)
        await ear.hears(
            lambda: (tmp_path / "content/glossary/a.md").write_text("a"),
            lambda: config.write_text("a"),
            make_template,
            lambda: (tmp_path / "templates/email/issue.txt.j2").write_text("a"),
            lambda: (tmp_path / "content/glossary/a.md").unlink(missing_ok=True),
        )
        await ear.stop()

    asyncio.run(main())


def test_what_a_run_or_an_editor_writes_on_the_side_is_not_heard(tmp_path):
    (tmp_path / "content").mkdir()
    config = tmp_path / "weekly.toml"

    async def main():
        ear = Ear(tmp_path, config)
        await ear.hears(lambda: config.write_text("a"))
        await ear.settles()
        (tmp_path / "var/outbox").mkdir(parents=True)
        for path in ("var/outbox/a.eml", "notes.txt", "content/.a.md.swp", "content/a.md~", "content/4913"):
            (tmp_path / path).write_text("a")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await ear.heard.wait()
        await ear.stop()

    asyncio.run(main())


def test_when_files_can_no_more_be_watched_it_is_said_and_the_studio_goes_on(tmp_path, caplog):
    desk = make_desk(tmp_path / "letter")

    async def fail(_changed):
        raise OSError(28, "no space left on device")

    with served(create_studio(desk.room, templates=TEMPLATES, watching=fail)) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()
    assert "saved files are no longer seen" in caplog.text


# The server


def test_a_save_rings_in_an_open_page_and_an_open_page_keeps_no_server_from_stopping(tmp_path):
    desk = make_desk(tmp_path / "letter")
    with served(desk.open()) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
        connection.request("GET", "/events")
        stream = connection.getresponse()
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        said = []
        while "data: 0" not in said:
            said.append(stream.readline().decode().strip())
        desk.edit("content/glossary/token.md", "title:", "title: ")
        while not any(line.startswith("data: ") and line != "data: 0" for line in said):
            said.append(stream.readline().decode().strip())
    # `served` has seen the server stop although the stream was open; what is left of it is its end.
    assert stream.read().strip() == b""
    connection.close()


def test_a_port_that_is_taken_is_named_or_the_next_one_is_had():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PipelineError, match=f"127.0.0.1:{port}: address already in use; .*--port"):
            listen(port, or_next=False)
        with listen(port, or_next=True) as other:
            host, found = other.getsockname()
            assert host == "127.0.0.1"
            assert port < found <= port + NEXT_PORTS
