"""A unit test that touches the world fails: what it opens, starts or connects to while it runs is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

WORLD = ("open", "subprocess.Popen", "os.posix_spawn", "os.fork", "os.mkdir", "os.listdir", "os.scandir")
WORLD += ("socket.connect", "socket.bind", "sqlite3.connect")
REPO = Path(__file__).resolve().parents[2]
PYTHON = (
    sys.prefix,
    sys.base_prefix,
    "/usr/share/zoneinfo",
    str(REPO / "pipeline"),
    str(REPO / "subscribers"),
)
"""Modules and the data that come with them (time zones, tables of rules) may be loaded late."""
SOURCES = (".py", ".pyc", ".so")

running: list[str] = []


def refuse_the_world(event: str, arguments: tuple[object, ...]) -> None:
    """Fail the running test unless Python itself loads something."""
    if not running or event not in WORLD or is_importing():
        return
    what = str(arguments[0]) if arguments else ""
    if event in {"open", "os.listdir", "os.scandir"} and is_python(what):
        return
    raise AssertionError(f"{running[0]} is in tests/unit and does {event} {what}")


def is_importing() -> bool:
    """Whether an import is under way: the first one of a module in a new clone also writes its byte code."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def is_python(path: str) -> bool:
    return path.startswith(PYTHON) or path.endswith(SOURCES) or path in sys.path or Path(path).is_dir()


sys.addaudithook(refuse_the_world)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Watch over a test; what pytest does before and after it is its own affair."""
    running.append(item.nodeid)
    try:
        return (yield)
    finally:
        running.clear()
