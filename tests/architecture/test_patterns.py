"""Patterns mean the same on every Python that the project runs on."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

import pytest

import pipeline
import subscribers

UNSURE = (constants.POSSESSIVE_REPEAT, constants.ATOMIC_GROUP)


def list_patterns() -> Iterator[tuple[str, str, int]]:
    for package in (pipeline, subscribers):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith("__main__") or ".migrations" in found.name:
                continue
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{found.name}.{name}", value.pattern, value.flags


def is_unsure(tree: object) -> bool:
    """Whether a parsed pattern holds one of them, however deep."""
    if isinstance(tree, (tuple, list, parser.SubPattern)):
        return any(is_unsure(part) for part in tree)
    return any(tree is each for each in UNSURE)  # a letter may have the same number


@pytest.mark.slow
def test_no_pattern_uses_what_early_releases_of_python_3_11_match_wrongly():
    # Possessive quantifiers and atomic groups pass over matches up to 3.11.4.
    patterns = list(list_patterns())
    assert len(patterns) > 50
    assert [
        name for name, pattern, flags in patterns if is_unsure(parser.parse(pattern, flags & ~re.DEBUG))
    ] == []


def test_the_test_above_sees_such_a_pattern():
    assert all(is_unsure(parser.parse(pattern)) for pattern in ("a++", "(?:(?>b)|c)*", "(x(?:y|z)*+)"))
    assert not is_unsure(parser.parse(r"(?:a+|b*?)(?=c)"))
