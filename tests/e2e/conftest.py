"""A newsletter that follows feeds, for the tests that send its news."""

from __future__ import annotations

import shutil

import pytest
from command import make_example
from feed_server import FeedServer
from news_desk import Desk


@pytest.fixture(scope="session")
def news_example(tmp_path_factory):
    return make_example(tmp_path_factory.mktemp("news") / "letter")


@pytest.fixture
def desk(news_example, tmp_path):
    folder, server = tmp_path / "letter", FeedServer()
    shutil.copytree(news_example, folder)
    yield Desk(folder, server)
    server.close()
