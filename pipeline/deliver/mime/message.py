"""The compiled message: literal bytes and holes; filling it is the only work done per reader."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pipeline.deliver.mime.headers import check_angle, check_recipient
from pipeline.deliver.mime.quoted_printable import encode_value
from pipeline.errors import StoreError

SCHEMA = 1
"""The form of the stored JSON; raised when an older program could not read it."""

TO, REF, MESSAGE_ID = "to", "ref", "message_id"
"""Slots of every message besides those of the letter: bare address, name of the copy, bare Message-ID."""

# Line ends, other controls, overrides of the writing direction, lone surrogates.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Context(StrEnum):
    """Where a hole is, and so how its value is escaped."""

    HEADER = "header"
    """Inside a structured header: printable ASCII, written as it is."""
    MARKUP = "markup"
    """Between the tags of the HTML part."""
    ATTRIBUTE = "attribute"
    """Inside a double-quoted attribute of the HTML part."""
    PLAIN = "plain"
    """In the text part."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for the value of `slot`."""

    slot: str
    context: Context


Segment = bytes | Hole

_SAME_EVERYWHERE = re.compile(r"[A-Za-z0-9 .,:/_+@-]+")
"""Values that HTML and text part have in the same form: names and links nearly always are."""


_Places = tuple[Callable[[str, str], bytes], tuple[int, ...]]
"""How a value is encoded in one context, and its places there."""


class _Value(NamedTuple):
    """Where the value of a slot goes: `everywhere` has all its places outside the headers."""

    slot: str
    everywhere: tuple[int, ...]
    headers: tuple[_Places, ...]
    contexts: tuple[_Places, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message, CRLF at every line's end; two are equal when they fill to the same bytes."""

    segments: tuple[Segment, ...] = field(repr=False)
    _literals: list[bytes] = field(init=False, repr=False, compare=False)
    _plan: tuple[_Value, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        merged = _merge(self.segments)
        places: dict[str, dict[Context, list[int]]] = {}
        for place, segment in enumerate(merged):
            if isinstance(segment, Hole):
                places.setdefault(str(segment.slot), {}).setdefault(segment.context, []).append(place)
        plan = tuple(_plan_value(slot, contexts) for slot, contexts in places.items())
        object.__setattr__(self, "segments", merged)
        object.__setattr__(self, "_literals", [b"" if isinstance(s, Hole) else s for s in merged])
        object.__setattr__(self, "_plan", plan)

    @property
    def slots(self) -> frozenset[str]:
        """The names of the values that `fill` needs."""
        return frozenset(value.slot for value in self._plan)

    def fill(self, values: Mapping[str, str]) -> bytes:
        """Write the message of one reader; raises as `parts`."""
        return b"".join(self.parts(values))

    def parts(self, values: Mapping[str, str]) -> list[bytes]:
        """Return the message of one reader in parts, most of which it shares with those of all others.

        Further values are ignored.

        Raises:
            ValueError: a value is missing, or cannot stand where it belongs; the value is not repeated.
        """
        parts = self._literals.copy()
        try:
            for slot, everywhere, headers, others in self._plan:
                value = values[slot]
                contexts = others
                if everywhere and _SAME_EVERYWHERE.fullmatch(value):
                    code = encode_value(value)
                    for place in everywhere:
                        parts[place] = code
                    contexts = headers
                for encode, places in contexts:
                    code = encode(slot, value)
                    for place in places:
                        parts[place] = code
        except KeyError as error:
            raise ValueError(f"{error.args[0]}: the message needs a value for it") from None
        return parts


def message_to_json(message: Message) -> str:
    """Write the frozen form of a message as one line of ASCII."""
    segments = [
        [segment.slot, segment.context.value] if isinstance(segment, Hole) else segment.decode("ascii")
        for segment in message.segments
    ]
    return json.dumps({"schema": SCHEMA, "segments": segments}, separators=(",", ":"))


def message_from_json(text: str) -> Message:
    """Read what `message_to_json` wrote.

    Raises:
        StoreError: it is damaged, or a newer version wrote it.
    """
    try:
        stored = json.loads(text)
        if stored["schema"] != SCHEMA:
            raise StoreError(f"a frozen message has form {stored['schema']}, and this version reads {SCHEMA}")
        return Message(tuple(_read_segment(segment) for segment in stored["segments"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError("a frozen message is damaged; restore the database from a backup") from error


def escape_for(context: Context, value: str) -> str:
    """Return a value as it stands in the decoded text of its place."""
    if context in (Context.HEADER, Context.PLAIN):
        return value
    return html.escape(value, quote=context is Context.ATTRIBUTE)


def _read_segment(stored: str | list[str]) -> Segment:
    if isinstance(stored, str):
        return stored.encode("ascii")
    slot, context = stored
    return Hole(slot, Context(context))


def _plan_value(slot: str, places: Mapping[Context, Sequence[int]]) -> _Value:
    texts = [place for context, at in places.items() if context is not Context.HEADER for place in at]
    encoded = {context: (_ENCODERS[context], tuple(at)) for context, at in places.items()}
    headers = tuple(each for context, each in encoded.items() if context is Context.HEADER)
    return _Value(slot, tuple(texts), headers, tuple(encoded.values()))


def _merge(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    merged: list[Segment] = []
    for segment in segments:
        if isinstance(segment, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += segment
        elif segment:
            merged.append(segment)
    return tuple(merged)


def _fill_header(slot: str, value: str) -> bytes:
    return check_recipient(slot, value) if slot == TO else check_angle(slot, value).encode("ascii")


def _fill_plain(slot: str, value: str) -> bytes:
    return encode_value(_check_text(slot, value))


def _fill_markup(slot: str, value: str) -> bytes:
    return encode_value(html.escape(_check_text(slot, value), quote=False))


def _fill_attribute(slot: str, value: str) -> bytes:
    return encode_value(html.escape(_check_text(slot, value), quote=True))


def _check_text(slot: str, value: str) -> str:
    # The first two are a fraction of the search's price and true of nearly every value.
    if not (value.isascii() and value.isprintable()) and _UNFIT.search(value):
        raise ValueError(f"{slot}: line ends, control characters and direction overrides are not allowed")
    return value


_ENCODERS: Mapping[Context, Callable[[str, str], bytes]] = {
    Context.HEADER: _fill_header,
    Context.MARKUP: _fill_markup,
    Context.ATTRIBUTE: _fill_attribute,
    Context.PLAIN: _fill_plain,
}
