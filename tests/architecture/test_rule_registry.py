"""Every rule that the program reports is registered, found by the settings, documented and tested."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter

from support.environment import REPO
from support.source_trees import MODULES, TESTS, list_texts, read

import pipeline
from pipeline.check import rules as letter_rules
from pipeline.check.rules import CHECKS
from pipeline.model.problem import RULES
from pipeline.rules import all_rules


def texts_with(ids, paths):
    """Yield the texts of the modules that hold any of the ids."""
    for path in paths:
        if any(rule in read(path) for rule in ids):
            yield from list_texts(path)


def test_the_registry_finds_the_rules_of_every_module():
    known = set(all_rules())
    for found in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if not found.name.endswith("__main__") and ".migrations" not in found.name:
            importlib.import_module(found.name)
    assert set(RULES) == known


def test_an_id_is_written_once_where_its_rule_is_made():
    ids = {rule for rule in all_rules() if "-" in rule}  # `title` and its like are words of other things, too
    counts = Counter(word for word in texts_with(ids, MODULES) if word in ids)
    assert {rule for rule in ids if counts[rule] != 1} == set()


def test_every_module_of_letter_rules_is_carried_out():
    modules = {found.name for found in pkgutil.iter_modules(letter_rules.__path__)}
    assert {each.check.__module__.rpartition(".")[2] for each in CHECKS} == modules


def test_every_rule_is_on_a_reference_page():
    pages = {
        table: (REPO / "docs/reference" / f"{page}-rules.md").read_text("utf-8")
        for table, page in (("content", "content"), ("checks", "letter"))
    }
    assert [rule for rule in all_rules().values() if f"| `{rule}` |" not in pages[rule.group.table]] == []


def test_every_rule_fires_in_a_test():
    missing = set(all_rules())
    for path in TESTS:
        missing -= {word.strip("[]") for word in texts_with(missing, [path])}
    assert sorted(missing) == []
