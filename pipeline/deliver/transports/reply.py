"""Replies of an SMTP server: parsed from bytes, their text without addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache

from pipeline.deliver.transports.masking import mask

MAX_LINE_BYTES = 8 * 1024
"""A longer reply line is not SMTP (RFC 5321, 4.5.3.1.5 asks for 512)."""
_SHORT = 128
"""Longer than nearly all replies of one line, which are read at once and remembered."""

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])([\t\x20-\x7e\x80-\xff]*))?\r?\n")
_REFUSAL = re.compile(rb"([45][0-9][0-9])(?:([ -])([^\n]*?))?\r?\n")
"""Some servers repeat what a filter, a log or another server said, with its control characters."""
_WORDS = rb"(?: [\t\x20-\x7e\x80-\xff]{0,500})?\r?\n"
MAY_SEND = re.compile(rb"(?:2[0-9][0-9]" + _WORDS + rb"){2}354" + _WORDS)
"""The answers to MAIL, RCPT and DATA of nearly every letter, as they come together."""
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=\s|$)")


class WireError(Exception):
    """The connection cannot be used any more, and the last command has no well-formed reply."""


class MalformedError(WireError):
    """The bytes are not an SMTP reply, or came without a request."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One complete reply; `lines` are without code and line end."""

    code: int
    lines: tuple[str, ...]
    secrets: Callable[[], Collection[str]] = field(default=tuple, repr=False, compare=False)
    """What the text must not show besides addresses; asked for when it is shown."""

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 2034) such as `5.1.1`, or nothing."""
        found = _ENHANCED.match(self.lines[0])
        return found[0] if found else ""

    @property
    def text(self) -> str:
        """All the words, an enhanced code once and not in every line: not to be shown or stored."""
        first, *others = self.lines
        return " ".join((first, *(line.removeprefix(self.enhanced) for line in others)))

    @property
    def detail(self) -> str:
        """The text in at most 200 printable characters, with addresses and secrets masked."""
        return mask(self.text, self.secrets())


def take_reply(buffer: bytearray) -> Reply | None:
    """Take one complete reply off the front of `buffer`; None while more must come.

    A line may end in a bare LF, as every common client allows.

    Raises:
        MalformedError: no code, codes that differ, too long a line, or a control character in an acceptance.
    """
    end = buffer.find(b"\n") + 1
    if 0 < end <= _SHORT and buffer[3:4] != b"-":
        reply = _read_line(bytes(buffer[:end]))
        del buffer[:end]
        return reply
    lines: list[str] = []
    code, start = b"", 0
    while (end := buffer.find(b"\n", start) + 1) > 0:
        found = _LINE.fullmatch(buffer, start, end) or _REFUSAL.fullmatch(buffer, start, end)
        if found is None or end - start > MAX_LINE_BYTES or (lines and found[1] != code):
            raise MalformedError("the answer is not SMTP")
        code = bytes(found[1])
        lines.append((found[3] or b"").decode("utf-8", "replace"))
        if found[2] != b"-":
            del buffer[:end]
            return Reply(int(code), tuple(lines))
        start = end
    if len(buffer) - start > MAX_LINE_BYTES:
        raise MalformedError("the answer has a line without an end")
    return None


@lru_cache(maxsize=64)
def _read_line(line: bytes) -> Reply:
    """Read a reply of one line: most are, and of most letters they are the same."""
    found = _LINE.fullmatch(line) or _REFUSAL.fullmatch(line)
    if found is None:
        raise MalformedError("the answer is not SMTP")
    return Reply(int(found[1]), ((found[3] or b"").decode("utf-8", "replace"),))
