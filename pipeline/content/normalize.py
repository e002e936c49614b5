"""Text from outside made safe for a content file: it cannot open a section, a fence or a fix. Pure.

Normalizing twice changes nothing more, and what a reader of the letter sees stays the same.
"""

from __future__ import annotations

import re
import unicodedata

from pipeline.content.comments import take_comments_out
from pipeline.content.common_mistakes import starts_fix
from pipeline.content.document import HIDDEN, parse_blocks
from pipeline.model.content import Mistake

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028]")
"""What other programs end a line with, or a paragraph; the words on both sides must not join."""

_PARAGRAPH_END = "\u2029"
_RULE = re.compile(r"[-\s]+")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)<!--")
_NEXT_SECTION = "\n\n## x"
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|&])")
_START = re.compile(r"^(\s*)([-+=~]|\d+[.)])", re.MULTILINE)


def normalize_line(text: str) -> str:
    """Write a text on one line as front matter is read."""
    visible = HIDDEN.sub("", " ".join(text.split()))
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def normalize_prose(markdown: str) -> str:
    """Keep headings that would be sections as words, close an open fence, drop blank lines at the ends."""
    lines = _keep_visible(markdown).split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    text = _escape_comments("\n".join(lines).rstrip())
    while (escaped := _escape_headings(text)) != text:
        text = escaped
    return _close_fence(text)


def normalize_mistake(mistake: Mistake) -> Mistake:
    """Keep each half of the pair in its place: a line `**Fix:**` in the mistake stays words."""
    first = _close_fence(_escape_comments(_keep_visible(mistake.mistake).strip()))
    if _RULE.fullmatch(first.split("\n", 1)[0]):  # behind the item's own `- ` it would be a thematic break
        first = f"\\{first}"
    while (escaped := _escape_fix(first)) != first:
        first = escaped
    return Mistake(first, _close_fence(_escape_comments(_keep_visible(mistake.fix).strip())))


def escape_words(words: str) -> str:
    """Write plain words as Markdown that shows exactly these words."""
    return _START.sub(lambda found: f"{found[1]}{_escape_mark(found[2])}", _SPECIAL.sub(r"\\\1", words))


def _escape_mark(mark: str) -> str:
    return f"{mark[:-1]}\\{mark[-1]}"


def _keep_visible(text: str) -> str:
    lines = _LINE_END.sub("\n", text.replace(_PARAGRAPH_END, "\n\n"))
    return unicodedata.normalize("NFC", HIDDEN.sub("", lines))


def _escape_headings(text: str) -> str:
    lines = text.split("\n")
    for token in parse_blocks(text):
        if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2") and token.map:
            first, end = token.map
            at = first if token.markup.startswith("#") else end - 1
            bare = lines[at].lstrip()
            lines[at] = f"{lines[at][: len(lines[at]) - len(bare)]}\\{bare}"
    return "\n".join(lines)


def _escape_comments(text: str) -> str:
    """Show readers what would be taken for an author's note."""
    while "<!--" in text:
        lines = text.split("\n")
        left = take_comments_out(lines)
        changed = (n for n, (old, new) in enumerate(zip(lines, left.lines, strict=True)) if old != new)
        at = next(changed, None) if left.unclosed is None else left.unclosed
        if at is None or not _COMMENT.search(lines[at]):
            break
        lines[at] = _COMMENT.sub(r"\1\\<!--", lines[at], count=1)
        text = "\n".join(lines)
    return text


def _close_fence(text: str) -> str:
    """Close a code block that would swallow the text after it."""
    if "```" not in text and "~~~" not in text:
        return text
    tokens = parse_blocks(text + _NEXT_SECTION)
    is_open = not any(token.type == "heading_open" and token.level == 0 for token in tokens[-3:])
    return f"{text}\n{tokens[-1].markup}" if is_open and tokens[-1].type == "fence" else text


def _escape_fix(text: str) -> str:
    if "**" not in text:
        return text
    lines = text.split("\n")
    for token in parse_blocks(text):
        if token.type == "paragraph_open" and token.level == 0 and token.map:
            for number in range(*token.map):
                if starts_fix(lines[number]):
                    lines[number] = lines[number].replace("*", "\\*", 4)
                    return "\n".join(lines)
    return text
