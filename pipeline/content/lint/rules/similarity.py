"""Rules of repetition: terms, tips and sentences that say the same. Pure.

Linear in the number of files: only texts that share a fingerprint are compared, and few of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from zlib import crc32

from rapidfuzz import fuzz

from pipeline.content.lint.page import ContentPage, about
from pipeline.content.lint.rules.names import list_names
from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.problem import CONTENT_RULES, Problem, Rule

TERM_ALIKE = CONTENT_RULES.warning("term-alike", "Readers would be sent the same explanation twice.")
TIP_ALIKE = CONTENT_RULES.warning("tip-alike", "Readers would be sent the same advice twice.")
SENTENCE_REPEAT = CONTENT_RULES.warning(
    "sentence-repeat", "A sentence met again weeks later reads like a form letter."
)


ALIKE = 85.0
"""From this likeness on (0 to 100, of letters in order) two texts say the same.

Measured on the shipped content: no two of 60 definitions are more than 55 alike, and no two of 60 tips more
than 52; a copy in which every tenth word is another stays above 88.
"""
SAME_SENTENCE = 92.0
"""Stricter than `ALIKE`: of a sentence of eight words, one other word may make another statement."""
SENTENCE_WORDS = 8
"""Shorter sentences repeat by chance."""

_SHINGLE = 3
"""Words of a fingerprint: pairs are shared by chance, and of four and more words an edit breaks too many."""
_PRINTS = 6
"""Fingerprints of a text: a copy with one edit breaks at most three of its phrases of three words."""
_COMPARED = 8
"""How many texts that share a fingerprint are compared: a phrase that many use is no sign of a copy."""
_EDGE = 4
"""Words at the beginning or end by which a sentence is found again: half of the shortest that is compared."""

_WORD = re.compile(r"\w+")
_NO_NAME = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(  # and the heading, marker or label that the next one begins with
    r"""
    (?: [.!?][*_")”]*\s+ | \n[ \t\r]*\n\s* | \n(?=[ \t]*(?:[-*+#]|\d+[.)])) )
    (?: [ \t]*(?: \#+[^\n]*(?:\n\s*|\Z) | (?:[-*+]|\d+[.)])[ \t]+ | \*\*Fix:\*\*\s* ) )*
    """,
    re.VERBOSE,
)


def check_similarity(pages: Sequence[ContentPage], catalogue: Catalogue) -> Iterator[Problem]:
    """Find what repeats something in another file."""
    yield from _check_names(catalogue.terms)
    yield from _check_texts([(term, term.definition) for term in catalogue.terms], TERM_ALIKE, "definition")
    yield from _check_texts([(tip, tip.body) for tip in catalogue.tips], TIP_ALIKE, "body")
    yield from _check_sentences(pages)


def _check_names(terms: Iterable[Term]) -> Iterator[Problem]:
    """Find names that differ in hyphens, spaces or a plural only; equal names have a rule of their own."""
    first: dict[str, tuple[Term, str]] = {}
    for term in sorted(terms, key=lambda term: term.path):
        for key, name in list_names(term):
            bare = _NO_NAME.sub("", name.casefold()).removesuffix("s")
            owner, other = first.setdefault(bare, (term, name))
            if owner is not term and other.casefold().split() != name.casefold().split():
                message = f"`{name}` and `{other}` in {owner.path} look like one term"
                yield about(term, key, TERM_ALIKE, message, "join the two, or name them apart")


def _check_texts(texts: Sequence[tuple[Term | Tip, str]], rule: Rule, key: str) -> Iterator[Problem]:
    buckets: dict[int, list[int]] = {}
    plain: list[str] = []
    for number, (what, text) in enumerate(texts):
        words = _WORD.findall(text.casefold())
        plain.append(" ".join(words))
        prints = _take_prints(words)
        near = {other for each in prints for other in buckets.get(each, ())[-_COMPARED:]}
        for each in prints:
            buckets.setdefault(each, []).append(number)
        for other in sorted(near):
            score = fuzz.ratio(plain[number], plain[other], score_cutoff=ALIKE)
            if score:
                owner = texts[other][0]
                message = f"this repeats {owner.path} ({score:.0f} of 100 alike)"
                yield about(what, key, rule, message, "delete one of the two, or give each its own point")
                break


def _take_prints(words: Sequence[str]) -> list[int]:
    """Take the fingerprints of a text: texts with much in common share at least one, others hardly ever."""
    width = min(_SHINGLE, len(words))
    shingles = {crc32(" ".join(words[n : n + width]).encode()) for n in range(len(words) - width + 1)}
    return sorted(shingles)[:_PRINTS] if width else []


class _Sentences:
    """Every sentence so far, found again by its first and its last words.

    Holds strings and numbers only: hundreds of thousands of small objects would cost more than comparing.
    """

    def __init__(self) -> None:
        self.pages: list[int] = []
        self.shown: list[str] = []
        self._words: list[str] = []
        self._first: dict[str, int] = {}
        self._more: dict[str, list[int]] = {}

    def take(self, page: int, shown: str, words: Sequence[str]) -> int | None:
        """Add a sentence, or find an earlier one of another page that it repeats."""
        text, number = " ".join(words), len(self._words)
        keys = (" ".join(words[:_EDGE]), " ".join(words[: -_EDGE - 1 : -1]))
        for key in keys:
            first = self._first.get(key)
            if first is not None:
                near: list[int] = [first, *self._more.get(key, [])]
                for other in near:
                    if self._is_repeat(page, text, other):
                        return other
        for key in keys:
            first = self._first.setdefault(key, number)
            if first != number:
                more = self._more.setdefault(key, [])
                if len(more) < _COMPARED:
                    more.append(number)
        self.pages.append(page)
        self.shown.append(shown)
        self._words.append(text)
        return None

    def _is_repeat(self, page: int, text: str, other: int) -> bool:
        if self.pages[other] == page:
            return False
        theirs = self._words[other]
        return text == theirs or bool(fuzz.ratio(text, theirs, score_cutoff=SAME_SENTENCE))


def _check_sentences(pages: Sequence[ContentPage]) -> Iterator[Problem]:
    """Find each pair of files that share sentences, and report it at the first of them."""
    sentences = _Sentences()
    for number, page in enumerate(pages):
        repeats: dict[int, list[tuple[str, str]]] = {}
        for shown in _SENTENCE_END.split(page.prose[page.body :]):
            words = shown.lower().split()
            if len(words) >= SENTENCE_WORDS:
                owner = sentences.take(number, shown.strip(), words)
                if owner is not None:
                    pair = (shown.strip(), sentences.shown[owner])
                    repeats.setdefault(sentences.pages[owner], []).append(pair)
        for other, found in repeats.items():
            yield _describe(page, pages[other], found)


def _describe(page: ContentPage, other: ContentPage, found: Sequence[tuple[str, str]]) -> Problem:
    shown, theirs = found[0]
    more = f", and {len(found) - 1} more of this file" if len(found) > 1 else ""
    line = other.line(max(other.prose.find(theirs), 0))
    short = " ".join(shown.split())
    short = f"{short[:57]}…" if len(short) > 58 else short  # noqa: PLR2004 - what fits a line of a terminal
    return page.problem(
        max(page.prose.find(shown, page.body), 0),
        SENTENCE_REPEAT,
        f"“{short}” is in {other.path}:{line} too{more}",
        "write it in other words, or in one place only",
    )
