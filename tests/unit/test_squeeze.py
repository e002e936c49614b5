from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

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


@given(PAGES)
def test_only_white_space_is_taken_away(page):
    assert SPACE.sub("", minify(page)) == SPACE.sub("", page)


@given(PAGES)
def test_squeezing_twice_changes_nothing_more(page):
    assert minify(minify(page)) == minify(page)


@given(PAGES)
def test_every_conditional_comment_stays(page):
    for mark in ("<!--[if", "<![endif]-->", "<!--[if !mso]><!-->", "<!--<![endif]-->"):
        assert minify(page).count(mark) == page.count(mark)


@given(
    st.lists(
        st.sampled_from(["two words", "  ", "\n \n", "<b>", "</b>", "<!--[if mso]> x <![endif]-->"])
    ).map("".join)
)
def test_words_that_stood_apart_stand_apart(page):
    assert SPACE.sub(" ", minify(page)) == SPACE.sub(" ", page)


def test_a_prompt_in_pre_keeps_its_indent():
    page = '<div>\n    <pre class="x">{\n    "a":   1\n}</pre>\n\n  </div>'
    assert minify(page) == '<div>\n<pre class="x">{\n    "a":   1\n}</pre>\n</div>'


def test_values_and_css_strings_keep_their_blanks():
    page = '<a   title="two  blanks"  >x</a><style>\n  a::after { content: "  " ;  color : red }\n</style>'
    assert minify(
        page
    ) == '<a title="two  blanks">x</a><style>a::after{content: "  ";color : red}\n</style>'.replace(
        "}\n<", "}<"
    )


def test_what_only_outlook_reads_is_squeezed_too():
    page = "<!--[if mso | IE]>\n      <table>\n        <tr>\n      <![endif]-->"
    assert minify(page) == "<!--[if mso | IE]>\n<table>\n<tr>\n<![endif]-->"
