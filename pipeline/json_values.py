"""JSON read back into the values that it was written from; the ValueError describes what is wrong. Pure.

Values are built with the standard library alone where nothing is in doubt. Anything else is left to pydantic,
which has the messages; importing it takes longer than most commands have to read.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, partial
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_Value = TypeVar("_Value")
_Reader = Callable[[Any], Any]


def split_lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a JSONL file that are not empty, with their numbers from 1."""
    # Not splitlines(): JSON may hold line separators of Unicode as they are.
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield number, line


def load_object(text: str, what: str) -> dict[str, Any]:
    """Parse a JSON object; `what` names it in the message of the ValueError."""
    try:
        tree = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} is not valid JSON: {getattr(error, 'msg', error)}") from error
    if not isinstance(tree, dict):
        raise ValueError(f"{what} is not a JSON object")  # noqa: TRY004 - as the other faults of a text
    return tree


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON can hold")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)  # `json.loads` would make one for every line


class Form(Generic[_Value]):
    """The JSON of a dataclass. Keys that the value does not know are left aside."""

    def __init__(self, kind: type[_Value]) -> None:
        self._kind: Any = kind

    @cached_property
    def _adapter(self) -> TypeAdapter[_Value]:
        from pydantic import TypeAdapter  # noqa: PLC0415 - only what is in doubt pays for it

        return TypeAdapter(self._kind)

    def read(self, tree: object) -> _Value:
        """Build a value from what JSON held, converting no type; ValueError names the first wrong key."""
        try:
            value: _Value = _make_reader(self._kind)(tree)
        except (_DoubtError, ValueError, TypeError):
            return read_value(self._adapter, tree)
        return value

    def read_line(self, line: str) -> _Value:
        """Build a value from what `write` returned; raises ValueError for what cannot be one."""
        try:
            value: _Value = _make_reader(self._kind)(load_object(line, "the line"))
        except (_DoubtError, ValueError, TypeError):
            return self._adapter.validate_json(line)
        return value

    def write(self, value: _Value) -> str:
        """Write a value on one line; raises ValueError where JSON cannot hold it, as half of a character."""
        try:
            line = json.dumps(dataclasses.asdict(value), ensure_ascii=False, allow_nan=False)  # type: ignore[call-overload]
        except TypeError as error:
            raise ValueError(str(error)) from error
        if not _is_whole(line):
            raise ValueError("half of a character")
        return str(line)


def read_value(form: TypeAdapter[_Value], tree: object) -> _Value:
    """Build a value with pydantic, as `Form.read` does."""
    from pydantic import ValidationError  # noqa: PLC0415 - as above

    try:
        return form.validate_json(json.dumps(tree), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        words = "is missing" if found["type"] == "missing" else found["msg"].removeprefix("Value error, ")
        key = ".".join(map(str, found["loc"]))
        raise ValueError(f"`{key}` {words.replace('Input should', 'should', 1)}") from error


class _DoubtError(Exception):
    """A value that only pydantic can judge."""


@cache
def _make_reader(kind: Any) -> _Reader:  # noqa: ANN401 - any annotation
    """Return what builds a value of a type from JSON, or raises _DoubtError."""
    origin, parts = get_origin(kind), get_args(kind)
    reader: _Reader = _doubt
    if dataclasses.is_dataclass(kind):
        reader = _make_dataclass_reader(kind)
    elif kind in _SIMPLE:
        reader = _SIMPLE[kind]
    elif origin is Literal:
        reader = partial(_read_word, {part: part for part in parts if type(part) is str})
    elif origin in (Union, UnionType) and NoneType in parts and len(parts) == len((kind, None)):
        reader = partial(_read_optional, _make_reader(parts[parts[0] is NoneType]))
    elif origin is tuple and parts[-1:] == (...,):
        reader = partial(_read_all, tuple, _make_reader(parts[0]))
    elif origin is tuple and parts:
        reader = partial(_read_each, [_make_reader(part) for part in parts])
    elif origin is frozenset:
        reader = partial(_read_all, frozenset, _make_reader(parts[0]))
    elif origin in (dict, Mapping) and parts[0] is str:
        reader = partial(_read_mapping, _make_reader(parts[1]))
    return reader


def _make_dataclass_reader(kind: Any) -> _Reader:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(kind)
    missing = dataclasses.MISSING
    readers: dict[str, _Reader] = {}
    required: set[str] = set()
    for field in dataclasses.fields(kind):
        readers[field.name] = _make_reader(hints[field.name]) if field.init else _doubt
        if field.init and field.default is missing and field.default_factory is missing:
            required.add(field.name)

    def read(tree: Any) -> Any:  # noqa: ANN401 - whatever JSON held
        if type(tree) is not dict or not required <= tree.keys():
            raise _DoubtError
        return kind(**{name: readers[name](value) for name, value in tree.items() if name in readers})

    return read


def _doubt(_value: object) -> Any:  # noqa: ANN401 - never returns
    raise _DoubtError


def _read_text(value: object) -> str:
    if type(value) is not str or not (value.isascii() or _is_whole(value)):
        raise _DoubtError
    return value


def _is_whole(text: str) -> bool:
    """Return whether a text has no half of a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_whole(value: object) -> int:
    if type(value) is not int:
        raise _DoubtError
    return value


def _read_number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _DoubtError
    try:
        number = float(value)
    except OverflowError:
        raise _DoubtError from None
    if not math.isfinite(number):
        raise _DoubtError
    return number


def _read_switch(value: object) -> bool:
    if type(value) is not bool:
        raise _DoubtError
    return value


def _read_anything(value: object) -> object:
    if not _is_whole(json.dumps(value, ensure_ascii=False, allow_nan=False)):
        raise _DoubtError
    return value


_SIMPLE: Mapping[Any, _Reader] = {
    str: _read_text,
    int: _read_whole,
    float: _read_number,
    bool: _read_switch,
    object: _read_anything,
}


def _read_word(words: Mapping[str, str], value: object) -> str:
    if type(value) is not str or value not in words:
        raise _DoubtError
    return value


def _read_optional(read: _Reader, value: object) -> Any:  # noqa: ANN401 - of the type that is read
    return None if value is None else read(value)


def _read_all(build: Callable[[Iterator[Any]], Any], read: _Reader, value: object) -> Any:  # noqa: ANN401 - as above
    if type(value) is not list:
        raise _DoubtError
    return build(map(read, value))


def _read_each(readers: list[_Reader], value: object) -> tuple[Any, ...]:
    if type(value) is not list or len(value) != len(readers):
        raise _DoubtError
    return tuple(read(each) for read, each in zip(readers, value, strict=True))


def _read_mapping(read: _Reader, value: object) -> dict[str, Any]:
    if type(value) is not dict:
        raise _DoubtError
    return {_read_text(key): read(each) for key, each in value.items()}
