"""The editor's wishes for one week: pins, bans, words and the approval digest."""

from __future__ import annotations

from dataclasses import field

from pipeline.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class ItemWishes:
    """Stories the editor wants or bans, by link or by the id of an item.

    Any spelling of a link, and any copy of a story, is meant.
    """

    pin: tuple[str, ...] = ()
    ban: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """Pins, bans, words and the approval digest; empty when there is no file."""

    term_pin: str = ""
    term_ban: tuple[str, ...] = ()
    tip_pin: str = ""
    tip_ban: tuple[str, ...] = ()
    subject: str = ""
    preheader: str = ""
    intro: str = ""
    approval_digest: str = ""
    items: ItemWishes = field(default_factory=ItemWishes)
    segment: str = ""


SUBJECT_CHARS = 78


PREHEADER_CHARS = 130
