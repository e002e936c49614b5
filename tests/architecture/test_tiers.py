"""What a folder of tests says about its tests is true, and no test is in a hurry."""

from __future__ import annotations

import ast
import re

import pytest
from support.environment import REPO
from support.patience import PATIENCE_S
from support.source_trees import TESTS, list_nodes, read

FOLDER = REPO / "tests"
UNIT = sorted((FOLDER / "unit").glob("test_*.py"))

WORLDLY = re.compile(
    r"(hypothesis|subprocess|tempfile|shutil|socket|sqlite3|sqlalchemy|alembic|starlette|uvicorn|httpx2|mjml|jinja2"
    r"|support\.(?!(bounces|broken_letters|checked_letters|composing|content_cases|fixable_pages|job_files"
    r"|letter_cases|letter_parts|letterheads|letters|locks|near_letters|reader_values|replies|terms|variants|week_news)(\.|$))\w+"
    r"|(pipeline|subscribers)\.store|pipeline\.(cli|web|studio\.app)|pipeline\.render\.(jinja|mjml|engine))(\.|$)"
)
"""What no unit test imports: the world, its engines, and the support that has them."""
FIXTURES = {"tmp_path", "tmp_path_factory", "engine", "db_url", "chromium", "desk", "studio", "house"}


def name(path):
    return path.relative_to(FOLDER).as_posix()


def imports(nodes):
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def arguments(nodes):
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (each.arg for each in node.args.args)


def worldly(nodes):
    return {each for each in imports(nodes) if WORLDLY.match(each)} | (FIXTURES & set(arguments(nodes)))


def planted_nodes(source):
    return [*ast.walk(ast.parse(source))]


def test_unit_tests_are_pure():
    assert len(UNIT) > 30
    assert {name(path): found for path in UNIT if (found := worldly(list_nodes(path)))} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "from hypothesis import given",
        "import subprocess",
        "from support.cli import weekly",
        "from support import studio",
        "from pipeline.render.engine import run_engine",
        "def test_x(tmp_path): ...",
    ],
)
def test_a_unit_test_that_is_not_pure_is_noticed(planted):
    assert worldly(planted_nodes(planted))


EXAMPLES = {
    "support.examples.examples",
    "support.catalogues.FEW",
    "support.item_samples.MANY",
    "support.job_samples.MANY",
}
"""What a file of properties takes its number of examples from: `examples`, or a setting that it made."""


def test_the_examples_of_every_property_follow_the_profile():
    trees = {
        path: set(imports(list_nodes(path)))
        for path in TESTS
        if "hypothesis" in read(path) and path.name != "examples.py"
    }
    assert [name(path) for path, found in trees.items() if "hypothesis.settings" in found] == []
    without = [
        name(path) for path, found in trees.items() if "hypothesis.given" in found and not found & EXAMPLES
    ]
    assert without == []


WAITS = {"timeout", "settimeout", "set_default_timeout", "wait", "wait_for", "join", "communicate", "select"}
"""Calls that wait for a process, a thread, a socket or a page."""


def hurried(nodes):
    """Give the lines that wait for a fixed number of seconds, one second or more and less than ten minutes.

    Below a second a test lets something go by on purpose; it expects nothing to be done in that time.
    """
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        named = [each.value for each in call.keywords if each.arg and "timeout" in each.arg]
        function = getattr(call.func, "attr", getattr(call.func, "id", ""))
        waits = [*named, *(call.args if function in WAITS else ())]
        for seconds in waits:
            value = seconds.value if isinstance(seconds, ast.Constant) else None
            if isinstance(value, int | float) and 1 <= value < PATIENCE_S:
                yield call.lineno


def test_no_test_gives_up_in_less_than_ten_minutes():
    assert PATIENCE_S >= 600
    found = {name(path): [*hurried(list_nodes(path))] for path in TESTS}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "planted", ["run([], timeout=60)", "process.wait(20)", "thread.join(timeout=5.0)", "asyncio.timeout(20)"]
)
def test_a_fixed_time_limit_is_noticed(planted):
    assert [*hurried(planted_nodes(planted))] == [1]
