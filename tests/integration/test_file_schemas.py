"""The schemas that editors complete from agree with what the program reads."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from support.cli import must, weekly

from pipeline.cli.schemas import FILES, file_schema
from pipeline.content.read import TERM_KEYS, TIP_KEYS
from pipeline.feeds.subscriptions import _FORMS as FEED_KEYS
from pipeline.jobs.posting import KEYS as JOB_KEYS

REPO = Path(__file__).resolve().parents[2]


def problems(name, value):
    # YAML reads dates as such; an editor has their text.
    value = json.loads(json.dumps(value, default=str))
    validator = Draft202012Validator(file_schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@pytest.mark.parametrize("name", FILES)
def test_every_schema_is_one_and_is_printed(name):
    schema = file_schema(name)
    Draft202012Validator.check_schema(schema)
    assert must(weekly("config", "schema", name)).json == schema


def test_without_a_name_it_is_that_of_the_settings_and_an_unknown_name_is_refused():
    assert must(weekly("config", "schema")).json == file_schema("weekly.toml")
    assert must(weekly("config", "schema", "issue", "show")).json["title"] == "weekly issue show --json"
    refused = weekly("config", "schema", "terms")
    assert (refused.code, refused.stdout) == (2, "")
    assert "did you mean" in refused.stderr


def test_the_keys_of_the_schemas_are_those_that_are_read():
    assert set(file_schema("term")["properties"]) == TERM_KEYS
    assert set(file_schema("tip")["properties"]) == TIP_KEYS
    assert set(file_schema("job")["properties"]) == set(JOB_KEYS)
    assert set(file_schema("feeds")["properties"]["feed"]["items"]["properties"]) == set(FEED_KEYS)


@pytest.mark.parametrize(("name", "folder"), [("term", "content/glossary"), ("tip", "content/tips")])
def test_all_shipped_content_is_what_its_schema_allows(name, folder):
    for path in (REPO / folder).glob("*.md"):
        _, front, _ = path.read_text(encoding="utf-8").split("---\n", 2)
        assert problems(name, yaml.safe_load(front)) == [], path.name


def test_imported_jobs_are_what_their_schema_allows(tmp_path):
    must(weekly("init", tmp_path / "letter"))
    weekly("jobs", "import", REPO / "docs/example-jobs.json", folder=tmp_path / "letter")
    paths = list((tmp_path / "letter" / "content" / "jobs").glob("*.md"))
    assert paths
    for path in paths:
        _, front, _ = path.read_text(encoding="utf-8").split("---\n", 2)
        assert problems("job", yaml.safe_load(front)) == [], path.name


def test_the_shipped_settings_are_what_their_schema_allows_and_a_password_is_not():
    settings = tomllib.loads((REPO / "weekly.toml").read_text(encoding="utf-8"))
    assert problems("weekly.toml", settings) == []
    for table, key, value in (
        ("smtp", "password", "secret"),
        ("smtp", "port", "587"),
        ("schedule", "time", "9 o'clock"),
        ("schedule", "max_age", 3),
        ("delivery", "on_unknown", "guess"),
        ("newsletter", "titel", "x"),
    ):
        assert problems("weekly.toml", settings | {table: settings[table] | {key: value}}), key


def test_feeds_and_wishes_are_marked_where_they_are_wrong():
    feed = {"slug": "a", "url": "https://example.org/feed", "section": "tools"}
    assert problems("feeds", {"feed": [feed | {"max_age": "14 days", "cap": 2}]}) == []
    for wrong in ({"section": "sport"}, {"cap": 0}, {"weight": 0}, {"max_age": 14}, {"titel": "x"}):
        assert problems("feeds", {"feed": [feed | wrong]}), wrong
    wishes = {
        "subject": "Hello",
        "term": {"pin": "rag", "ban": []},
        "items": {"pin": ["https://example.org/1"]},
    }
    assert problems("wishes", wishes) == []
    for wrong in ({"subject": "x" * 79}, {"term": {"pin": ["rag"]}}, {"items": {"pni": []}}):
        assert problems("wishes", wrong), wrong
