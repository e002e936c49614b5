"""What is wrong with a setting, in words about the file and not about a library. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WORDS: Mapping[str, str] = {
    "tuple_type": 'is a list; write it in brackets, such as ["one", "two"]',
    "dict_type": 'is a table; write it in braces, such as { name = "value" }',
    "model_type": "is a table; write its keys below a line with its name in [ ]",
    "string_type": "is a text; write it in quotes",
    "int_type": "is a whole number; write it without quotes",
    "int_parsing": "is a whole number; write it in digits",
    "int_from_float": "is a whole number; write it without a point",
    "float_type": "is a number; write it without quotes",
    "float_parsing": "is a number; write it in digits",
    "finite_number": "is a number; write it in digits",
    "bool_type": "is a switch; write true or false",
    "bool_parsing": "is a switch; write true or false",
}
_LIMITS: Mapping[str, str] = {
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def check_language(value: str) -> str:
    """Return a valid language tag unchanged; raises ValueError with the tag that was probably meant."""
    if _LANGUAGE.fullmatch(value):
        return value
    meant = value.strip().replace("_", "-").partition(".")[0]
    if _LANGUAGE.fullmatch(meant):
        raise ValueError(f"write {meant}")
    raise ValueError("is not a language; write a tag such as en or pt-BR")


def in_words(detail: Mapping[str, Any]) -> str:
    """Return one error of pydantic in our words, without repeating the value."""
    kind = str(detail["type"])
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in _LIMITS:
        return _LIMITS[kind].format_map(detail["ctx"])
    if kind == "literal_error":
        return f"must be {detail['ctx']['expected']}"
    return str(detail["msg"]).removeprefix("Value error, ")
