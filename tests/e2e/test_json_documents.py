"""What every command prints with `--json` is what its schema says, in a full newsletter and an empty one."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from support.cli import CONSENT, DUE, READERS, make_example, must, weekly
from support.feed_server import FeedServer
from support.news import ALLOW, MONDAY, Desk

from pipeline.cli import weekly as program
from pipeline.cli.documents import DOCUMENTS
from pipeline.cli.schemas import document_schema

REPO = Path(__file__).resolve().parents[2]
NEXT = "2026-12-01T09:00Z"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FULL = {
    "run": (["--dry-run"], []),
    "issue show": ([],),
    "issue verify": (["--week", "2026-W48"],),
    "issue list": ([],),
    "issue journal": ([],),
    "issue check": ([],),
    "issue explain": ([], ["tools"]),
    "status": ([],),
    "content check": ([], ["--fix", "--dry-run"]),
    "content list": ([],),
    "content show": (["token"], ["token", "--whole"], ["count-cost-per-resolved-task", "--whole"]),
    "content import": ([REPO / "docs/example-glossary.json", "--dry-run"],),
    "content plan": (["--weeks", "3"],),
    "content path": (["rag"],),
    "content coverage": ([],),
    "templates list": ([],),
    "feeds fetch": ([],),
    "feeds list": ([],),
    "feeds check": ([],),
    "feeds test": (["tools-feed"],),
    "jobs import": ([REPO / "docs/example-jobs.json", "--dry-run"],),
    "jobs list": ([], ["--all"]),
    "simulate": (["--weeks", "2"],),
    "subscribers list": ([],),
    "subscribers show": (["ada@example.org"],),
    "subscribers growth": (["--weeks", "2"],),
    "subscribers find": (["ada"],),
    "subscribers proof": (["ada@example.org"],),
    "subscribers count": ([],),
    "bounces ingest": ([os.devnull],),
    "subscribers import": ([READERS, *CONSENT, "--dry-run"],),
    "relay check": ([],),
    "subscribers imports": ([],),
    "subscribers undo": (["1", "--dry-run"],),
    "subscribers suppressions list": ([],),
    "subscribers suppressions import": ([READERS, "--dry-run"],),
    "db check": ([],),
    "config show": ([],),
}
"""How each command is called: a command that is missing here fails."""

EMPTY = {
    "run": ["--week", "2026-W40"],
    "issue list": [],
    "issue journal": [],
    "issue verify": [],
    "status": [],
    "content plan": ["--weeks", "1"],
    "content coverage": [],
    "content list": ["--unused"],
    "feeds fetch": [],
    "feeds list": [],
    "feeds check": [],
    "jobs list": ["--all"],
    "subscribers list": [],
    "subscribers show": ["ada@example.org"],
    "subscribers count": [],
    "relay check": [],
    "db check": [],
}
"""What is called where no issue, no reader, no feed and no job is."""


def walk(command=program, words=()):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*words, name))
    else:
        yield " ".join(words), command


def closed(schema):
    """Let no object have a key that its schema does not name: what is printed is documented."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(each) for key, each in schema.items()}
    has_keys = schema.get("type") == "object" and "properties" in schema
    return {"additionalProperties": False, **made} if has_keys else made


@pytest.fixture(scope="module")
def faults():
    """Call `faults(command, document)` to list what its schema forbids."""
    formats = FormatChecker(formats=("date",))
    formats.checks("date-time")(lambda value: value is None or bool(INSTANT.fullmatch(value)))

    def faults(command, document):
        validator = Draft202012Validator(closed(document_schema(command)), format_checker=formats)
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]

    return faults


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A newsletter with readers, feeds, jobs, an issue that was sent, and news for the next."""
    folder = make_example(tmp_path_factory.mktemp("json") / "letter")
    server = FeedServer()
    desk = Desk(folder, server)
    assert weekly("jobs", "import", REPO / "docs/example-jobs.json", folder=folder, as_of=MONDAY).code == 6
    must(desk("run"))
    desk.serve(NEXT, first=3)
    must(desk("feeds", "fetch", as_of=NEXT))
    for act in (["pin", "rag"], ["ban", "https://tools.example/4"], ["undo"]):
        must(desk("issue", *act, as_of=NEXT))
    yield folder
    server.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    folder = tmp_path_factory.mktemp("json") / "letter"
    must(weekly("init", folder))
    return folder


def test_every_command_with_json_has_a_schema_and_an_example():
    with_json = {name for name, command in walk() if any(param.name == "as_json" for param in command.params)}
    assert with_json == set(DOCUMENTS) == set(FULL)


@pytest.mark.parametrize("command", DOCUMENTS)
def test_every_schema_is_one_and_lets_no_text_be_empty(command):
    schema = document_schema(command)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("command", FULL)
def test_what_is_printed_is_what_the_schema_says(command, full, tmp_path, faults):
    folder = shutil.copytree(full, tmp_path / "letter")
    for args in FULL[command]:
        ended = weekly(*command.split(), *args, "--json", folder=folder, as_of=NEXT, env=ALLOW)
        assert ended.code in (0, 4, 5, 6), ended
        assert next(iter(ended.json)) == "schema"
        assert faults(command, ended.json) == []


@pytest.mark.parametrize("command", EMPTY)
def test_where_there_is_nothing_the_document_says_so_or_the_command_fails_and_prints_none(
    command, empty, faults
):
    ended = weekly(*command.split(), *EMPTY[command], "--json", folder=empty, as_of=DUE)
    if ended.stdout:
        assert next(iter(ended.json)) == "schema"
        assert faults(command, ended.json) == []
    else:
        assert ended.code
        assert ended.stderr
