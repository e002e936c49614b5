from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from subscribers.consent import FIRST, chain_hash, find_break, shorten_ip
from subscribers.model import ConsentEvent, Event

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def chain(*events):
    lines, previous = [], FIRST
    for number, event in enumerate(events):
        fields = {
            "subscriber_id": 5,
            "event": event,
            "at": AT + timedelta(seconds=number),
            "source": "form",
            "wording": "I agree",
            "given_at": AT if number == 0 else None,
        }
        row_hash = chain_hash(previous, **fields)
        lines.append(ConsentEvent(previous_hash=previous.hex(), row_hash=row_hash.hex(), **fields))
        previous = row_hash
    return lines


RECORD = chain(Event.REQUESTED, Event.CONFIRM_MAILED, Event.CONFIRMED, Event.UNSUBSCRIBED_PAGE)


def test_an_untouched_record_holds():
    assert find_break(RECORD) is None
    assert find_break([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"event": Event.RESUMED},
        {"at": AT - timedelta(microseconds=1)},
        {"source": "elsewhere"},
        {"wording": "I agree to everything"},
        {"given_at": AT + timedelta(days=1)},
        {"subscriber_id": 6},
        {"row_hash": "00" * 32},
        {"previous_hash": "00" * 31 + "01"},
    ],
)
@pytest.mark.parametrize("place", range(4))
def test_a_changed_field_is_found_where_it_is(change, place):
    assert find_break([*RECORD[:place], replace(RECORD[place], **change), *RECORD[place + 1 :]]) == place


def test_a_line_taken_out_or_moved_is_found():
    assert find_break(RECORD[1:]) == 0
    assert find_break([RECORD[0], *RECORD[2:]]) == 1
    assert find_break([RECORD[1], RECORD[0], *RECORD[2:]]) == 0


def test_text_cannot_slide_from_one_field_into_the_next():
    fields = {"subscriber_id": 1, "event": Event.REQUESTED, "at": AT}
    assert chain_hash(FIRST, source="ab", wording="c", **fields) != chain_hash(
        FIRST, source="a", wording="bc", **fields
    )


def test_the_same_instant_in_another_zone_hashes_the_same():
    fields = {"subscriber_id": 1, "event": Event.REQUESTED, "source": "", "wording": ""}
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    assert chain_hash(FIRST, at=tokyo, **fields) == chain_hash(FIRST, at=AT, **fields)


def test_a_hash_is_what_it_was_in_every_database():
    pinned = chain_hash(FIRST, subscriber_id=1, event=Event.CONFIRMED, at=AT, source="form", wording="yes")
    assert pinned.hex() == "564e8e1430739627aa1838c70db4a79d05407b44241e7a15cf4bd333f5f68f15"


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_only_the_network_of_a_visitor_is_kept(ip, network):
    assert shorten_ip(ip) == network
