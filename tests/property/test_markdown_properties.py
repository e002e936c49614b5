"""No Markdown, however crafted, opens a door in the letter."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.content.document import HIDDEN
from pipeline.content.markdown import INLINE_TAGS, TAGS, to_html, to_inline_html, to_plain, to_text

PIECE = st.sampled_from(
    [
        *(
            "<",
            ">",
            '"',
            "'",
            "`",
            "```\n",
            "\n",
            "\n\n",
            "&",
            "&lt;",
            "&#60;",
            "&#x202e;",
            "\\",
            "* ",
            "*",
            "__",
            "- ",
        ),
        *(
            "[a](",
            ")",
            "](",
            "![",
            "<!--",
            "-->",
            "<![CDATA[",
            "<?",
            "    ",
            "1. ",
            "> ",
            "# ",
            "===",
            "---",
            "\t",
        ),
        *("<widget>", "<mj-raw>", "<mj-include path='part.mjml'/>", "<img src=x alt=y>", "</p>"),
        *(
            "program:run",
            "ProG\tRam:",
            "pro&Tab;gram&colon;",
            "data:text/plain,<b>",
            "tel:",
            "//e.example",
        ),
        *(
            "https://e.example/",
            "https://e.example/?a=1&b=<i>\" title='",
            "http://[::1",
            "mailto:",
            "<a href=",
            "%0d%0a",
        ),
        *(
            "[x]: program:1 'title=\"x\"'\n",
            "[x]",
            "\x00",
            "\x0b",
            "\u2028",
            "\u202e",
            "\ufeff",
            "é",
            "👩‍💻",
            "שלום",
            "word ",
        ),
    ]
)
MARKDOWN = st.lists(PIECE | st.text(max_size=8), max_size=25).map("".join)
ADDRESS = re.compile(r"(https?://[^/?#\s]|mailto:).*", re.IGNORECASE)


class Seen(HTMLParser):
    """Collects what a browser would find; anything but tags and text is a fault."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.others, self.text = set(), [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, *attr) for attr in attrs]

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


@examples(300)
@given(MARKDOWN)
def test_html_holds_allowed_tags_and_addresses_and_nothing_else(markdown):
    for html, tags in ((to_html(markdown), TAGS), (to_inline_html(markdown), INLINE_TAGS)):
        seen = Seen(html)
        assert seen.tags <= tags
        assert seen.others == []
        for tag, name, value in seen.attributes:
            assert (tag, name) in {("a", "href"), ("ol", "start")}
            assert ADDRESS.fullmatch(value) if tag == "a" else value.isdecimal()
        assert "<mj-" not in html.lower()
        assert not HIDDEN.search(html)


@examples(300)
@given(MARKDOWN, st.integers(10, 80))
def test_text_says_the_same_words_as_the_html_and_plain_text_is_one_line(markdown, width):
    words = "".join("".join(Seen(to_html(markdown)).text).split())
    assert "".join(to_plain(markdown).split()) == words
    assert "\n" not in to_plain(markdown)
    text = to_text(markdown, width)
    if Seen(to_html(markdown)).tags <= {"p", "br", "strong", "em", "code"}:
        assert "".join(text.split()) == words
    assert not HIDDEN.search(text + to_plain(markdown))
    assert all(line == "" or line.strip() for line in text.split("\n"))


@examples(200)
@given(st.lists(st.text("abc é-–(", min_size=1, max_size=90), max_size=8), st.integers(30, 80))
def test_prose_is_wrapped_at_the_width_and_every_word_and_address_is_there(words, width):
    url = "https://e.example/" + "x-y/" * 40
    prose = " ".join(re.sub(r"^[-(–]+", "", word) for word in words)
    text = to_text(f"word {prose} [here]({url}).", width)
    assert text.split() == f"word {prose} here ({url}).".split()
    assert all(len(line) <= width or " " not in line for line in text.split("\n"))


@examples(100)
@given(
    st.integers(1, 400), st.sampled_from(["> ", "- ", "*", "[", "![", "<", "`", "1. ", "_a", "[a](", "**a *"])
)
def test_deep_nesting_ends_in_text(depth, piece):
    assert to_html(piece * depth + "x") is not None
    assert to_text(piece * depth + "x") is not None
    assert to_plain(piece * depth + "x") is not None
