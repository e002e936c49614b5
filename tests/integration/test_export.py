import csv
import io
import json
from datetime import timedelta, timezone

import pytest

from subscribers.addresses import parse_address
from subscribers.exporting import export_csv, export_json
from subscribers.importing.rows import import_rows
from subscribers.model import Proof, SubscriberState
from subscribers.selecting import floor_count, tag_slug
from subscribers.selection.model import by_state, by_tag
from subscribers.sheets.opening import open_table
from subscribers.store.people import People
from subscribers.store.tables import metadata

KEY = b"s" * 32


@pytest.fixture
def people(engine):
    return People(engine, suppression_key=KEY)


@pytest.fixture
def filled(people, now):
    proof = Proof("form", now, "yes")
    jane = people.add_with_proof(
        parse_address("Jane@example.org"), name='Jäne "J", Doe', proof=proof, now=now
    )
    people.change_tags(jane.public_id, now, add=["vip", "early"])
    people.request(parse_address("=cmd|calc@example.org"), name="-1+2", proof=Proof("@web", now, ""), now=now)
    gone = people.add_with_proof(parse_address("gone@example.org"), name="", proof=proof, now=now)
    people.erase(gone.public_id, now)
    return people


def exported_csv(people, **more):
    out = io.StringIO(newline="")
    count = export_csv(people, out, **more)
    return count, out.getvalue()


def test_json_says_everything_about_everybody_who_has_an_address(filled):
    out = io.StringIO()
    assert export_json(filled, out) == 2
    jane, calc = json.loads(out.getvalue())
    assert jane == {
        "email": "Jane@example.org",
        "state": "active",
        "name": 'Jäne "J", Doe',
        "tags": ["early", "vip"],
        "source": "form",
        "created_at": "2026-11-24T09:00:00Z",
        "confirmed_at": "2026-11-24T09:00:00Z",
    }
    assert (calc["state"], calc["confirmed_at"], calc["tags"]) == ("pending", None, [])


def test_csv_is_quoted_and_runs_in_no_spreadsheet(filled):
    count, text = exported_csv(filled)
    head, jane, calc = csv.reader(io.StringIO(text, newline=""))
    assert count == 2
    assert head == ["email", "state", "name", "tags", "source", "created_at", "confirmed_at"]
    assert jane[:4] == ["Jane@example.org", "active", 'Jäne "J", Doe', "early;vip"]
    assert calc[:5] == ["'=cmd|calc@example.org", "pending", "'-1+2", "", "'@web"]
    assert calc[6] == ""
    assert text.count("\r\n") == 3


def test_csv_for_machines_is_left_as_it_is(filled):
    _, text = exported_csv(filled, excel_safe=False)
    assert "\r\n=cmd|calc@example.org,pending,-1+2,,@web," in text


def test_an_export_can_be_one_state_or_one_tag(filled):
    assert exported_csv(filled, where=by_state(SubscriberState.PENDING))[0] == 1
    assert exported_csv(filled, where=by_tag("VIP"))[0] == 1
    assert export_json(filled, io.StringIO(), where=by_tag("none")) == 0


def test_an_export_of_nobody_is_still_valid(people):
    out = io.StringIO()
    assert export_json(people, out) == 0
    assert json.loads(out.getvalue()) == []
    assert exported_csv(people)[1].count("\r\n") == 1


def imported(people, text, proof, now):
    with open_table(io.BytesIO(text.encode())) as table:
        return import_rows(people, [table], proof=proof, now=now)


def test_what_was_exported_imports_again_as_it_was(filled, now, engine):
    _, text = exported_csv(filled)
    proof = Proof("move", now, "as exported")
    report = imported(filled, text, proof, now)
    assert (report.unchanged, report.rows) == (2, 2)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    imported(filled, text, proof, now)
    again = {reader.email: reader for reader in filled.iterate()}
    assert {email: (reader.state, reader.name, reader.tags) for email, reader in again.items()} == {
        "Jane@example.org": (SubscriberState.ACTIVE, 'Jäne "J", Doe', ("early", "vip")),
        "=cmd|calc@example.org": (SubscriberState.PENDING, "-1+2", ()),
    }
    assert again["Jane@example.org"].confirmed_at == now


def test_instants_are_exported_in_utc(people, now):
    there = now.astimezone(timezone(timedelta(hours=9)))
    people.add_with_proof(parse_address("jane@example.org"), name="", proof=Proof("", there, ""), now=there)
    out = io.StringIO()
    export_json(people, out)
    assert json.loads(out.getvalue())[0]["confirmed_at"] == "2026-11-24T09:00:00Z"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (-1, ""),
        (0, ""),
        (99, ""),
        (100, "100+"),
        (199, "100+"),
        (1_349, "1,300+"),
        (9_999, "9,900+"),
        (10_000, "10,000+"),
        (12_999, "12,000+"),
        (123_456, "120,000+"),
        (1_999_999, "1,900,000+"),
    ],
)
def test_the_printed_number_of_readers_is_never_a_boast(count, words):
    assert floor_count(count) == words
    assert int(words.replace(",", "").rstrip("+") or 0) <= max(count, 0)


@pytest.mark.parametrize(
    ("raw", "slug"),
    [(" Early  Birds! ", "early-birds"), ("Größe", "grösse"), ("---", ""), ("x" * 99, "x" * 64)],
)
def test_a_tag_is_stored_in_one_way(raw, slug):
    assert tag_slug(raw) == slug
    assert tag_slug(slug) == slug
