"""A note that an author forgot never reaches a reader, and code that looks like one is not lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.content.comments import take_comments_out


@examples(100)
@given(st.text(alphabet="<!->`\\ \n#a*", max_size=60))
def test_every_text_keeps_its_number_of_lines(text):
    lines = text.split("\n")
    assert len(take_comments_out(lines).lines) == len(lines)


@examples(100)
@given(st.lists(st.sampled_from(["a word", "## Head", "", "- item", "`code`"]), max_size=6))
def test_notes_between_the_lines_of_a_text_leave_every_word(lines):
    noted = [each for line in lines for each in (line, "", "<!-- SECRET", "and more -->")]
    left = take_comments_out(noted).lines
    assert [line for line in left if line] == [line for line in lines if line]
