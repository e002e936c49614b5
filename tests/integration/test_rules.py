"""Every problem has a registered rule, and the settings can switch off what stops nothing."""

from __future__ import annotations

import copy

import pytest
from support.week_news import ABOUT_MCP, AT, FEEDS, item, pick

from pipeline.edition.quarantine import find_missing
from pipeline.errors import SettingsError
from pipeline.model import problem as model
from pipeline.model.news import Snapshot
from pipeline.model.problem import CONTENT_RULES, WEEK_RULES, Problem, Problems, apply_levels
from pipeline.model.wishes import ItemWishes, Wishes
from pipeline.rules import all_rules, find_rule
from pipeline.settings.load import read_settings


@pytest.fixture
def fresh(monkeypatch):
    """Take the rules of a test out of the registry again."""
    all_rules()
    monkeypatch.setattr(model, "_rules", dict(model._rules))


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "weekly.toml"
        path.write_text(text, encoding="utf-8")
        return read_settings(path)

    return read


@pytest.mark.usefixtures("fresh")
def test_a_new_rule_reports_the_first_time_it_fires():
    rule = CONTENT_RULES.warning("exclamation", "One is enough.")
    found = Problems("content/tips/a.md")
    found.add(rule, 3, "there are two `!`", "delete one")
    assert [str(each) for each in found.found] == [
        "content/tips/a.md:3: there are two `!` (delete one) [exclamation]"
    ]
    assert (found.found[0].severity, found.has_errors) == ("warning", False)
    assert [each.severity for each in apply_levels(found.found, {"exclamation": "error"})] == ["error"]
    assert apply_levels(found.found, {"exclamation": "off"}) == ()
    assert copy.deepcopy(rule) is rule


@pytest.mark.usefixtures("fresh")
def test_no_id_is_given_twice_and_none_without_a_rule():
    WEEK_RULES.error("week-day", "A week has seven.")
    with pytest.raises(ValueError, match="two rules `week-day`"):
        WEEK_RULES.warning("week-day", "It has not.")
    with pytest.raises(TypeError, match="`typo` is not a rule"):
        Problem(message="m", fix="f", rule="typo", severity="error")


def test_a_rule_is_found_by_its_id_whichever_package_makes_it():
    assert find_rule("feeds-url") is all_rules()["feeds-url"]
    assert find_rule("feeds-uri") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[checks]\nrules = { hype = "off" }', "`hype` belongs into `[content] rules`"),
        ('[content]\nrules = { contrast = "off" }', "`contrast` belongs into `[checks] rules`"),
        ('[checks]\nrules = { story-gon = "off" }', 'did you mean "story-gone"?'),
        (
            '[checks]\nrules = { story-gone = "error" }',
            '`story-gone` stops nothing: write "off" or "warning"',
        ),
        ('[checks]\nrules = { lock-broken = "off" }', "`lock-broken` guards the letter itself"),
        ('[checks]\nrules = { feeds-url = "warning" }', "`feeds-url` guards the letter itself"),
        ('[content]\nrules = { import-unreadable = "off" }', "stays an error"),
        ("[checks]\nrules = 3", "write a table"),
    ],
)
def test_a_level_that_cannot_be_is_refused_with_the_reason(read, text, words):
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert words in str(caught.value)


def test_every_warning_can_be_switched_off_in_the_table_of_its_group(read):
    warnings = [rule for rule in all_rules().values() if rule.severity == "warning"]
    assert all(rule.levels[0] == "off" for rule in warnings)
    tables = {
        table: ", ".join(f'{rule} = "off"' for rule in warnings if rule.group.table == table)
        for table in ("content", "checks")
    }
    settings = read("".join(f"[{table}]\nrules = {{ {levels} }}\n" for table, levels in tables.items()))
    assert settings.silent == set(warnings)
    assert settings.heard(rule.problem("m", "f") for rule in warnings) == ()


def test_every_error_but_those_of_a_letter_stays_one():
    errors = [rule for rule in all_rules().values() if rule.severity == "error"]
    assert all(rule.is_required for rule in errors if rule.group.title != "The rendered letter")


def test_a_story_that_cannot_be_in_the_letter_is_named_by_the_reason():
    picks = pick(*ABOUT_MCP, item(3, "A kettle that talks back"))
    kept = Snapshot(AT, (item(9, "Another"),), (), FEEDS)
    wishes = Wishes(items=ItemWishes(pin=("https://ant.example/77",)))
    found = list(find_missing(picks, picks, wishes, kept))
    assert {problem.rule for problem in found} == {"story-gone", "story-not-found"}
    assert not [*find_missing(picks, picks, Wishes(), Snapshot(AT, (*ABOUT_MCP, item(3, "K")), (), FEEDS))]
