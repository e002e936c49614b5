"""Every rule that the program reports is registered, found by the settings, documented and tested."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections import Counter
from pathlib import Path

import pipeline
from pipeline.check import rules as letter_rules
from pipeline.check.rules import CHECKS
from pipeline.model.problem import RULES
from pipeline.rules import all_rules

ROOT = Path(__file__).resolve().parents[2]


def literals(path):
    return (
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_the_registry_finds_the_rules_of_every_module():
    known = set(all_rules())
    for found in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if not found.name.endswith("__main__") and ".migrations" not in found.name:
            importlib.import_module(found.name)
    assert set(RULES) == known


def test_an_id_is_written_once_where_its_rule_is_made():
    ids = {rule for rule in all_rules() if "-" in rule}  # `title` and its like are words of other things, too
    counts = Counter(
        word for path in (ROOT / "pipeline").rglob("*.py") for word in literals(path) if word in ids
    )
    assert {rule for rule in ids if counts[rule] != 1} == set()


def test_every_module_of_letter_rules_is_carried_out():
    modules = {found.name for found in pkgutil.iter_modules(letter_rules.__path__)}
    assert {each.check.__module__.rpartition(".")[2] for each in CHECKS} == modules


def test_every_rule_is_on_a_reference_page():
    pages = {
        table: (ROOT / "docs/reference" / f"{page}-rules.md").read_text("utf-8")
        for table, page in (("content", "content"), ("checks", "letter"))
    }
    assert [rule for rule in all_rules().values() if f"| `{rule}` |" not in pages[rule.group.table]] == []


def test_every_rule_fires_in_a_test():
    named = {word.strip("[]") for path in (ROOT / "tests").rglob("*.py") for word in literals(path)}
    assert sorted(all_rules().keys() - named) == []
