"""How an element looks to a reader: its colours, size and weight, with what it inherits. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from pipeline.check.colours import Colour, Tint, read_tint
from pipeline.check.page import Tag
from pipeline.check.styles import Styles

_LIGHT = (Colour(0, 0, 0), Colour(255, 255, 255), Colour(0, 0, 238))
_DARK = (Colour(255, 255, 255), Colour(18, 18, 18), Colour(158, 158, 255))
"""The defaults of browsers and the mail programs built on them: ink, page, link (dark: as in Chromium)."""

_UNSET = frozenset({"inherit", "currentcolor", "initial", "unset", "revert"})
_BACKGROUND_WORDS = (
    "auto bottom center contain cover fixed left local none repeat right round scroll space top transparent"
)
_UNSET_GROUND = _UNSET | frozenset(_BACKGROUND_WORDS.split())
"""Words of a background that are not a colour."""

_SIZE = re.compile(r"(\d*\.?\d+)(px|pt|em|rem|%|)")
_PX = {"px": 1.0, "": 1.0, "pt": 4 / 3, "rem": 16.0}
_DEFAULT_PX = 16.0
"""What `medium` is in browsers."""
_HEADING_EM = {"h1": 2.0, "h2": 1.5, "h3": 1.17}
"""The HTML standard's own style sheet, 15.3.7."""
_NORMAL = 1.2
"""What most fonts make of `line-height: normal` (CSS 2.2, 10.8.1: 1.0 to 1.2)."""
_BOLD = 600
"""From here on a font with two weights is shown bold (CSS Fonts 4, 5.2)."""
_BOLD_TAGS = frozenset({"b", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "th"})


class ComputedStyle:
    """Computes the style of an element, once for each."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self._inks: dict[tuple[Tag, bool], Colour | None] = {}
        self._grounds: dict[tuple[Tag, bool], Colour | None] = {}
        self._sizes: dict[Tag, float] = {}
        self._heights: dict[Tag, float] = {}

    @property
    def palettes(self) -> tuple[bool, ...]:
        """The palettes that the letter has, as values of `dark`."""
        return (False, True) if self.styles.has_dark else (False,)

    def ink(self, tag: Tag, *, dark: bool = False) -> Colour | None:
        """Return the colour of an element's words; None when it cannot be determined."""
        key = (tag, dark)
        if key not in self._inks:
            self._inks[key] = self._find_ink(tag, dark=dark)
        return self._inks[key]

    def _find_ink(self, tag: Tag, *, dark: bool) -> Colour | None:
        ink, _, link = _DARK if dark else _LIGHT
        value = self._own_ink(tag, dark=dark)
        if value and value.lower() not in _UNSET:
            return self._mix(read_tint(value), lambda: self.ground(tag, dark=dark))
        if tag.name == "a" and "href" in tag.attributes and not value:
            return link
        return self.ink(tag.parent, dark=dark) if tag.parent else ink

    def _own_ink(self, tag: Tag, *, dark: bool) -> str:
        return self.styles.own(tag, dark=dark).get("color") or tag.attributes.get("color", "")

    def ground(self, tag: Tag, *, dark: bool = False) -> Colour | None:
        """Return the colour behind an element; None when it cannot be determined."""
        key = (tag, dark)
        if key not in self._grounds:
            self._grounds[key] = self._find_ground(tag, dark=dark)
        return self._grounds[key]

    def _find_ground(self, tag: Tag, *, dark: bool) -> Colour | None:
        value = self._own_ground(tag, dark=dark)

        def behind() -> Colour | None:
            return self.ground(tag.parent, dark=dark) if tag.parent else (_DARK if dark else _LIGHT)[1]

        if value and value.lower() not in _UNSET_GROUND:
            return self._mix(read_tint(value), behind)
        return behind()

    def _own_ground(self, tag: Tag, *, dark: bool) -> str:
        own = self.styles.own(tag, dark=dark)
        return own.get("background-color") or tag.attributes.get("bgcolor", "")

    @staticmethod
    def _mix(tint: Tint | None, behind: Callable[[], Colour | None]) -> Colour | None:
        """Mix a colour with what is behind it, which is only looked for when it shows."""
        if tint is None or tint.cover >= 1:
            return tint.colour if tint else None
        ground = behind()
        return tint.over(ground) if ground else None

    def find_unreadable(self, tag: Tag, *, dark: bool = False) -> str:
        """Find the colour of an element's words or ground that cannot be read; empty when there is none."""
        for read, unset in ((self._own_ink, _UNSET), (self._own_ground, _UNSET_GROUND)):
            values = (read(each, dark=dark) for each in tag.lineage())
            nearest = next((value for value in values if value and value.lower() not in unset), "")
            if nearest and read_tint(nearest) is None:
                return nearest
        return ""

    def size_px(self, tag: Tag) -> float:
        """Return the size of an element's letters."""
        if tag not in self._sizes:
            outer = self.size_px(tag.parent) if tag.parent else _DEFAULT_PX
            value = self.styles.own(tag).get("font-size", "")
            found = _SIZE.fullmatch(value.lower()) if value else None
            if found is None:
                self._sizes[tag] = outer * _HEADING_EM.get(tag.name, 1.0)
            elif found[2] in _PX:
                self._sizes[tag] = float(found[1]) * _PX[found[2]]
            else:
                self._sizes[tag] = outer * float(found[1]) / (100 if found[2] == "%" else 1)
        return self._sizes[tag]

    def line_height(self, tag: Tag) -> float:
        """Return the distance of an element's lines, as a multiple of its size."""
        if tag not in self._heights:
            value = self.styles.own(tag).get("line-height", "").lower()
            found = _SIZE.fullmatch(value) if value else None
            if found is None:
                outer = self.line_height(tag.parent) if tag.parent else _NORMAL
                self._heights[tag] = _NORMAL if value == "normal" else outer
            elif found[2] in ("", "em", "%"):
                self._heights[tag] = float(found[1]) / (100 if found[2] == "%" else 1)
            else:
                self._heights[tag] = float(found[1]) * _PX[found[2]] / max(self.size_px(tag), 1.0)
        return self._heights[tag]

    def is_bold(self, tag: Tag) -> bool:
        """Whether an element's letters are bold."""
        for each in tag.lineage():
            value = self.styles.own(each).get("font-weight", "")
            if value:
                return value in ("bold", "bolder") or (value.isdigit() and int(value) >= _BOLD)
            if each.name in _BOLD_TAGS:
                return True
        return False

    def is_plain(self, link: Tag) -> bool:
        """Whether a link has lost its underline."""
        own = self.styles.own(link)
        return (own.get("text-decoration") or own.get("text-decoration-line", "")).startswith("none")

    def is_button(self, link: Tag) -> bool:
        """Whether a link is drawn as a button."""
        return "block" in self.styles.own(link).get("display", "") and "padding" in self.styles.own(link)
