"""The import contracts of pyproject.toml hold, and each of them would be broken by what it forbids."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from support.patience import PATIENCE_S

REPO = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((REPO / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

LOOSE_FILES = 14
"""More at the top of a package cannot be told apart at a glance."""

PLANTS = [
    ("subscribers knows nothing of pipeline", "subscribers.model", "pipeline.errors"),
    ("packages import downward only", "pipeline.content.slugs", "pipeline.issue.compose"),
    ("packages import downward only", "pipeline.model.issue", "pipeline.errors"),
    ("modules touch the world only where it is their work", "pipeline.pick.terms", "os"),
    ("modules touch the world only where it is their work", "pipeline.deliver.mime.verify", "socket"),
    (
        "two readers of the clock: wiring, and the cron line before it",
        "pipeline.deliver.mime.compile",
        "pipeline.clock",
    ),
    ("modules touch the world only where it is their work", "subscribers.lifecycle", "time"),
    ("the edition never opens the database", "pipeline.issue.lock", "subscribers.store.engine"),
    ("the edition never opens the database", "pipeline.edition.draft", "pipeline.store.issues"),
    ("one door for sqlalchemy and alembic: the stores", "pipeline.web.app", "sqlalchemy"),
    ("one door for sqlalchemy and alembic: the stores", "pipeline.run.single_mails", "alembic"),
    ("one door for sqlalchemy and alembic: the stores", "subscribers.sheets.separated", "sqlalchemy"),
    ("one door for click: the command line", "pipeline.run.report", "click"),
    ("one door for mjml and jinja2: render", "pipeline.issue.compose", "jinja2"),
    ("one door for mjml and jinja2: render", "pipeline.content.markdown", "mjml"),
    ("one door for starlette and uvicorn: web and studio", "pipeline.cli.web", "uvicorn"),
    ("one door for watchfiles: the studio", "pipeline.cli.preview", "watchfiles"),
    ("one door for the HTTP client: fetch and http_client", "pipeline.feeds.discover", "httpx2"),
    ("one door for cryptography and standardwebhooks: webhooks", "pipeline.web.webhooks", "cryptography"),
    ("one door for feedparser: the limited child", "pipeline.feeds.parser_pool", "feedparser"),
    ("one door for flufl.bounce: parse.plain", "pipeline.bounces.parse.status", "flufl"),
    ("one door for the IMAP client: sources.imap", "pipeline.bounces.sources.files", "imapclient"),
    ("one client of python-calamine: sheets.workbooks", "subscribers.sheets.grids", "python_calamine"),
]
"""Contract, a module, and an import that the contract forbids there."""


def lint(folder):
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", "pyproject.toml"],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "300", "NO_COLOR": "1"},
        timeout=PATIENCE_S,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """What import-linter says of a copy of both packages in which every plant stands."""
    folder = tmp_path_factory.mktemp("planted")
    for package in ("pipeline", "subscribers"):
        shutil.copytree(REPO / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "pyproject.toml", folder)
    for _, module, imported in PLANTS:
        path = folder / Path(*module.split(".")).with_suffix(".py")
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\nimport {imported}\n")
    return lint(folder)


@pytest.mark.slow
def test_the_contracts_hold():
    code, said = lint(REPO)
    assert code == 0, said
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in said


def test_every_contract_has_a_plant():
    assert {name for name, _, _ in PLANTS} == {contract["name"] for contract in CONTRACTS}


@pytest.mark.slow
@pytest.mark.parametrize(("contract", "module", "imported"), PLANTS)
def test_a_planted_import_breaks_its_contract_and_is_named(planted, contract, module, imported):
    code, said = planted
    assert code == 1
    assert f"{contract} BROKEN" in said
    details = said.split(f"\n{contract}\n---", 1)[1]
    for other in CONTRACTS:
        details = details.split(f"\n{other['name']}\n---", 1)[0]
    source, target = re.escape(module), re.escape(imported)
    assert re.search(rf"{source} (is not allowed to import {target}|-> {target})", details), details


def test_no_package_under_a_contract_was_forgotten_when_it_was_renamed():
    for contract in CONTRACTS:
        for module in contract.get("source_modules", []) + contract.get("allowed_importers", []):
            path = REPO / Path(*module.split("."))
            assert path.is_dir() or path.with_suffix(".py").is_file(), f"{contract['name']}: {module}"


def test_types_are_imported_downward_only_too():
    (layers,) = (contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
    levels = tuple(set(level.split(" : ")) for level in layers)
    graph = grimp.build_graph("pipeline", exclude_type_checking_imports=False)
    broken = graph.find_illegal_dependencies_for_layers(
        [grimp.Layer(*level, independent=False) for level in levels], containers={"pipeline"}
    )
    assert broken == set()


def test_few_files_lie_loose_at_the_top():
    assert len(list((REPO / "pipeline").glob("*.py"))) <= LOOSE_FILES
