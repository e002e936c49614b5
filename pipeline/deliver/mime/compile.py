"""Compiles a rendered letter into the message that is frozen: everything encoded, only readers' values open.

The result is parsed back and compared before anybody can send it.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from pipeline.deliver.mime import headers
from pipeline.deliver.mime.message import (
    MESSAGE_ID,
    REF,
    TO,
    Context,
    Hole,
    Message,
    Segment,
    escape_for,
    message_from_json,
    message_to_json,
)
from pipeline.deliver.mime.quoted_printable import encode_text
from pipeline.deliver.mime.verify import CompileError, sample_values, verify
from pipeline.model.delivery import ReferenceHeader
from pipeline.model.issue import Letterhead
from pipeline.model.rendered import PersonalSlot, Rendered

__all__ = [
    "CompileError",
    "Message",
    "compile_letter",
    "compile_notice",
    "message_from_json",
    "message_to_json",
    "verify",
]

_MARKUP = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))"
    r"|(?P<raw><(?P<element>style|script|xmp|iframe|noembed|noframes|noscript|plaintext)\b"
    r".*?(?:</(?P=element)\s*>|\Z))"
    r"|(?P<declaration><[!?][^>]*(?:>|\Z))"
    r"|(?P<tag></?[a-z](?:[^>\"']|\"[^\"]*\"|'[^']*')*>)"
    r"|(?P<broken></?[a-z].*)",
    re.DOTALL | re.IGNORECASE,
)
"""What is not text in HTML, from left to right."""
_ATTRIBUTE = re.compile(r"(?P<name>[^\s\"'=<>/]+)(?:\s*=\s*(?:\"(?P<quoted>[^\"]*)\"|'[^']*'|[^\s\"'>]+))?")
_CODE_ATTRIBUTE = re.compile(r"on.*|style|srcdoc", re.IGNORECASE)
_LAST_LINE_END = re.compile(r"(?:\r\n|\r|\n)\Z")
_LINK_ATTRIBUTE = re.compile(r"(?:.*:)?href|src|srcset|(?:form)?action|background|cite|poster", re.IGNORECASE)

_REF = Hole(REF, Context.HEADER)

About = Callable[[Rendered, Letterhead], Iterator[Segment]]
"""Writes the headers that tell a letter from a notice."""
FindContext = Callable[[int, PersonalSlot], Context]
"""Returns the context of the token of a slot at a place."""


def compile_letter(
    rendered: Rendered,
    letterhead: Letterhead,
    *,
    frozen_at: datetime,
    readers_phrase: str,
    text_only: bool = False,
    reference_headers: Sequence[ReferenceHeader] = (),
) -> Message:
    """Compile the weekly letter, with everything that the mail of a list must say of itself.

    The same arguments give the same bytes. `frozen_at` becomes Date; `readers_phrase` fills the count.
    A `text_only` message is the text part alone, below the same headers. `reference_headers` are added for
    providers that replace the Message-ID.

    Raises:
        CompileError: a token stands where no value is safe, a header is impossible, or the result
            does not parse back to what was rendered.
    """

    def about(rendered: Rendered, letterhead: Letterhead) -> Iterator[Segment]:
        yield from _about_list(rendered, letterhead)
        for header in reference_headers:
            yield from (f"{header.name}: {header.before}{rendered.week}.".encode("ascii"), _REF)
            yield f"{header.after}\r\n".encode("ascii")

    return _compile(rendered, letterhead, frozen_at, readers_phrase, about, text_only=text_only)


def compile_notice(
    rendered: Rendered, letterhead: Letterhead, *, sent_at: datetime, readers_phrase: str = ""
) -> Message:
    """Compile a mail that answers what somebody did, such as a confirmation: automatic, not of a list.

    Raises:
        CompileError: as for `compile_letter`.
    """
    return _compile(rendered, letterhead, sent_at, readers_phrase, _about_notice)


def _about_list(rendered: Rendered, letterhead: Letterhead) -> Iterator[Segment]:
    if PersonalSlot.CONFIRM_URL in rendered.slots.values():
        raise ValueError("confirm_url: an issue goes to readers who have confirmed already")
    yield headers.fold_named("List-Id", letterhead.name, letterhead.list_id)
    # No mailto next to it: nothing here reads such a mailbox, and RFC 8058 asks for the https one only.
    yield from (b"List-Unsubscribe: <", Hole(PersonalSlot.UNSUBSCRIBE_URL, Context.HEADER), b">\r\n")
    yield headers.write_verbatim("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    label = letterhead.list_id.partition(".")[0]
    yield headers.write_verbatim("Feedback-ID", f"{rendered.week}:weekly:{label}:{letterhead.host}")


def _about_notice(_rendered: Rendered, _letterhead: Letterhead) -> Iterator[Segment]:
    yield headers.write_verbatim("Auto-Submitted", "auto-generated")


def _compile(
    rendered: Rendered,
    letterhead: Letterhead,
    at: datetime,
    readers_phrase: str,
    about: About,
    *,
    text_only: bool = False,
) -> Message:
    try:
        write_body = _write_text if text_only else _write_both
        head = _write_head(rendered, letterhead, at, about)
        message = Message((*head, *write_body(rendered, readers_phrase)))
    except ValueError as error:
        raise CompileError(f"the letter cannot become a message: {error}") from error
    for values in sample_values(message.slots, letterhead):
        verify(
            message,
            rendered,
            letterhead,
            values,
            at=at,
            readers_phrase=readers_phrase,
            text_only=text_only,
        )
    return message


def _write_head(rendered: Rendered, letterhead: Letterhead, at: datetime, about: About) -> Iterator[Segment]:
    yield headers.fold_named("From", letterhead.from_name, letterhead.from_email)
    yield from (b"To: ", Hole(TO, Context.HEADER), b"\r\n")
    if letterhead.reply_to:
        address = headers.check_address("Reply-To", letterhead.reply_to)
        yield headers.write_verbatim("Reply-To", address)
    if any(token in rendered.subject for token in rendered.slots):
        raise ValueError("Subject: has no room for a reader's value or the count")
    yield headers.fold_text("Subject", rendered.subject)
    yield headers.write_verbatim("Date", headers.format_date(at))
    yield from (b"Message-ID: <", Hole(MESSAGE_ID, Context.HEADER), b">\r\n")
    yield from about(rendered, letterhead)
    # Providers that replace the Message-ID leave this one alone.
    week = f"{rendered.week}." if rendered.week else ""
    yield from (f"X-Newsletter-Ref: {week}".encode("ascii"), _REF, b"\r\n")


def _write_both(rendered: Rendered, readers_phrase: str) -> Iterator[Segment]:
    # `=_` cannot occur in quoted-printable, so no line of a part is ever taken for the boundary.
    boundary = "=_" + hashlib.blake2b(rendered.digest.encode(), digest_size=16).hexdigest()
    yield b"MIME-Version: 1.0\r\n"
    yield f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode("ascii")
    parts = (
        ("plain", rendered.text, _find_plain),
        ("html", rendered.html, _context_finder(rendered.html)),
    )
    for subtype, source, find_context in parts:
        yield f"\r\n--{boundary}\r\n".encode("ascii")
        yield from _write_part_head(subtype)
        yield from _write_part(source, rendered.slots, find_context, readers_phrase)
    yield f"\r\n--{boundary}--\r\n".encode("ascii")


def _write_text(rendered: Rendered, readers_phrase: str) -> Iterator[Segment]:
    yield b"MIME-Version: 1.0\r\n"
    yield from _write_part_head("plain")
    # A message ends with a line's end, whatever its text ends with; not with two, where the text has its own.
    text = _LAST_LINE_END.sub("", rendered.text)
    yield from _write_part(text, rendered.slots, _find_plain, readers_phrase)
    yield b"\r\n"


def _write_part_head(subtype: str) -> Iterator[Segment]:
    yield f'Content-Type: text/{subtype}; charset="utf-8"\r\n'.encode("ascii")
    yield b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"


def _find_plain(_place: int, _slot: PersonalSlot) -> Context:
    return Context.PLAIN


def _write_part(
    source: str, slots: Mapping[str, PersonalSlot], find_context: FindContext, readers_phrase: str
) -> Iterator[Segment]:
    """Encode a part; the readers' count becomes text like any other, the rest of the slots stay open."""
    literal, end = "", 0
    for token in _find_tokens(source, slots):
        slot = slots[token[0]]
        context = find_context(token.start(), slot)
        literal += source[end : token.start()]
        end = token.end()
        if slot is PersonalSlot.READERS:
            literal += escape_for(context, readers_phrase)
            continue
        yield encode_text(literal, before_slot=True)
        yield Hole(slot, context)
        literal = ""
    yield encode_text(literal + source[end:])


def _find_tokens(source: str, slots: Mapping[str, PersonalSlot]) -> Iterator[re.Match[str]]:
    return re.finditer("|".join(map(re.escape, slots)), source) if slots else iter(())


def _context_finder(html: str) -> FindContext:
    spans = list(_MARKUP.finditer(html))
    starts = [span.start() for span in spans]

    def find_context(place: int, slot: PersonalSlot) -> Context:
        span = spans[bisect_right(starts, place) - 1] if starts and starts[0] <= place else None
        if span is None or place >= span.end():
            return Context.MARKUP
        if span.lastgroup != "tag":
            where = (span["element"] or span.lastgroup or "").lower()
            raise ValueError(f"{slot}: a slot cannot stand in a {where} of the HTML")
        _check_attribute(span, place, slot)
        return Context.ATTRIBUTE

    return find_context


def _check_attribute(tag: re.Match[str], place: int, slot: PersonalSlot) -> None:
    inside = (
        attribute["name"]
        for attribute in _ATTRIBUTE.finditer(tag[0])
        if attribute["quoted"] is not None
        and attribute.start("quoted") <= place - tag.start() < attribute.end("quoted")
    )
    name = next(inside, None)
    if name is None:
        raise ValueError(
            f"{slot}: inside a tag, a slot can stand only between the double quotes of an attribute"
        )
    if _CODE_ATTRIBUTE.fullmatch(name):
        raise ValueError(f"{slot}: a slot cannot stand in the attribute {name}, which holds code")
    if _LINK_ATTRIBUTE.fullmatch(name) and not slot.endswith("_url"):
        raise ValueError(f"{slot}: only an address made by this program can stand in the attribute {name}")
