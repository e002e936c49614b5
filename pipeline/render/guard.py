"""Encodes attribute values of MJML so that they outlast the engine. Pure.

The engine (0.12) decodes entities in attribute values and writes them back as they are, so that an
escaped quote would end the attribute. The guard encodes them once more.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from pipeline.render.scan import Attribute, Piece, is_mj, scan

_TITLE = re.compile(r"(<mj-title\b[^>]*>)(.*?)(</mj-title\s*>)", re.DOTALL)
QUOTE = "\ue022"
"""Stands for a quotation mark in the title while the engine copies the title into `aria-label`."""


def guard(source: str, pieces: Iterable[Piece] | None = None) -> str:
    """Encode attribute values of MJML tags, and quotation marks of the title, to outlast the engine."""
    parts: list[str] = []
    position = 0
    for piece in scan(source) if pieces is None else pieces:
        if not is_mj(piece.name) or piece.name == "mj-selector":  # a selector's path is read, never written
            continue
        for attribute in piece.attributes:
            if attribute.value is None:
                continue
            parts += [source[position : attribute.start], _guarded(attribute)]
            position = attribute.end
    parts.append(source[position:])
    return _TITLE.sub(lambda found: found[1] + _title(found[2]) + found[3], "".join(parts))


def _guarded(attribute: Attribute) -> str:
    value = (attribute.value or "").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return '"' + value.replace("&", "&amp;") + '"'


def _title(text: str) -> str:
    return html.escape(html.unescape(text).replace('"', QUOTE), quote=False)
