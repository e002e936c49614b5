"""What the cells of one column mean for the consent of a row. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from subscribers.importing.column_names import find_spoken_value
from subscribers.importing.dates import is_date, is_zero_date
from subscribers.importing.words import ConsentVerdict, answers, compact, read_answer, state_words

ANY = "*"
"""In a mapping: every cell that is filled."""

TRIGGERS: Mapping[str, ConsentVerdict] = {
    "opted-out": ConsentVerdict.UNSUBSCRIBED,
    "unsubscribed": ConsentVerdict.UNSUBSCRIBED,
    "bounced": ConsentVerdict.BOUNCED,
    "complained": ConsentVerdict.COMPLAINED,
    "suppressed": ConsentVerdict.SUPPRESSED,
    "pending": ConsentVerdict.PENDING,
    "paused": ConsentVerdict.PAUSED,
}
"""What `COLUMN=WORD:VALUE` says of a row whose cell is VALUE; other cells say nothing."""

GRANTS: Mapping[str, tuple[ConsentVerdict, ConsentVerdict]] = {
    "opted-in": (ConsentVerdict.UNSUBSCRIBED, ConsentVerdict.NO_CONSENT),
    "confirmed": (ConsentVerdict.PENDING, ConsentVerdict.PENDING),
}
"""What the same says of a row whose cell is a no, or is empty."""


@dataclass(frozen=True, slots=True)
class Meanings:
    """What each cell of a column means. A cell that nothing here covers is an unknown word."""

    words: Mapping[str, ConsentVerdict] = field(default_factory=dict)
    yes: ConsentVerdict | None = None
    no: ConsentVerdict | None = None
    empty: ConsentVerdict = ConsentVerdict.ACTIVE
    date: ConsentVerdict | None = None
    """For a cell that is a date: the day when it happened."""
    other: ConsentVerdict = ConsentVerdict.UNKNOWN
    granted: frozenset[str] = frozenset()
    """Compact words that a person named as a consent, one by one."""

    def is_granted(self, cell: str) -> bool:
        """Return whether a person named exactly this cell as a consent."""
        return _read_word(cell.strip()) in self.granted

    def read(self, cell: str) -> ConsentVerdict:
        """Return what a cell means."""
        text = cell.strip()
        word = _read_word(text)
        if word in answers("nothing") or is_zero_date(text):
            return self.empty
        if word in self.words:
            return self.words[word]
        answer = read_answer(word)
        if answer is not None and self._of(answer=answer) is not None:
            return self._of(answer=answer) or ConsentVerdict.ACTIVE
        if self.date is not None and is_date(text):
            return self.date
        return self._read_text(text)

    def _read_text(self, text: str) -> ConsentVerdict:
        several = max(
            (self.words.get(compact(part), _NOTHING) for part in _PARTS.split(text)), default=_NOTHING
        )
        if several > _NOTHING:
            return several
        if self.other is _NOTHING and find_spoken_value((text,)):
            # What only some words of a column were explained for does not cover the others.
            return ConsentVerdict.UNKNOWN
        return self._read_sentence(text)

    def _of(self, *, answer: bool) -> ConsentVerdict | None:
        return self.yes if answer else self.no

    def _read_sentence(self, text: str) -> ConsentVerdict:
        # "No, thank you" is a no; "Yes, unsubscribe me" and "On holiday" are not understood.
        first, *more = text.replace(",", " ").replace(".", " ").replace("!", " ").split()
        answer = (
            None if compact(first) in {"on", "off", "ok"} or len(first) == 1 else read_answer(compact(first))
        )
        if answer and self.date is None:
            # The sentence of a state that begins with "yes" may go on with anything.
            return self.other
        if not more or answer is None or any(compact(each) in state_words() for each in more):
            return self.other
        found = self._of(answer=answer)
        return self.other if found is None else found

    def with_word(self, word: str, verdict: ConsentVerdict) -> Meanings:
        """Return the same with one more word; "" stands for an empty cell, `*` for every other filled one."""
        if word == ANY:
            return replace(self, date=verdict, other=verdict)
        key = compact(word)
        return replace(self, words={**self.words, key: verdict}) if key else replace(self, empty=verdict)

    def joined(self, other: Meanings) -> Meanings:
        """Return the meanings of both: the words of each, and else the one with less consent."""
        return Meanings(
            {**other.words, **self.words},
            yes=_lower(self.yes, other.yes),
            no=_lower(self.no, other.no),
            empty=max(self.empty, other.empty),
            date=_lower(self.date, other.date),
            other=max(self.other, other.other),
            granted=self.granted | other.granted,
        )

    def with_answer(self, verdict: ConsentVerdict, *, answer: bool) -> Meanings:
        """Return the same with what a yes or a no means, in every language."""
        return replace(self, yes=verdict) if answer else replace(self, no=verdict)


_NOTHING = ConsentVerdict.ACTIVE
_PARTS = re.compile(r"[,;|\n]")


def _read_word(text: str) -> str:
    """Return the word of a cell; a number as it is written, so that -1 is not 1."""
    number = text.removesuffix(".0") if text[:1].isdigit() else text
    word = compact(number)
    return number if word.isdigit() else word


def _lower(one: ConsentVerdict | None, two: ConsentVerdict | None) -> ConsentVerdict | None:
    found = [each for each in (one, two) if each is not None]
    return max(found) if found else None


_CODES = dict.fromkeys(frozenset("abcdefghijklmopqrstuvwxz"), ConsentVerdict.UNKNOWN)
"""Letters stand for states in some tools (S: subscribed, or not yet confirmed): all but y and n."""


def status() -> Meanings:
    """Return the meanings of a column of states; an empty cell means nothing."""
    words = {**state_words(), **_CODES}
    return Meanings(words, yes=ConsentVerdict.ACTIVE, no=ConsentVerdict.UNSUBSCRIBED)


def flag(kind: str) -> Meanings:
    """Return the meanings of a column of answers or dates, such as Unsubscribed (`opted-out`)."""
    if kind in TRIGGERS:
        verdict = TRIGGERS[kind]
        words = {**state_words(), "none": ConsentVerdict.ACTIVE}
        return Meanings(words, yes=verdict, no=ConsentVerdict.ACTIVE, date=verdict)
    refused, missing = GRANTS[kind]
    return Meanings(
        state_words(), yes=ConsentVerdict.ACTIVE, no=refused, empty=missing, date=ConsentVerdict.ACTIVE
    )


def extend(base: Meanings | None, kind: str, value: str) -> Meanings:
    """Return the meanings that a person gives a column, such as `opted-out` with the value `true`, or `*`.

    `base` are those that the column has already. Raises ValueError when a word that denies consent would
    be turned into one that gives it.
    """
    word = compact(value)
    # A cross is a yes, but not among states, where it is a letter like the others.
    is_code = word in _CODES and (word != "x" or (base is not None and word in base.words))
    answer = None if is_code else read_answer(word)
    if value != ANY and answer is None:
        return _extend_by_word(base, kind, value)
    made = flag(kind)
    if value == ANY:
        other = TRIGGERS.get(kind, ConsentVerdict.ACTIVE)
        made = replace(made, words=_denials(), other=other, no=made.no if kind in TRIGGERS else other)
    elif not answer and kind in TRIGGERS:
        made = replace(made, yes=ConsentVerdict.ACTIVE, no=TRIGGERS[kind], date=None)
    elif not answer:
        made = replace(made, yes=GRANTS[kind][0], no=ConsentVerdict.ACTIVE, date=None)
    return base.joined(made) if base else made


def _extend_by_word(base: Meanings | None, kind: str, value: str) -> Meanings:
    verdict = TRIGGERS.get(kind, ConsentVerdict.ACTIVE)
    least = state_words().get(compact(value), ConsentVerdict.ACTIVE)
    if least > ConsentVerdict.PAUSED >= verdict:
        raise ValueError(f"{value!r} means {least.word} and cannot be {kind}")
    if base is None and kind in TRIGGERS:
        base = Meanings(_denials(), other=ConsentVerdict.ACTIVE)
    elif base is None:
        refused, missing = GRANTS[kind]
        base = Meanings(state_words(), no=refused, empty=missing)
    made = base.with_word(value, verdict)
    return replace(made, granted=made.granted | {compact(value)}) if kind == "opted-in" else made


@cache
def _denials() -> Mapping[str, ConsentVerdict]:
    return {word: verdict for word, verdict in state_words().items() if verdict > ConsentVerdict.ACTIVE}
