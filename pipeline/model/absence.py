"""How a field declares that its 0 means "not known"; JSON has null for it, and 0 for every other zero."""

from __future__ import annotations

from types import MappingProxyType

ABSENT_WHEN_ZERO = MappingProxyType({"absent_when_zero": True})
"""Metadata for `dataclasses.field`."""
