"""Invert the colours of a letter, roughly as Gmail's apps do it in dark mode. Pure.

Their algorithm is not published. This one keeps hue and saturation and inverts lightness, which comes
close for plain colours; the studio calls it an approximation.
"""

from __future__ import annotations

import re

_NAMED = {
    "black": "#000000",
    "white": "#ffffff",
    "gray": "#808080",
    "grey": "#808080",
    "silver": "#c0c0c0",
    "red": "#ff0000",
    "maroon": "#800000",
    "green": "#008000",
    "blue": "#0000ff",
    "navy": "#000080",
    "yellow": "#ffff00",
    "orange": "#ffa500",
}
_DARKEST = 18
"""The dark canvas of the apps is not black."""

_COLOUR = re.compile(
    r"#(?P<hex>[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b"
    r"|rgba?\(\s*(?P<r>\d{1,3})\s*,\s*(?P<g>\d{1,3})\s*,\s*(?P<b>\d{1,3})\s*(?P<a>,\s*[\d.]+%?\s*)?\)"
    rf"|(?<![\w-])(?P<name>{'|'.join(_NAMED)})(?![\w-])",
    re.IGNORECASE,
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
    if found["r"] is not None:
        channels = tuple(min(int(found[name]), 255) for name in "rgb")
        turned = ", ".join(str(channel) for channel in _turn(channels))
        return f"rgba({turned}{found['a']})" if found["a"] else f"rgb({turned})"
    digits = (_NAMED[found["name"].lower()][1:] if found["name"] else found["hex"]).lower()
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    channels = tuple(int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return "#" + "".join(f"{channel:02x}" for channel in _turn(channels)) + digits[6:]


def _turn(channels: tuple[int, ...]) -> tuple[int, ...]:
    # The same step for every channel keeps the hue, so that a warm white becomes a warm black and not brown;
    # the largest becomes what the smallest lacks, so none leaves its range.
    step = 255 - (max(channels) + min(channels))
    return tuple(round(_DARKEST + (1 - _DARKEST / 255) * (channel + step)) for channel in channels)
