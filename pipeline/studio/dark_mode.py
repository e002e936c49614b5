"""Invert the colours of a letter, roughly as Gmail's apps do it in dark mode. Pure.

Their algorithm is not published. This one keeps hue and saturation and inverts lightness, which comes
close for plain colours; the studio calls it an approximation.
"""

from __future__ import annotations

import re

from pipeline.check.colours import NAMES, Colour, read_tint

_DARKEST = 18
"""The dark canvas of the apps is not black."""

_COLOUR = re.compile(
    rf"#[0-9a-f]{{3,8}}\b|rgba?\([^()]*\)|(?<![\w-])(?:{'|'.join(NAMES)})(?![\w-])", re.IGNORECASE
)
_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style)", re.IGNORECASE | re.DOTALL)
_RULES = re.compile(r"\{([^{}]*)\}")
_ATTRIBUTE = re.compile(r"""(\s(?:style|bgcolor|color)\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|<[a-z][^<>]*>", re.IGNORECASE | re.DOTALL)

CANVAS = "<style>:where(html){background-color:#121212;color:#ececec}</style>"
"""The background of a letter without colours of its own."""


def invert(html: str) -> str:
    """Invert every colour of a letter: in styles, in attributes, and the canvas below it."""
    styled = _STYLE.sub(lambda found: found[1] + _RULES.sub(_invert_rules, found[2]) + found[3], html)
    turned = _TAG.sub(_invert_tag, styled)
    head = re.search(r"<head\b[^>]*>", turned, re.IGNORECASE)
    at = head.end() if head else 0
    return turned[:at] + CANVAS + turned[at:]


def invert_colours(css: str) -> str:
    """Invert the colours in a piece of CSS; what only looks like one in an address is left alone."""
    pieces = re.split(r"(url\([^)]*\))", css, flags=re.IGNORECASE)
    return "".join(
        piece if number % 2 else _COLOUR.sub(_invert_colour, piece) for number, piece in enumerate(pieces)
    )


def _invert_rules(found: re.Match[str]) -> str:
    return "{" + invert_colours(found[1]) + "}"


def _invert_tag(found: re.Match[str]) -> str:
    # A comment is for Outlook alone.
    return found[0] if found[0].startswith("<!--") else _ATTRIBUTE.sub(_invert_attribute, found[0])


def _invert_attribute(found: re.Match[str]) -> str:
    return found[1] + invert_colours(found[2])


def _invert_colour(found: re.Match[str]) -> str:
    tint = read_tint(found[0])
    if tint is None:
        return found[0]
    turned = _turn(tint.colour)
    return str(turned) if tint.cover >= 1 else f"{turned}{round(tint.cover * 255):02x}"


def _turn(colour: Colour) -> Colour:
    # The same step for every channel keeps the hue, so that a warm white becomes a warm black and not brown;
    # the largest becomes what the smallest lacks, so none leaves its range.
    step = 255 - (max(colour) + min(colour))
    return Colour(*(round(_DARKEST + (1 - _DARKEST / 255) * (channel + step)) for channel in colour))
