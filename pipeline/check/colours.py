"""Colours of CSS as numbers, and how well one can be read on another (WCAG 2.2, 1.4.3). Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_NAMED = (
    "black=000000 silver=c0c0c0 gray=808080 grey=808080 white=ffffff maroon=800000 red=ff0000 "
    "purple=800080 fuchsia=ff00ff magenta=ff00ff green=008000 lime=00ff00 olive=808000 yellow=ffff00 "
    "navy=000080 blue=0000ff teal=008080 aqua=00ffff cyan=00ffff orange=ffa500 darkgray=a9a9a9 "
    "darkgrey=a9a9a9 lightgray=d3d3d3 lightgrey=d3d3d3 dimgray=696969 dimgrey=696969 whitesmoke=f5f5f5"
)
NAMES = dict(pair.split("=") for pair in _NAMED.split())
"""The colours that letters name, as six hexadecimal digits."""

_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGB = re.compile(
    r"rgba?\(\s*(\d+)(?:\s*,\s*|\s+)(\d+)(?:\s*,\s*|\s+)(\d+)(?:\s*[,/]\s*(\d*\.?\d+)(%?))?\s*\)"
)
_SHORT = 4
_OPAQUE = 255


class Colour(NamedTuple):
    """Red, green, blue from 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


class Tint(NamedTuple):
    """A colour and how much of it covers what is behind, from 0 to 1."""

    colour: Colour
    cover: float

    def over(self, ground: Colour) -> Colour:
        """Mix it with what is behind it."""
        pairs = zip(self.colour, ground, strict=True)
        return Colour(*(round(one * self.cover + other * (1 - self.cover)) for one, other in pairs))


@lru_cache(maxsize=1024)
def read_tint(value: str) -> Tint | None:
    """Read a colour as #rrggbb, #rgb, either with its cover, rgb() or a name; None for others."""
    word = value.strip().lower()
    word = f"#{NAMES[word]}" if word in NAMES else word
    if found := _HEX.fullmatch(word):
        digits = found[1] if len(found[1]) > _SHORT else "".join(digit * 2 for digit in found[1])
        parts = [int(digits[n : n + 2], 16) for n in range(0, len(digits), 2)]
        return Tint(Colour(*parts[:3]), parts[3] / _OPAQUE if parts[3:] else 1)
    if found := _RGB.fullmatch(word):
        alpha = float(found[4]) / (100 if found[5] else 1) if found[4] else 1.0
        return Tint(Colour(*(min(int(found[n]), 255) for n in (1, 2, 3))), min(alpha, 1))
    return None


@lru_cache(maxsize=1024)
def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - the definition of sRGB
        for part in (colour.red / 255, colour.green / 255, colour.blue / 255)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
