"""The words that lists have for consent: what a cell means, whatever its language and spelling. Pure."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from pathlib import Path

from subscribers.model import SubscriberState


class ConsentVerdict(IntEnum):
    """What a list says of a person, from the most consent to the least; the highest of several wins."""

    ACTIVE = 0
    """Nothing speaks against writing to them; the import's own proof covers them."""
    PAUSED = 1
    PENDING = 2
    NO_CONSENT = 3
    """The list has no consent of theirs: they are kept out."""
    UNKNOWN = 4
    """A word that is not understood: they are kept out."""
    UNSUBSCRIBED = 5
    BOUNCED = 6
    COMPLAINED = 7
    SUPPRESSED = 8
    """They must not be written to."""

    @property
    def word(self) -> str:
        """The verdict as people write it: `no consent`."""
        return self.name.lower().replace("_", " ")

    @property
    def state(self) -> SubscriberState:
        """The state that a row with this verdict speaks of; less than a no lowers no known reader."""
        return _STATES.get(self, SubscriberState.UNSUBSCRIBED)


_STATES = {
    ConsentVerdict.ACTIVE: SubscriberState.ACTIVE,
    ConsentVerdict.PAUSED: SubscriberState.PAUSED,
    **dict.fromkeys(
        (ConsentVerdict.PENDING, ConsentVerdict.NO_CONSENT, ConsentVerdict.UNKNOWN), SubscriberState.PENDING
    ),
    ConsentVerdict.BOUNCED: SubscriberState.BOUNCED,
    ConsentVerdict.COMPLAINED: SubscriberState.COMPLAINED,
}
KEPT_OUT = frozenset({ConsentVerdict.NO_CONSENT, ConsentVerdict.UNKNOWN})

_SPELLED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


def compact(text: str) -> str:
    """Reduce a word or a column's name to what is compared: no case, accents, blanks or punctuation.

    `Opted-Out` and `OPTED_OUT` become `optedout`. A text without letters and digits keeps its signs.
    """
    if text.isascii():
        folded = text.lower()
    else:
        parts = unicodedata.normalize("NFKD", text.casefold())
        folded = "".join(char for char in parts if not unicodedata.combining(char)).translate(_SPELLED)
    found = "".join(filter(str.isalnum, folded))
    return found or "".join(folded.split())


def read_data(name: str) -> dict[str, object]:
    """Read one of the tables of this package."""
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


@cache
def state_words() -> Mapping[str, ConsentVerdict]:
    """Return what each compact word of a state means; of two meanings the one with less consent."""
    found: dict[str, ConsentVerdict] = {}
    for state, words in _table("states").items():
        verdict = ConsentVerdict[state.upper()]
        for word in map(compact, words):
            found[word] = max(verdict, found.get(word, verdict))
    return found


@cache
def answers(kind: str) -> frozenset[str]:
    """Return the compact words of an answer: `yes`, `no` or `nothing`."""
    return frozenset(map(compact, _table("answers")[kind]))


def _table(name: str) -> Mapping[str, list[str]]:
    return _words_data()[name]  # type: ignore[return-value] # the shape of our own file


@cache
def _words_data() -> dict[str, object]:
    return read_data("consent_words.toml")


def read_answer(word: str) -> bool | None:
    """Return whether a compact word is a yes or a no; None when it is neither."""
    if word in answers("yes"):
        return True
    return False if word in answers("no") else None
