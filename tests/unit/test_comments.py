"""A note that an author forgot never reaches a reader, and code that looks like one is not lost."""

from __future__ import annotations

import pytest

from pipeline.content.comments import take_comments_out

KEPT = {
    "nothing to take": "a\nb",
    "a code block": "```\n<!-- x -->\n```",
    "a code block in a list": "- a\n\n  ```\n  <!-- x -->\n  ```",
    "an indented code block": "a\n\n    <!-- x -->",
    "code in a line": "write `<!-- x -->` there",
    "code over two lines": "write ``<!-- ` x\n-->`` there",
    "an escaped mark": r"write \<!-- x --> there",
}
TAKEN = {
    "a line of its own": ("a\n<!-- x -->\nb", "a\n\nb"),
    "several lines": ("<!-- x\n\n## y\n-->\nb", "\n\n\n\nb"),
    "before words": ("<!-- x --> b", "b"),
    "before words that would become code": ("<!-- x -->     b", "b"),
    "after words": ("a <!-- x -->", "a"),
    "after words, where two blanks would be a line break": ("a  <!-- x -->\nb", "a\nb"),
    "between words": ("a <!-- x --> b", "a b"),
    "between words, over two lines": ("a <!-- x\ny --> b", "a\nb"),
    "two in one line": ("<!-- x --><!-- y -->", ""),
    "within an item of a list": ("- a\n  <!-- x --> **Fix:** b", "- a\n  **Fix:** b"),
    "around a code block": ("<!--\n```\nx\n```\n-->\nb", "\n\n\n\n\nb"),
    "behind a code block with the same marks": ("```\n<!--\n```\n<!-- x -->\nb", "```\n<!--\n```\n\nb"),
    "behind a backtick without a partner": ("a ` b\n\n<!-- ` -->c", "a ` b\n\nc"),
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_code_and_escaped_marks_stay_as_they_are(text):
    left = take_comments_out(text.split("\n"))
    assert ("\n".join(left.lines), left.unclosed) == (text, None)


@pytest.mark.parametrize(("text", "want"), TAKEN.values(), ids=TAKEN)
def test_a_comment_is_taken_out_and_the_rest_keeps_its_lines(text, want):
    left = take_comments_out(text.split("\n"))
    assert ("\n".join(left.lines), left.unclosed) == (want, None)


@pytest.mark.parametrize(
    ("text", "at"), [("a\n<!-- b", 1), ("a\n\nb <!-- c\n\n```\n-->\n```", 2), ("<!-- a -->\n<!-- b", 1)]
)
def test_a_comment_without_an_end_is_told_with_its_line(text, at):
    assert take_comments_out(text.split("\n")).unclosed == at
