"""Compiles a letter and its variants into what is frozen, with the headers that webhooks need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.deliver.mime.compile import compile_letter, message_to_json
from pipeline.issue.variants import ORDINARY
from pipeline.settings.webhooks import find_reference_headers
from pipeline.store.issues import FrozenLetter

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft
    from pipeline.wiring import Newsletter


def compile_letters(
    newsletter: Newsletter, draft: Draft, dated: datetime, phrase: str
) -> Iterator[FrozenLetter]:
    """Compile the letter and its variants, in the order of their numbers."""
    headers = find_reference_headers(newsletter.settings)
    whole = (ORDINARY, draft.rendered, False)
    for name, rendered, text_only in (whole, *((v.name, v.rendered, v.text_only) for v in draft.variants)):
        message = compile_letter(
            rendered,
            newsletter.letterhead,
            frozen_at=dated,
            readers_phrase=phrase,
            text_only=text_only,
            reference_headers=headers,
        )
        yield FrozenLetter(name, "" if text_only else rendered.html, rendered.text, message_to_json(message))
