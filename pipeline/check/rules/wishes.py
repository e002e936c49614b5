"""Rules of what the editor wrote by hand, for a week or in the settings, before readers meet it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.context import LetterContext
from pipeline.check.registry import SETTINGS, WISHES, Findings, rule
from pipeline.check.rules.template_residue import LEFT_IN_PROSE, list_titles
from pipeline.check.source_location import SourceLocation
from pipeline.content.lint.page import blank_code, make_page
from pipeline.content.lint.rules.links import LINK_HTTP, check_links
from pipeline.content.lint.rules.markup import check_markup
from pipeline.model.issue import TermSection, TipSection

_MARK = re.compile(
    r"""\{\{[^{}\n]*\}\} | \{%[^%\n]*%\} | \{\#[^\#\n]*\#\}  # Jinja, Liquid, Handlebars
    | \*\|[^|\n]+\|\* | %%\w+%%                            # senders of mail
    | \$\{[^{}\n]*\} | <%[^%\n]*%> | \[\[[^\[\]\n]+\]\](?!\()""",
    re.VERBOSE,
)
_LINK_TO = re.compile(r"`([^`\s]+@[^`\s]+)`")
_HEAD = ("subject", "preheader")
_SHOWN = 60
"""More characters of a mark make the message hard to read."""


@rule(
    "unfilled-marks",
    "warning",
    why="Only templates are filled in; elsewhere readers see the mark itself.",
    fix_in=WISHES,
)
def unfilled_marks(letter: LetterContext) -> Findings:
    """Find what only a template would fill in; words about a title may quote the marks in it."""
    titles = "\n".join((*list_titles(letter), *_list_own_titles(letter)))
    for key, text, file in _list_written(letter):
        for mark in dict.fromkeys(_MARK.findall(text)):
            is_residue = any(left in letter.page.prose for left in LEFT_IN_PROSE.findall(mark))
            if mark in titles or (key not in _HEAD and is_residue):
                continue  # the second is an error, of no-template-residue
            message = f"readers will see `{mark[:_SHOWN]}` as it is; the letter fills in nothing there"
            fix = "write the words themselves" + (", or backticks around it" if key == "intro" else "")
            where, message = (key, message) if key in _HEAD else ("html", f"{key}: {message}")
            place = SourceLocation(file) if file else letter.wish(key, mark)
            yield unfilled_marks.found(message, fix, where=where, source=place)


def _list_written(letter: LetterContext) -> Iterator[tuple[str, str, str]]:
    """List what was written by hand: key, words without code, and the file unless it is the week's."""
    for key, text in letter.list_wishes():
        yield key, blank_code(text) if key == "intro" else text, ""
    for key in ("name", "tagline", "audience", "postal_address"):
        yield key, getattr(letter.letterhead, key), SETTINGS


def _list_own_titles(letter: LetterContext) -> Iterator[str]:
    for section in letter.issue.sections if letter.issue else ():
        if isinstance(section, TermSection):
            yield section.title
        elif isinstance(section, TipSection):
            yield section.tip.title


@rule(
    "lost-markup",
    "warning",
    why="Pictures, tables and addresses without https never reach readers.",
    fix_in=WISHES,
)
def lost_markup(letter: LetterContext) -> Findings:
    """Find Markdown of the intro that readers would see as it was typed, or not at all."""
    page = make_page("", letter.issue.intro if letter.issue else "")
    lines = page.text.split("\n")
    for problem in sorted((*check_markup([page]), *check_links([page]))):
        # A link without TLS works all the same, and is the business of another rule.
        if problem.rule not in letter.silent and problem.rule is not LINK_HTTP:
            mail = _LINK_TO.search(problem.message)
            fix = f"write mailto:{mail[1]}" if mail else problem.fix
            place = letter.wish("intro", lines[problem.line - 1])
            yield lost_markup.found(f"intro: {problem.message}", fix, source=place)
