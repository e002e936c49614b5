"""Rules of the plain text: that it is there, fits, and says what the HTML says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from pipeline.check.context import CheckedLetter, at
from pipeline.check.page import one_line
from pipeline.check.registry import Findings, rule
from pipeline.check.source_location import find_addresses, flatten, without_addresses
from pipeline.model.problem import Problem
from pipeline.render.slots import URL_SLOTS

TEXT_COLUMNS = 78
LEAST_SHARE = 0.6
LEAST_DENSE_BYTES = 12
"""Twelve letters of an alphabet, or four of a script of words, hardly ever follow each other by chance."""
SHOWN = 5
"""So many sentences that one part lacks are named; whoever mends them sees the rest."""

_TAG = re.compile(
    r"</?(?:a|b|body|br|div|em|h[1-6]|html|i|img|li|ol|p|pre|span|strong|style|table|td|tr|ul)\b[^<>]*>"
)
_MARKER = re.compile(r"^[ \t]*(?:\d+[.)]|[-*•>])[ \t]+", re.MULTILINE)
_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:\d+[.)]|[-*•>])[ \t])")
_RULER = re.compile(r"^[ \t]*([=~_*#-])\1{2,}[ \t]*$", re.MULTILINE)
"""A line that only parts or underlines."""
_SENTENCE = re.compile(r"(?<=[.!?…:])[\"”’)*_]*\s+")


@rule("text-part", "error", why="Who reads plain text, or hears it, must get a letter too.", stands=True)
def text_part(letter: CheckedLetter) -> Findings:
    """Want a text that is there, says about as much, and is no HTML."""
    text = letter.rendered.text
    there, wanted = len(without_addresses(text).split()), len(letter.page.visible.split())
    if there < LEAST_SHARE * wanted:
        message = f"the text has {there} words and the HTML {wanted}"
        yield text_part.found(message, "say in the text template what the HTML says", where="text")
    for number, line in enumerate(text.split("\n"), start=1):
        for tag in () if line.startswith("    ") else _TAG.findall(line):
            if tag not in letter.page.visible:
                message = f"`{tag[:40]}` is HTML"
                fix = "use the filter `text` for Markdown, and no tags in the text template"
                yield text_part.found(message, fix, where=f"text:{number}")


@rule("text-lines", "warning", why="Old mail programs do not wrap plain text.")
def text_lines(letter: CheckedLetter) -> Findings:
    """Want lines that fit; one long word or address cannot be parted, and indented code must not be."""
    for number, line in enumerate(letter.rendered.text.split("\n"), start=1):
        is_whole = "://" in line or " " not in line.strip() or line.startswith("    ")
        if len(line) > TEXT_COLUMNS and not is_whole:
            message = f"the line has {len(line)} letters; {TEXT_COLUMNS} fit"
            fix = "wrap it in the template: |wrap"
            yield text_lines.found(message, fix, where=f"text:{number}")


@rule("text-parity", "error", why="HTML and text are one letter; who reads one must miss nothing.")
def text_parity(letter: CheckedLetter) -> Findings:
    """Want every address, heading and sentence of one part in the other, whatever its form."""
    yield from _missing_links(letter)
    text_said, html_said = (
        _without_slots(letter, part)
        for part in (_without_mail_addresses(letter, letter.rendered.text), letter.page.visible)
    )
    text, html = _Said(text_said), _Said(html_said)
    fix = "show it in the text template too"
    missing_headings: set[str] = set()
    for heading in letter.page.headings:
        words = one_line(heading.words).rpartition(": ")[2]
        if words not in text:
            missing_headings.add(flatten(words))
            message = f"the heading `{words}` is not in the text"
            where, selector = at(heading.tag)
            yield text_parity.found(message, fix, where=where, selector=selector, severity="warning")
    lacks = [said for said in _list_sentences(_unmark(html_said), r"\n+") if said not in text]
    lacks = [said for said in lacks if flatten(said) not in missing_headings]
    yield from _name_sentences(letter, lacks, "html", "is in the HTML and not in the text", fix)
    lacks = [
        said for said in _list_sentences(_unmark(_RULER.sub("\n", text_said)), _BLOCK) if said not in html
    ]
    fix = "show it in the HTML too"
    yield from _name_sentences(letter, lacks, "text", "is in the text and not in the HTML", fix)


class _Said:
    """What a part says, to look for words in.

    With markers of items and without: a line of prose may begin with a number and a full stop too.
    With blanks and without: where a language has none, lines are wrapped inside of a sentence.
    """

    def __init__(self, part: str) -> None:
        self._spaced = flatten(part) + flatten(_unmark(part))
        self._dense = self._spaced.replace(" ", "")

    def __contains__(self, said: str) -> bool:
        flat = flatten(said)
        dense = flat.replace(" ", "")
        return flat in self._spaced or (len(dense.encode()) >= LEAST_DENSE_BYTES and dense in self._dense)


def _without_slots(letter: CheckedLetter, part: str) -> str:
    """Take out the slots: of an address one part shows it, the other has it behind words.

    What stands on both sides of another one are two sentences; its words are nobody's yet.
    """
    for slot, token in letter.tokens.items():
        part = part.replace(token, " " if slot in URL_SLOTS else "\n\n")
    return part


def _without_mail_addresses(letter: CheckedLetter, text: str) -> str:
    """Take out what the text shows behind the words of a link to a mail address, as it must."""
    for link in letter.page.links:
        href = link.tag.attributes["href"]
        if href.startswith("mailto:"):
            text = text.replace(f"({href.removeprefix('mailto:')})", " ")
    return text


def _missing_links(letter: CheckedLetter) -> Findings:
    text, fix = unquote(letter.rendered.text), "show it in the text template too"
    linked = {unquote(link.tag.attributes["href"]) for link in letter.page.links}
    met: set[str] = set()
    for link in letter.page.links:
        href = link.tag.attributes["href"]
        if href.startswith(("http:", "https:")) and unquote(href) not in text and href not in met:
            met.add(href)
            where, selector = at(link.tag)
            message = f"the link {href[:80]} is not in the text"
            yield text_parity.found(
                message, fix, where=where, selector=selector, source=letter.find_place(href)
            )
    shown = "\n".join([unquote(letter.page.visible), *linked])
    for address in dict.fromkeys(found.rstrip(".,;:)]") for found in find_addresses(text)):
        if address not in shown:
            message = f"the address {address[:80]} is in the text and not in the HTML"
            yield text_parity.found(message, "link to it in the HTML too", where="text", severity="warning")


def _name_sentences(
    letter: CheckedLetter, lacks: list[str], where: str, what: str, fix: str
) -> Iterator[Problem]:
    for said in lacks[:SHOWN]:
        message = f"“{one_line(said)[:70]}” {what}"
        yield text_parity.found(message, fix, where=where, source=letter.find_place(said), severity="warning")
    if len(lacks) > SHOWN:
        message = f"{len(lacks) - SHOWN} more sentences: the like {what}"
        yield text_parity.found(message, fix, where=where, severity="warning")


def _list_sentences(words: str, apart: str | re.Pattern[str]) -> Iterator[str]:
    for block in re.split(apart, without_addresses(words)):
        for sentence in _SENTENCE.split(block):
            if flatten(sentence).strip():
                yield sentence


def _unmark(text: str) -> str:
    """Take out what only sets off: markers of items and quotations."""
    return _MARKER.sub("\n", text)
