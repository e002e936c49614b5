"""Finds out how the bytes of a list are encoded, and decodes them in pieces of whole lines."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from subscribers.errors import UnreadableImport

CHUNK_BYTES = 1 << 17
"""How much is decoded at once: some thousand rows, so that the work per piece does not count."""
SURVEY_BYTES = 1 << 20
"""How much is checked at once while the encoding is found."""
LINE_MAX_CHARS = 1 << 20
"""A longer line is cut and marked: no row of a spreadsheet comes near, and memory stays bounded."""
CUT_MARK = "\ud800"
"""Ends a line that was cut; no decoder yields it."""

UNDECODED = re.compile("[\ud800-\udfff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks (Unicode, 23.8); that of UTF-32 LE begins like that of UTF-16 LE."""
_NAMES = {"cp1252": "Windows-1252", "mac-roman": "Mac Roman"}
_HEAD_BYTES = 4096
_HIGH_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]{1,2}|[\x80-\xff]{1,2}(?=[A-Za-z])")
_WESTERN_LETTERS = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How bytes become text: from `start` on, in `codec`; `fallback` is for lines that it cannot read."""

    start: int
    codec: str
    fallback: str = ""
    notes: tuple[str, ...] = ()


def find_decoding(stream: BinaryIO, start: int, encoding: str = "") -> Decoding:
    """Find out how a text is encoded, from its mark or its bytes; reads all of them once.

    Raises UnreadableImport when a wanted `encoding` is not known.
    """
    stream.seek(start)
    head = stream.read(_HEAD_BYTES)
    mark, marked = next(((mark, codec) for mark, codec in _MARKS if head.startswith(mark)), (b"", ""))
    start += len(mark)
    if encoding:
        return Decoding(start, _known(encoding))
    codec = marked or _guess_wide(head)
    if codec.startswith(("utf-16", "utf-32")):
        return Decoding(start, codec, notes=(f"read as {codec[:6].upper()}",))
    return _survey(stream, start)


def read_chunks(stream: BinaryIO, decoding: Decoding) -> Iterator[str]:
    """Yield the text of a stream in pieces that end with a line feed, except perhaps the last one.

    Line ends of every kind become a line feed. Bytes that are not text are kept as surrogates, and a line of
    more than LINE_MAX_CHARS is cut and ends with CUT_MARK.
    """
    # Bytes below 0x80 cannot be kept as surrogates, so the wide encodings replace what they cannot read.
    errors = "replace" if decoding.codec.startswith(("utf-16", "utf-32")) else "surrogateescape"
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(decoding.codec)(errors), translate=True
    )
    position, rest, is_cutting = decoding.start, "", False
    while True:
        # Sought each time: two readers of one table may take turns.
        stream.seek(position)
        data = stream.read(CHUNK_BYTES)
        position += len(data)
        text = decoder.decode(data, final=not data)
        if is_cutting:
            _, is_found, text = text.partition("\n")
            is_cutting = not is_found
            rest += is_found
        text = rest + text
        end = len(text) if not data else text.rfind("\n") + 1
        if end:
            yield _recoded(text[:end], decoding.fallback)
        if not data:
            return
        rest = text[end:]
        if len(rest) > LINE_MAX_CHARS and not is_cutting:
            rest, is_cutting = rest[:LINE_MAX_CHARS] + CUT_MARK, True


def _recoded(text: str, fallback: str) -> str:
    if not fallback or text.isascii() or not UNDECODED.search(text):
        return text
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if UNDECODED.search(line) and CUT_MARK not in line:
            lines[place] = line.encode("utf-8", "surrogateescape").decode(fallback, "surrogateescape")
    return "\n".join(lines)


def _known(encoding: str) -> str:
    try:
        codec = codecs.lookup(encoding)
        codec.incrementaldecoder("strict")
        "a@b".encode(encoding)
    except (LookupError, TypeError, ValueError):
        raise UnreadableImport(
            f"{encoding!r} is not a known text encoding; use utf-8, utf-16, windows-1252 or mac-roman"
        ) from None
    return codec.name


def _guess_wide(head: bytes) -> str:
    # Latin letters in UTF-16 have a zero in every second byte.
    pairs = len(head) // 2
    zeros = (head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0))
    if pairs and zeros[1] * 2 > pairs and zeros[0] * 20 < pairs:
        return "utf-16-le"
    if pairs and zeros[0] * 2 > pairs and zeros[1] * 20 < pairs:
        return "utf-16-be"
    return ""


def _survey(stream: BinaryIO, start: int) -> Decoding:
    # Whether all is UTF-8; if not, where it begins not to be, and in what the rest probably is.
    lines, bad_line, is_utf8_too = 0, 0, False
    samples: list[bytes] = []
    for data in _whole_characters(stream, start):
        if not data.isascii():
            try:
                data.decode()
                is_utf8_too = True
            except UnicodeDecodeError:
                text = data.decode("utf-8", "surrogateescape")
                first = UNDECODED.search(text)
                if not bad_line and first is not None:
                    bad_line = 1 + lines + _count_lines(text[: first.start()].encode("utf-8", "ignore"))
                is_utf8_too |= any(
                    not line.isascii() and not UNDECODED.search(line) for line in text.splitlines()
                )
                samples += _HIGH_IN_WORD.findall(data)[: 1000 - len(samples)]
        if not bad_line:
            lines += _count_lines(data)
    if not bad_line:
        return Decoding(start, "utf-8")
    legacy = _guess_legacy(samples)
    which = "that line and others like it were" if is_utf8_too else "the file was"
    note = f"line {bad_line} holds bytes that are not UTF-8; {which} read as {_NAMES[legacy]}"
    if is_utf8_too:
        return Decoding(start, "utf-8", legacy, (note,))
    return Decoding(start, legacy, notes=(note,))


def _whole_characters(stream: BinaryIO, start: int) -> Iterator[bytes]:
    position, rest = start, b""
    while True:
        stream.seek(position)
        data = stream.read(SURVEY_BYTES)
        position += len(data)
        if not data:
            if rest:
                yield rest
            return
        data = rest + data
        # A character may be cut at the end: it begins with its last byte of 0xC0 or more.
        end = next((place for place in range(-1, -5, -1) if data[place:][:1] >= b"\xc0"), 0) or len(data)
        data, rest = data[:end], data[end:]
        yield data


def _count_lines(data: bytes) -> int:
    return data.count(b"\n") or data.count(b"\r")


def _guess_legacy(samples: list[bytes]) -> str:
    # Between letters of a word there are letters: in the right encoding nearly all of them.
    def letters(codec: str) -> int:
        return sum(set(sample.decode(codec, "replace")) <= _WESTERN_LETTERS for sample in samples)

    return "mac-roman" if letters("mac-roman") > letters("cp1252") else "cp1252"
