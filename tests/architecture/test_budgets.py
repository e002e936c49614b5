"""Sizes that keep a module readable in one sitting, and a command that loads no more than it uses."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from support.cli import must, weekly
from support.environment import REPO
from support.patience import PATIENCE_S
from support.source_trees import MODULES, TESTS, list_nodes, parse, read

FUNCTION_LINES = 50
MODULE_LINES = 300

LONGER: dict[str, tuple[int, str]] = {}
"""Modules over the budget: how long they may be, and why."""


def name(path):
    return path.relative_to(REPO).as_posix()


def functions(path):
    return [node for node in list_nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def body_lines(function):
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def lines(path):
    return len(read(path).splitlines())


def test_every_module_says_what_it_is_for():
    assert not [name(path) for path in MODULES if not ast.get_docstring(parse(path))]


def list_public_classes():
    for path in MODULES:
        for node in list_nodes(path):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, name(path)


def test_no_two_public_classes_have_one_name():
    homes = {}
    for one, home in list_public_classes():
        homes.setdefault(one, []).append(home)
    assert len(homes) > 150
    assert {one: places for one, places in homes.items() if len(places) > 1} == {}


def test_modules_keep_to_their_size():
    allowed = {path: LONGER.get(name(path), (MODULE_LINES,))[0] for path in MODULES}
    assert {name(path): lines(path) for path in MODULES if lines(path) > allowed[path]} == {}


def test_functions_keep_to_their_size():
    # A migration is one list of statements, written once and never again.
    measured = {
        f"{name(path)}: {function.name}": body_lines(function)
        for path in MODULES
        if path.parent.name != "versions"
        for function in functions(path)
    }
    assert {where: size for where, size in measured.items() if size > FUNCTION_LINES} == {}


def test_no_exception_outlives_its_reason():
    assert {path for path in LONGER if lines(REPO / path) <= MODULE_LINES} == set()
    assert all(reason for _, reason in LONGER.values())


def test_nothing_is_left_for_later():
    words = [f"{a}{b}" for a, b in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK:"))]
    texts = {name(path): read(path) for path in (*MODULES, *TESTS)}
    assert [(path, word) for path, text in texts.items() for word in words if word in text] == []


def test_tests_are_no_package_and_so_every_name_is_there_once():
    names = [path.name for path in TESTS if path.name.startswith("test_")]
    assert sorted(set(names)) == sorted(names)


def loaded_by(statement):
    """Name what a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=REPO, timeout=PATIENCE_S
    )
    return set(done.stdout.split())


@pytest.mark.slow
def test_help_is_shown_without_loading_what_a_command_works_with():
    loaded = loaded_by("from pipeline.cli import weekly\nweekly.main(['--help'], standalone_mode=False)")
    heavy = {"sqlalchemy", "alembic", "pydantic", "mjml", "jinja2", "starlette", "rich", "asyncio", "yaml"}
    assert not loaded & heavy


@pytest.mark.slow
def test_a_run_with_nothing_due_loads_settings_and_store_and_no_more(tmp_path):
    must(weekly("init", tmp_path / "letter", "--example"))
    args = ["weekly", "-C", str(tmp_path / "letter"), "--as-of", "2026-11-27T12:00Z", "run"]
    run = "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0"
    loaded = loaded_by(f"sys.argv = {args}\nfrom pipeline.cli import main\n{run}")
    heavy = {"alembic", "mjml", "css_inline", "jinja2", "starlette", "rich", "structlog"}
    assert "sqlalchemy" in loaded
    assert loaded & heavy == set()


@pytest.mark.slow
def test_the_cron_line_and_counts_are_answered_without_the_libraries_of_settings_and_store(tmp_path):
    folder = tmp_path / "letter"
    must(weekly("init", folder, "--example"))
    must(weekly("-C", folder, "subscribers", "add", "ada@example.org", "--consent", "asked me"))
    heavy = {"sqlalchemy", "pydantic", "pydantic_settings", "asyncio", "email", "importlib.metadata"}
    for command, unneeded in (("--as-of 2026-11-27T12:00Z run", {"click"}), ("subscribers count", set())):
        args = ["weekly", "-C", str(folder), *command.split()]
        run = "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0"
        loaded = loaded_by(f"sys.argv = {args}\nfrom pipeline.__main__ import main\n{run}")
        assert loaded & (heavy | unneeded) == set()
