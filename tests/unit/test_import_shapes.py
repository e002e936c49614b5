"""Lists in shapes that hide who has left: nobody of them may become active without a question."""

import io
from datetime import UTC, datetime

import pytest

from subscribers.errors import UnreadableImport
from subscribers.importing.read_row import RowReader, RowWishes
from subscribers.importing.roles import ListOptions
from subscribers.importing.understanding import understand
from subscribers.importing.words import ConsentVerdict
from subscribers.sheets.opening import open_table

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def read_active(text):
    """Return the addresses that become active; None when something is asked first."""
    with open_table(io.BytesIO(text.encode())) as table:
        reading = understand(table, ListOptions(), NOW)
        if reading.questions:
            return None
        reader = RowReader(reading, RowWishes(), NOW)
        return {
            reader.read_address(row.cells)[0].email
            for row in table
            if not row.fault and reader.judge(row.cells).verdict is ConsentVerdict.ACTIVE
        }


@pytest.mark.parametrize(
    "text",
    [
        (
            '{"data":[{"attributes":{"email":"ok@example.org","state":"active"}},'
            '{"attributes":{"email":"no@example.org","state":"inactive"}}]}'
        ),
        (
            '[{"email":"ok@example.org","lists":[{"name":"W","subscription_status":"confirmed"}]},'
            '{"email":"no@example.org","lists":[{"name":"W","subscription_status":"unsubscribed"}]}]'
        ),
        (
            '[{"email":"ok@example.org","lists":[{"status":"subscribed"}]},'
            '{"email":"no@example.org","lists":[{"status":"subscribed"},{"status":"unsubscribed"}]}]'
        ),
        (
            '[{"email":"ok@example.org","preferences":{"newsletter":true}},'
            '{"email":"no@example.org","preferences":{"newsletter":false}}]'
        ),
        '{"unsubscribed":[{"email":"no@example.org"}]}',
        '{"bounces":["no@example.org"]}',
        '{"ok@example.org":{"status":"active"},"no@example.org":{"status":"unsubscribed"}}',
        '{"contacts":{"unsubscribed":[{"email":"no@example.org"}]}}',
    ],
)
def test_nested_json_makes_nobody_active_who_left(text):
    assert read_active(text) in (None, {"ok@example.org"})


def test_a_nested_address_and_state_are_read():
    text = '{"data":[{"attributes":{"email":"ok@example.org","state":"active"}}]}'
    assert read_active(text) == {"ok@example.org"}
    assert read_active('{"subscribers":["ok@example.org"]}') == {"ok@example.org"}


def test_several_lists_in_one_object_are_refused_with_the_next_step():
    with pytest.raises(UnreadableImport, match="make one file of each and give all of them"):
        read_active('{"active":["ok@example.org"],"unsubscribed":["no@example.org"]}')


@pytest.mark.parametrize(
    "text",
    [
        "email,name\nok@example.org,Ok\nUnsubscribed,\nno@example.org,No\n",
        "email;name;firma\nok@example.org;Ok;A\nAbgemeldet:\nno@example.org;No;B\n",
        "ok@example.org\nUnsubscribed:\nno@example.org\n",
        "ok@example.org\n# unsubscribed\nno@example.org\n",
        "ok@example.org\n\nDisabled members:\nno@example.org\n",
        "Unsubscribed:\nno@example.org\n",
        "ok@example.org\nno@example.org (unsubscribed)\n",
        "ok@example.org\nno@example.org - bounced\n",
        "ok@example.org\n# no@example.org\n",
        "Ok <ok@example.org>\nABGEMELDET No <no@example.org>\n",
    ],
)
def test_a_heading_or_a_note_that_speaks_of_consent_is_asked_about(text):
    assert read_active(text) is None


def test_names_and_totals_are_no_headings():
    text = "Ok One <ok@example.org>\nOk Two <ok2@example.org>\n"
    assert read_active(text) == {"ok@example.org", "ok2@example.org"}
    text = "email,status\nok@example.org,active\n,unsubscribed\nok2@example.org,active\nTotal: 2,\n"
    assert read_active(text) is not None


@pytest.mark.parametrize("cells", [",no@example.org", "no at example.org,", "no (at) example.org,"])
def test_a_row_that_denies_counts_for_the_address_in_another_cell_too(cells):
    text = f"email,contact,status\nok@example.org,,active\n{cells},unsubscribed\n"
    with open_table(io.BytesIO(text.encode())) as table:
        reading = understand(table, ListOptions(), NOW)
        reader = RowReader(reading, RowWishes(), NOW)
        row = list(table)[-1]
        denied = list(reader.read_denied(row, reader.judge(row.cells)))
    assert [(each.address.email, each.state.word) for each in denied] == [("no@example.org", "unsubscribed")]
