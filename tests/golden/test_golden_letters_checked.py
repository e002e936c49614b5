"""No golden letter has anything to mend."""

from __future__ import annotations

import pytest
from test_letter_golden import LETTERS, render_letter

from pipeline.check.letter import check_letter


@pytest.mark.parametrize("name", LETTERS)
def test_a_golden_letter_has_no_finding(name):
    issue, head = LETTERS[name]
    assert check_letter(render_letter(name), head, issue=issue, readers=1_000) == ()
