"""The one form of an instant in everything that programs read: RFC 3339, UTC, whole seconds. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def format_instant(at: datetime) -> str:
    """Write an aware instant as `2026-11-24T09:00:00Z`; fractions of a second are dropped."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
