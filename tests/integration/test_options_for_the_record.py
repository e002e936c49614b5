"""What is kept as a proof or a reason must say something."""

from __future__ import annotations

import click
import pytest

from pipeline.cli.subscribers import subscribers

LIST = ("import", "readers.csv", "--consent-date", "2025-01-31")


@pytest.mark.parametrize("blank", ["", "  ", "\u200b\t"])
@pytest.mark.parametrize(
    ("command", "option"),
    [
        ((*LIST, "--source", "old list"), "--consent-text"),
        ((*LIST, "--consent-text", "Send me the letter"), "--source"),
        (("add", "ada@example.org"), "--consent"),
        (("suppressions", "lift", "ada@example.org"), "--reason"),
    ],
)
def test_a_proof_or_reason_that_is_blank_is_refused_by_the_name_of_its_option(command, option, blank):
    with pytest.raises(click.BadParameter, match="must not be blank") as refused:
        subscribers.main([*command, option, blank], standalone_mode=False)
    assert f"'{option}'" in refused.value.format_message()
