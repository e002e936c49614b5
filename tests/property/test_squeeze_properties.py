from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.render.minify import minify

SPACE = re.compile(r"[ \t\r\n\f]+")
PARTS = st.sampled_from(
    [
        "  ",
        "\n\n   ",
        "\t",
        "<p>",
        "</p>",
        "<br />",
        "\u00a0",
        "words of a letter",
        "1 < 2",
        "<a  href=\"a  b\"\n   title='c   d' >",
        "</a>",
        "<!--[if mso | IE]>",
        "<![endif]-->",
        "<!--[if !mso]><!-->",
        "<!--<![endif]-->",
        "<!-- plain  comment -->",
        "<pre>",
        "</pre>",
        "<style>",
        "</style>",
        "p { margin: 0 auto; }",
        "@media (max-width: 3px) {\n  .a > b {\n color: red; }\n}",
        "content: '  ';",
        '"',
        "'",
        "/* a  'b */",
        "<",
        ">",
    ]
)
PAGES = st.lists(PARTS, max_size=30).map("".join)


@examples(100)
@given(PAGES)
def test_only_white_space_is_taken_away(page):
    assert SPACE.sub("", minify(page)) == SPACE.sub("", page)


@examples(100)
@given(PAGES)
def test_squeezing_twice_changes_nothing_more(page):
    assert minify(minify(page)) == minify(page)


@examples(100)
@given(PAGES)
def test_every_conditional_comment_stays(page):
    for mark in ("<!--[if", "<![endif]-->", "<!--[if !mso]><!-->", "<!--<![endif]-->"):
        assert minify(page).count(mark) == page.count(mark)


@examples(100)
@given(
    st.lists(
        st.sampled_from(["two words", "  ", "\n \n", "<b>", "</b>", "<!--[if mso]> x <![endif]-->"])
    ).map("".join)
)
def test_words_that_stood_apart_stand_apart(page):
    assert SPACE.sub(" ", minify(page)) == SPACE.sub(" ", page)
