"""Header lines as bytes: text in encoded words, names before an address, and structured values left alone.

The standard library would wrap a long List-Unsubscribe into encoded words, which no mail program
can follow; here a structured value is either written exactly as given or refused.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain, repeat

_ASCII_LINE = 78
"""RFC 5322, 2.1.1: lines should be no longer."""
_ENCODED_LINE = 76
_WORD = 75
"""RFC 2047, 2: the longest line with an encoded word, and the longest encoded word."""
_WORD_FRAME = len("=?utf-8?q??=")
_PRICE_OF_READABLE = 4
"""So many more characters are worth a header that people can read as it is sent."""
_LONGEST_LINE = 998
"""RFC 5322, 2.1.1: lines must be no longer."""
_LONGEST_ADDRESS = 320
"""RFC 5321, 4.5.3.1: 64 before the @ and 255 after it."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ANGLE = re.compile(r"[!-;=?-~]{1,900}")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
# Safe in every place that allows an encoded word (RFC 2047 section 5, rule 3).
_Q_LITERAL = re.compile(r"[A-Za-z0-9!*+/-]")


def fold_text(name: str, value: str) -> bytes:
    """Write an unstructured header such as Subject, CRLF included.

    ASCII stays readable and is folded at spaces to lines of 78; everything else becomes encoded words.

    Raises:
        ValueError: the value contains a control character, a line separator or a lone surrogate.
    """
    _refuse_controls(name, value)
    if not value:
        return _end(f"{name}:")
    head = f"{name}: "
    lines = _fold_at_spaces(head + value, len(head)) if _is_plain(value) else None
    if lines is None:
        words = encode_words(value, _ENCODED_LINE - len(head))
        lines = [head + words[0], *(f" {word}" for word in words[1:])]
    return _end("\r\n".join(lines))


def fold_named(name: str, phrase: str, angle: str) -> bytes:
    """Write `Name: "phrase" <angle>`, the form of From and List-Id, CRLF included.

    A phrase that is not plain ASCII becomes encoded words outside the angle brackets; an empty one vanishes.

    Raises:
        ValueError: either part contains what a header line cannot carry.
    """
    _refuse_controls(name, phrase)
    tail = f"<{check_angle(name, angle)}>"
    if not phrase.strip(" "):
        return _end(f"{name}: {tail}")
    escaped = phrase.replace("\\", "\\\\").replace('"', '\\"')
    lines = [f'{name}: "{escaped}"']
    if not _is_plain(phrase) or len(lines[0]) > _ASCII_LINE:
        words = encode_words(phrase, _ENCODED_LINE - len(name) - 2)
        lines = [f"{name}: {words[0]}", *(f" {word}" for word in words[1:])]
    if len(lines[-1]) + 1 + len(tail) <= _ENCODED_LINE:
        lines[-1] += f" {tail}"
    else:
        lines.append(f" {tail}")
    return _end("\r\n".join(lines))


def write_verbatim(name: str, value: str) -> bytes:
    """Write a structured header exactly as given, CRLF included; folded after `>,` only, if it is long.

    Raises:
        ValueError: it is not printable ASCII, looks like an encoded word, or has a line over 998.
    """
    _refuse_controls(name, value)
    if not value.isascii() or "=?" in value:
        raise ValueError(f"{name}: only plain ASCII can be written without encoding")
    line = f"{name}: {value}"
    if len(line) > _ASCII_LINE:
        line = line.replace(">, <", ">,\r\n <")
    if any(len(part) > _LONGEST_LINE for part in line.split("\r\n")):
        raise ValueError(f"{name}: a line would be longer than {_LONGEST_LINE} bytes")
    return _end(line)


def format_date(at: datetime) -> str:
    """Write an instant as RFC 5322 wants it: in UTC, in English whatever the locale.

    Raises:
        ValueError: the instant is naive.
    """
    if at.tzinfo is None:
        raise ValueError("Date: a naive datetime has no place in time")
    return format_datetime(at.astimezone(UTC))


def check_angle(name: str, value: str) -> str:
    """Return a value that may stand between `<` and `>`: 1 to 900 printable ASCII, no space, no bracket.

    Raises:
        ValueError: it may not; the message does not repeat the value.
    """
    if not _ANGLE.fullmatch(value) or "=?" in value:
        raise ValueError(f"{name}: must be 1 to 900 printable ASCII characters without spaces or brackets")
    return value


def check_address(name: str, value: str) -> str:
    """Return a bare ASCII address that needs no quoting; anything that a header could misread is refused.

    Raises:
        ValueError: it cannot stand in a header; the message does not repeat it.
    """
    if not _ADDRESS.fullmatch(value) or "=?" in value or len(value) > _LONGEST_ADDRESS:
        raise ValueError(f"{name}: not a bare ASCII address")
    return value


def check_recipient(name: str, value: str) -> bytes:
    """Return the bytes of a bare address as `To` has it: ASCII, or UTF-8 before the @ (RFC 6532, 3.1).

    Raises:
        ValueError: it cannot stand in a header; the message does not repeat it.
    """
    if value.isascii():
        return check_address(name, value).encode("ascii")
    local, _, domain = value.rpartition("@")
    check_address(name, f"{re.sub(r'[^ -~]', 'x', local)}@{domain}")
    if not local.isprintable() or len(value.encode()) > _LONGEST_ADDRESS:
        raise ValueError(f"{name}: not a bare address")
    return value.encode()


def encode_words(text: str, first: int = _WORD) -> list[str]:
    """Encode text as RFC 2047 words of at most 75 characters, the first of at most `first`.

    No word splits a character. Q is taken unless B is clearly shorter, since people can read it.
    """
    raw = len(text.encode())
    q_length = sum(map(_q_length, text))
    if q_length <= (raw + 2) // 3 * 4 + _PRICE_OF_READABLE:
        capacity = _capacities(first, lambda room: room)
        return [f"=?utf-8?q?{''.join(map(_q, part))}?=" for part in _split(text, _q_length, capacity)]
    capacity = _capacities(first, lambda room: room // 4 * 3)
    return [f"=?utf-8?b?{_b(part)}?=" for part in _split(text, lambda char: len(char.encode()), capacity)]


def _capacities(first: int, shrink: Callable[[int], int]) -> Iterator[int]:
    rooms = chain((min(first, _WORD),), repeat(_WORD))
    return (shrink(room - _WORD_FRAME) for room in rooms)


def _split(text: str, cost: Callable[[str], int], capacities: Iterator[int]) -> Iterator[str]:
    start, used, room = 0, 0, next(capacities)
    for place, char in enumerate(text):
        if used + cost(char) > room:
            yield text[start:place]
            start, used, room = place, 0, next(capacities)
        used += cost(char)
    yield text[start:]


def _q(char: str) -> str:
    if char == " ":
        return "_"
    return char if _Q_LITERAL.match(char) else "".join(f"={byte:02X}" for byte in char.encode())


def _q_length(char: str) -> int:
    return 1 if char == " " or _Q_LITERAL.match(char) else 3 * len(char.encode())


def _b(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


def _is_plain(value: str) -> bool:
    """Return whether readers of the header see this value unchanged when it is written as it is."""
    return value.isascii() and "=?" not in value and "  " not in value and value == value.strip(" ")


def _fold_at_spaces(line: str, head: int) -> list[str] | None:
    """Fold at spaces; None when that cannot keep lines to 78 or would leave the name alone on its line."""
    first, *words = line[head:].split(" ")
    lines = [line[:head] + first]
    for word in words:
        if len(lines[-1]) + 1 + len(word) <= _ASCII_LINE:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return lines if max(map(len, lines)) <= _ASCII_LINE else None


def _refuse_controls(name: str, value: str) -> None:
    if _CONTROL.search(value):
        raise ValueError(f"{name}: control characters and line ends cannot stand in a header")


def _end(lines: str) -> bytes:
    return f"{lines}\r\n".encode("ascii")
