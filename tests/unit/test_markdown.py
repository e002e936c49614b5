"""What an author means arrives in HTML and in text; what an attacker means arrives in neither."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from pipeline.content.markdown import count_words, to_html, to_inline_html, to_plain, to_text

HTML = [
    ("a *b* **c** `d`", "<p>a <em>b</em> <strong>c</strong> <code>d</code></p>"),
    ("a\nb  \nc", "<p>a\nb<br>\nc</p>"),
    ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
    ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
    ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
    ("```python\nif a < b:\n```", "<pre><code>if a &lt; b:\n</code></pre>"),
    ("[a](https://e.example/?a=1&b=2 'title')", '<p><a href="https://e.example/?a=1&amp;b=2">a</a></p>'),
    ("<me@e.example>", '<p><a href="mailto:me@e.example">me@e.example</a></p>'),
    ("# A *b*\ntext", "<p><strong>A <em>b</em></strong></p>\n<p>text</p>"),
    ("a\n\n---\n\nb", "<p>a</p>\n<p>b</p>"),
    ("a ![alt](https://e.example/x.png)b", "<p>a b</p>"),
    ("<mj-raw title='x'>&amp;</mj-raw>", "<p>&lt;mj-raw title='x'&gt;&amp;&lt;/mj-raw&gt;</p>"),
    ("<!-- a -->\n\n<widget>b</widget>", "<p>&lt;!-- a --&gt;</p>\n<p>&lt;widget&gt;b&lt;/widget&gt;</p>"),
    ("[a](program:run) [b](/c) [d](data:text/plain,x) <tel:1>", "<p>a b d tel:1</p>"),
    ("[a](//e.example) [b](https:c) [*d*](JavaScript&colon;x)", "<p>a b <em>d</em></p>"),
    ("a&#x202e;b\u2066c&#12;d", "<p>abc\nd</p>"),
    ("Привет, **мир** 👋🏽 שלום", "<p>Привет, <strong>мир</strong> 👋🏽 שלום</p>"),
    ("", ""),
]


@pytest.mark.parametrize(("markdown", "html"), HTML)
def test_markdown_becomes_the_html_that_mailboxes_show(markdown, html):
    assert to_html(markdown) == html
    assert isinstance(to_html(markdown), Markup)


def test_inline_html_has_no_blocks_whatever_the_author_wrote():
    assert to_inline_html("# a *b*\n\n- [c](https://e.example)") == (
        '# a <em>b</em> - <a href="https://e.example">c</a>'
    )
    assert to_inline_html("<p>a</p>") == "&lt;p&gt;a&lt;/p&gt;"


SOURCE = """# Heading *one*

A paragraph with **bold**, `code`, [a link](https://e.example/a?b=1&c=2), [bad](program:x)
and <https://e.example/auto>.  
A new line by <me@e.example>.

- one
- two has more words than fit in one line of forty columns
  1. inner
  2. second

10. ten

    ```
    keep   this
      as it is
    ```
11. eleven

> quoted
> text

![gone](https://e.example/x.png)

    indented code that is longer than forty columns and stays whole
"""  # noqa: W291 - two blanks at a line's end are a line break in Markdown

TEXT = """Heading one

A paragraph with bold, code, a link
(https://e.example/a?b=1&c=2), bad and
https://e.example/auto.
A new line by me@e.example.

- one
- two has more words than fit in one
  line of forty columns

  1. inner
  2. second

10. ten

        keep   this
          as it is

11. eleven

> quoted text

    indented code that is longer than forty columns and stays whole"""


def test_text_is_wrapped_and_keeps_lists_code_and_addresses():
    assert to_text(SOURCE, 40) == TEXT


def test_a_long_address_stays_in_one_piece_on_a_line_of_its_own():
    url = "https://e.example/" + "long-path/" * 12 + "?a-b=c&d=%20"
    lines = to_text(f"Some words before [the link]({url}) and some after it.").split("\n")
    assert f"({url})" in lines


def test_plain_text_is_one_line_without_markup():
    assert to_plain(SOURCE).startswith("Heading one A paragraph with bold, code, a link, bad and https://")
    assert "keep this as it is eleven quoted text indented" in to_plain(SOURCE)
    assert to_plain("a\u00a0b &amp; <i>\n\n\n") == "a\u00a0b & <i>"


def test_words_are_counted_as_readers_see_them():
    assert count_words("**Two** [words](https://e.example/not/counted) ![x](y)") == 2
    assert count_words("") == 0
