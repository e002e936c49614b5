import io
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.issue.variants import list_choices
from subscribers import addresses
from subscribers.addresses import parse_address
from subscribers.consent import find_break
from subscribers.errors import UnreadableImport
from subscribers.importing import read_row
from subscribers.importing.read_row import RowWishes
from subscribers.importing.report import ImportReport, RejectedRow
from subscribers.importing.roles import ListOptions
from subscribers.importing.rows import CHUNK_ROWS, import_rows
from subscribers.model import Event, Proof, SubscriberState
from subscribers.sheets import table
from subscribers.sheets.cells import SEVERAL
from subscribers.sheets.opening import open_table
from subscribers.store.people import People
from subscribers.suppression import SuppressionReason

SHEET = """\
First Name,Last Name,Business Email,LinkedIn URL,Company,Job Title,Date Joined
Jane,Doe,Jane@Example.org,https://linkedin.example/jane,Acme,Engineer,11/3/2025
,,,,,,
John,,john@example.org,,,,1/31/2026 5:04 PM
"""


@pytest.fixture
def people(engine):
    return People(engine, suppression_key=b"s" * 32)


@pytest.fixture
def proof(now):
    return Proof("spring fair", now - timedelta(days=30), "Send me the letter")


@pytest.fixture
def load(people, proof, now):
    def load(text, **more):
        data = text if isinstance(text, bytes) else "".join(text).encode("utf-8", "surrogateescape")
        wishes = RowWishes(frozenset(more.pop("choices", ())))
        options = ListOptions(maps=tuple((more.pop("column_map", None) or {}).items()))
        with open_table(io.BytesIO(data)) as table:
            return import_rows(people, [table], proof=proof, now=now, options=options, wishes=wishes, **more)

    return load


@pytest.fixture
def state(people):
    def state(email):
        reader = people.find_by_address(parse_address(email))
        return None if reader is None else reader.state

    return state


def counts(report):
    names = ("added", "updated", "unchanged", "lowered", "duplicates", "kept_out", "rejected_rows")
    found = {name: getattr(report, name) for name in names}
    assert report.rows == sum(found.values())
    return {name: count for name, count in found.items() if count}


def test_a_google_sheet_is_understood_on_the_first_day(load, people, proof, now):
    report = load(SHEET)
    assert counts(report) == {"added": 2}
    assert report.ignored_columns == ("LinkedIn URL", "Company", "Job Title")
    jane = people.find_by_address(parse_address("jane@example.org"))
    assert (jane.email, jane.name, jane.state) == ("Jane@example.org", "Jane Doe", SubscriberState.ACTIVE)
    assert (jane.source, jane.confirmed_at) == ("spring fair", datetime(2025, 11, 3, tzinfo=UTC))
    john = people.find_by_address(parse_address("john@example.org"))
    assert (john.name, john.confirmed_at) == ("John", datetime(2026, 1, 31, 17, 4, tzinfo=UTC))
    (line,) = people.events(jane.public_id)
    assert (line.event, line.at, line.given_at) == (Event.IMPORTED, now, jane.confirmed_at)
    assert (line.source, line.wording) == (proof.source, proof.wording)
    assert find_break(people.events(jane.public_id)) is None


def test_importing_the_same_list_twice_changes_nothing(load, people):
    load(SHEET)
    before = [(reader, people.events(reader.public_id)) for reader in people.iterate()]
    assert counts(load(SHEET)) == {"unchanged": 2}
    assert [(reader, people.events(reader.public_id)) for reader in people.iterate()] == before


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("", SubscriberState.ACTIVE),
        (" Subscribed ", SubscriberState.ACTIVE),
        ("confirmed", SubscriberState.ACTIVE),
        ("enabled", SubscriberState.ACTIVE),
        ("unconfirmed", SubscriberState.PENDING),
        ("paused", SubscriberState.PAUSED),
        ("Opted  Out", SubscriberState.UNSUBSCRIBED),
        ("left", SubscriberState.UNSUBSCRIBED),
        ("cleaned", SubscriberState.BOUNCED),
        ("SPAM", SubscriberState.COMPLAINED),
    ],
)
def test_a_status_is_taken_by_its_word(load, people, word, expected):
    assert counts(load(f"email,status\njane@example.org,{word}\n")) == {"added": 1}
    jane = people.find_by_address(parse_address("jane@example.org"))
    assert jane.state is expected
    assert (jane.confirmed_at is not None) == (expected in {SubscriberState.ACTIVE, SubscriberState.PAUSED})
    assert (people.find_suppression(parse_address("jane@example.org")) is not None) == (
        expected in {SubscriberState.BOUNCED, SubscriberState.COMPLAINED}
    )
    assert find_break(people.events(jane.public_id)) is None


def test_a_list_never_brings_anybody_back(load, people, proof, now):
    people.add_with_proof(parse_address("left@example.org"), name="", proof=proof, now=now)
    people.unsubscribe_address(parse_address("left@example.org"), now)
    people.request(parse_address("waits@example.org"), name="", proof=proof, now=now)
    bounced = people.add_with_proof(parse_address("bounced@example.org"), name="", proof=proof, now=now)
    people.bounce(bounced.public_id, now)
    erased = people.add_with_proof(parse_address("erased@example.org"), name="", proof=proof, now=now)
    people.erase(erased.public_id, now)
    people.suppress(parse_address("blocked@example.org"), SuppressionReason.BY_HAND, now)
    names = ("left", "waits", "bounced", "erased", "blocked")
    text = "email\n" + "".join(f"{name}@example.org\n" for name in names)
    before = people.count_by_state()
    assert counts(load(text)) == {"kept_out": 5}
    assert people.count_by_state() == before
    assert people.count_deliverable() == 0


def test_a_list_can_say_that_readers_left(load, people, proof, now, state):
    for name in ("a", "b", "c", "d"):
        people.add_with_proof(parse_address(f"{name}@example.org"), name="", proof=proof, now=now)
    said = {"a": "unsubscribed", "b": "bounced", "c": "spam", "d": "pending"}
    text = "email,status\n" + "".join(f"{name}@example.org,{word}\n" for name, word in said.items())
    assert counts(load(text)) == {"lowered": 3, "unchanged": 1}
    assert [state(f"{name}@example.org") for name in "abcd"] == [
        SubscriberState.UNSUBSCRIBED,
        SubscriberState.BOUNCED,
        SubscriberState.COMPLAINED,
        SubscriberState.ACTIVE,
    ]
    for reader in people.iterate():
        assert find_break(people.events(reader.public_id)) is None
        assert (reader.left_at is not None) == (reader.state is not SubscriberState.ACTIVE)
    assert people.find_suppression(parse_address("b@example.org"))
    assert counts(load(text)) == {"unchanged": 4}


def test_who_is_known_keeps_the_name_and_gains_tags(load, people, proof, now):
    reader = people.add_with_proof(parse_address("jane@example.org"), name="Jane", proof=proof, now=now)
    people.add_with_proof(parse_address("john@example.org"), name="", proof=proof, now=now)
    people.change_tags(reader.public_id, now, add=["vip"])
    text = "email,name,tags\njane@example.org,Eve,VIP; early birds|x\njohn@example.org,John,\n"
    assert counts(load(text)) == {"updated": 2}
    assert [(reader.name, reader.tags) for reader in people.iterate()] == [
        ("Jane", ("early-birds", "vip", "x")),
        ("John", ()),
    ]
    assert counts(load(text)) == {"unchanged": 2}


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("text-only, without-tip", ("text-only", "without-tip")),
        ("Text-Only without-tip", ("text-only", "without-tip")),
        ("text-only\nwithout-tip | vip", ("text-only", "vip", "without-tip")),
        ("early birds, text-only without-tip;x", ("early-birds", "text-only", "without-tip", "x")),
        ("text-only vip", ("text-only-vip",)),
        (" , ;", ()),
    ],
)
def test_no_two_choices_in_a_cell_become_one_tag(load, people, cell, tags):
    report = load(f'email,tags\njane@example.org,"{cell}"\n', choices=list_choices())
    (reader,) = people.iterate()
    assert reader.tags == report.tags == tags


def test_of_several_rows_the_lowest_consent_counts_in_whatever_order(load, state):
    text = (
        "email,status\na@example.org,active\nA@Example.org,active\na@example.org,pending\n"
        "b@example.org,unsubscribed\nb@example.org,active\nc@example.org,active\nc@example.org,left\n"
    )
    dry = load(text, dry_run=True)
    assert counts(dry) == counts(load(text)) == {"added": 3, "duplicates": 3, "lowered": 1}
    assert [state(f"{name}@example.org") for name in "abc"] == [
        SubscriberState.PENDING,
        SubscriberState.UNSUBSCRIBED,
        SubscriberState.UNSUBSCRIBED,
    ]


def test_bad_rows_are_named_by_line_and_stop_nobody(load):
    text = (
        "email,name,status,date joined\n"  # 1
        '"a@example.org","Anna\nMaria",,\n'  # 2, 3
        "not an address,X,,\n"  # 4
        ",Nobody,,\n"  # 5
        "b@example.org,B,,,x\n"  # 6
        "c@example.org,C,maybe,\n"  # 7
        "d@example.org,D,,32/12/2025\n"  # 8
        "e@example.org,E,,2031-01-01\n"  # 9
        '"f@example.org"x,F,,\n'  # 10
        "g\0@example.org,G,,\n"  # 11
        "h@example.org,H,,,,\n"  # 12, empty cells too many
        "\n"  # 13
        '"i@example.org,I,,\n'  # 14, a quote that is never closed
        "postmaster@example.org,P,,\n"  # 15
        "z@example.org,Z,active,2025-02-03\n"  # 16
    )
    report = load(text)
    assert counts(report) == {"added": 3, "kept_out": 1, "rejected_rows": 9}
    assert report.kept_out_reasons == {"status: maybe": 1}
    assert report.rejected == (
        RejectedRow(4, addresses.NO_AT),
        RejectedRow(5, addresses.EMPTY),
        RejectedRow(6, table.WRONG_WIDTH),
        RejectedRow(8, read_row.BAD_DATE),
        RejectedRow(9, read_row.FUTURE_DATE),
        RejectedRow(10, table.BROKEN_QUOTES),
        RejectedRow(11, table.HOLDS_NUL),
        RejectedRow(14, table.BROKEN_QUOTES),
        RejectedRow(15, addresses.ROLE),
    )
    assert "example.org" not in repr(report)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "sep={}\n"])
def test_commas_semicolons_tabs_marks_and_line_ends_are_told_apart(load, people, delimiter, end, start):
    rows = [
        ["E-Mail", "Name"],
        ["jane@example.org", '"Doe, Jane; x"'],
        ["", ""],
        ["john@example.org", "John"],
    ]
    text = end.join(delimiter.join(row) for row in rows) + end
    assert counts(load(start.format(delimiter) + text)) == {"added": 2}
    assert [reader.name for reader in people.iterate()] == ["Doe, Jane; x", "John"]


@pytest.mark.parametrize(
    "name", ["email", "E-Mail", "EMAIL ADDRESS", "email_address", "Business Email", "mail"]
)
def test_the_column_of_addresses_is_known_by_many_names(load, name):
    assert counts(load(f"{name}\njane@example.org\n")) == {"added": 1}


def test_a_map_outweighs_the_names(load, people):
    text = "Email,Work,Who\nprivate@example.org,work@example.org,Jane\n"
    report = load(text, column_map={"work": "Email", "WHO": "name"})
    assert report.ignored_columns == ("Email",)
    (reader,) = people.iterate()
    assert (reader.email, reader.name) == ("work@example.org", "Jane")


@pytest.mark.parametrize(
    ("text", "column_map", "words"),
    [
        ("", None, "empty"),
        ("\n\n", None, "empty"),
        ("name,company\nJane,Acme\n", None, "name, company"),
        ("mailbox\njane@example.org\n", {"nothing": "email"}, "no column 'nothing'"),
        ("mailbox\njane@example.org\n", {"mailbox": "shoe size"}, "shoe size"),
        ("PK\x03\x04...", None, "workbook"),
        ('"email,name\na@example.org,A\nb@example.org,B\n', None, "quotation"),
    ],
)
def test_a_list_without_addresses_is_refused_in_words(load, people, text, column_map, words):
    with pytest.raises(UnreadableImport, match=words) as caught:
        load(text, column_map=column_map)
    assert "@" not in str(caught.value)
    assert not any(people.count_by_state().values())


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le"])
def test_a_file_in_utf_16_is_read(load, people, codec):
    assert counts(load("email,name\njane@example.org,Jäne\n".encode(codec))) == {"added": 1}
    assert [reader.name for reader in people.iterate()] == ["Jäne"]


def test_a_list_without_column_names_is_read(load):
    assert counts(load("jane@example.org\nJohn <john@example.org>\n")) == {"added": 2}


def test_addresses_are_read_as_people_write_them(load, people):
    text = (
        "email,name\nJane Doe <jane@example.org>,\n\u200bjohn@example.org\u00a0,John\n"
        "mailto:al@example.org,Al\na@example.org; b@example.org,Two\n"
    )
    report = load(text)
    assert counts(report) == {"added": 3, "rejected_rows": 1}
    assert report.rejected == (RejectedRow(5, SEVERAL),)
    found = [(reader.email, reader.name) for reader in people.iterate()]
    assert found == [("jane@example.org", "Jane Doe"), ("john@example.org", "John"), ("al@example.org", "Al")]


def test_a_file_of_bytes_is_read_whatever_some_of_them_are(load, people):
    data = b"\xef\xbb\xbfemail,name\r\njane@example.org,J\xc3\xa4ne\r\njohn@example.org,J\xe4n\r\n"
    report = load(data)
    assert counts(report) == {"added": 2}
    assert [reader.name for reader in people.iterate()] == ["Jäne", "Jän"]


def test_who_left_on_a_day_that_cannot_be_read_has_left(load, state):
    text = "email,status,date joined\na@example.org,left,#####\nb@example.org,active,2025-01-31\n"
    assert counts(load(text)) == {"added": 2}
    load("email\na@example.org\n")
    assert state("a@example.org") is SubscriberState.UNSUBSCRIBED


def test_a_dry_run_writes_nothing_and_tells_the_same_numbers(load, people, proof, now):
    people.add_with_proof(parse_address("left@example.org"), name="", proof=proof, now=now)
    text = "email,status,name\nleft@example.org,left,\nnew@example.org,,N\nnew@example.org,,N\nbad,,\n"
    before = (list(people.iterate()), people.count_by_state())
    dry = load(text, dry_run=True)
    assert (list(people.iterate()), people.count_by_state()) == before
    real = load(text)
    assert dry.dry_run
    assert not real.dry_run
    assert counts(dry) == counts(real) == {"added": 1, "lowered": 1, "duplicates": 1, "rejected_rows": 1}
    assert dry.rejected == real.rejected


def test_rows_far_apart_are_imported_like_neighbours(load, people):
    many = CHUNK_ROWS + 10
    rows = [f"r{number}@example.org," for number in range(many)]
    text = "\n".join(
        ["email,status", "first@example.org,", *rows, "first@example.org,left", "r0@example.org,", ""]
    )
    expected = {"added": many + 1, "lowered": 1, "duplicates": 1}
    assert counts(load(text, dry_run=True)) == expected
    assert counts(load(text)) == expected
    assert sum(1 for _ in people.iterate()) == many + 1
    assert people.count_deliverable() == many


def test_a_sign_up_is_possible_after_an_import(load, people, proof, now):
    load(SHEET)
    reader = people.request(parse_address("new@example.org"), name="", proof=proof, now=now)
    load("email\nother@example.org\n")
    assert [found.email for found in people.iterate()][-2:] == [reader.email, "other@example.org"]


ROW = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from(["", "active", "pending", "paused", "left", "bounced", "spam"]),
    st.sampled_from(["", "Name"]),
    st.sampled_from(["", "x", "x;y"]),
)


@example([], [("a", "", "", ""), ("a", "", "Name", "x")], 1)
@examples(30)
@given(st.lists(ROW, max_size=8), st.lists(ROW, max_size=8), st.integers(1, 4))
def test_consent_never_rises_and_dry_runs_never_lie(databases, first, second, chunk):
    with databases.lend("sqlite") as engine:
        check_consent(People(engine, suppression_key=b"s" * 32), first, second, chunk)


def check_consent(people, first, second, chunk):
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    proof = Proof("list", now, "yes")

    def load(rows, *, dry_run=False) -> ImportReport:
        sheet = [
            "email,status,name,tags\n",
            *(f"{who}@example.org,{','.join(more)}\n" for who, *more in rows),
        ]
        with open_table(io.BytesIO("".join(sheet).encode())) as table:
            return import_rows(Small(), [table], proof=proof, now=now, dry_run=dry_run)

    class Small:
        """The same store, given fewer rows at a time."""

        def import_chunks(self, chunks, **more):
            rows = [row for chunk_rows in chunks for row in chunk_rows]
            return people.import_chunks(
                [rows[place : place + chunk] for place in range(0, len(rows), chunk)], **more
            )

    load(first)
    before = {reader.email: reader for reader in people.iterate()}
    dry = load(second, dry_run=True)
    assert {reader.email: reader for reader in people.iterate()} == before
    real = load(second)
    assert counts(dry) == counts(real)
    after = {reader.email: reader for reader in people.iterate()}
    for email, reader in before.items():
        assert after[email].state is reader.state or after[email].state not in {
            SubscriberState.ACTIVE,
            SubscriberState.PENDING,
        }
    assert all(find_break(people.events(reader.public_id)) is None for reader in after.values())
    load(second)
    assert {reader.email: reader for reader in people.iterate()} == after
    assert Counter(reader.state.word for reader in after.values()) == +Counter(people.count_by_state())
