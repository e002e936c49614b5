"""Sends test copies of a letter, as `weekly send` and the studio do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.issue.history import last_readers
from pipeline.notices import refusal, send_copies

if TYPE_CHECKING:
    from pipeline.render.model import Rendered
    from pipeline.wiring import Newsletter


def mark_as_test(rendered: Rendered) -> Rendered:
    """Say in the subject that it is a test."""
    return replace(rendered, subject=f"[Test] {rendered.subject}")


def send_test(
    newsletter: Newsletter, rendered: Rendered, recipients: Sequence[str], *, text_only: bool = False
) -> tuple[int, list[str]]:
    """Send test copies, as text alone if wanted; tells how many were sent, and why others were not.

    Raises SettingsError, PipelineError or TryLater when the way out cannot be had.
    """
    history = newsletter.history()
    outcomes = asyncio.run(
        send_copies(
            newsletter.transport,
            mark_as_test(rendered),
            newsletter.letterhead,
            recipients,
            readers=last_readers(history),
            at=newsletter.clock.now(),
            text_only=text_only,
        )
    )
    refused = [words for outcome in outcomes if (words := refusal(outcome))]
    return len(outcomes) - len(refused), refused


def tell_copies(rendered: Rendered, sent: int, refused: Sequence[str]) -> str:
    """Say how many copies went out; raises PipelineError when any was refused."""
    words = f"“{mark_as_test(rendered).subject}”: {sent} test {'copy' if sent == 1 else 'copies'} sent"
    if refused:
        raise PipelineError("\n".join((words, *refused)))
    return words
