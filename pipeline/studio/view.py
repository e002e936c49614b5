"""The state of the page, as its address has it; the same address shows the same again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

TABS: Mapping[str, str] = {
    "html": "HTML",
    "text": "Text",
    "source": "Source",
    "headers": "Headers",
    "links": "Links",
    "checks": "Checks",
    "why": "Why",
    "send": "Send",
}
WIDTHS: Mapping[str, str] = {"fit": "Fit", "desktop": "Desktop", "mobile": "Mobile"}
PIXELS: Mapping[str, int] = {"fit": 680, "desktop": 680, "mobile": 375}
NARROWEST, WIDEST = 280, 1200  # below the smallest phones, and twice the width of a letter
SCHEMES: Mapping[str, str] = {"light": "Light", "dark": "Dark", "inverted": "Inverted"}
IMAGES: Mapping[str, str] = {"boxes": "Outlined", "off": "Off", "web": "From the web"}

_WEEK = re.compile(r"[\w.-]{1,20}", re.ASCII)
"""Anything that may be meant as a week: the workspace reports what is wrong with an invalid one."""
_PERSONA = re.compile(r"[a-z0-9+-]{1,120}", re.ASCII)
_PLACE = re.compile(r"(?:html|text|link):\d{1,6}|subject|preheader", re.ASCII)


@dataclass(frozen=True, slots=True)
class View:
    """The state of the page. An empty week is the next one; `at` is a place in the letter to point at.

    The width "fit" is that of a desktop where there is room for it. `tools` unfolds them on a small screen.
    """

    week: str = ""
    tab: str = "html"
    width: str = "fit"
    scheme: str = "light"
    images: str = "boxes"
    persona: str = "named"
    beside: str = ""
    tools: str = ""
    at: str = ""

    @property
    def pixels(self) -> int:
        """How wide the letter is shown, at most if it is to fit."""
        return PIXELS.get(self.width) or int(self.width)

    def pairs(self, **changes: str) -> dict[str, str]:
        """List the values that are not defaults, with some changed, as a form or an address carries them."""
        changed = replace(self, **changes)
        usual = View()
        values = {each.name: getattr(changed, each.name) for each in fields(View)}
        return {name: value for name, value in values.items() if value != getattr(usual, name)}

    def href(self, **changes: str) -> str:
        """Write the address of the view, with some of it changed; a place is dropped unless it is given."""
        query = urlencode(self.pairs(**{"at": "", **changes}))
        return f"/?{query}" if query else "/"


def read_view(query: Mapping[str, str]) -> View:
    """Read a view from an address; invalid values are replaced by the defaults."""
    usual = View()
    known = {"tab": TABS, "scheme": SCHEMES, "images": IMAGES, "beside": ("", "1"), "tools": ("", "1")}
    found = {name: query[name] for name, options in known.items() if query.get(name) in options}
    patterns = {"week": _WEEK, "persona": _PERSONA, "at": _PLACE}
    found |= {name: query[name] for name, form in patterns.items() if form.fullmatch(query.get(name, ""))}
    return replace(usual, width=_read_width(query.get("width", "")), **found)


def _read_width(given: str) -> str:
    if given in WIDTHS:
        return given
    if re.fullmatch(r"\d{3,4}", given, re.ASCII):
        return str(min(max(int(given), NARROWEST), WIDEST))
    return View().width
