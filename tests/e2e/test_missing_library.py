"""What somebody reads whose installation lacks a library, or has one that does not fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.cli import make_example

REPO = Path(__file__).parents[2]
WITHOUT = """
import sys
sys.modules[{library!r}] = None
from pipeline.__main__ import main
sys.argv = ["weekly", "-C", {folder!r}, *{words!r}]
main()
"""
NEEDED = [
    ("click", ["--help"]),
    ("pydantic", ["config", "show"]),
    ("sqlalchemy", ["retry"]),
    ("markdown_it", ["content", "check"]),
    ("jinja2", ["issue", "show"]),
    ("starlette", ["preview", "--no-open"]),
    ("tomlkit", ["issue", "pin", "token"]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_example(tmp_path_factory.mktemp("newsletter") / "letter")


def run(code):
    return subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("library", "words"), NEEDED)
def test_a_missing_library_is_named_with_what_installs_it(folder, library, words):
    ended = run(WITHOUT.format(library=library, folder=str(folder), words=words))
    assert ended.returncode == 1
    assert ended.stderr == (
        f"weekly: the library {library} is not installed; install what the program needs: "
        f"make -B .venv/.installed (in {REPO})\n"
    )


def test_a_library_that_does_not_fit_is_named(folder, tmp_path):
    (tmp_path / "tomlkit.py").write_text("", encoding="utf-8")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
    ended = run(code + WITHOUT.format(library="nothing", folder=str(folder), words=["issue", "pin", "token"]))
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "the library tomlkit is " in ended.stderr


def test_a_module_of_our_own_that_is_missing_is_a_fault_of_the_program(folder):
    ended = run(WITHOUT.format(library="pipeline.wiring", folder=str(folder), words=["issue", "show"]))
    assert "Traceback" in ended.stderr
