"""Whether titles are one story, and what is shown of a text."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
from support.item_samples import MANY, SOME, titles

from pipeline.news.similarity import TitleIndex, find_pairs, same_story
from pipeline.news.titles import read_title, shorten_summary, split_sentences


@MANY
@given(titles, titles)
def test_same_story_is_symmetric(a, b):
    assert same_story(read_title(a), read_title(b)) == same_story(read_title(b), read_title(a))


@MANY
@given(
    titles,
    titles,
    st.tuples(st.integers(0, 999), st.integers(0, 999)),
    st.sampled_from(("{}", "v{}.0", "GPT-{}")),
)
def test_titles_that_differ_only_in_a_number_are_two_stories(before, after, numbers, form):
    assume(numbers[0] != numbers[1])
    one, other = (read_title(f"{before} {form.format(number)} {after}") for number in numbers)
    assert not same_story(one, other)


@SOME
@given(st.lists(titles, max_size=20))
def test_the_index_finds_every_pair_that_is_one_story(texts):
    read = [read_title(text) for text in texts]
    index = TitleIndex(read)
    for title in read:
        near = set(index.find_candidates(title))
        assert {other for other, each in enumerate(read) if same_story(title, each)} <= near


# Words that are within others, alike, short enough to be missing, or placed elsewhere when they are sorted.
near_words = st.sampled_from(
    ("open", "ai", "openai", "model", "models", "odel", "xmodel", "io", "ui", "go", "db", "agent")
)
near_titles = st.lists(near_words, min_size=4, max_size=12).map(" ".join)


@SOME
@given(st.lists((titles | near_titles).map(read_title), max_size=60, unique_by=lambda title: title.words))
def test_of_many_titles_every_pair_that_is_one_story_is_found_and_no_other(read):
    pairs = [(one, other) for other in range(len(read)) for one in range(other)]
    assert find_pairs(read) == {pair for pair in pairs if same_story(read[pair[0]], read[pair[1]])}


@MANY
@given(st.one_of(titles, st.text(max_size=60)))
def test_the_words_of_a_title_read_again_are_the_same(text):
    words = read_title(text).words
    assert read_title(" ".join(words)).words == words


@MANY
@given(st.text("ab A.!?…\"' 1é", max_size=400), st.integers(40, 300))
def test_a_summary_keeps_to_its_length_and_to_the_words_of_the_text(text, limit):
    short = shorten_summary(text, "A Title", limit)
    assert len(short) <= limit
    flat = " ".join(text.split())
    assert " ".join(split_sentences(flat)) == flat
    assert short.rstrip("…") in flat or all(part in flat for part in split_sentences(short))
