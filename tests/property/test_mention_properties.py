"""The terms of a text: the longest name wins wherever names begin alike, in an item as in any text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.terms import make_term

from pipeline.model.news import Item
from pipeline.news.mentions import Mentions

MANY = examples(300)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
VOCABULARY = ("deep", "prompt", "chain", "graph", "MCP", "mcp", "Straße")
words = st.sampled_from(VOCABULARY)
# A single ordinary word means a term only in company, which is another promise.
phrases = st.lists(words, min_size=2, max_size=4).map(" ".join)
glossaries = st.lists(st.one_of(phrases, st.just("MCP")), max_size=12, unique_by=str.casefold)
texts = st.lists(st.tuples(words, st.sampled_from((" ", "-", ", ", ". "))), max_size=14)


def find_slowly(titles, text):
    """Try every name at every word, the longest first."""
    found, place = set(), 0
    while place < len(text):
        for title in sorted(titles, key=lambda title: -len(title.split())):
            here = text[place : place + len(title.split())]
            is_alike = [word.casefold() for word, _ in here] == title.casefold().split()
            is_joined = all(gap in " -" for _, gap in here[:-1])
            is_exact = " " in title or [word for word, _ in here] == [title]
            if is_alike and is_joined and is_exact:
                found.add(title)
                place += len(here) - 1
                break
        place += 1
    return found


@MANY
@given(glossaries, texts)
def test_the_longest_name_is_found_wherever_names_begin_alike(titles, text):
    terms = [replace(make_term(title, "retrieval", 1), title=title) for title in titles]
    written = "".join(word + gap for word, gap in text)
    mentions = Mentions(terms)
    assert mentions.find(written) == find_slowly(titles, text)
    item = Item("1", "bee", "tools", written, "https://bee.example/", NOW)
    assert mentions.find_in_item(item) == mentions.find(written) == mentions.find_in_item(item)
