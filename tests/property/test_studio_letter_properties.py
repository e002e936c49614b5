"""What the studio makes of a letter before it shows it: colours, pictures, lines, links, reasons, places."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.studio.sandbox import invert_colours, number_lines
from pipeline.studio.view import IMAGES, SCHEMES, TABS, View, read_view

# colours


def luminance(colour):
    return sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) / 3


@examples(100)
@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_what_was_light_is_dark_and_the_reverse_and_no_colour_leaves_its_range(channels):
    colour = "#{:02x}{:02x}{:02x}".format(*channels)
    turned = invert_colours(colour)
    assert re.fullmatch("#[0-9a-f]{6}", turned)
    middle = (max(channels) + min(channels)) / 2
    after = [int(turned[at : at + 2], 16) for at in (1, 3, 5)]
    if middle > 150:
        assert (max(after) + min(after)) / 2 < 127
    if middle < 105:
        assert (max(after) + min(after)) / 2 > 127


@examples(100)
@given(st.text(alphabet='<>ap/!-="\n \u00e9'))
def test_numbering_lines_loses_nothing_of_any_text(text):
    assert re.sub(r' data-line="\d+"', "", number_lines(text)) == text


# the view


@examples(100)
@given(
    st.builds(
        View,
        week=st.sampled_from(["", "2026-W48"]),
        tab=st.sampled_from(list(TABS)),
        width=st.sampled_from(["fit", "desktop", "mobile", "280", "999", "1200"]),
        scheme=st.sampled_from(list(SCHEMES)),
        images=st.sampled_from(list(IMAGES)),
        persona=st.sampled_from(["named", "unnamed"]),
        beside=st.sampled_from(["", "1"]),
        tools=st.sampled_from(["", "1"]),
        at=st.sampled_from(["", "html:12", "link:3", "subject"]),
    )
)
def test_a_link_reproduces_the_view(view):
    from urllib.parse import parse_qsl, urlsplit

    assert read_view(dict(parse_qsl(urlsplit(view.href(at=view.at)).query))) == view
