"""`[checks]` of weekly.toml: levels of rules and the mail programs that matter."""

from __future__ import annotations

import pytest

from pipeline.check.rules import CHECKS
from pipeline.check.standards import CLIENTS, TARGETS
from pipeline.errors import SettingsError
from pipeline.settings.load import read_settings


@pytest.fixture
def read(tmp_path):
    def read(checks):
        path = tmp_path / "weekly.toml"
        path.write_text(f"[checks]\n{checks}\n", encoding="utf-8")
        return read_settings(path).checks

    return read


def mistake(read, checks):
    with pytest.raises(SettingsError) as caught:
        read(checks)
    ((path, message),) = caught.value.mistakes
    return path, message


def test_without_a_word_every_rule_has_its_own_level_and_the_programs_sum_up_to_a_hundred(read):
    standards = read("")
    assert (standards.rules, standards.clients) == ({}, TARGETS)
    assert sum(TARGETS.values()) == 100
    assert TARGETS.keys() <= CLIENTS.keys()


def test_levels_and_clients_are_taken_as_written(read):
    standards = read(
        'rules = { contrast = "off", title = "warning" }\nclients = { hey = 2, gmail-web = 1.5 }'
    )
    assert standards.rules == {"contrast": "off", "title": "warning"}
    assert standards.clients == {"hey": 2, "gmail-web": 1.5}


@pytest.mark.parametrize(
    ("checks", "path", "words"),
    [
        ('rules = { contrasts = "off" }', "checks.rules", 'did you mean "contrast"?'),
        ('rules = { zzz = "off" }', "checks.rules", "docs/reference/letter-rules.md lists them"),
        ('rules = { title = "loud" }', "checks.rules", '"off", "warning" or "error"'),
        ("clients = { outlook = 1 }", "checks.clients", 'did you mean "outlook-'),
        ("clients = { zzz = 1 }", "checks.clients", "known here: apple-mail-ios"),
        ("clients = { hey = -1 }", "checks.clients", "cannot have a negative weight"),
        ("clients = { hey = 0 }", "checks.clients", "at least one mail program"),
        ("reading_minute = 3", "checks.reading_minute", 'did you mean "reading_minutes"?'),
    ],
)
def test_a_mistake_is_named_with_the_word_that_was_meant(read, checks, path, words):
    found, message = mistake(read, checks)
    assert found == path
    assert words in message


@pytest.mark.parametrize("rule", [rule for rule in CHECKS if rule.is_required])
@pytest.mark.parametrize("level", ["off", "warning"])
def test_what_guards_the_letter_or_the_law_cannot_be_switched_off(read, rule, level):
    assert "stays an error" in mistake(read, f'rules = {{ {rule} = "{level}" }}')[1]
    assert read(f'rules = {{ {rule} = "error" }}').rules == {rule: "error"}


def test_the_way_out_and_the_address_are_among_what_stands():
    standing = {rule for rule in CHECKS if rule.is_required}
    assert {"unsubscribe-link", "postal-address", "honest-count", "no-template-residue"} <= standing
    assert all(rule.severity == "error" for rule in standing)
