"""Rules of repetition: terms, tips and sentences that say the same. Pure.

Linear in the number of files: only texts that share a fingerprint are compared, and few of them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from zlib import crc32

from rapidfuzz import fuzz

from pipeline.content.lint.page import ContentPage, about
from pipeline.content.lint.rules.names import list_names
from pipeline.model.content import Term, Tip
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


class SimilarityRules:
    """The rules of repetition, which keep of each file only what others are compared with.

    `find_page` returns a page that was checked before, by its path.
    """

    def __init__(self, find_page: Callable[[str], ContentPage]) -> None:
        self._definitions, self._bodies = _Texts(TERM_ALIKE, "definition"), _Texts(TIP_ALIKE, "body")
        self._sentences = _Sentences()
        self._paths: list[str] = []
        self._find_page = find_page

    def check(self, page: ContentPage, entry: Term | Tip | None) -> Iterator[Problem]:
        """Find what repeats something in a file that was checked before."""
        if isinstance(entry, Term):
            yield from self._definitions.check(entry, entry.definition)
        elif entry is not None:
            yield from self._bodies.check(entry, entry.body)
        yield from self._check_sentences(page)

    def _check_sentences(self, page: ContentPage) -> Iterator[Problem]:
        """Find each earlier file that shares sentences with this one, and report it at the first of them."""
        number = len(self._paths)
        self._paths.append(page.path)
        repeats: dict[int, list[tuple[str, str]]] = {}
        for shown in _list_sentences(page):
            words = shown.lower().split()
            if len(words) >= SENTENCE_WORDS:
                found = self._sentences.take(number, words)
                if found is not None:
                    owner, theirs = found
                    repeats.setdefault(owner, []).append((shown, theirs))
        for other, pairs in repeats.items():
            yield _describe(page, self._find_page(self._paths[other]), pairs)


def check_alike_names(terms: Iterable[Term]) -> Iterator[Problem]:
    """Find names that differ in hyphens, spaces or a plural only; equal names have a rule of their own."""
    first: dict[str, tuple[Term, str]] = {}
    for term in sorted(terms, key=lambda term: term.path):
        for key, name in list_names(term):
            bare = _NO_NAME.sub("", name.casefold()).removesuffix("s")
            owner, other = first.setdefault(bare, (term, name))
            if owner is not term and other.casefold().split() != name.casefold().split():
                message = f"`{name}` and `{other}` in {owner.path} look like one term"
                yield about(term, key, TERM_ALIKE, message, "join the two, or name them apart")


class _Texts:
    """The texts of one kind so far, found again by their fingerprints."""

    def __init__(self, rule: Rule, key: str) -> None:
        self._rule, self._key = rule, key
        self._paths: list[str] = []
        self._plain: list[str] = []
        self._buckets = _Numbers()

    def check(self, what: Term | Tip, text: str) -> Iterator[Problem]:
        """Add a text, and find an earlier one that it repeats."""
        words = _WORD.findall(text.casefold())
        plain, number, prints = " ".join(words), len(self._plain), _take_prints(words)
        near = {other for each in prints for other in self._buckets.get(each)[-_COMPARED:]}
        for each in prints:
            self._buckets.add(each, number)
        self._paths.append(what.path)
        self._plain.append(plain)
        for other in sorted(near):
            score = fuzz.ratio(plain, self._plain[other], score_cutoff=ALIKE)
            if score:
                message = f"this repeats {self._paths[other]} ({score:.0f} of 100 alike)"
                fix = "delete one of the two, or give each its own point"
                yield about(what, self._key, self._rule, message, fix)
                break


def _take_prints(words: Sequence[str]) -> list[int]:
    """Take the fingerprints of a text: texts with much in common share at least one, others hardly ever."""
    width = min(_SHINGLE, len(words))
    shingles = {crc32(" ".join(words[n : n + width]).encode()) for n in range(len(words) - width + 1)}
    return sorted(shingles)[:_PRINTS] if width else []


class _Numbers:
    """Numbers by the hash of a key, most of which have one: a list for each would cost more than all else."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._more: dict[int, list[int]] = {}

    def get(self, key: int) -> list[int]:
        """Return the numbers of a key in the order in which they came."""
        first = self._first.get(key)
        return [] if first is None else [first, *self._more.get(key, ())]

    def add(self, key: int, number: int, *, most: int | None = None) -> None:
        """Add a number to those of a key, unless it has `most` besides the first."""
        if self._first.setdefault(key, number) != number:
            more = self._more.setdefault(key, [])
            if most is None or len(more) < most:
                more.append(number)


class _Sentences:
    """Every sentence so far, found again by its first and its last words.

    Keeps the letters of all of them in one piece, and numbers: of a large glossary there are half a million.
    """

    def __init__(self) -> None:
        self._pages, self._sizes, self._ends = array("I"), array("I"), array("Q", [0])
        self._letters = bytearray()
        self._by_edge = _Numbers()

    def take(self, page: int, words: Sequence[str]) -> tuple[int, str] | None:
        """Add a sentence, or return the page and the words of an earlier one elsewhere that it repeats."""
        text, number = " ".join(words), len(self._pages)
        edges = (" ".join(words[:_EDGE]), " ".join(words[: -_EDGE - 1 : -1]))
        keys = [hash(edge) for edge in edges]
        for key in keys:
            for other in self._by_edge.get(key):
                if self._pages[other] != page and _may_be_alike(len(text), self._sizes[other]):
                    theirs = self._read(other)
                    if text == theirs or fuzz.ratio(text, theirs, score_cutoff=SAME_SENTENCE):
                        return self._pages[other], theirs
        for key in keys:
            self._by_edge.add(key, number, most=_COMPARED)
        self._pages.append(page)
        self._sizes.append(len(text))
        self._letters += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._letters))
        return None

    def _read(self, number: int) -> str:
        return self._letters[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogatepass")


def _may_be_alike(one: int, other: int) -> bool:
    """Whether sentences of so many letters can be the same: what one has more counts as unlike."""
    return 200 * min(one, other) >= SAME_SENTENCE * (one + other)


def _list_sentences(page: ContentPage) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(page.prose[page.body :]):
        yield sentence.strip()


def _describe(page: ContentPage, other: ContentPage, found: Sequence[tuple[str, str]]) -> Problem:
    shown, theirs = found[0]
    written = next(each for each in _list_sentences(other) if each.lower().split() == theirs.split())
    more = f", and {len(found) - 1} more of this file" if len(found) > 1 else ""
    line = other.line(max(other.prose.find(written), 0))
    short = " ".join(shown.split())
    short = f"{short[:57]}…" if len(short) > 58 else short  # noqa: PLR2004 - what fits a line of a terminal
    return page.problem(
        max(page.prose.find(shown, page.body), 0),
        SENTENCE_REPEAT,
        f"“{short}” is in {other.path}:{line} too{more}",
        "write it in other words, or in one place only",
    )
