"""The only entry to the MJML engine: validate, guard, run, repair. Nothing reaches the engine unguarded."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.errors import AuthorError
from pipeline.model.problem import TEMPLATE_RULES
from pipeline.render.engine import run_engine
from pipeline.render.guard import QUOTE, guard
from pipeline.render.sections import SectionedSource, prepare
from pipeline.render.slots import TOKEN
from pipeline.render.validate import validate

MJML_ENGINE = TEMPLATE_RULES.error("mjml-engine", "The engine that makes the HTML could not read the markup.")


_MSO_COMMENT = re.compile(r"(<!--\[if (?![^\]]*!mso)[^\]]*\]>)(.*?)(<!\[endif\]-->)", re.DOTALL)
_GHOST_TABLE = re.compile(r"<table\b(?![^>]*\brole=)")
_VML_SHAPE = re.compile(r"<v:(rect|image)\b(?![^>]*\balt=)")
_PREHEADER = re.compile(r'(<div style="display:\s?none;)(\s?font-size:\s?1px;)\s?color:\s?#ffffff;')


def to_html(source: str, *, template: str) -> str:
    """Convert MJML source to e-mail HTML, with its inline styles inlined.

    `template` names the source in problems. Raises AuthorError for invalid MJML and for anything
    that the engine fails on.
    """
    # Each letter and variant has its own tokens of personal slots; with common ones, sections are the same.
    tokens = dict.fromkeys(TOKEN.findall(source))
    common = {token: f"zq{number:012x}qz" for number, token in enumerate(tokens)}
    prepared = prepare(_rename(source, common))
    own = {name: token for token, name in common.items()} if prepared else {}
    prepared = prepared or _prepare_whole(source, template)
    try:
        return _rename(repair_html(run_engine(prepared.source, prepared.sections)), own)
    except Exception as error:  # it raises KeyError, AssertionError, TypeError … for an author's mistake
        message = f"the MJML engine cannot make HTML of it: {type(error).__name__}: {error}"
        fix = "take out what was changed last; docs of MJML 4 say what each tag takes"
        raise AuthorError([MJML_ENGINE.problem(message, fix, path=template)]) from error


def _rename(text: str, names: Mapping[str, str]) -> str:
    return TOKEN.sub(lambda found: names.get(found[0], found[0]), text)


def _prepare_whole(source: str, template: str) -> SectionedSource:
    """Prepare source that cannot be cut into sections; raises AuthorError for invalid MJML."""
    problems = validate(source, template)
    if problems:
        raise AuthorError(problems)
    return SectionedSource(guard(source), ())


def repair_html(page: str) -> str:
    """Repair what the engine writes wrongly or leaves out for Outlook and for screen readers."""
    page = page.replace("<!--[if !mso><!-->", "<!--[if !mso]><!-->").replace(QUOTE, "&quot;")
    # White words cost points at spam filters, also where they are hidden.
    page = _PREHEADER.sub(r"\1mso-hide:all;\2", page, count=1)
    return _MSO_COMMENT.sub(lambda found: found[1] + _repair_mso(found[2]) + found[3], page)


def _repair_mso(inside: str) -> str:
    """Add a role to ghost tables and an alt text to VML shapes: Outlook reads both aloud otherwise."""
    return _VML_SHAPE.sub(r'<v:\1 alt=""', _GHOST_TABLE.sub('<table role="presentation"', inside))
