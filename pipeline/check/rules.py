"""The rules of a rendered letter: one small function each, over what `letter.read_page` found. Pure.

What can be wrong in the editor's words is `content check`'s; here is what only shows in the finished mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from pipeline.check.letter import Finding, Findings, Letter, one_line
from pipeline.check.markup import (
    headings,
    images,
    language,
    links,
    mso_balance,
    no_active,
    no_remote_fonts,
    title,
)
from pipeline.content.model import Severity
from pipeline.render.model import Slot
from pipeline.render.slots import TOKEN

HTML_WARNING_BYTES = 80_000
HTML_LIMIT_BYTES = 100_000
CSS_LIMIT_BYTES = 16_384
SUBJECT_LENGTH = (1, 78)
PREHEADER_LENGTH = (40, 130)
TEXT_COLUMNS = 78

RULES: Mapping[str, str] = {
    "html-size": "Gmail cuts a letter off at 102 KB, and the way to unsubscribe goes first",
    "css-size": "Gmail drops all styles when there are more than 16 KB of them",
    "template-residue": "readers must not see a template's own marks",
    "unsubscribe-link": "the law and every mailbox provider want it in both parts",
    "postal-address": "CAN-SPAM and most national laws want it in every letter",
    "links": "a link must lead somewhere a reader can go, and say where",
    "text-parity": "who reads the plain text must miss nothing",
    "text-lines": "old mail programs do not wrap plain text",
    "subject": "more is cut off in every inbox, and a line break splits the header",
    "preheader": "it stands beside the subject in the inbox and should add to it",
    "language": "screen readers choose voice and direction by it",
    "headings": "screen readers jump from heading to heading",
    "images": "images are off for many readers, and remote ones tell on them",
    "no-active": "mail programs remove it or distrust the sender for it",
    "no-remote-fonts": "a remote font tells its host who reads the letter",
    "mso-balance": "an unbalanced comment hides the rest of the letter in Outlook",
    "title": "it names the tab of the web copy and is read aloud first",
}
"""Why each rule exists, by its id."""


_LEFT_IN_ATTRIBUTE = re.compile(r"\{\{|\{%|\{#|\*\||%%\w+%%|\[\[")
_LEFT_IN_PROSE = re.compile(r"\{%|\*\|[A-Z0-9_:]+\|\*|%%\w+%%|</?mj-[a-z]+|lorem ipsum", re.IGNORECASE)
_LEFT_ALONE = frozenset({"None", "undefined", "NaN"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028-\u202e\u2066-\u2069]")


def html_size(letter: Letter) -> Findings:
    """Measure the HTML with every slot filled as long as values get."""
    size = letter.rendered.html_bytes
    for token in TOKEN.findall(letter.rendered.html):
        slot = letter.rendered.slots.get(token)
        if slot:
            size += letter.allowance.get(slot, 0) - len(token)
    if size > HTML_WARNING_BYTES:
        severity: Severity = "error" if size > HTML_LIMIT_BYTES else "warning"
        message = (
            f"the HTML may be {size:,} bytes with a reader's values in; the limit is {HTML_LIMIT_BYTES:,}"
        )
        yield Finding("html-size", severity, "html", message, "shorten the longest section")


def css_size(letter: Letter) -> Findings:
    """Measure all style sheets together."""
    styles = re.findall(r"<style\b[^>]*>(.*?)</style", letter.rendered.html, re.DOTALL | re.IGNORECASE)
    size = sum(len(style.encode()) for style in styles)
    if size > CSS_LIMIT_BYTES:
        message = f"the style sheets have {size:,} bytes; the limit is {CSS_LIMIT_BYTES:,}"
        yield Finding("css-size", "error", "html", message, "remove rules the letter does not use")


def template_residue(letter: Letter) -> Findings:
    """Look for marks only where a template, not an author, can have left them.

    A letter about prompts says `{{name}}`, None and undefined rightly, be it as a list's item or in bold. So
    braces count in attributes only, unless subject or preheader say the same, and None and its like only as
    the whole of an attribute (the loader of templates refuses to print one); in prose outside of code only
    statements, foreign merge tags, MJML tags and filler text count.
    """
    fix = "look at the template where this stands"
    for where, message in (*_left_in_attributes(letter), *_left_in_text(letter), *_unknown_slots(letter)):
        yield Finding("template-residue", "error", where, message, fix)


def _left_in_attributes(letter: Letter) -> Iterator[tuple[str, str]]:
    said = letter.rendered.subject + letter.rendered.preheader
    for tag in letter.page.tags:
        for name, value in tag.attributes.items():
            marks = [mark for mark in _LEFT_IN_ATTRIBUTE.findall(value) if mark not in said]
            if marks or value in _LEFT_ALONE:
                yield f"html:{tag.line}", f'{name}="{value[:40]}" of <{tag.name}> was never filled'


def _left_in_text(letter: Letter) -> Iterator[tuple[str, str]]:
    for mark in dict.fromkeys(_LEFT_IN_PROSE.findall(letter.page.prose)):
        yield "html", f"`{mark}` stands in the text outside of code"


def _unknown_slots(letter: Letter) -> Iterator[tuple[str, str]]:
    for where, part in (("html", letter.rendered.html), ("text", letter.rendered.text)):
        for token in dict.fromkeys(TOKEN.findall(part)):
            if token not in letter.rendered.slots:
                yield where, f"`{token}` is a slot nobody fills"


def unsubscribe_link(letter: Letter) -> Findings:
    """Want the slot as a link that shows words in HTML, and in the text."""
    token = letter.tokens.get(Slot.UNSUBSCRIBE_URL, "")
    linked = any(link.tag.attributes["href"] == token and link.words.strip() for link in letter.page.links)
    fix = "write {{ unsubscribe_url }} into the template, in HTML as the href of a link with words"
    if not token or not linked:
        yield Finding("unsubscribe-link", "error", "html", "there is no link to unsubscribe", fix)
    if not token or token not in letter.rendered.text:
        yield Finding("unsubscribe-link", "error", "text", "there is no address to unsubscribe", fix)


def postal_address(letter: Letter) -> Findings:
    """Want the whole address in both parts."""
    address = one_line(letter.letterhead.postal_address)
    fix = "set newsletter.postal_address and write {{ letterhead.postal_address }} into the template"
    for where, part in (("html", letter.page.visible), ("text", letter.rendered.text)):
        if not address or address not in one_line(part):
            yield Finding("postal-address", "error", where, "the postal address is missing", fix)


def text_parity(letter: Letter) -> Findings:
    """Want every http address and every heading of the HTML in the text."""
    text = unquote(letter.rendered.text)
    missing = dict.fromkeys(
        href
        for link in letter.page.links
        if (href := link.tag.attributes["href"]).startswith(("http:", "https:")) and unquote(href) not in text
    )
    fix = "show it in the text template too"
    for href in missing:
        yield Finding("text-parity", "error", "text", f"the link {href[:80]} is not in the text", fix)
    flat = one_line(text).casefold()
    for heading in letter.page.headings:
        words = one_line(heading.words).rpartition(": ")[2].casefold()
        if words and words not in flat:
            yield Finding("text-parity", "warning", "text", f"the heading `{words}` is not in the text", fix)


def text_lines(letter: Letter) -> Findings:
    """Want lines that fit; addresses cannot be parted, and indented code must not be."""
    for number, line in enumerate(letter.rendered.text.split("\n"), start=1):
        if len(line) > TEXT_COLUMNS and "://" not in line and not line.startswith("    "):
            message = f"the line has {len(line)} letters; {TEXT_COLUMNS} fit"
            yield Finding(
                "text-lines", "warning", f"text:{number}", message, "wrap it in the template: |wrap"
            )


def subject(letter: Letter) -> Findings:
    """Judge the subject as an inbox shows it."""
    words = letter.rendered.subject
    least, most = SUBJECT_LENGTH
    fix = "write another subject into the week's file"
    if not least <= len(words.strip()) <= most:
        yield Finding(
            "subject", "error", "subject", f"it has {len(words.strip())} letters; {least} to {most} fit", fix
        )
    if _CONTROL.search(words):
        yield Finding(
            "subject", "error", "subject", "it holds a line break or an invisible control letter", fix
        )
    if re.match(r"\s*(?:re|fw|fwd)\s*:", words, re.IGNORECASE):
        yield Finding("subject", "error", "subject", "it pretends to be an answer", fix)


def preheader(letter: Letter) -> Findings:
    """Judge the words beside the subject."""
    words = letter.rendered.preheader
    least, most = PREHEADER_LENGTH
    fix = "write another preheader into the week's file"
    if not least <= len(words) <= most:
        message = f"it has {len(words)} letters; {least} to {most} show well"
        yield Finding("preheader", "warning", "preheader", message, fix)
    if words.strip() and words.strip().casefold() == letter.rendered.subject.strip().casefold():
        yield Finding("preheader", "error", "preheader", "it repeats the subject", fix)
    if _CONTROL.search(words):
        yield Finding("preheader", "error", "preheader", "it holds a line break or an invisible letter", fix)


ALL: tuple[Callable[[Letter], Findings], ...] = (
    html_size,
    css_size,
    template_residue,
    unsubscribe_link,
    postal_address,
    links,
    text_parity,
    text_lines,
    subject,
    preheader,
    language,
    headings,
    images,
    no_active,
    no_remote_fonts,
    mso_balance,
    title,
)
"""Every rule, in the order in which findings are shown."""
