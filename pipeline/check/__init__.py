"""Rendered letter + settings → findings. Pure: what stops a send is the caller's decision."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.check.letter import Finding, Letter, read_page
from pipeline.check.rules import ALL, RULES
from pipeline.issue.model import Letterhead
from pipeline.render.model import Rendered, Slot

__all__ = ["RULES", "SLOT_BYTES", "Finding", "check_letter"]

SLOT_BYTES: Mapping[Slot, int] = {
    Slot.NAME: 400,
    Slot.UNSUBSCRIBE_URL: 300,
    Slot.READERS: 100,
    Slot.CONFIRM_URL: 300,
}
"""How many bytes each slot may take in the HTML when filled, escaped."""


def check_letter(
    rendered: Rendered, letterhead: Letterhead, *, slot_bytes: Mapping[Slot, int] = SLOT_BYTES
) -> tuple[Finding, ...]:
    """Find what breaks a rule, in the order of the rules; errors should stop a send, warnings should not."""
    letter = Letter(rendered, letterhead, read_page(rendered.html), slot_bytes)
    return tuple(finding for rule in ALL for finding in rule(letter))
