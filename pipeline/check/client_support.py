"""What mail programs can show: the data of caniemail.com, reduced (see tools/client_support.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def support() -> Mapping[str, str]:
    """Return the answers for each feature, a letter for each program in the order of `CLIENTS`.

    y it is shown, a almost, n not at all, u not tested.
    """
    answers: Mapping[str, str] = _read()["support"]
    return answers


def baseline() -> frozenset[str]:
    """Return the features that the engine uses in every letter, with its own fall-backs."""
    return frozenset(_read()["baseline"])


def updated_on() -> str:
    """Return the day of the data."""
    return str(_read()["updated"])


@cache
def _read() -> Mapping[str, Any]:
    # Part of the program as its code is: the same bytes wherever it runs.
    document: Mapping[str, Any] = json.loads(files("pipeline.check").joinpath("support.json").read_bytes())
    return document
