"""Every guide of docs/develop, carried out: its blocks are applied to a copy of the repository and run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cli import Ended, run, weekly
from support.feed_server import FeedServer, item, rss
from support.installed import install

REPO = Path(__file__).resolve().parents[2]
FOLDER = REPO / "docs" / "develop"
GUIDES = sorted(path.stem for path in FOLDER.glob("add-*.md"))
COPIED = ("pipeline", "subscribers", "templates", "content", "weekly.toml", "tests", "pyproject.toml", "docs")
AS_OF = "2026-11-23T08:00Z"
FEED = "https://events.example/feed"


@dataclass
class Block:
    """A fenced block, with the file that the sentence above it says to write."""

    language: str
    text: str
    path: str


def read_blocks(page):
    for found in re.finditer(r"(?:Write `([^`]+)`:\n\n)?```([\w-]+)\n(.*?)```", page, re.DOTALL):
        yield Block(found[2], found[3], found[1] or "")


def apply_diff(root, text):
    """Change a file as a diff says whose first line names it; what stays must be there, once."""
    first, *lines = text.splitlines()
    path = root / first.removeprefix("@@ ")
    before = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    after = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    content = path.read_text(encoding="utf-8")
    assert content.count(f"{before}\n") == 1, f"{first}: not there, or more than once:\n{before}"
    path.write_text(content.replace(f"{before}\n", f"{after}\n"), encoding="utf-8")


class Shell:
    """Runs the commands of a guide in the copy, with the copy's program."""

    def __init__(self, root, server):
        self.root, self.server = root, server
        path = [str(root / "site"), str(root), str(root / "tests")]
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "PYTHONPATH": ":".join(path),
            "WEEKLY_FEEDS__ALLOW_PRIVATE_HOSTS": '["127.0.0.1"]',
        }

    def run(self, text):
        for call in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, *expected = call.splitlines()
            command, _, code = line.partition("  # exit code ")
            done = self._call(shlex.split(command.replace(FEED, self.server.url("/feed"))))
            printed = done.stdout + done.stderr
            assert done.code == int(code or 0), f"{line}\n{printed}"
            for words in expected:
                assert words in printed, f"{line}\n{words!r} is not in:\n{printed}"

    def _call(self, words):
        env = dict(self.env)
        while "=" in words[0]:
            name, _, env[name] = words.pop(0).partition("=")
        match words:
            case ["weekly", "--help"]:
                words = [sys.executable, "-m", "pipeline", "--help"]
            case ["weekly", *rest]:
                as_of = AS_OF if rest[0] == "-C" else ""
                return weekly(
                    *rest, as_of=as_of, env=env, cwd=self.root, site=[self.root / "site", self.root]
                )
            case ["python", *rest]:
                words = [sys.executable, *rest]
            case ["pip", "install", folder]:
                install(self.root / folder, self.root / "site")
                return Ended(0, "", "")
        return run(*words, cwd=self.root, env=env)


@pytest.fixture
def root(tmp_path):
    for name in COPIED:
        copy = shutil.copytree if (REPO / name).is_dir() else shutil.copy
        copy(REPO / name, tmp_path / name)
    (tmp_path / "site").mkdir()
    return tmp_path


def letter_text(root):
    return "".join(path.read_text("utf-8") for path in sorted((root / "out").rglob("*.txt")))


def test_every_guide_is_carried_out_and_linked():
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((add-[a-z-]+)\.md\)", index)) == set(GUIDES) == set(SEEN)
    assert "docs/develop/README.md" in (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "docs/develop/README.md" in (REPO / "README.md").read_text(encoding="utf-8")


def see_section(root):
    text = letter_text(root)
    assert "EVENTS" in text.upper()
    assert "A workshop about retrieval" in text


def see_language(root):
    assert "TERM VAN DE WEEK" in letter_text(root).upper()


SEEN = {
    "add-a-command": None,
    "add-a-language": see_language,
    "add-a-rule": None,
    "add-a-section": see_section,
    "add-a-setting": None,
    "add-a-source": None,
    "add-a-transport": None,
    "add-a-webhook": None,
}
"""What to look for after the steps of each guide, beyond what the guide itself shows."""


@pytest.mark.parametrize("guide", GUIDES)
def test_the_steps_of_a_guide_do_what_it_says(guide, root):
    page = (FOLDER / f"{guide}.md").read_text(encoding="utf-8")
    with closing(FeedServer()) as server:
        entry = item(1, "Sun, 22 Nov 2026 08:00:00 GMT", title="A workshop about retrieval")
        server.serve("/feed", rss(entry, title="Events"))
        shell = Shell(root, server)
        for block in read_blocks(page):
            if block.language == "diff":
                apply_diff(root, block.text)
            elif block.language == "shell-session":
                shell.run(block.text)
            elif block.path:
                (root / block.path).parent.mkdir(parents=True, exist_ok=True)
                (root / block.path).write_text(block.text, encoding="utf-8")
    if SEEN[guide] is not None:
        SEEN[guide](root)
