"""Where and when tests run, and what they do when a tool is missing."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday, 09:00 UTC, in ISO week 2026-W48: the example schedule's slot."""

REPO = Path(__file__).resolve().parents[2]
IN_CI = os.environ.get("CI") == "true"


def missing(what: str) -> None:
    """Skip on a developer's machine, fail in CI: there, nothing may be missing."""
    if IN_CI:
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


NODE_TOOLS = REPO / ".node" / "node_modules"
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--renderer-process-limit=1",
    "--disable-features=IsolateOrigins,site-per-process,IsolateSandboxedIframes",
    "--disable-site-isolation-trials",
    "--mute-audio",
    "--disable-extensions",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
