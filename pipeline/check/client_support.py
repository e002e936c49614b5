"""The table of what mail programs can show: caniemail.com's data, reduced (see tools/client_support.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def support() -> Mapping[str, str]:
    """Give the answers for each feature, a letter for each program in the order of `CLIENTS`.

    y it is shown, a almost, n not at all, u nobody has tried.
    """
    return dict(_read()["support"])


@cache
def baseline() -> frozenset[str]:
    """Name the features that every letter of the engine uses, with fall-backs of the engine's own."""
    return frozenset(_read()["baseline"])


@cache
def updated_on() -> str:
    """Tell the day of the data."""
    return str(_read()["updated"])


@cache
def _read() -> Mapping[str, Any]:
    # Part of the program as its code is: the same bytes wherever it runs.
    document: Mapping[str, Any] = json.loads(files("pipeline.check").joinpath("support.json").read_bytes())
    return document
