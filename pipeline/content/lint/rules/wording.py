"""Rules of single words: praise, fillers, unexplained acronyms. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from pipeline.content.lint.page import ContentPage
from pipeline.content.lint.rules.names import list_names
from pipeline.model.content import Term, Tip
from pipeline.model.problem import CONTENT_RULES, Problem

if TYPE_CHECKING:
    from pipeline.content.lint.options import StyleOptions

HYPE = CONTENT_RULES.warning(
    "hype", "Praise tells readers nothing that they could use, and costs their trust."
)
WEASEL = CONTENT_RULES.warning(
    "weasel", "A filler or a nameless authority makes a claim weaker and longer at once."
)
ACRONYM_UNDEFINED = CONTENT_RULES.warning(
    "acronym-undefined", "Readers who do not know the acronym stop reading there."
)


_WORD = re.compile(r"[a-z]+")
_GAP = r"[- \t\r\n]+"
_CAPITALS = re.compile(r"([A-Z]{2,6})s?(?![\w{}@&]|-\d|\.\w)")
_OWN = re.compile(r"[A-Z]{2,6}(?=s?\b)")
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_EMPHASIS = (
    "ALL ALWAYS AND ANY BUT CAPS DO DONE FOR FROM IF IN IS MAY MUST NB NEVER NO NONE NOT NOTE NOW "
    "OF OFF ON ONLY OR PS SHALL SHOULD STOP THE THEN THIS TO WARNING WITH XOR YES YOU"
)
_KNOWN = (
    "AI AM API ASCII BC CD CEO CPU CSS CSV CTO CV DIY DNA DVD EU EUR FAQ FBI FTP GB GBP GDPR GMT GPS "
    "GPU HTML HTTP HTTPS ID IDE IP ISBN ISO IT JSON KB MB NASA OK PC PDF PHP PIN PM PNG RAM ROM RSS SMS "
    "SQL SSH TB TCP TLS TV UI UK UN URI URL US USA USB USD UTC UTF VAT VIP VPN XML YAML ZIP"
)
KNOWN_ACRONYMS = frozenset(_KNOWN.split())
"""Acronyms that everyone who works with a computer has read before."""

_SHOUTED = frozenset(_EMPHASIS.split())
"""Words in capitals: emphasis, logic, notes to oneself."""

_BEFORE = re.compile(
    r"(?:\w[^\s(]*\s+\((?:or\s+|the\s+|hence\s+)?|,\s+or\s+|\b(?:called|known\s+as|short\s+form|shortened\s+to|abbreviated)\s+)[*_]*\Z"
)
_AFTER = re.compile(
    r"[*_]*(?:,?\s+(?:is\s+)?short\s+for|,?\s+(?:which\s+)?stands?\s+for|\s+\([*_]*(\w)[^)]*[a-z]{2}[^)]*\))"
)
_LOOK_BACK = 60
_SHOUT_BEFORE = re.compile(r"(?:\b[A-Z]{7,}|\b[A-Z]{2,}[ \n]+[A-Z]{2,})[ \n]+\Z")
_SHOUT_AFTER = re.compile(r"[ \n]+(?:[A-Z]{7,}|[A-Z]{2,}[ \n]+[A-Z]{2,})\b")
"""Longer than an acronym, or three in a row: capitals for emphasis."""


class Phrases:
    """Words and phrases to look for as wholes; a space also matches a hyphen or a line end.

    A phrase is looked for where all its words are, and by its first letters: fast in a large glossary.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: dict[str, list[tuple[frozenset[str], re.Pattern[str]]]] = {}
        for phrase in phrases:
            words = _WORD.findall(phrase.lower()) or [""]
            pieces = [re.escape(piece) for piece in re.split(r"[\s-]+", phrase.strip().lower())]
            pattern = re.compile(rf"{_GAP.join(pieces)}(?![\w-])")
            self._by_word.setdefault(max(words, key=len), []).append((frozenset(words), pattern))

    def find(self, page: ContentPage) -> Iterator[re.Match[str]]:
        """List where the phrases are in the claims of a page."""
        for word in (*(self._by_word.keys() & page.words), ""):
            for words, pattern in self._by_word.get(word, ()):
                if word == "" or words <= page.words:
                    yield from find_whole(pattern, page.low)


def find_whole(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """List the matches that do not begin within a word; the pattern takes care of their ends."""
    for match in pattern.finditer(text):
        before = text[match.start() - 1] if match.start() else " "
        if not (before.isalnum() or before in "_-"):
            yield match


class WordRules:
    """The rules of single words with the settings of a newsletter."""

    def __init__(self, options: StyleOptions) -> None:
        self._advice = {
            HYPE: (Phrases(options.hype), "say what it does, or delete the word"),
            WEASEL: (Phrases(options.weasel), "delete it, or say who, how much and in which case"),
        }
        self._known = KNOWN_ACRONYMS | _SHOUTED | set(options.known_acronyms)

    def check_words(self, page: ContentPage) -> Iterator[Problem]:
        """Find words of hype and weasel words."""
        for rule, (phrases, fix) in self._advice.items():
            for match in phrases.find(page):
                shown = " ".join(page.claims[match.start() : match.end()].split())
                yield page.problem(match.start(), rule, f"“{shown}”", fix)

    def check_acronyms(self, page: ContentPage, entry: Term | Tip | None) -> Iterator[Problem]:
        """Find acronyms that are neither known nor explained where they are first used."""
        names = " ".join(name for _, name in list_names(entry)) if isinstance(entry, Term) else ""
        yield from _check_page(page, self._known.union(_OWN.findall(names)))


def _check_page(page: ContentPage, known: Collection[str]) -> Iterator[Problem]:
    met: set[str] = set()
    for match in _CAPITALS.finditer(page.prose, page.body):
        acronym = match[1]
        if acronym in met or acronym in known or match[0] in known or _is_inside(page.prose, match.start()):
            continue
        met.add(acronym)
        if _is_other_capitals(page.prose, match) or _is_explained(page.prose, match):
            continue
        fix = f"write the long form first: “… ({acronym})”; or add it to `[content] known_acronyms`"
        yield page.problem(match.start(), ACRONYM_UNDEFINED, f"`{acronym}` is not explained here", fix)


def _is_inside(prose: str, start: int) -> bool:
    """Whether these letters continue a word, the name of a program or a number."""
    before, second = prose[start - 1], prose[start - 2]
    return (
        before.isalnum() or before in "_$@#{.&" or (before == "-" and (second.isupper() or second.isdigit()))
    )


def _is_other_capitals(prose: str, match: re.Match[str]) -> bool:
    """Whether this is a Roman numeral, a repeated letter, or part of a shout."""
    numeral = _ROMAN.fullmatch(match[1]) is not None or len(set(match[1])) == 1
    return (
        numeral
        or bool(_SHOUT_BEFORE.search(prose, max(0, match.start() - _LOOK_BACK), match.start()))
        or bool(_SHOUT_AFTER.match(prose, match.end()))
    )


def _is_explained(prose: str, match: re.Match[str]) -> bool:
    """Whether the long form is right before this or right after."""
    if _BEFORE.search(prose, max(0, match.start() - _LOOK_BACK), match.start()):
        return True
    after = _AFTER.match(prose, match.end())
    return after is not None and (after[1] is None or after[1].upper() == match[1][0])
