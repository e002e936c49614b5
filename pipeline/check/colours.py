"""Colours of CSS as numbers, and how well one is read on another (WCAG 2.2, 1.4.3). Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_NAMES = {
    "black": 0x000000,
    "silver": 0xC0C0C0,
    "gray": 0x808080,
    "grey": 0x808080,
    "white": 0xFFFFFF,
    "maroon": 0x800000,
    "red": 0xFF0000,
    "purple": 0x800080,
    "fuchsia": 0xFF00FF,
    "magenta": 0xFF00FF,
    "green": 0x008000,
    "lime": 0x00FF00,
    "olive": 0x808000,
    "yellow": 0xFFFF00,
    "navy": 0x000080,
    "blue": 0x0000FF,
    "teal": 0x008080,
    "aqua": 0x00FFFF,
    "cyan": 0x00FFFF,
    "orange": 0xFFA500,
    "darkgray": 0xA9A9A9,
    "darkgrey": 0xA9A9A9,
    "lightgray": 0xD3D3D3,
    "lightgrey": 0xD3D3D3,
    "dimgray": 0x696969,
    "dimgrey": 0x696969,
    "whitesmoke": 0xF5F5F5,
}
_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_RGB = re.compile(
    r"rgba?\(\s*(\d+)(?:\s*,\s*|\s+)(\d+)(?:\s*,\s*|\s+)(\d+)(?:\s*[,/]\s*(\d*\.?\d+)(%?))?\s*\)"
)
_SHORT = 4
_OPAQUE = 255
_SOLID = 0.99


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
        return Colour(
            *(
                round(one * self.cover + other * (1 - self.cover))
                for one, other in zip(self.colour, ground, strict=True)
            )
        )


def read_colour(value: str) -> Colour | None:
    """Read a solid colour; None for a transparent one and for one that is written in another way."""
    tint = read_tint(value)
    return tint.colour if tint and tint.cover > _SOLID else None


@lru_cache(maxsize=1024)
def read_tint(value: str) -> Tint | None:
    """Read a colour as #rrggbb, #rgb, either with its cover, rgb() or a name; None for others."""
    word = value.strip().lower()
    if word in _NAMES:
        number = _NAMES[word]
        return Tint(Colour(number >> 16, number >> 8 & 255, number & 255), 1)
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
    """Tell the contrast ratio of two colours, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - the definition of sRGB
        for part in (colour.red / 255, colour.green / 255, colour.blue / 255)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
