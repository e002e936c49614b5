"""Who is editing: the name that git signs commits with here, or the one that somebody is logged in by."""

from __future__ import annotations

import getpass
import subprocess
from pathlib import Path

_LONGEST_S = 600
"""Git answers in milliseconds; this only keeps a hanging network drive from being waited for for ever."""


def find_editor(folder: Path) -> str:
    """Find who edits a newsletter folder, as `Name <address>` where git knows both; never raises."""
    known = {key: _ask_git(folder, f"user.{key}") for key in ("name", "email")}
    if known["name"] and known["email"]:
        return f"{known['name']} <{known['email']}>"
    return known["name"] or known["email"] or _find_login()


def _ask_git(folder: Path, key: str) -> str:
    command = ["git", "-C", str(folder), "config", "--get", key]
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=_LONGEST_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return " ".join(done.stdout.decode("utf-8", "replace").split())


def _find_login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
