"""Code set aside while the prose around it is rewritten, so that nothing in it is read as a mark. Pure."""

from __future__ import annotations

import re

_CODE = re.compile(
    r"^(?P<fence>```+|~~~+).*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
_PLACE = re.compile("\x02(\\d+)\x03")
_MARKS = str.maketrans("", "", "\x02\x03")


class Shelf:
    """Pieces of code, each with a place that holds it in the text."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, code: str) -> str:
        """Set code aside; gives what stands for it meanwhile."""
        self._pieces.append(code)
        return f"\x02{len(self._pieces) - 1}\x03"

    def put_code_away(self, markdown: str) -> str:
        """Set aside all code that Markdown marks in a text."""
        return _CODE.sub(lambda found: self.put(found[0]), markdown.translate(_MARKS))

    def fill(self, text: str) -> str:
        """Put the code back into its places; two pieces that touch are parted by a blank."""
        parted = text.replace("\x03\x02", "\x03 \x02")
        return _PLACE.sub(lambda found: self._pieces[int(found[1])], parted)


def make_span(code: str) -> str:
    """Write words as code within a line; empty when there are none."""
    words = " ".join(code.split())
    if not words:
        return ""
    ticks = "`"
    while ticks in words:
        ticks += "`"
    pad = " " if words[0] == "`" or words[-1] == "`" else ""
    return f"{ticks}{pad}{words}{pad}{ticks}"
