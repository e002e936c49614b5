"""The same files and week give the same bytes, wherever and however the program runs."""

from __future__ import annotations

import shutil

import pytest
from support.cli import DUE, WEEKLY, make_example, must, start_weekly

PLACES = {
    "east": {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LANG": "C"},
    "west": {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4242", "LC_ALL": "C.UTF-8", "LANGUAGE": "de"},
    # Neither UTF-8 mode nor a UTF-8 locale: whoever opens a file without naming its encoding fails here.
    "old": {
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "POSIX",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "latin-1",
    },
}
TURN = "-- next --\n"
IN_TURN = f"""
import sys
import pipeline.cli
usual, words = sys.argv[1:5], sys.argv[5:]
while words:
    turn = words.index("/") if "/" in words else len(words)
    sys.argv[1:], words = usual + words[:turn], words[turn + 1:]
    sys.stdout.write({TURN!r})
    try:
        pipeline.cli.main()
    except SystemExit as end:
        if end.code:
            raise
"""
"""Runs one command after the other: most of the time of an interpreter goes into its start."""


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return make_example(tmp_path_factory.mktemp("same") / "letter")


def copy_backwards(source, target):
    """Copy a folder so that the file system lists it in another order."""
    target.mkdir()
    for path in sorted(source.iterdir(), reverse=True):
        if path.is_dir():
            copy_backwards(path, target / path.name)
        else:
            (target / f"{path.name}.first").touch()
            shutil.copy2(path, target / path.name)
            (target / f"{path.name}.first").unlink()
    return target


@pytest.fixture(scope="module")
def made(example, tmp_path_factory):
    """Everything a run and a render write, by the place they ran in."""
    found = {}
    for place, env in PLACES.items():
        home = tmp_path_factory.mktemp(place)
        copy = shutil.copytree if place == "east" else copy_backwards
        folder = copy(example, home / "letter")
        python = (WEEKLY.with_name("python"), "-c", IN_TURN)
        words = ("run", "/", "render", "--out", home / "out", "/", "issue", "show")
        ended = must(start_weekly(*words, folder=folder, as_of=DUE, env=env, command=python))
        shown = ended.stdout.rpartition(TURN)[2]
        assert "2026-W49" in shown
        found[place] = {"shown": shown.encode()} | {
            path.relative_to(home).as_posix(): path.read_bytes()
            for part in ("out", "letter/content/issues", "letter/var/outbox", "letter/var/letters")
            for path in (home / part).rglob("*")
            if path.is_file()
        }
    return found


def test_what_is_compared_is_there(made):
    names = set(made["east"])
    assert {"out/index.html", "out/issue.txt", "out/issue.eml"} <= names
    assert {"letter/content/issues/2026-W48.lock.json", "letter/content/issues/history.jsonl"} <= names
    assert sum(name.startswith("letter/var/outbox/") for name in names) == 12
    assert made["east"]["out/issue.txt"] != made["east"]["letter/var/letters/2026-W48/issue.txt"]


@pytest.mark.parametrize("place", ["west", "old"])
def test_lock_html_text_and_mails_are_the_same_bytes_everywhere(made, place):
    assert set(made[place]) == set(made["east"])
    assert [name for name in made["east"] if made["east"][name] != made[place][name]] == []
