"""JSON read back into the values that it was written from; ValueError says in words what is wrong. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

_Value = TypeVar("_Value")


def split_lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a JSONL file that are not empty, with their numbers from 1."""
    # Not splitlines(): JSON may hold line separators of Unicode as they are.
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield number, line


def load_object(text: str, what: str) -> dict[str, Any]:
    """Parse a JSON object; `what` names it in the message of the ValueError."""
    try:
        tree = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} is not valid JSON: {getattr(error, 'msg', error)}") from error
    if not isinstance(tree, dict):
        raise ValueError(f"{what} is not a JSON object")  # noqa: TRY004 - as the other faults of a text
    return tree


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON can hold")


def read_value(form: TypeAdapter[_Value], tree: object) -> _Value:
    """Build a value from what JSON held, converting no type; ValueError has the first key that is wrong.

    Keys that the value does not know are left aside.
    """
    try:
        return form.validate_json(json.dumps(tree), strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        words = "is missing" if found["type"] == "missing" else found["msg"].removeprefix("Value error, ")
        key = ".".join(map(str, found["loc"]))
        raise ValueError(f"`{key}` {words.replace('Input should', 'should', 1)}") from error
