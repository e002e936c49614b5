"""`weekly issue verify` and `weekly db check`: what was sent can be made again, and the database is known."""

from __future__ import annotations

import shutil

import pytest
from support.cli import edit, make_sent_example, must, weekly

from pipeline.store.schema import HEAD

LATER = "2026-11-26T12:00Z"
WEEK = "2026-W48"


@pytest.fixture
def sent(tmp_path):
    return make_sent_example(tmp_path / "letter")


def term_of(folder):
    (past,) = must(weekly("issue", "list", "--json", folder=folder)).json["issues"]
    return folder / "content" / "glossary" / f"{past['term']}.md"


def test_a_sent_letter_is_made_again_byte_for_byte(sent):
    found = must(weekly("issue", "verify", "--week", WEEK, "--json", folder=sent, as_of=LATER)).json
    assert found == {"schema": 1, "week": WEEK, "same": True, "frozen": True, "digest": found["digest"]}
    assert len(found["digest"]) == 64
    ended = must(weekly("issue", "verify", "--week", WEEK, folder=sent, as_of=LATER))
    assert "the same choice and the same letter, byte for byte" in ended.stderr


def test_an_edit_after_the_send_is_told(sent):
    path = term_of(sent)
    edit(path, "## Why It Matters\n\n", "## Why It Matters\n\nIt does. ")
    ended = weekly("issue", "verify", "--week", WEEK, folder=sent, as_of=LATER)
    assert ended.code == 1
    assert "renders differently from what was sent" in ended.stderr


def test_other_inputs_are_told_line_by_line(sent):
    edit(term_of(sent), "difficulty: 1", "difficulty: 3")
    ended = weekly("issue", "verify", "--week", WEEK, folder=sent, as_of=LATER)
    assert ended.code == 1
    assert "the inputs have changed since it was locked" in ended.stderr
    assert '+    "content": ' in ended.stderr


def test_the_schema_of_the_database_is_told_in_words_and_as_json(sent):
    assert must(weekly("db", "check", "--json", folder=sent)).json == {
        "schema": 1,
        "revision": HEAD,
        "needed": HEAD,
        "lost": None,
    }
    shutil.rmtree(sent / "var")
    ended = weekly("db", "check", "--json", folder=sent)
    assert (ended.code, ended.json) == (
        6,
        {"schema": 1, "revision": None, "needed": HEAD, "lost": "missing"},
    )
    assert "weekly db create" in weekly("db", "check", folder=sent).stderr
