"""The suppression list: visible, moved as a file, filled from other tools, and lifted with a reason."""

from __future__ import annotations

import io
from datetime import timedelta

import click
import pytest
from support.databases import make_tables
from support.stores import KEY, NOW, PROOF, people_of

from pipeline.cli.subscribers_suppressions import refuse_active
from subscribers.addresses import parse_address
from subscribers.errors import SuppressedAddress, UnreadableImport
from subscribers.model import SubscriberState
from subscribers.sheets.opening import open_table
from subscribers.store.suppressions import SuppressionList
from subscribers.suppressing import COLUMNS, export_suppressions, import_suppressions, read_reason
from subscribers.suppression import SuppressionReason

LATER = NOW + timedelta(days=9)

B, C, M, E = (
    SuppressionReason.BOUNCED,
    SuppressionReason.COMPLAINED,
    SuppressionReason.BY_HAND,
    SuppressionReason.ERASED,
)
ADA, BOB, EVE = (parse_address(f"{name}@example.org") for name in ("ada", "bob", "eve"))


@pytest.fixture
def people(engine):
    return people_of(engine)


@pytest.fixture
def listed(people, engine):
    del people
    return SuppressionList(engine, suppression_key=KEY)


def add(people, address):
    return people.add_with_proof(address, name="", proof=PROOF, now=NOW)


def take(listed, text, *, reason=M, dry_run=False):
    with open_table(io.BytesIO(text.encode()), columns=COLUMNS["email"]) as table:
        return import_suppressions(listed, table, reason=reason, source="a test", now=NOW, dry_run=dry_run)


def test_the_list_shows_addresses_of_readers_and_hashes_of_all(people, listed):
    people.bounce(add(people, ADA).public_id, NOW, source="imap: hard bounces")
    people.suppress(BOB, M, NOW)
    people.erase(add(people, EVE).public_id, NOW)
    found = {entry.reason: (entry.email, entry.source) for entry in listed.iterate()}
    assert found == {B: ("ada@example.org", "imap: hard bounces"), M: ("", ""), E: ("", "")}
    assert [entry.email for entry in listed.iterate(reason=B)] == ["ada@example.org"]
    assert all(len(entry.hash) == 32 for entry in listed.iterate())


EXPORTS = {
    "amazon ses": (
        "EmailAddress,Reason,LastUpdateTime\nada@example.org,BOUNCE,2026-11-01\nbob@example.org,COMPLAINT,2026-11-02\n",
        (B, C),
    ),
    "sendgrid bounces": (
        'status,reason,email,created\n5.1.1,"550 5.1.1 no such user",ada@example.org,1700000000\n4.2.2,mailbox full bounce,bob@example.org,1700000000\n',
        (B, B),
    ),
    "mailgun": (
        "address,code,error,created_at\nada@example.org,550,No such user,2026-11-01\nbob@example.org,550,gone,2026-11-01\n",
        (B, B),
    ),
    "postmark": (
        "EmailAddress,SuppressionReason,Origin,CreatedAt\nada@example.org,HardBounce,Recipient,2026-11-01\nbob@example.org,SpamComplaint,Recipient,2026-11-01\n",
        (B, C),
    ),
    "a spreadsheet": (
        "\ufeffE-Mail Address;Type\r\nAda@Example.org;Unsubscribed\r\nbob@example.org;Cleaned\r\n",
        (M, B),
    ),
    "a bare list": ("email\nada@example.org\nbob@example.org\n", (M, M)),
}


@pytest.mark.parametrize("tool", EXPORTS)
def test_lists_of_other_tools_are_read_with_their_reasons(people, listed, tool):
    text, reasons = EXPORTS[tool]
    reader = add(people, ADA)
    report = take(listed, text)
    assert (report.rows, report.added, report.known, report.rejected_rows) == (2, 2, 0, 0)
    assert ("created" in report.ignored_columns) is (tool == "sendgrid bounces")
    assert tuple(people.find_suppression(each) for each in (ADA, BOB)) == reasons
    assert (
        people.find(reader.public_id).state
        is {
            B: SubscriberState.BOUNCED,
            M: SubscriberState.UNSUBSCRIBED,
        }[reasons[0]]
    )
    again = take(listed, text)
    assert (again.added, again.known) == (0, 2)


def test_a_dry_run_counts_the_same_and_writes_nothing(people, listed):
    text = "email,reason\nada@example.org,bounce\nada@example.org,bounce\nnot an address,\n"
    would, did = take(listed, text, dry_run=True), take(listed, text)
    assert (would.rows, would.added, would.known, would.rejected) == (3, 1, 1, did.rejected)
    assert [row.line for row in did.rejected] == [4]
    assert (did.added, did.known) == (1, 1)
    assert people.find_suppression(ADA) is B


def test_an_export_moves_the_list_also_of_those_whose_address_nobody_has(people, listed, tmp_path):
    people.complain(add(people, ADA).public_id, NOW)
    people.suppress(BOB, B, NOW, source="=cmd")
    people.erase(add(people, EVE).public_id, NOW)
    out = io.StringIO(newline="")
    assert export_suppressions(listed.iterate(), out, listed.key_mark) == 3
    assert "eve" not in out.getvalue()
    from subscribers.store.engine import open_engine

    other = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    make_tables(other, tmp_path)
    moved = SuppressionList(other, suppression_key=KEY)
    assert take(moved, out.getvalue()).added == 3
    assert {(one.hash, one.reason) for one in moved.iterate()} == {
        (one.hash, one.reason) for one in listed.iterate()
    }
    foreign = SuppressionList(other, suppression_key=bytes(32))
    report = take(foreign, out.getvalue())
    assert [row.reason for row in report.rejected] == ["it was hashed with another suppression key"] * 2
    other.dispose()


def test_a_list_without_addresses_is_refused_by_name(listed):
    with pytest.raises(UnreadableImport, match="no column is known to hold addresses"):
        take(listed, "who,when\nada,today\n")


def test_who_was_lifted_comes_back_by_a_new_confirmed_sign_up(people, listed):
    reader = add(people, ADA)
    people.bounce(reader.public_id, NOW)
    with pytest.raises(SuppressedAddress):
        people.request(ADA, name="", proof=PROOF, now=NOW)
    assert listed.lift(ADA, "works again", LATER).reason is B
    assert listed.lift(ADA, "works again", LATER) is None
    (entry,) = listed.iterate_lifted(email_key=ADA.key)
    assert (entry.email, entry.reason, entry.lifted_at, entry.lift_reason) == (
        ADA.email,
        B,
        LATER,
        "works again",
    )
    assert list(listed.iterate_lifted(email_key=BOB.key)) == list(listed.iterate_lifted(reason=C)) == []
    out = io.StringIO(newline="")
    export_suppressions(listed.iterate_lifted(), out, listed.key_mark)
    moved = take(listed, out.getvalue())
    assert (moved.rows, moved.lifted, moved.added, moved.ignored_columns) == (1, 1, 0, ())
    assert people.find_suppression(ADA) is None
    assert people.find(reader.public_id).state is SubscriberState.BOUNCED
    assert people.count_deliverable() == 0
    again = people.request(ADA, name="", proof=PROOF, now=NOW)
    assert (again.public_id, again.state) == (reader.public_id, SubscriberState.PENDING)
    people.confirm(reader.public_id, NOW)
    assert people.count_deliverable() == 1
    assert [each.event.word for each in people.events(reader.public_id)][-3:] == [
        "bounced",
        "requested",
        "confirmed",
    ]


def test_nobody_lifts_for_an_owner_who_asked_to_be_forgotten(people, listed):
    people.erase(add(people, EVE).public_id, NOW)
    with pytest.raises(SuppressedAddress):
        listed.lift(EVE, "asked", LATER)
    assert listed.lift(bytes(16), "?", LATER) is None
    assert people.find_suppression(EVE) is E


def test_who_was_forgotten_after_a_complaint_comes_back_only_by_their_own_sign_up(people, listed):
    reader = add(people, EVE)
    people.complain(reader.public_id, NOW)
    people.erase(reader.public_id, NOW)
    (entry,) = listed.iterate()
    assert (entry.email, listed.lift(bytes.fromhex(entry.hash), "asked", LATER).reason) == ("", C)
    with pytest.raises(SuppressedAddress):
        add(people, EVE)
    again = people.request(EVE, name="", proof=PROOF, now=NOW)
    assert people.confirm(again.public_id, NOW)
    assert people.find_suppression(EVE) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hard bounce", B),
        ("550 5.1.1 no such user", B),
        ("Marked as spam", C),
        ("ManualSuppression", M),
        ("unsubscribed", M),
        ("erased", E),
        ("", C),
        ("whatever", C),
    ],
)
def test_a_reason_is_read_in_the_words_of_any_tool(text, reason):
    assert read_reason(text, C) is reason


def test_a_list_that_calls_some_active_is_not_suppressed_without_a_yes():
    with (
        open_table(io.BytesIO(b"email,status\nok@example.org,active\nno@example.org,bounced\n")) as table,
        pytest.raises(
            click.UsageError, match=r"'status' calls 1 of them active.*`weekly subscribers import`"
        ),
    ):
        refuse_active(table)
    with open_table(io.BytesIO(b"email,status\nno@example.org,bounced\n")) as table:
        refuse_active(table)
