"""Quoted-printable in which every slot has physical lines of its own, so that any value can be spliced in.

No line is longer than 76, starts with a dot or `From `, or ends with white space: nothing on the way
needs to stuff dots, quote or refold (RFC 2045 section 6.7, RFC 5321 section 4.5.2).
"""

from __future__ import annotations

import re

_WIDTH = 75
"""What fits on a line with the `=` of a soft break."""
_SOFT_BREAK = "=\r\n"
_LINE_END = re.compile(r"\r\n|\r|\n")
_LITERAL = re.compile(r"[!-<>-~ ]*")
_FORBIDDEN_START = (".", "From ")
# A character at the start of a line may grow from one to three when it is escaped.
_SAFE_WIDTH = _WIDTH - 2


class _Codes(dict[str, str]):
    """The escaped form of each character, worked out when first met."""

    def __missing__(self, char: str) -> str:
        code = self[char] = _escape(char)
        return code


def _escape(char: str) -> str:
    return "".join(f"={byte:02X}" for byte in char.encode("utf-8", "replace"))


_CODES = _Codes({chr(code): chr(code) for code in (9, *range(32, 127)) if chr(code) != "="})


def encode_text(text: str, *, before_slot: bool = False) -> bytes:
    """Encode text that is the same for every reader; LF, CRLF and lone CR become CRLF.

    With `before_slot` the result ends at the start of a line that adds nothing to the text:
    the place for a value made by `encode_value`.
    """
    lines = _LINE_END.split(text)
    encoded = "\r\n".join(map(_encode_line, lines))
    if before_slot and lines[-1]:
        encoded += _SOFT_BREAK
    return encoded.encode("ascii")


def encode_value(value: str) -> bytes:
    """Encode one reader's value as whole lines, the last one with a soft break too; empty stays empty.

    Line ends inside the value are escaped, never written out.
    """
    if not value:
        return b""
    if _LITERAL.fullmatch(value):
        return _encode_literal(value)
    code = "".join(map(_CODES.__getitem__, value))
    if len(code) > _WIDTH or code.startswith(_FORBIDDEN_START):
        code = _wrap(value)
    return (code + _SOFT_BREAK).encode("ascii")


def _encode_literal(value: str) -> bytes:
    # Names and links are nearly always of this kind, and slicing is much cheaper than a walk by character.
    if len(value) <= _WIDTH and not value.startswith(_FORBIDDEN_START):
        return (value + _SOFT_BREAK).encode("ascii")
    lines = []
    for start in range(0, len(value), _SAFE_WIDTH):
        line = value[start : start + _SAFE_WIDTH]
        if line.startswith(_FORBIDDEN_START):
            line = _escape(line[0]) + line[1:]
        lines.append(line + _SOFT_BREAK)
    return "".join(lines).encode("ascii")


def _encode_line(line: str) -> str:
    if len(line) <= _SAFE_WIDTH and line[-1:] != " " and _LITERAL.fullmatch(line):
        return line if not line.startswith(_FORBIDDEN_START) else _escape(line[0]) + line[1:]
    return _wrap(line)


def _wrap(line: str) -> str:
    """Escape one logical line and break it softly between characters, never inside one."""
    physical: list[str] = []
    current = ""
    last = len(line) - 1
    for place, char in enumerate(line):
        code = _escape(char) if place == last and char in " \t" else _CODES[char]
        if len(current) + len(code) > _WIDTH:
            physical.append(current)
            current = ""
        if not current and line.startswith(_FORBIDDEN_START, place):
            code = _escape(char)
        current += code
    physical.append(current)
    return _SOFT_BREAK.join(physical)
