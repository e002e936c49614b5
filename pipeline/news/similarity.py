"""Decide whether two titles are one story; strictly, as a wrong merge is worse than a missed one. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain

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


FEW = 16
"""So many titles with a word in common are compared one by one; of more, those that share another word, too.

From 8 to 40 the cost of 4,200 titles is the same (measured).
"""


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


def find_pairs(titles: Sequence[Title]) -> Iterator[tuple[int, int]]:
    """Yield every two titles that may be one story in other words, by their places; all must differ."""
    frequency = Counter(chain.from_iterable(title.bag for title in titles))
    rarest = sorted(frequency, key=lambda word: (frequency[word], word))
    rank_of = {word: rank for rank, word in enumerate(rarest)}
    ranks = [sorted([rank_of[word] for word in title.bag]) for title in titles]
    bags = [frozenset(each) for each in ranks]
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, title in enumerate(titles):
        if len(title.words) >= MIN_WORDS and len(title.bag) >= MIN_COMMON:
            groups[title.marks].append(place)
    for group in groups.values():
        yield from _divide(group, [], ranks, bags)


def _divide(
    group: Sequence[int], common: list[int], ranks: Sequence[list[int]], bags: Sequence[frozenset[int]]
) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a group that share three words; the rarest they share are those in `common`.

    Dividing by one word after the other costs what the titles are long; comparing every two of a group that
    has a frequent word in common would cost the square of their number.
    """
    missing = MIN_COMMON - len(common)
    if len(group) <= FEW or not missing:
        for number, place in enumerate(group):
            bag = bags[place]
            for other in group[:number]:
                shared = bag & bags[other]
                if len(shared) >= MIN_COMMON and sorted(shared)[: len(common)] == common:
                    yield other, place
        return
    smaller: defaultdict[int, list[int]] = defaultdict(list)
    for place in group:
        words = ranks[place]
        for rank in words[words.index(common[-1]) + 1 if common else 0 : len(words) - missing + 1]:
            smaller[rank].append(place)
    for rank, members in smaller.items():
        if len(members) > 1:
            yield from _divide(members, [*common, rank], ranks, bags)


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
