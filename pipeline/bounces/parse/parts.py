"""A mail taken apart: headers and decoded parts, within limits that no mail can exceed. Pure.

The standard library reads what `message/…` parts hold as further messages, and so cannot decode those that
are in base64; here each is a part with bytes.
"""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import Header, decode_header, make_header
from email.message import Message

MAX_BYTES = 2 * 1024 * 1024
"""What is read of a mail: a bounce with a whole letter has under 200 KB, and begins with its reasons."""
MAX_LINES = 50_000
"""A whole letter of 200 KB has under 3,000 lines of 76 characters, as MIME folds them (RFC 2045, 6.7)."""
MAX_BOUNDARIES = 50
"""Each boundary is compared with each line: the two limits bound the time. A real report has one to five."""
MAX_PARTS = 100
"""Twenty times the parts of a report with text, HTML, pictures, status and letter."""
MAX_PART_BYTES = 256 * 1024
"""The whole letter that a bounce returns is its largest part, under 200 KB with its encoding."""
HEADER_CHARS = 998
"""What is decoded of a header: a line has at most so many characters (RFC 5322, 2.1.1)."""


class UnreadableMail(ValueError):
    """A mail that cannot be taken apart, with the reason."""


class _FlatMessage(Message):
    """A message whose `message/…` parts are not parsed further: they are called `returned/…`."""

    def get_content_type(self) -> str:
        kind = super().get_content_type()
        return f"returned/{kind[8:]}" if kind.startswith("message/") else kind


@dataclass(frozen=True, slots=True)
class MailPart:
    """One part that is not a container: its content type in lower case and what it holds, decoded."""

    kind: str
    content: bytes
    charset: str

    @property
    def text(self) -> str:
        """The content as text; what cannot be decoded is replaced."""
        try:
            return self.content.decode(self.charset or "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail taken apart."""

    headers: tuple[tuple[str, str], ...]
    """Names in lower case, values in one line."""
    parts: tuple[MailPart, ...]
    kind: str
    """The content type of the whole."""

    def values(self, *names: str) -> list[str]:
        """Return the values of all headers with these names, which are in lower case."""
        return [value for name, value in self.headers if name in names]

    def value(self, name: str) -> str:
        """Return the first value of a header; empty if it is not there."""
        return next(iter(self.values(name)), "")

    def text(self, name: str) -> str:
        """Return the first value of a header with its encoded words decoded (RFC 2047)."""
        value = self.value(name)[:HEADER_CHARS]
        try:
            return str(make_header(decode_header(value)))
        except (ValueError, LookupError, MessageError):
            return value


def open_mail(raw: bytes) -> OpenedMail:
    """Take a mail apart; raises UnreadableMail for what no mail server makes."""
    raw = raw[:MAX_BYTES]
    if raw.count(b"\n") > MAX_LINES or raw.lower().count(b"boundary") > MAX_BOUNDARIES:
        raise UnreadableMail("it has too many lines or parts")
    try:
        message = email.message_from_bytes(raw, _class=_FlatMessage)
        headers = tuple((name.lower(), _one_line(value)) for name, value in message.raw_items())
        return OpenedMail(headers, tuple(_leaves(message)), message.get_content_type())
    except Exception as error:  # the library has no list of what hostile mail makes it raise
        raise UnreadableMail("it cannot be taken apart") from error


def read_fields(text: str) -> dict[str, str]:
    """Read `Name: value` lines up to the first blank one, with their folded lines; names in lower case."""
    fields: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if not line.strip():
            if fields:
                break
        elif line[0] in " \t" and name:
            fields[name] += f" {line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            # Of a repeated name the first counts; its folded lines go nowhere.
            name = name if name not in fields else f"{name} (again)"
            fields[name] = value.strip()
    return fields


def _leaves(message: Message) -> Iterator[MailPart]:
    found = 0
    for part in message.walk():
        if part.is_multipart():
            continue
        found += 1
        if found > MAX_PARTS:
            raise UnreadableMail("it has too many parts")
        content = part.get_payload(decode=True)
        charset = part.get_content_charset() or ""
        yield MailPart(
            part.get_content_type(), content[:MAX_PART_BYTES] if isinstance(content, bytes) else b"", charset
        )


def _one_line(value: str | Header) -> str:
    return " ".join(str(value).split())
