"""`--fix` adds what is missing, where its author would have, and leaves every other character alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.fixable_pages import FORMS, LINKS, PATH, STRANGE, page

from pipeline.content.lint.autofix import fix_page

FRONTS = st.sampled_from([form for form, _ in FORMS] + STRANGE)
BODIES = st.lists(st.sampled_from([text for text, _ in LINKS] + ["", "é\u0301", "```", "\r"])).map(
    "\n\n".join
)


@examples(100)
@given(
    FRONTS,
    BODIES,
    st.sampled_from(["\n", "\r\n"]),
    st.lists(st.sampled_from(["no", "x", "y-1"]), unique=True),
)
def test_mending_twice_is_mending_once_and_touches_nothing_else(front, body, end, slugs):
    text = page(front, body, end)
    mended, _ = fix_page(PATH, text, slugs, links=True)
    again, done = fix_page(PATH, mended, (), links=True)
    assert (again, done) == (mended, ())
    left = mended.replace("https://", "http://").replace("HTTP://", "http://")
    kept = text.replace("https://", "http://").replace("HTTP://", "http://")
    assert left.endswith(kept.partition("---" + end)[2].partition("---" + end)[2])
