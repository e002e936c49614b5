"""The short way through plain HTML makes the calls that html.parser makes, or none that count."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.check.plain_markup import feed_plain

PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        '<a href="https://a.example/?x=1&amp;y=2" class="b">',
        '<td style="color:red;&quot;" align="left">',
        "<br>",
        "<br />",
        "<style>",
        "</style>",
        '<style media="print">p > a { color: red } /* &amp; */</style>',
        "<title>A &amp; B</title>",
        "<!-- note -->",
        "<!--[if !mso]><!-->",
        "<!--<![endif]-->",
        "<!---->",
        "<!doctype html>",
        "words &lt; more\n",
        "&nbsp;&copy &#39;",
        "a < b",
        "<P Class=x>",
        "<textarea><b></textarea>",
        "<script>1 < 2</script>",
        '<a href="&copy=1" hidden>',
        "</ p>",
        "<![CDATA[x]]>",
        "<?xml?>",
        "-->",
        "<",
        "\n",
    ]
)


class Calls(HTMLParser):
    """Notes the calls of its handlers with their lines; text in one piece."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.made: list[tuple[str, str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.made.append(("start", f"{tag} {[(name, value or '') for name, value in attrs]}", self.lineno))

    def handle_endtag(self, tag: str) -> None:
        self.made.append(("end", tag, self.lineno))

    def handle_data(self, data: str) -> None:
        self.made.append(("text", data, self.lineno))

    def handle_comment(self, data: str) -> None:
        self.made.append(("comment", data, self.lineno))

    def handle_decl(self, decl: str) -> None:
        self.made.append(("declaration", decl, self.lineno))

    def calls(self) -> list[tuple[str, str, int]]:
        """List the calls; html.parser may hand over a text in pieces."""
        joined: list[tuple[str, str, int]] = []
        for kind, what, line in self.made:
            if joined and kind == joined[-1][0] == "text":
                joined[-1] = kind, joined[-1][1] + what, joined[-1][2]
            else:
                joined.append((kind, what, line))
        return joined


@examples(300)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_plain_html_is_read_as_html_parser_reads_it(html: str) -> None:
    plain, whole = Calls(), Calls()
    if feed_plain(plain, html):
        whole.feed(html)
        whole.close()
        assert plain.calls() == whole.calls()
