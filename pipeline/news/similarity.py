"""Decide whether two titles are one story; strictly, as a wrong merge is worse than a missed one. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

from pipeline.news.titles import Title

MIN_EQUAL_WORDS = 2
"""A title of one word, such as `Changelog`, is that of many stories."""
MIN_WORDS = 4
"""Of shorter titles one word more or less makes another story."""
MIN_SORTED_RATIO = 85.0
MIN_SET_RATIO = 95.0
"""Ratios of rapidfuzz, from 0 to 100, measured on 2,033 headlines whose stories are known.

None of the 512 pairs from 85 on with sorted words was wrong, and one of the 1,369 from 95 on with sets of
words, where one title may contain the other.
"""
MIN_SHARED_WORDS = 4
"""A title within another one must be a headline of its own and no phrase."""
MIN_COMMON = 3
"""Similar titles must also share so many words, which keeps look-ups short."""

FEW = 64
"""So many titles with a word in common are compared without asking what else they share.

From 24 to 300 the cost of 4,200 and of 42,000 titles differs by a tenth (measured).
"""
_SHORTER = MIN_SORTED_RATIO / (200.0 - MIN_SORTED_RATIO) - 0.001
"""How long the shorter of two texts is at least, as a share of the longer one, to be so alike.

A ratio is 200 times the letters in common by the letters of both, and the shorter text has no more to share.
Here and below a little is left for rounding.
"""
_LETTERS_RATIO = MIN_SET_RATIO - 0.01
_MISSING = 2 * (100.0 - MIN_SET_RATIO) / (200.0 - MIN_SET_RATIO) + 0.001
"""How much of a title, by its letters and spaces, another one may lack that is to contain it."""


def same_story(a: Title, b: Title) -> bool:
    """Check whether two titles are the same story; symmetric.

    Numbers, versions, months, ordinals and negations must be the same in both. Then equal words are enough,
    from two on; else four words each, and letters that are nearly alike or one title within the other.
    """
    if a.marks != b.marks:
        return False
    if a.words == b.words:
        return len(a.words) >= MIN_EQUAL_WORDS
    if min(len(a.words), len(b.words)) < MIN_WORDS:
        return False
    shared = len(a.bag & b.bag)
    if shared < MIN_COMMON:
        return False
    sort_ratio, set_ratio = _load_ratios()
    one, other = sorted((" ".join(a.words), " ".join(b.words)))
    if sort_ratio(one, other, score_cutoff=MIN_SORTED_RATIO) >= MIN_SORTED_RATIO:
        return True
    return shared >= MIN_SHARED_WORDS and set_ratio(one, other) >= MIN_SET_RATIO


@cache
def _load_ratios() -> tuple[Callable[..., float], Callable[..., float]]:
    """Return rapidfuzz's ratios of sorted words and of sets; few commands have titles that come so far."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - see above

    return fuzz.token_sort_ratio, fuzz.token_set_ratio


def find_pairs(titles: Sequence[Title]) -> set[tuple[int, int]]:
    """Find every two titles that are one story in other words, by their places, the smaller one first.

    All titles must differ.
    """
    frequency = Counter(chain.from_iterable(title.bag for title in titles))
    rarest = sorted(frequency, key=lambda word: (frequency[word], word))
    rank_of = {word: rank for rank, word in enumerate(rarest)}
    groups: defaultdict[tuple[str, ...], list[_Ranked]] = defaultdict(list)
    for place, title in enumerate(titles):
        if len(title.words) >= MIN_WORDS and len(title.bag) >= MIN_COMMON:
            ranks = sorted([rank_of[word] for word in title.bag])
            groups[title.marks].append(_Ranked(place, title, ranks))
    widths = [len(word) + 1 for word in rarest]
    found: set[tuple[int, int]] = set()
    for group in groups.values():
        if len(group) > 1:
            found.update(_find_alike(group))
            found.update(_find_contained(group, widths))
    return {
        pair
        for pair in {(min(pair), max(pair)) for pair in found}
        if pair[0] != pair[1] and same_story(titles[pair[0]], titles[pair[1]])
    }


class _Ranked(NamedTuple):
    """A title with its place and the ranks of its words; 0 is the rarest word of all titles."""

    place: int
    title: Title
    ranks: list[int]


class _Text(NamedTuple):
    """The words of a title in order, or each of them once, and its letters in order."""

    words: str
    letters: str
    place: int
    ranks: list[int]


def _find_alike(group: Iterable[_Ranked]) -> Iterator[tuple[int, int]]:
    """Yield the pairs whose sorted words, or sets of words, may be as alike as the ratios ask.

    Sets without what both share are alike only if the letters of all their words are, in whatever order.
    """
    texts: list[_Text] = []
    for place, title, ranks in group:
        # A repeated word counts once in the ratio of sets: such a title has two texts.
        forms = {" ".join(sorted(title.words)), " ".join(sorted(title.bag))}
        texts += [_Text(words, "".join(sorted(words)), place, ranks) for words in forms]
    texts.sort(key=lambda text: (len(text.words), text.words))
    for members in _divide(texts, []):
        yield from _score(members)


def _divide(texts: list[_Text], common: list[int]) -> Iterator[list[_Text]]:
    """Yield groups in the order of `texts`: any two that share three words are together in one of them.

    Dividing by one word after the other, from the rarest, costs what the titles are long; comparing every two
    that have a frequent word in common would cost the square of their number.
    """
    missing = MIN_COMMON - len(common)
    if len(texts) <= FEW or not missing:
        yield texts
        return
    smaller: defaultdict[int, list[_Text]] = defaultdict(list)
    for text in texts:
        ranks = text.ranks
        first = ranks.index(common[-1]) + 1 if common else 0
        for rank in ranks[first : len(ranks) - missing + 1]:
            smaller[rank].append(text)
    for rank, members in smaller.items():
        if len(members) > 1:
            yield from _divide(members, [*common, rank])


def _score(texts: Sequence[_Text]) -> Iterator[tuple[int, int]]:
    """Yield the pairs that are alike by their words or their letters; `texts` from the shortest on."""
    extract, ratio = _load_extract()
    letters = [text.letters for text in texts]
    first = 0
    for number in range(1, len(texts)):
        one = texts[number]
        while len(letters[first]) < len(one.letters) * _SHORTER:
            first += 1
        if first == number:
            continue
        # Letters in order are at least as alike as words in order, and one call compares many.
        others = letters[first:number]
        for _, score, place in extract(
            one.letters, others, scorer=ratio, score_cutoff=MIN_SORTED_RATIO, limit=None
        ):
            other = texts[first + place]
            if score >= _LETTERS_RATIO or ratio(one.words, other.words, score_cutoff=MIN_SORTED_RATIO):
                yield other.place, one.place


def _find_contained(group: Iterable[_Ranked], widths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of which one title has all words of the other but a few letters."""
    having: defaultdict[int, set[int]] = defaultdict(set)
    for place, _, ranks in group:
        for rank in ranks:
            having[rank].add(place)
    for place, _, ranks in group:
        if len(ranks) < MIN_SHARED_WORDS:
            continue
        found: set[int] = set()
        for some in _list_needed(ranks, widths):
            sets = [having[rank] for rank in some]
            found = set().union(*([found & each for each in sets] if found else sets))
            if len(found) == 1:  # the title itself
                break
        yield from ((place, other) for other in found if other != place)


def _list_needed(ranks: Sequence[int], widths: Sequence[int]) -> Iterator[list[int]]:
    """Yield words of which a title that contains this one has at least one: the rarest first."""
    may_lack = sum([widths[rank] for rank in ranks]) * _MISSING
    some: list[int] = []
    lacking = 0
    for rank in ranks:
        if widths[rank] > may_lack:
            yield [rank]
            continue
        some.append(rank)
        lacking += widths[rank]
        if lacking > may_lack:
            yield some
            some, lacking = [], 0


@cache
def _load_extract() -> tuple[Callable[..., list[tuple[str, float, int]]], Callable[..., float]]:
    """Return rapidfuzz's comparison of one text with many, and its ratio of letters in order."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - as above

    return process.extract, fuzz.ratio


class TitleIndex:
    """Titles indexed by their rare words, so that not every pair has to be compared."""

    def __init__(self, titles: Sequence[Title]) -> None:
        self.titles = tuple(titles)
        self.known = frozenset(titles)
        self._frequency = Counter(chain.from_iterable(title.bag for title in self.titles))
        self._places: dict[tuple[tuple[str, ...], str], list[int]] = {}
        for place, title in enumerate(self.titles):
            for word in self._pick_rare(title):
                self._places.setdefault((title.marks, word), []).append(place)

    def find_candidates(self, title: Title) -> Iterator[int]:
        """Yield the places of the titles that may be the same story, in order."""
        found: set[int] = set()
        for word in self._pick_rare(title):
            found.update(self._places.get((title.marks, word), ()))
        yield from sorted(found)

    def _pick_rare(self, title: Title) -> list[str]:
        # Titles with three words in common share one even when each leaves out its two most frequent ones.
        # Words that no title of the index has are not among the common ones.
        words = sorted((self._frequency[word], word) for word in title.bag if word in self._frequency)
        return [word for _, word in words[: max(1, len(words) - MIN_COMMON + 1)]]
