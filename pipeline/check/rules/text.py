"""Rules of the plain text: that it is there, fits, and says what the HTML says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import unquote

from pipeline.check.context import LetterContext
from pipeline.check.page import one_line
from pipeline.check.registry import Findings, rule
from pipeline.check.source_location import find_addresses, flatten, without_addresses
from pipeline.render.slots import URL_SLOTS

TEXT_COLUMNS = 78
"""RFC 5322, 2.1.1: lines should have no more."""
LEAST_SHARE = 0.6
"""The HTML repeats in labels and buttons what the text has once; less than this share is another letter."""
LEAST_DENSE_BYTES = 12
"""Twelve letters of an alphabet, or four of a script of words, hardly ever follow each other by chance."""
SHOWN = 5
"""How many of the sentences that one part lacks are listed: the cause is usually the same."""

_TAG = re.compile(
    r"</?(?:a|b|body|br|div|em|h[1-6]|html|i|img|li|ol|p|pre|span|strong|style|table|td|tr|ul)\b[^<>]*>"
)
_MARKER = re.compile(r"^[ \t]*(?:\d+[.)]|[-*•>])[ \t]+", re.MULTILINE)
_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:\d+[.)]|[-*•>])[ \t])")
_RULER = re.compile(r"^[ \t]*([=~_*#-])\1{2,}[ \t]*$", re.MULTILINE)
"""A line that only separates or underlines."""
_SENTENCE = re.compile(r"(?<=[.!?…:])[\"”’)*_]*\s+")


@rule(
    "text-part",
    "error",
    why="Readers of plain text, and those who hear it, must get a letter too.",
    is_required=True,
)
def text_part(letter: LetterContext) -> Findings:
    """Check that there is a text that says about as much, and is not HTML."""
    text = letter.rendered.text
    found, wanted = len(without_addresses(text).split()), len(letter.page.visible.split())
    if found < LEAST_SHARE * wanted:
        message = f"the text has {found} words and the HTML {wanted}"
        yield text_part.found(message, "say in the text template what the HTML says", where="text")
    for number, line in enumerate(text.split("\n"), start=1):
        for tag in () if line.startswith("    ") else _TAG.findall(line):
            if tag not in letter.page.visible:
                fix = "use the filter `text` for Markdown, and no tags in the text template"
                yield text_part.found(f"`{tag[:40]}` is HTML", fix, where=f"text:{number}")


@rule("text-lines", "warning", why="Old mail programs do not wrap plain text.")
def text_lines(letter: LetterContext) -> Findings:
    """Check the length of lines; a long word or address cannot be broken, and indented code must not be."""
    for number, line in enumerate(letter.rendered.text.split("\n"), start=1):
        is_whole = "://" in line or " " not in line.strip() or line.startswith("    ")
        if len(line) > TEXT_COLUMNS and not is_whole:
            message = f"the line has {len(line)} letters; {TEXT_COLUMNS} fit"
            yield text_lines.found(message, "wrap it in the template: |wrap", where=f"text:{number}")


@rule("text-parity", "error", why="HTML and text are one letter; readers of one must miss nothing.")
def text_parity(letter: LetterContext) -> Findings:
    """Check that every address, heading and sentence of one part is in the other, whatever its form."""
    yield from _find_missing_links(letter)
    html_words = _without_slots(letter, letter.page.visible)
    text_words = _without_slots(letter, _without_mail_addresses(letter))
    html, text = _PartWords(html_words), _PartWords(text_words)
    fix = "show it in the text template too"
    missing: set[str] = set()
    for heading in letter.page.headings:
        words = one_line(heading.words).rpartition(": ")[2]
        if flatten(words) not in text:
            missing.add(flatten(words))
            message = f"the heading `{words}` is not in the text"
            yield text_parity.found(message, fix, at=heading.tag, severity="warning")
    lacks = [
        sentence
        for sentence, flat in _list_sentences(_unmark(html_words), r"\n+")
        if flat not in text and flat not in missing
    ]
    yield from _report_sentences(letter, lacks, "html", "is in the HTML and not in the text", fix)
    blocks = _unmark(_RULER.sub("\n", text_words))
    lacks = [sentence for sentence, flat in _list_sentences(blocks, _BLOCK) if flat not in html]
    what, fix = "is in the text and not in the HTML", "show it in the HTML too"
    yield from _report_sentences(letter, lacks, "text", what, fix)


class _PartWords:
    """The words of a part, to look for flattened sentences in.

    With markers of items and without: a line of prose may begin with a number and a full stop too.
    With spaces and without: where a language has none, lines are wrapped inside of a sentence.
    """

    def __init__(self, part: str) -> None:
        self._part = part
        self._flat = flatten(part)
        self._last = 0

    @cached_property
    def _unmarked(self) -> str:
        return flatten(_unmark(self._part))

    @cached_property
    def _dense(self) -> str:
        return (self._flat + self._unmarked).replace(" ", "")

    def __contains__(self, flat: str) -> bool:
        # Both parts have nearly the same order: the next sentence is found shortly after the last one.
        at = self._flat.find(flat, self._last)
        if at >= 0:
            self._last = at
            return True
        if flat in self._flat or flat in self._unmarked:
            return True
        dense = flat.replace(" ", "")
        return len(dense.encode()) >= LEAST_DENSE_BYTES and dense in self._dense


def _without_slots(letter: LetterContext, part: str) -> str:
    """Take out the slots: one part shows an address, the other has it behind words.

    A slot of words separates two sentences, since its own words are not known yet.
    """
    for slot, token in letter.tokens.items():
        part = part.replace(token, " " if slot in URL_SLOTS else "\n\n")
    return part


def _without_mail_addresses(letter: LetterContext) -> str:
    """Return the text without the addresses that it shows after the words of a mailto link."""
    text = letter.rendered.text
    for link in letter.page.links:
        if link.href.startswith("mailto:"):
            text = text.replace(f"({link.href.removeprefix('mailto:')})", " ")
    return text


def _find_missing_links(letter: LetterContext) -> Findings:
    text = unquote(letter.rendered.text)
    first = {link.href: link for link in reversed(letter.page.links)}
    for href in dict.fromkeys(link.href for link in letter.page.links):
        if href.startswith(("http:", "https:")) and unquote(href) not in text:
            message, fix = f"the link {href[:80]} is not in the text", "show it in the text template too"
            yield text_parity.found(message, fix, at=first[href].tag, source=letter.find_place(href))
    shown = "\n".join([unquote(letter.page.visible), *map(unquote, first)])
    for address in dict.fromkeys(found.rstrip(".,;:)]") for found in find_addresses(text)):
        if address not in shown:
            message = f"the address {address[:80]} is in the text and not in the HTML"
            yield text_parity.found(message, "link to it in the HTML too", where="text", severity="warning")


def _report_sentences(letter: LetterContext, lacks: list[str], where: str, what: str, fix: str) -> Findings:
    for sentence in lacks[:SHOWN]:
        message, place = f"“{one_line(sentence)[:70]}” {what}", letter.find_place(sentence)
        yield text_parity.found(message, fix, where=where, source=place, severity="warning")
    if len(lacks) > SHOWN:
        message = f"the same is true of {len(lacks) - SHOWN} more sentences, each of which {what}"
        yield text_parity.found(message, fix, where=where, severity="warning")


def _list_sentences(words: str, apart: str | re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """List sentences as they are written and flattened, without those that have no words."""
    for block in re.split(apart, without_addresses(words)):
        for sentence in _SENTENCE.split(block):
            flat = flatten(sentence)
            if flat.strip():
                yield sentence, flat


def _unmark(text: str) -> str:
    """Take out the markers of items and quotations."""
    return _MARKER.sub("\n", text)
