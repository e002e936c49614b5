"""What one reader's copy is filled with: a name made tidy, a copy's own names, a way out for nobody else."""

from __future__ import annotations

import pytest
from support.reader_values import values_of

from pipeline.deliver.personal import tidy_name
from pipeline.model.delivery import Claim


@pytest.mark.parametrize(
    ("given", "greeted"),
    [
        ("Jane", "Jane"),
        ("", "there"),
        (" \t\r\n\u2028\u202e ", "there"),
        ("  Jane \t\n  Doe ", "Jane Doe"),
        ("a\x00b\x85c\u2029d\u202ee\u2066f", "a b c d e f"),
        ("no\u00a0break", "no break"),
        ("Zoe\u0308", "Zoë"),
        ("\ud83d!", "\ufffd!"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("x" * 200, "x" * 80),
        ("é" * 79 + " é", "é" * 79),
        ("a" * 79 + " b", "a" * 79),
    ],
)
def test_a_name_becomes_one_tidy_line(given, greeted):
    assert values_of(Claim(1, 42, 0, "jane@example.com", given, 0, 1))["name"] == greeted
    assert tidy_name(greeted) == greeted
