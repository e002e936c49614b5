"""Whatever a template makes of a letter, its check ends with findings and never with an error."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from support.checked_letters import GOOD, HEAD, HTML, TEXT
from support.examples import examples

from pipeline.check.letter import check_letter
from pipeline.check.rules import CHECKS

PIECES = (
    *("<", ">", "</", "<!--", "-->", "<!--[if mso]>", "<![endif]", "<style>", "</style>", "<pre>", "</td>"),
    *('<a href="http://[">', '<a href="#">x</a>', '<a href="//">', '<img src="https://[::1">', "<table><th>"),
    *('style="', '"', "'", "{", "}", ";", ":", "@media", "@media (", "@import", "!important", "/*", "*/"),
    *(
        "font-size:9e9px",
        "line-height:.",
        "padding:1px 2px 3px",
        "background:",
        "color:#",
        "rgb(",
        "a[b",
        ":not(",
    ),
    *(
        "<v:rect>",
        "<v:textbox>",
        "zq000000000000qz",
        "99999999999+ readers",
        "join 1.5.5k readers",
        "\x00",
        "\ufeff",
    ),
    *("http://", "https://example.org:99999999/", "mailto:", "<br><br>", "<h6>", "•", "24. ", "\n\n"),
)
"""What is dangerous to parse, alone and in combination."""

CUTS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES) | st.text(max_size=8)), max_size=8
)


def broken(whole, cuts):
    """Replace so many letters at places by something else."""
    for place, length, piece in cuts:
        start = int(place * len(whole))
        whole = whole[:start] + piece + whole[start + length :]
    return whole


@examples(100)
@given(CUTS, CUTS)
def test_a_letter_broken_anywhere_is_checked_to_the_end(html_cuts, text_cuts):
    letter = replace(GOOD, html=broken(HTML, html_cuts), text=broken(TEXT, text_cuts))
    sent = {"https://example.org/a?b=1&c=2": "2026-W40"}
    for finding in check_letter(letter, HEAD, readers=12, sent=sent):
        assert finding.rule in CHECKS
        assert finding.line >= 0
        assert finding.message
        assert finding.fix
