"""The only entry to the MJML engine: validate, guard, run, repair. Nothing reaches the engine unguarded.

The engine (0.12) decodes entities in attribute values and writes them back as they are, so that an
escaped quote would end the attribute. The guard encodes them once more.
"""

from __future__ import annotations

import html
import re

from pipeline.errors import AuthorError
from pipeline.model.problem import TEMPLATE_RULES
from pipeline.render.engine import run_engine
from pipeline.render.scan import Attribute, is_mj, scan
from pipeline.render.validate import validate

MJML_ENGINE = TEMPLATE_RULES.error("mjml-engine", "The engine that makes the HTML could not read the markup.")


_TITLE = re.compile(r"(<mj-title\b[^>]*>)(.*?)(</mj-title\s*>)", re.DOTALL)
_QUOTE = "\ue022"
"""Stands for a quotation mark in the title while the engine copies the title into `aria-label`."""

_MSO_COMMENT = re.compile(r"(<!--\[if (?![^\]]*!mso)[^\]]*\]>)(.*?)(<!\[endif\]-->)", re.DOTALL)
_GHOST_TABLE = re.compile(r"<table\b(?![^>]*\brole=)")
_VML_SHAPE = re.compile(r"<v:(rect|image)\b(?![^>]*\balt=)")
_PREHEADER = re.compile(r'(<div style="display:\s?none;)(\s?font-size:\s?1px;)\s?color:\s?#ffffff;')


def to_html(source: str, *, template: str) -> str:
    """Convert MJML source to e-mail HTML, with its inline styles inlined.

    `template` names the source in problems. Raises AuthorError for invalid MJML and for anything
    that the engine fails on.
    """
    problems = validate(source, template)
    if problems:
        raise AuthorError(problems)
    try:
        return repair_html(run_engine(guard(source)))
    except Exception as error:  # it raises KeyError, AssertionError, TypeError … for an author's mistake
        message = f"the MJML engine cannot make HTML of it: {type(error).__name__}: {error}"
        fix = "take out what was changed last; docs of MJML 4 say what each tag takes"
        raise AuthorError([MJML_ENGINE.problem(message, fix, path=template)]) from error


def guard(source: str) -> str:
    """Encode attribute values of MJML tags, and quotation marks of the title, to outlast the engine."""
    parts: list[str] = []
    position = 0
    for piece in scan(source):
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
    return html.escape(html.unescape(text).replace('"', _QUOTE), quote=False)


def repair_html(page: str) -> str:
    """Repair what the engine writes wrongly or leaves out for Outlook and for screen readers."""
    page = page.replace("<!--[if !mso><!-->", "<!--[if !mso]><!-->").replace(_QUOTE, "&quot;")
    # White words cost points at spam filters, also where they are hidden.
    page = _PREHEADER.sub(r"\1mso-hide:all;\2", page, count=1)
    return _MSO_COMMENT.sub(lambda found: found[1] + _repair_mso(found[2]) + found[3], page)


def _repair_mso(inside: str) -> str:
    """Add a role to ghost tables and an alt text to VML shapes: Outlook reads both aloud otherwise."""
    return _VML_SHAPE.sub(r'<v:\1 alt=""', _GHOST_TABLE.sub('<table role="presentation"', inside))
