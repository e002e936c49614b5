"""Reads a filled message with the standard library's parser and compares it with a naive filling.

Slow and independent on purpose: it runs once per compiled message and guards all of its copies.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import lru_cache
from html.parser import HTMLParser

from pipeline.deliver.mime.message import MESSAGE_ID, REF, TO, Message
from pipeline.errors import PipelineError
from pipeline.model.issue import Letterhead
from pipeline.model.rendered import PersonalSlot, Rendered

_LONGEST_HEADER_LINE = 998
"""RFC 5322, 2.1.1."""
_LONGEST_BODY_LINE = 76
"""RFC 2045, 6.7: the longest line of quoted-printable."""
_AWKWARD_NAMES = (
    'Zoë "Q" O\'Neil & <b>Söhne</b> =E2=82 .',
    '."' + "李雷 नमस्ते From مرحبا 👩‍👩‍👧 &amp; " * 3 + "…",
)


class CompileError(PipelineError):
    """A letter cannot become a message that every mail program reads as it was rendered."""


def sample_values(slots: Collection[str], letterhead: Letterhead) -> tuple[dict[str, str], ...]:
    """Return the values of two made-up readers whose names need every kind of escaping."""
    readers = []
    for number, name in enumerate(_AWKWARD_NAMES):
        values = {slot: f"{letterhead.base_url}/{slot}/{'aZ09_-' * 5}?a={number}&lt=1" for slot in slots}
        ref = f"{number:016x}"
        values |= {TO: f"o'neil+{number}@example.com", REF: ref, MESSAGE_ID: f"{ref}@{letterhead.host}"}
        readers.append(values | {PersonalSlot.NAME.value: name})
    return tuple(readers)


def verify(
    message: Message,
    rendered: Rendered,
    letterhead: Letterhead,
    values: Mapping[str, str],
    *,
    at: datetime,
    readers_phrase: str,
    text_only: bool = False,
) -> None:
    """Check that one filled copy arrives as it was rendered, header by header and part by part.

    A `text_only` one has the text part, and no other.

    Raises:
        CompileError: it does not; the message names the first difference.
    """
    try:
        raw = message.fill(values)
    except ValueError as error:
        raise CompileError(f"the letter cannot be filled: {error}") from error
    _check_wire(raw)
    parsed = message_from_bytes(raw, policy=policy.default)
    _check_head(parsed, rendered, letterhead, values, at)
    late = {token: _value(slot, values, readers_phrase) for token, slot in rendered.slots.items()}
    text = _read_part(parsed, "plain")
    if text_only:
        _same("the kind of the message", parsed.get_content_type(), "text/plain")
        expected = _replace(_lines(rendered.text).removesuffix("\n"), late)
        _same("the text part", text.removesuffix("\n"), expected)
        return
    markup = _read_part(parsed, "html")
    _same("the text part", text, _replace(_lines(rendered.text), late))
    escaped = {token: html.escape(value) for token, value in late.items()}
    _same("the HTML part", _bare_quotes(markup), _bare_quotes(_replace(_lines(rendered.html), escaped)))
    structure = [[_replace(word, late) for word in event] for event in _read_rendered(rendered.html)]
    _same("the structure of the HTML part", _read_html(markup), structure)


def _check_wire(raw: bytes) -> None:
    head, _, body = raw.partition(b"\r\n\r\n")
    head_lines, body_lines = head.split(b"\r\n"), body.split(b"\r\n")
    faults = {
        "is not 7-bit": not raw.isascii() or b"\0" in raw,
        "has line ends other than CRLF": not raw.endswith(b"\r\n")
        or re.search(rb"[\r\n]", raw.replace(b"\r\n", b"")),
        "has a header line over 998 bytes": max(map(len, head_lines)) > _LONGEST_HEADER_LINE,
        "has a body line over 76 bytes": max(map(len, body_lines)) > _LONGEST_BODY_LINE,
        "has a line that the way would change": any(
            line.startswith((b".", b"From ")) or line.endswith((b" ", b"\t"))
            for line in head_lines + body_lines
        ),
    }
    for fault, found in faults.items():
        if found:
            raise CompileError(f"the compiled message {fault}")


def _check_head(
    parsed: EmailMessage,
    rendered: Rendered,
    letterhead: Letterhead,
    values: Mapping[str, str],
    at: datetime,
) -> None:
    names = [name.lower() for name in parsed.keys()]  # noqa: SIM118 - a repeated header is a repeated key
    _same("the headers' names", len(names), len(set(names)))
    _same("Subject", str(parsed["Subject"]), rendered.subject)
    (sender,) = parsed["From"].addresses
    # Blanks aside: before Python 3.13 the parser shows one between two encoded words of a name.
    _same("From", "".join(sender.display_name.split()), "".join(letterhead.from_name.split()))
    _same("From", sender.addr_spec, letterhead.from_email)
    _same("To", [recipient.addr_spec for recipient in parsed["To"].addresses], [values[TO]])
    _same("Date", parsed["Date"].datetime, at.replace(microsecond=0))
    _same("Message-ID", str(parsed["Message-ID"]), f"<{values[MESSAGE_ID]}>")
    if "List-Id" in parsed:
        _same(
            "List-Unsubscribe", str(parsed["List-Unsubscribe"]), f"<{values[PersonalSlot.UNSUBSCRIBE_URL]}>"
        )
    defects = [defect for part in parsed.walk() for defect in part.defects]
    defects += [defect for value in parsed.values() for defect in value.defects]
    _same("the parser's list of defects", defects, [])


def _read_part(parsed: EmailMessage, subtype: str) -> str:
    part = parsed.get_body((subtype,))
    if part is None:
        raise CompileError(f"the compiled message has no {subtype} part")
    return _lines(part.get_content())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _value(slot: PersonalSlot, values: Mapping[str, str], readers_phrase: str) -> str:
    return readers_phrase if slot is PersonalSlot.READERS else values[slot]


def _replace(text: str, late: Mapping[str, str]) -> str:
    for token, value in late.items():
        text = text.replace(token, value)
    return text


def _bare_quotes(markup: str) -> str:
    # Between tags a quote may stay as it is, in an attribute it may not: the structure shows the difference.
    return markup.replace("&quot;", '"').replace("&#x27;", "'")


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise CompileError(f"{what} would not arrive as rendered")


@lru_cache(maxsize=1)
def _read_rendered(markup: str) -> list[list[str]]:
    """Read the page that every sample reader's copy is compared with, and that is compiled more than once."""
    return _read_html(_lines(markup))


def _read_html(markup: str) -> list[list[str]]:
    reader = _Events()
    try:
        reader.feed(markup)
        reader.close()
    except AssertionError as error:
        raise CompileError(f"the HTML part cannot be read: {error}") from error
    return reader.events


class _Events(HTMLParser):
    """What a browser would make of a page, as a flat list."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events.append(["<", tag, *(word or "" for pair in attrs for word in pair)])

    def handle_endtag(self, tag: str) -> None:
        self.events.append(["</", tag])

    def handle_comment(self, data: str) -> None:
        self.events.append(["!", data])

    def handle_data(self, data: str) -> None:
        if self.events and self.events[-1][0] == "":
            self.events[-1][1] += data
        else:
            self.events.append(["", data])
