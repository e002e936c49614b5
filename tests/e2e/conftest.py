"""These tests render: each template is compiled, each MJML source converted once in their process."""

from __future__ import annotations

import shutil

import pytest
from support.patience import PATIENCE_S
from support.studio import WEEK, Desk, make_desk
from support.warm import remember_engines

remember_engines()


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """A newsletter to copy; its next letter is about tokens, with a picture and links."""
    desk = make_desk(tmp_path_factory.mktemp("studio") / "letter")
    desk.send("2026-W47")
    desk.write(
        f"content/issues/{WEEK}.toml",
        'intro = "Read [the paper](https://paper.example/a)."\n\n[term]\npin = "token"\n',
    )
    return desk


@pytest.fixture
def preview_desk(original, tmp_path):
    """A copy; not called `desk`, which the tests of the news have from the whole suite."""
    return Desk(shutil.copytree(original.folder, tmp_path / "letter"))


@pytest.fixture(scope="module")
def browsing(chromium):
    """One context for all tests that need none of their own."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE_S * 1000)
    context.new_page()  # as long as one is open, the next needs no process of its own
    yield context
    context.close()
