"""Readers' choices, from the command that notes them to the letter in the outbox."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from support.cli import CONSENT, edit, make_example, must, outbox, query, weekly
from support.news import ALLOW, MONDAY, TUESDAY

import pipeline.store
from pipeline.resources import shipped
from subscribers.model import SubscriberState
from subscribers.store.engine import open_engine

WEEK = "2026-W48"
TEMPLATES = shipped("templates")
CAREERS = ("Careers", "for careers")
"""The heading of the section, and what the titles of its stories have in them."""


@pytest.fixture(scope="module")
def news_example(tmp_path_factory):
    """The example as it is, with its variants."""
    return make_example(tmp_path_factory.mktemp("variants") / "letter")


@pytest.fixture(scope="module")
def prepared_news(tmp_path_factory):
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture
def chosen(desk):
    """Three readers of twelve choose otherwise."""
    for place, changes in enumerate(
        (("+text-only",), ("+without-careers",), ("+without-careers", "+text-only"))
    ):
        desk.after("subscribers", "tag", address(desk, place), *changes, as_of=MONDAY)
    return desk


def address(desk, place):
    """Name one of the active example readers, by the alphabet."""
    statement = "SELECT email FROM subscriber WHERE state = ? ORDER BY email"
    return query(desk.folder, statement, SubscriberState.ACTIVE.value)[place][0]


def readers(desk):
    return must(desk("subscribers", "list", "--json", "--state", "active")).json["subscribers"]


def letters(folder):
    """Read the outbox as mail programs do: the bytes and the message, by the address it goes to."""
    found = {}
    for name in outbox(folder):
        raw = (folder / "var" / "outbox" / name).read_bytes()
        message = message_from_bytes(raw, policy=policy.default)
        found[message["To"].addresses[0].addr_spec] = (raw, message)
    return found


def lock(desk):
    return json.loads((desk.folder / "content" / "issues" / f"{WEEK}.lock.json").read_text("utf-8"))


def test_twelve_readers_get_the_letter_that_each_of_them_chose(chosen):
    chosen.after("run")
    assert lock(chosen)["variants"] == ["text-only", "text-only+without-careers", "without-careers"]
    found = letters(chosen.folder)
    assert len(found) == 12
    text, without, both = (found.pop(address(chosen, place)) for place in range(3))
    for raw, message in (text, both):
        assert message.get_content_type() == "text/plain"
        assert b"html" not in raw.lower().partition(b"\r\n\r\n")[0]
        assert b"<table" not in raw
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert str(message["List-Unsubscribe"]).strip("<>") in message.get_content()
    for _, message in found.values():
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        for part in message.iter_parts():
            assert all(words in part.get_content() for words in CAREERS)
    assert all(words in text[1].get_content() for words in CAREERS)
    parts = [*without[1].iter_parts(), both[1]]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/plain"]
    for part in parts:
        assert not [words for words in CAREERS if words in part.get_content()]
        assert "for tools" in part.get_content()
    assert must(chosen("status", "--json")).json["counts"]["sent"] == 12
    (past,) = chosen.history()
    assert past["digest"] == must(chosen("issue", "verify", "--week", WEEK, "--json")).json["digest"]


def test_two_machines_make_the_same_variants_to_the_byte(chosen, tmp_path):
    shutil.copytree(chosen.folder, tmp_path / "other")
    chosen.after("run")
    must(weekly("run", folder=tmp_path / "other", as_of=TUESDAY, env={"TZ": "Asia/Tokyo", **ALLOW}))
    statement = "SELECT variant, name, html, text, message FROM issue_variant ORDER BY variant"
    kept = query(chosen.folder, statement)
    assert [row[1] for row in kept] == ["ordinary", *lock(chosen)["variants"]]
    assert [bool(row[2]) for row in kept] == [True, False, False, True]
    assert query(tmp_path / "other", statement) == kept


def test_a_week_without_careers_has_no_letter_without_them(chosen):
    edit(
        chosen.folder / "weekly.toml",
        '# order = ["term", "tools", "techniques", "careers", "tip"]',
        'order = ["term", "tools", "tip"]',
    )
    must(chosen("issue", "build"))
    assert lock(chosen)["variants"] == ["text-only"]
    assert must(chosen("issue", "show", "--json")).json["variants"] == ["text-only"]
    must(chosen("run"))
    found = letters(chosen.folder)
    kinds = [found[address(chosen, place)][1].get_content_type() for place in range(4)]
    assert kinds == ["text/plain", "multipart/alternative", "text/plain", "multipart/alternative"]


def test_an_offer_of_nothing_makes_one_letter_for_all(chosen):
    edit(chosen.folder / "weekly.toml", 'variants = ["text-only", "without-careers"]', "variants = []")
    must(chosen("run"))
    assert lock(chosen)["variants"] == []
    assert {message.get_content_type() for _, message in letters(chosen.folder).values()} == {
        "multipart/alternative"
    }


def test_a_lock_from_before_there_were_variants_holds_and_makes_none(chosen):
    chosen.after("feeds", "fetch")
    chosen.after("issue", "build")
    path = chosen.folder / "content" / "issues" / f"{WEEK}.lock.json"
    old = {name: value for name, value in lock(chosen).items() if name != "variants"}
    path.write_text(json.dumps(old, sort_keys=True, indent=2, ensure_ascii=False) + "\n", "utf-8")
    before = path.read_bytes()
    told = must(chosen("issue", "show", "--json")).json
    assert (told["variants"], told["drifted"], told["digest"]) == ([], False, told["approval_digest"])
    must(chosen("issue", "verify"))
    must(chosen("run"))
    assert path.read_bytes() == before
    assert len(query(chosen.folder, "SELECT * FROM issue_variant")) == 1


def test_another_offer_is_reported_and_not_applied_to_a_locked_week(chosen):
    chosen.after("feeds", "fetch")
    chosen.after("issue", "build")
    edit(chosen.folder / "weekly.toml", '"text-only", "without-careers"]', '"without-tools"]')
    assert must(chosen("issue", "show", "--json")).json["drifted"]
    refused = chosen("issue", "verify")
    assert (refused.code, "without-tools" in refused.stderr) == (1, True)
    must(chosen("issue", "build", "--refresh"))
    assert lock(chosen)["variants"] == ["without-tools"]


def own_greeting(desk, words, name="greeting.txt.j2"):
    """Say something in the letters of those alone who leave careers out."""
    path = desk.folder / "templates" / "email" / "blocks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds = "issue.sections|map(attribute='kind')|list"
    usual = (TEMPLATES / "email" / "blocks" / name).read_text("utf-8")
    path.write_text(f'{usual}{{% if "careers" not in {kinds} %}}{words}{{% endif %}}\n', "utf-8")


def test_a_change_of_one_variant_voids_the_approval(chosen):
    chosen.after("feeds", "fetch")
    edit(chosen.folder / "weekly.toml", "approval = false", "approval = true")
    own_greeting(chosen, "No jobs for you.")
    must(chosen("issue", "approve"))
    approved = must(chosen("issue", "show", "--json")).json
    assert approved["state"] == "approved"
    own_greeting(chosen, "No jobs, as you wished.")
    told = must(chosen("issue", "show", "--json")).json
    assert (told["digest"], told["state"]) == (approved["digest"], "locked")
    waits = chosen("run")
    assert (waits.code, outbox(chosen.folder)) == (3, [])
    must(chosen("issue", "approve"))
    must(chosen("run"))
    assert "as you wished" in letters(chosen.folder)[address(chosen, 1)][1].get_body(("plain",)).get_content()


def test_a_variant_that_cannot_be_made_stops_the_letter_and_is_named(chosen):
    own_greeting(chosen, "{{ nothing }}")
    stopped = chosen("run")
    assert (stopped.code, "in the variant without-careers: " in stopped.stderr) == (4, True)
    assert outbox(chosen.folder) == []


def test_a_variant_that_a_check_stops_stops_the_letter_and_is_named(chosen):
    chosen.after("feeds", "fetch")
    nameless = '<p><a href="https://elsewhere.example/"></a></p>'
    section = f"<mj-section><mj-column><mj-text>{nameless}</mj-text></mj-column></mj-section>"
    own_greeting(chosen, section, "greeting.mjml.j2")
    found = chosen("issue", "check", "--json")
    assert (found.code, {each["rule"] for each in found.json["findings"] if each["severity"] == "error"}) == (
        5,
        {"link-text", "text-parity"},
    )
    stopped = chosen("run")
    assert (stopped.code, "in the variant without-careers: " in stopped.stderr) == (5, True)
    assert outbox(chosen.folder) == []


def columns(database):
    """List the columns of every table, as pairs."""
    statement = (
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    )
    with closing(sqlite3.connect(database)) as connection:
        return set(connection.execute(statement))


def first_version(database):
    """Make a database of the first version; returns its columns."""
    config = Config()
    config.set_main_option("script_location", str(Path(pipeline.store.__file__).parent / "migrations"))
    database.touch()
    engine = open_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    return columns(database)


def test_what_is_owed_of_an_issue_frozen_by_an_older_version_goes_out_after_the_upgrade(chosen, tmp_path):
    # That version greeted by the name alone.
    query(chosen.folder, "UPDATE subscriber SET first_name = ''")
    must(chosen("run"))
    before = {to: raw for to, (raw, _) in letters(chosen.folder).items()}
    shutil.rmtree(chosen.folder / "var" / "outbox")
    # The database as version 0001 left it: one letter, and no name for it.
    query(chosen.folder, "DELETE FROM issue_variant WHERE variant > 0")
    query(chosen.folder, "UPDATE delivery SET state = 0, variant = 0")
    query(chosen.folder, "UPDATE issue SET state = 4, ended_at = NULL")
    for index in ("delivery_subscriber_id", "event_subscriber_id", "subscriber_merged_into"):
        query(chosen.folder, f"DROP INDEX ix_{index}")  # SQLite keeps a column that an index names
    first = first_version(tmp_path / "first.db")
    for table, column in columns(chosen.folder / "var" / "weekly.db") - first:
        if table in dict(first):
            query(chosen.folder, f"ALTER TABLE {table} DROP COLUMN {column}")
        else:
            query(chosen.folder, f"DROP TABLE IF EXISTS {table}")
    query(chosen.folder, "UPDATE alembic_version SET version_num = '0001'")
    must(chosen("run"))
    assert [path.name[:12] for path in (chosen.folder / "var" / "backups").iterdir()] == ["weekly-0001-"]
    after = {to: raw for to, (raw, _) in letters(chosen.folder).items()}
    assert set(after) == set(before)
    for place in range(3, 12):
        assert after[address(chosen, place)] == before[address(chosen, place)]
    assert {message.get_content_type() for _, message in letters(chosen.folder).values()} == {
        "multipart/alternative"
    }
    assert query(chosen.folder, "SELECT name FROM issue_variant") == [("ordinary",)]


def test_a_test_copy_can_be_that_of_a_variant(chosen):
    chosen.after("feeds", "fetch")
    must(chosen("send", "--to", "editor@example.org", "--variant", "without-careers+text-only"))
    _, message = letters(chosen.folder)["editor@example.org"]
    assert message.get_content_type() == "text/plain"
    assert "for careers" not in message.get_content()
    assert str(message["Subject"]).startswith("[Test] ")
    refused = chosen("send", "--to", "editor@example.org", "--variant", "html-only")
    assert (refused.code, "is not a variant" in refused.stderr) == (2, True)


# tags


def tags(desk, place):
    found = must(desk("subscribers", "show", "--json", address(desk, place))).json
    return found["tags"]


@pytest.mark.parametrize("variant", ["without-term+without-tip", "text-only+without-term+without-tip"])
def test_a_variant_that_the_letter_cannot_have_is_no_other_letter_instead(chosen, tmp_path, variant):
    chosen.after("feeds", "fetch")
    out = tmp_path / "out"
    for args in (("send", "--to", "ed@example.org"), ("render", "--out", out)):
        refused = chosen(*args, "--variant", variant)
        assert refused.code == 2
        assert f"{WEEK} has no variant {variant}" in refused.stderr
        assert "ordinary, text-only, text-only+without-careers, without-careers" in refused.stderr
    assert not outbox(chosen.folder)
    assert not out.exists()


def test_a_rehearsed_test_copy_counts_its_addresses(chosen):
    said = must(chosen("send", "--to", "ed@example.org", "--dry-run")).stderr
    assert said.strip().endswith("to 1 address")


def test_an_import_obeys_every_choice_of_a_cell_and_tells_of_those_that_nobody_offers(desk, tmp_path):
    sheet = tmp_path / "readers.csv"
    sheet.write_text('Email,Tags\nida@example.org,"text-only, without-tip"\n', "utf-8")
    done = must(desk("subscribers", "import", sheet, *CONSENT))
    assert "without-tip is an ordinary tag" in done.stderr
    assert "text-only is a tag" not in done.stderr
    (ida,) = [each for each in readers(desk) if each["email"] == "ida@example.org"]
    assert ida["tags"] == ["text-only", "without-tip"]


def test_tags_are_added_and_removed_and_told(desk):
    who = address(desk, 0)
    for each in tags(desk, 0):
        must(desk("subscribers", "tag", who, f"-{each}"))
    told = must(desk("subscribers", "tag", who, "+vip", "+Early Birds", "-nobody"))
    assert (told.stdout, told.stderr) == ("early-birds\nvip\n", "")
    told = must(desk("subscribers", "tag", who, "-vip", "-v", "+text-only"))
    assert told.stdout == "early-birds\ntext-only\n"
    assert tags(desk, 0) == ["early-birds", "text-only"]
    # Words that begin like options of the command are tags behind one sign.
    must(desk("subscribers", "tag", who, "+quiz", "+Czech"))
    assert must(desk("subscribers", "tag", who, "-quiz", "-Czech")).stdout == "early-birds\ntext-only\n"
    assert must(desk("subscribers", "tag", who)).stdout == "early-birds\ntext-only\n"


def test_a_dry_run_tells_the_tags_and_changes_none(desk):
    before = tags(desk, 0)
    told = must(desk("subscribers", "tag", address(desk, 0), "+text-only", "--dry-run"))
    assert told.stdout.split() == sorted([*before, "text-only"])
    assert tags(desk, 0) == before


@pytest.mark.parametrize("changes", [("vip",), ("+!",), ("+",), ("+vip", "-vip")])
def test_what_is_no_change_of_tags_is_refused_and_changes_none(desk, changes):
    before = tags(desk, 0)
    refused = desk("subscribers", "tag", address(desk, 0), "+other", *changes)
    assert refused.code == 2, refused
    assert tags(desk, 0) == before


def test_a_tag_like_a_choice_that_nobody_offers_is_one_like_any_other_and_said(desk):
    told = must(desk("subscribers", "tag", address(desk, 0), "+without-tools"))
    assert "`[sections] variants` does not offer it" in told.stderr
    assert "without-tools" in tags(desk, 0)
    assert desk("subscribers", "tag", "nobody@example.org", "+vip").code == 1
