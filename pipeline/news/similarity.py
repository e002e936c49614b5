"""Decide whether two titles are one story; strictly, as a wrong merge is worse than a missed one. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain

from rapidfuzz import fuzz

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
    one, other = sorted((" ".join(a.words), " ".join(b.words)))
    if fuzz.token_sort_ratio(one, other) >= MIN_SORTED_RATIO:
        return True
    return shared >= MIN_SHARED_WORDS and fuzz.token_set_ratio(one, other) >= MIN_SET_RATIO


class TitleIndex:
    """Titles indexed by their rare words, so that not every pair has to be compared."""

    def __init__(self, titles: Sequence[Title]) -> None:
        self.titles = tuple(titles)
        self._frequency = Counter(chain.from_iterable(title.bag for title in self.titles))
        self._places: dict[tuple[tuple[str, ...], str], list[int]] = {}
        for place, title in enumerate(self.titles):
            for word in self._pick_rare(title):
                self._places.setdefault((title.marks, word), []).append(place)

    def find_candidates(self, title: Title, before: int | None = None) -> Iterator[int]:
        """Yield the places of the titles that may be the same story, in order; only `before` a place."""
        found: set[int] = set()
        for word in self._pick_rare(title):
            for place in self._places.get((title.marks, word), ()):
                if before is not None and place >= before:
                    break
                found.add(place)
        yield from sorted(found)

    def _pick_rare(self, title: Title) -> list[str]:
        # Titles with three words in common share one even when each leaves out its two most frequent ones.
        words = sorted(title.bag, key=lambda word: (self._frequency[word], word))
        return words[: max(1, len(words) - MIN_COMMON + 1)]
