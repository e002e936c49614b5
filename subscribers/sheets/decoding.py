"""Decodes the bytes of a list into text, in pieces of whole lines."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

CHUNK_BYTES = 1 << 17
"""How much is decoded at once: some thousand rows, so that the work per piece does not count."""


def read_chunks(stream: BinaryIO, start: int, encoding: str) -> Iterator[str]:
    """Yield the text of a stream from a position on, in pieces that end with a line, except the last one.

    Line ends of every kind become a line feed. Bytes that the encoding does not know are kept as surrogates.
    """
    codec = codecs.getincrementaldecoder(encoding)("surrogateescape")
    decoder = io.IncrementalNewlineDecoder(codec, translate=True)
    position, rest = start, ""
    while True:
        # Sought each time: two readers of one table may take turns.
        stream.seek(position)
        data = stream.read(CHUNK_BYTES)
        position += len(data)
        text = rest + decoder.decode(data, final=not data)
        end = text.rfind("\n") + 1
        if not data:
            if text:
                yield text
            return
        if end:
            yield text[:end]
        rest = text[end:]
