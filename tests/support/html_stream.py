"""A page as a stream of what matters in it, so that two renderers can be compared, also in Outlook."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_CONDITION = re.compile(r"<!--\[if (?![^\]]*!mso)[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_OTHERS = re.compile(r"<!--\[if !mso\]><!-->|<!--\[if !mso\]><!-- -->|<!--<!\[endif\]-->|<!-- <!\[endif\]-->")
_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+\.\d+")
_GAP = re.compile(r"[ \t\r\n\f]+")


def _value(text: str) -> str:
    text = _NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), text)
    return _HEX.sub(r"#\1\1\2\2\3\3", _GAP.sub(" ", text)).strip().lower()


def _style(text: str) -> tuple[str, ...]:
    """Sort the declarations, the last one of each property."""
    pairs = (part.partition(":") for part in text.split(";") if part.strip())
    found = {name.strip().lower(): _value(value.replace(", ", ",")) for name, _, value in pairs}
    return tuple(f"{name}:{value}" for name, value in sorted(found.items()))


class _Stream(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tokens = []
        self._skipped = 0

    def handle_starttag(self, tag, attrs):
        if tag in {"style", "script"}:
            self._skipped += 1
        if tag != "tbody":
            shown = (self._attribute(name, value or "") for name, value in attrs)
            self.tokens.append((tag, *sorted(each for each in shown if each[1])))

    def _attribute(self, name, value):
        if name == "style":
            return name, _style(value)
        return name, " ".join(sorted(value.split())) if name == "class" else _value(value)

    def handle_endtag(self, tag):
        if tag in {"style", "script"}:
            self._skipped -= 1
        if tag not in {"tbody", "br", "img", "meta", "link"}:
            self.tokens.append((f"/{tag}",))

    def handle_data(self, data):
        words = _GAP.sub(" ", data).strip(" ")
        if words and not self._skipped:
            self.tokens.append((words,))


def stream_of(page):
    """List tags and texts of a page's body, with what Outlook reads in the place where it reads it."""
    reader = _Stream()
    body = page[page.index("<body") :]
    reader.feed(_OTHERS.sub("", _CONDITION.sub(r"\1", body)))
    reader.close()
    return reader.tokens
