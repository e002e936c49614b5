"""Markdown to safe HTML, to wrapped text and to one plain line.

The only place that makes HTML out of an author's words; raw HTML is text here, images are left out.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NewType

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markupsafe import Markup

from pipeline.content.document import HIDDEN

SafeHtml = NewType("SafeHtml", Markup)
"""HTML of the allow-list below; made in this module and nowhere else."""

INLINE_TAGS = frozenset({"a", "br", "code", "em", "strong"})
TAGS = INLINE_TAGS | {"blockquote", "li", "ol", "p", "pre", "ul"}
ATTRIBUTES = {"*": set[str](), "a": {"href"}, "ol": {"start"}}
SCHEMES = frozenset({"http", "https", "mailto"})

_LINK = re.compile(r"(?:https?://[^/?#\s]|mailto:[^\s])", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n]+")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"[ \t]+")
_CODE_INDENT = " " * 4
_LEAST_WIDTH = 20  # two or three words: a narrower column of deep lists would have one a line
_LEAVES = ("fence", "code_block")
_WORDS = ("text", "code_inline")


KEPT = 512
"""So many texts are kept in each form: the words of a letter, which its variants and parts show again."""

_PARSER = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False})
# Any link is accepted while parsing, because a refused one would show its Markdown to readers.
_PARSER.validateLink = lambda _url: True  # type: ignore[method-assign, assignment]  # _keep_allowed_inline judges them


@lru_cache(maxsize=KEPT)
def to_html(markdown: str) -> SafeHtml:
    """Turn Markdown into block HTML; headings become bold paragraphs, a link that is not allowed its text."""
    tokens = _parse(markdown)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return _clean(html, TAGS)


@lru_cache(maxsize=KEPT)
def to_inline_html(markdown: str) -> SafeHtml:
    """Turn one line of Markdown into HTML without blocks, for use inside a paragraph or heading."""
    tokens = _keep_allowed(_PARSER.parseInline(_show_all(_SPACE.sub(" ", markdown)).strip()))
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return _clean(html, INLINE_TAGS)


@lru_cache(maxsize=KEPT)
def to_text(markdown: str, width: int = 72) -> str:
    """Turn Markdown into text: paragraphs wrapped at `width`, code indented, links as `text (url)`.

    A URL is never split, a code line never wrapped; both may be longer than `width`. No trailing line end.
    """
    root = SyntaxTreeNode(_parse(markdown))
    return "\n".join(_blocks(root.children, width))


@lru_cache(maxsize=KEPT)
def to_plain(markdown: str) -> str:
    """Turn Markdown into its words on one line, without markup and without URLs behind links."""
    root = SyntaxTreeNode(_parse(markdown))
    return _SPACE.sub(" ", " ".join(_plain_pieces(root.children))).strip()


def count_words(markdown: str) -> int:
    """Count the words that a reader sees."""
    return len(to_plain(markdown).split())


def _parse(markdown: str) -> list[Token]:
    return _keep_allowed(_PARSER.parse(_show_all(markdown)))


def _show_all(text: str) -> str:
    """Remove invisible characters, which could mislead or be counted as width."""
    return HIDDEN.sub("", _LINE_END.sub("\n", text))


def _clean(html: str, tags: Iterable[str]) -> SafeHtml:
    clean = nh3.clean(
        html.strip(),
        tags=set(tags),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel=None,
    )
    return SafeHtml(Markup(clean))  # noqa: S704 - nh3 has just cleaned it


def _keep_allowed(tokens: Sequence[Token]) -> list[Token]:
    """Drop images, rules and the tags of links that are not allowed; make headings bold paragraphs."""
    kept: list[Token] = []
    for token in tokens:
        if token.type == "hr":
            continue
        if token.children is not None:
            token.children = _keep_allowed_inline(token.children)
            if kept and kept[-1].type == "heading_open":
                _make_bold(token)
        kept.append(token)
    for token in kept:
        if token.type in ("heading_open", "heading_close"):
            token.type = token.type.replace("heading", "paragraph")
            token.tag = "p"
    return kept


def _keep_allowed_inline(tokens: Sequence[Token]) -> list[Token]:
    kept: list[Token] = []
    allowed = True
    for token in tokens:
        token.content = _show_all(token.content)  # a character reference may have brought it in
        if token.type == "link_open":
            allowed = _LINK.match(str(token.attrGet("href") or "")) is not None
        is_link = token.type in ("link_open", "link_close")
        if token.type != "image" and (allowed or not is_link):
            kept.append(token)
    return kept


def _make_bold(inline: Token) -> None:
    inline.children = [
        Token("strong_open", "strong", 1, markup="**"),
        *(inline.children or []),
        Token("strong_close", "strong", -1, markup="**"),
    ]


def _blocks(nodes: Iterable[SyntaxTreeNode], width: int) -> list[str]:
    """List the lines of blocks, with an empty line between two of them."""
    lines: list[str] = []
    for node in nodes:
        block = _block(node, width)
        if block:
            lines += ["", *block] if lines else block
    return lines


def _block(node: SyntaxTreeNode, width: int) -> list[str]:
    if node.type in _LEAVES:
        return [
            f"{_CODE_INDENT}{line}" if line.strip() else "" for line in node.content.rstrip("\n").split("\n")
        ]
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node, width)
    if node.type == "blockquote":
        return [f"> {line}".rstrip() for line in _blocks(node.children, width - 2)]
    return _wrap(_inline_text(node), width)


def _list(node: SyntaxTreeNode, width: int) -> list[str]:
    """Write a list with hanging indents; items of a loose list stand apart, as in the source."""
    start = int(node.attrs.get("start", 1))
    markers = [f"{start + n}. " if node.type == "ordered_list" else "- " for n in range(len(node.children))]
    indent = max(map(len, markers))
    is_loose = any(
        child.type == "paragraph" and not child.hidden for item in node.children for child in item.children
    )
    lines: list[str] = []
    for marker, item in zip(markers, node.children, strict=True):
        body = _blocks(item.children, width - indent) or [""]
        if lines and is_loose:
            lines.append("")
        lines.append(f"{marker:>{indent}}{body[0]}".rstrip())
        lines += [f"{'':{indent}}{line}".rstrip() for line in body[1:]]
    return lines


def _wrap(text: str, width: int) -> list[str]:
    lines = []
    for line in filter(str.strip, _SPACES.sub(" ", text).split("\n")):
        for wrapped in textwrap.wrap(
            line, max(width, _LEAST_WIDTH), break_long_words=False, break_on_hyphens=False
        ):
            lines += _part_wide(wrapped, max(width, _LEAST_WIDTH))
    return lines


def _part_wide(line: str, width: int) -> list[str]:
    """Part a line of a script without spaces, whose letters take two columns and may stand apart anywhere."""
    if len(line) <= width or not any(unicodedata.east_asian_width(letter) in "WF" for letter in line):
        return [line]
    return [line[at : at + width // 2] for at in range(0, len(line), width // 2)]


def _inline_text(node: SyntaxTreeNode) -> str:
    """Join inline content; only a hard break is a line end in it."""
    pieces: list[str] = []
    for child in node.children:
        if child.type == "hardbreak":
            pieces.append("\n")
        elif child.type == "softbreak":
            pieces.append(" ")
        elif child.type == "link":
            pieces.append(_link_text(child))
        elif child.type in _WORDS:
            pieces.append(_SPACE.sub(" ", child.content))
        else:
            pieces.append(_inline_text(child))
    return "".join(pieces)


def _link_text(link: SyntaxTreeNode) -> str:
    url = str(link.attrs["href"]).removeprefix("mailto:")
    text = _inline_text(link).strip()
    return url if link.markup == "autolink" or text in ("", url) else f"{text} ({url})"


def _plain_pieces(nodes: Iterable[SyntaxTreeNode]) -> Iterator[str]:
    """List the words of blocks, one piece for each paragraph or code block."""
    for node in nodes:
        if node.type in _LEAVES:
            yield node.content
        elif node.type == "inline":
            yield _inline_plain(node)
        else:
            yield from _plain_pieces(node.children)


def _inline_plain(node: SyntaxTreeNode) -> str:
    pieces = []
    for child in node.children:
        if child.type in ("hardbreak", "softbreak"):
            pieces.append(" ")
        else:
            pieces.append(child.content if child.type in _WORDS else _inline_plain(child))
    return "".join(pieces)
