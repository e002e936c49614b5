"""Rules of Markdown that the letter cannot show as it was meant (see `content.markdown`). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from pipeline.content.document import parse_blocks
from pipeline.content.lint.page import ContentPage
from pipeline.model.problem import CONTENT_RULES, Problem, Rule

MARKUP_TABLE = CONTENT_RULES.warning(
    "markup-table", "Mail programs on a phone cannot show a table, so the letter would show its bars."
)
MARKUP_IMAGE = CONTENT_RULES.warning(
    "markup-image", "The letter loads no images; its words would be left out with it."
)
MARKUP_HTML = CONTENT_RULES.warning("markup-html", "HTML in the text is shown to readers as it was typed.")
MARKUP_HEADING = CONTENT_RULES.warning(
    "markup-heading", "Below `###` no rank shows apart from the next; a `##` without a blank is text."
)
MARKUP_EXTENSION = CONTENT_RULES.warning(
    "markup-extension", "Footnotes, task lists, strike-through and formulas are shown as they were typed."
)
MARKUP_LIST_DEPTH = CONTENT_RULES.warning(
    "markup-list-depth", "A phone has no width for a third level of a list."
)
MARKUP_REFERENCE = CONTENT_RULES.warning(
    "markup-reference", "Each section is shown by itself; a link defined in another one stays in brackets."
)


LIST_DEPTH = 2
"""Each level is set in further: on a phone of 320 px a third one leaves lines of a few words."""

_TAGS = (
    "a abbr article aside audio b big blockquote br button center cite code dd del details dfn div dl dt em "
    "figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i iframe img input ins kbd label li link "
    "main mark meta nav object ol p picture pre q s samp script section small source span strike strong "
    "style sub summary sup svg table tbody td tfoot th thead tr tt u ul var video"
)

_SIMPLE: tuple[tuple[Rule, tuple[str, ...], re.Pattern[str], str, str], ...] = (
    (
        MARKUP_TABLE,
        ("|",),
        re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*\|[ \t|:-]*$", re.MULTILINE),
        "a table",
        "write a list, or set the columns in a code block",
    ),
    (
        MARKUP_IMAGE,
        ("![",),
        re.compile(r"!\[[^\]]*\](?:\(|\[)"),
        "an image",
        "describe in words what it shows",
    ),
    (
        MARKUP_HTML,
        ("<",),
        re.compile(rf"</?(?:{_TAGS.replace(' ', '|')})(?:\s[^<>\n]*)?/?>", re.IGNORECASE),
        "an HTML tag",
        "use Markdown, or put the tag in backticks if readers are to see it",
    ),
    (
        MARKUP_HEADING,
        ("####",),
        re.compile(r"^ {0,3}#{4,6}[ \t]+\S", re.MULTILINE),
        "a heading below the third level",
        "use `###`, or begin the paragraph with bold words",
    ),
    (
        MARKUP_HEADING,
        ("##",),
        re.compile(r"^ {0,3}#{2,6}(?=[^\W_])", re.MULTILINE),
        "a heading without a blank behind its `#`",
        "write `## Example`, or a backslash before the first `#` if it is not a heading",
    ),
    (
        MARKUP_EXTENSION,
        ("[^", "~~", "[ ]", "[x]", "[X]", "$$", "\\(", ":::"),
        re.compile(
            r"(?<!\\)\[\^[^\]\s]+\]|~~[^~\s][^~\n]*~~|^[ \t]*[-*+][ \t]+\[[ xX]\][ \t]"
            r"|\$\$[^$]+\$\$|\\\(.+?\\\)|^:::",
            re.MULTILINE,
        ),
        "a footnote, task list, strike-through, formula or box",
        "write it in plain Markdown",
    ),
)
_DEEP = re.compile(r"^(?: {4,}|\t+[ \t]*)(?:[-*+]|\d+[.)])[ \t]", re.MULTILINE)
_SECTION = re.compile(r"^ {0,3}##[ \t]", re.MULTILINE)
_DEFINED = re.compile(r"^ {0,3}\[([^\]\n^]+)\]:[ \t]*\S", re.MULTILINE)
_LABEL = re.compile(r"(?<!!)\[([^\]\[\n^]+)\](?:\[([^\]\n]*)\])?(?![(:\[])")


def check_markup(pages: Iterable[ContentPage]) -> Iterator[Problem]:
    """Find Markdown that readers would see as it was typed, or not at all."""
    for page in pages:
        for rule, hints, pattern, what, fix in _SIMPLE:
            for match in pattern.finditer(page.markup) if any(hint in page.markup for hint in hints) else ():
                start = match.start() + len(match[0]) - len(match[0].lstrip())
                yield page.problem(start, rule, f"the letter cannot show {what}", fix)
        if _DEEP.search(page.markup, page.body):
            yield from _check_depth(page)
        if "]:" in page.markup:
            yield from _check_labels(page)


def _check_depth(page: ContentPage) -> Iterator[Problem]:
    depth = 0
    for token in parse_blocks(page.markup.replace("\r\n", "\n")):
        if token.type not in (
            "bullet_list_open",
            "ordered_list_open",
            "bullet_list_close",
            "ordered_list_close",
        ):
            continue
        depth += token.nesting
        if token.nesting > 0 and depth == LIST_DEPTH + 1 and token.map:
            yield MARKUP_LIST_DEPTH.problem(
                f"the list is more than {LIST_DEPTH} levels deep",
                "make the inner points sentences, or a list of their own",
                path=page.path,
                line=token.map[0] + 1,
            )


def _check_labels(page: ContentPage) -> Iterator[Problem]:
    """Find links by label whose address is defined in another section."""
    defined = {" ".join(match[1].casefold().split()) for match in _DEFINED.finditer(page.markup)}
    starts = [page.body, *(match.start() for match in _SECTION.finditer(page.markup)), len(page.markup)]
    for start, end in pairwise(starts):
        part = page.markup[start:end]
        here = {" ".join(match[1].casefold().split()) for match in _DEFINED.finditer(part)}
        for match in _LABEL.finditer(part):
            label = " ".join((match[2] or match[1]).casefold().split())
            if label in defined - here:
                message = f"the address of `[{label[:40]}]` is defined in another section"
                fix = "write the link as `[text](https://…)`, or define it in this section"
                yield page.problem(start + match.start(), MARKUP_REFERENCE, message, fix)
