"""The public pages on a real database: only a POST changes anything, and a right link always works."""

from __future__ import annotations

import asyncio
import base64
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.environment import NOW
from support.examples import examples
from support.public_pages import KEYRING, ONE_CLICK, PROOF, House
from support.web_client import open_client

from pipeline.edition.sample import SAMPLE_KEYS
from subscribers.addresses import parse_address
from subscribers.consent import find_break
from subscribers.model import Event, SubscriberState
from subscribers.suppression import SuppressionReason
from subscribers.tokens import CONFIRM_LIFETIME, SAMPLE_ID, Keyring, Purpose, make_token


class TestOnBothDatabases:
    def test_one_post_unsubscribes_and_one_confirms(self, engine):
        house = House(engine)
        reader = house.add(SubscriberState.PENDING)
        assert house.visitor.post(f"/c/{house.confirm_token(reader)}").status_code == 200
        assert house.state(reader) is SubscriberState.ACTIVE
        assert house.visitor.post(f"/u/{house.leave_token(reader)}", data=ONE_CLICK).status_code == 200
        assert house.state(reader) is SubscriberState.UNSUBSCRIBED
        assert find_break(house.people.events(reader)) is None


# Leaving


@pytest.mark.parametrize(
    ("request_parts", "event"),
    [
        ({"data": ONE_CLICK}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"files": {"List-Unsubscribe": (None, "One-Click")}}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"content": b""}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"content": b"\xff\x00 nonsense %%%"}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"data": {"List-Unsubscribe": "whatever"}}, Event.UNSUBSCRIBED_ONE_CLICK),
        (
            {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            Event.UNSUBSCRIBED_ONE_CLICK,
        ),
        ({"data": {"from": "page", **ONE_CLICK}}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"data": {"from": "page"}}, Event.UNSUBSCRIBED_PAGE),
    ],
    ids=["urlencoded", "multipart", "no body", "nonsense", "wrong value", "broken", "both", "the button"],
)
def test_an_opt_out_holds_whatever_its_body_says(house, request_parts, event):
    reader = house.add()
    headers = {"Origin": "https://mail.example", **request_parts.pop("headers", {})}
    answer = house.visitor.post(f"/u/{house.leave_token(reader)}", headers=headers, **request_parts)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "location" not in answer.headers
    assert house.state(reader) is SubscriberState.UNSUBSCRIBED
    assert house.events(reader)[-1] is event


def test_a_mail_program_gets_a_line_and_a_person_gets_a_page(house):
    token = house.leave_token(house.add())
    assert house.visitor.post(f"/u/{token}", data=ONE_CLICK).text == "You are unsubscribed.\n"
    page = house.visitor.post(f"/u/{token}", data={"from": "page"})
    assert "You have left" in page.text
    assert "Changed your mind?" in page.text


@pytest.mark.parametrize("state", [SubscriberState.ACTIVE, SubscriberState.PAUSED, SubscriberState.PENDING])
def test_leaving_twice_is_noted_once_and_answered_alike(house, state):
    reader = house.add(state)
    path = f"/u/{house.leave_token(reader)}"
    answers = [house.visitor.post(path, data={"from": "page"}) for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert house.events(reader).count(Event.UNSUBSCRIBED_PAGE) == 1
    assert "You have left" in house.visitor.get(path).text


def test_many_posts_at_once_are_one_opt_out(house):
    reader = house.add()
    path = f"/u/{house.leave_token(reader)}"
    with ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(lambda _: house.visitor.post(path, data=ONE_CLICK), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert house.events(reader).count(Event.UNSUBSCRIBED_ONE_CLICK) == 1


def test_an_old_letter_still_opens_the_way_out_after_a_new_sign_up_and_a_key_change(house):
    reader = house.add(SubscriberState.UNSUBSCRIBED)
    old_keys = Keyring(((1, b"1" * 32),))
    token = make_token(old_keys, Purpose.UNSUBSCRIBE, reader, house.people.find(reader).token_epoch)
    house.people.request(parse_address("ada@example.org"), name="", proof=PROOF, now=NOW)
    house.people.confirm(reader, NOW)
    house.now = NOW + timedelta(days=4000)
    assert house.visitor.post(f"/u/{token}", data=ONE_CLICK).status_code == 200
    assert house.state(reader) is SubscriberState.UNSUBSCRIBED


def test_a_client_that_hangs_up_in_its_body_has_still_left(house):
    reader = house.add()
    messages = iter(
        [{"type": "http.request", "body": b"List-Unsub", "more_body": True}, {"type": "http.disconnect"}]
    )
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/u/{house.leave_token(reader)}",
        "headers": [],
        "query_string": b"",
    }

    async def receive():
        return next(messages)

    async def send(_message):
        """Go nowhere."""

    asyncio.run(house.app(scope, receive, send))
    assert house.state(reader) is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "streamed"])
def test_a_body_that_no_mail_program_sends_is_refused(house, declared):
    reader = house.add()
    body = b"x" * (64 * 1024 + 1)
    content = body if declared else (body[i : i + 9999] for i in range(0, len(body), 9999))
    assert house.visitor.post(f"/u/{house.leave_token(reader)}", content=content).status_code == 413
    assert house.state(reader) is SubscriberState.ACTIVE


# Confirming


def test_confirming_twice_says_you_are_in_twice(house):
    reader = house.add(SubscriberState.PENDING)
    path = f"/c/{house.confirm_token(reader)}"
    assert "Yes, send me the letter" in house.visitor.get(path).text
    for _ in range(2):
        assert "You are in" in house.visitor.post(path).text
    assert "You are in" in house.visitor.get(path).text
    assert house.events(reader).count(Event.CONFIRMED) == 1


def test_the_proof_names_the_network_and_the_words_of_who_confirmed(house):
    reader = house.add(SubscriberState.PENDING)
    visitor = open_client(house.app, client=("203.0.113.77", 4000))
    visitor.post(f"/c/{house.confirm_token(reader)}")
    confirmed = house.people.events(reader)[-1]
    assert confirmed.wording.startswith("Do you want ")
    assert "Yes, send me the letter" in confirmed.wording
    source = confirmed.source
    assert "203.0.113.0" in source
    assert "203.0.113.77" not in source


def test_a_confirmation_that_comes_too_late_says_how_to_ask_again(house):
    reader = house.add(SubscriberState.PENDING)
    path = f"/c/{house.confirm_token(reader)}"
    house.now = NOW + CONFIRM_LIFETIME + timedelta(hours=1)
    for answer in (house.visitor.get(path), house.visitor.post(path)):
        assert answer.status_code == 410
        assert "Ask for it again" in answer.text
        assert "<button" not in answer.text
    assert house.state(reader) is SubscriberState.PENDING


def test_an_old_link_of_somebody_who_is_in_says_so(house):
    path = f"/c/{house.confirm_token(house.add(SubscriberState.ACTIVE))}"
    house.now = NOW + timedelta(days=400)
    assert "You are in" in house.visitor.get(path).text


@pytest.mark.parametrize(
    "state",
    [
        SubscriberState.UNSUBSCRIBED,
        SubscriberState.BOUNCED,
        SubscriberState.COMPLAINED,
        SubscriberState.ERASED,
    ],
)
def test_nobody_who_is_gone_comes_back_by_an_old_confirmation(house, state):
    reader = house.add(state)
    path = f"/c/{house.confirm_token(reader)}"
    pages = {house.visitor.get(path).text, house.visitor.post(path).text}
    assert len(pages) == 1
    assert "no longer in use" in pages.pop()
    assert house.state(reader) is state


def test_a_suppressed_address_is_not_told_from_one_that_left(house):
    left = house.visitor.post(f"/c/{house.confirm_token(house.add(SubscriberState.UNSUBSCRIBED))}")
    pending = house.add(SubscriberState.PENDING, email="bob@example.org")
    house.people.suppress(parse_address("bob@example.org"), SuppressionReason.COMPLAINED, NOW)
    answer = house.visitor.post(f"/c/{house.confirm_token(pending)}")
    assert (answer.status_code, answer.text) == (left.status_code, left.text)


# Links that open nothing


def damaged(token):
    """Give every way a link is damaged on its way."""
    flipped = [
        token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        for place in range(len(token))
    ]
    return [
        *flipped,
        token[:-1],
        token[:16],
        token + "x",
        token * 300,
        token.swapcase(),
        "=" + token,
        "%00" * 32,
        "%FF%FE" * 16,
        "\u2603" * 32,
        "x%0A" + token,
        token + "/x",
        token + "%252Fx",
        "..%2F" + token,
        base64.urlsafe_b64encode(token.encode()).decode(),
    ]


@pytest.mark.parametrize("room", ["u", "c"])
def test_a_bad_link_gets_one_page_whatever_is_wrong_with_it(house, room):
    reader = house.add(SubscriberState.PENDING)
    good = {"u": house.leave_token(reader), "c": house.confirm_token(reader)}
    other = good["c" if room == "u" else "u"]
    end = NOW + CONFIRM_LIFETIME
    purpose, expires_at = (Purpose.UNSUBSCRIBE, None) if room == "u" else (Purpose.CONFIRM, end)
    foreign = Keyring(((2, b"x" * 32),))
    epoch = house.people.find(reader).token_epoch
    bad = [
        *damaged(good[room]),
        other,
        make_token(KEYRING, Purpose.PREFERENCES, reader, epoch),
        make_token(KEYRING, purpose, reader ^ 1, epoch, expires_at),
        make_token(KEYRING, purpose, reader, epoch + 1, expires_at),
        make_token(foreign, purpose, reader, epoch, expires_at),
        make_token(Keyring(((9, b"1" * 32),)), purpose, reader, epoch, expires_at),
    ]
    before = house.everything()
    usual = house.visitor.get("/u/nothing")
    for token in bad:
        for answer in (house.visitor.get(f"/{room}/{token}"), house.visitor.post(f"/{room}/{token}")):
            assert answer.status_code == 404, token
            assert (answer.text, answer.headers) == (usual.text, usual.headers), token
    assert house.everything() == before
    assert house.visitor.get(f"/{room}/{good[room]}").status_code == 200


ADDED = [
    *(
        "=",
        "==",
        "%3D",
        ".",
        ",",
        ";",
        ":",
        "!",
        "?",
        ">",
        ")",
        "]",
        "}",
        "'",
        '"',
        "*",
        "_",
        "/",
        "//",
        "&",
        "|",
    ),
    *("%20", "%3E", "%3e", "%2E", "%2e", "%2F", "%29", "%5D", "%22", "%0A", "%0D%0A", "%09", "%C2%A0"),
    *("%2520", "%253E", "%25252E", "%E2%80%8B", "%EF%BB%BF", "%E2%80%9D", "%C2%BB", "%E3%80%82", "%3D%0D%0A"),
    *("?utm_source=letter", "&utm_source=letter", "/?utm_source=letter", "%26utm_medium%3Demail", "?"),
    *(").", "*_", "%22%3EUnsubscribe%3C/a%3E", "%3E%20wrote:", "%20and%20more"),
]
"""What programs that find links in text, forward them or count clicks were seen or may be expected to add."""


def test_a_link_that_a_mail_program_made_longer_still_works(house):
    reader = house.add(SubscriberState.PENDING)
    pages = {room: house.visitor.get(f"/{room}/{token(reader)}").text for room, token in house.rooms.items()}
    before = house.everything()
    for added in ADDED:
        for room, token in house.rooms.items():
            answer = house.visitor.get(f"/{room}/{token(reader)}{added}")
            assert (answer.status_code, answer.text) == (200, pages[room]), added
    assert house.everything() == before
    assert house.visitor.post(f"/c/{house.confirm_token(reader)}).").status_code == 200
    assert house.visitor.post(f"/u/{house.leave_token(reader)}%3E", data=ONE_CLICK).status_code == 200
    assert house.state(reader) is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "broken", ["=%0D%0A", "=%0A", "%0D%0A%20", "%20", "%E2%80%8B", "%C2%AD", "%253D%250A"]
)
def test_a_link_that_a_mail_program_broke_into_lines_still_works(house, broken):
    token = house.leave_token(house.add())
    for place in (0, 1, 31):
        assert house.visitor.get(f"/u/{token[:place]}{broken}{token[place:]}").status_code == 200


@given(
    added=st.lists(st.sampled_from(ADDED), max_size=3).map("".join),
    cut=st.integers(0, 31),
    letter=st.sampled_from("ABYZabyz0189-_"),
    place=st.integers(0, 31),
)
@examples(2000)
def test_only_the_whole_token_of_a_reader_opens_a_page_whatever_stands_after_it(
    full_house, added, cut, letter, place
):
    house, tokens, _ = full_house
    token = tokens[SubscriberState.ACTIVE]
    assert house.visitor.get(f"/u/{token}{added}").status_code == 200
    altered = token[:place] + letter + token[place + 1 :]
    for bad in (token[:cut], altered):
        status = 200 if bad == token else 404
        assert house.visitor.get(f"/u/{bad}{added}").status_code == status


def test_a_link_whose_letters_are_percent_encoded_still_works(house):
    reader = house.add()
    encoded = "".join(f"%{ord(letter):02X}" for letter in house.leave_token(reader))
    assert house.visitor.post(f"/u/{encoded}", data=ONE_CLICK).status_code == 200
    assert house.state(reader) is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize("path", ["/u/", "/c/"])
def test_a_link_of_a_test_copy_is_explained(house, path):
    token = make_token(SAMPLE_KEYS, Purpose.UNSUBSCRIBE, SAMPLE_ID, 0)
    for answer in (house.visitor.get(path + token), house.visitor.post(path + token)):
        assert answer.status_code == 200
        assert "test copy" in answer.text


# GET changes nothing


@pytest.fixture(scope="module")
def full_house(databases):
    with databases.lend("served sqlite") as engine:
        house = House(engine)
        readers = [house.add(state, email=f"{state.word}@example.org") for state in SubscriberState]
        tokens = [house.leave_token(reader) for reader in readers]
        tokens += [house.confirm_token(reader) for reader in readers]
        yield house, tokens, house.everything()


EVASIONS = {
    "params": {"List-Unsubscribe": "One-Click", "from": "page", "_method": "POST"},
    "content": b"List-Unsubscribe=One-Click&from=page&_method=POST",
    "headers": {
        "X-HTTP-Method-Override": "POST",
        "X-HTTP-Method": "POST",
        "Content-Type": "application/x-www-form-urlencoded",
    },
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_nothing_but_a_post_changes_anything_at_any_address_for_any_reader(full_house, method):
    house, tokens, before = full_house
    assert len(house.app.routes) >= 3
    for route in house.app.routes:
        for token in tokens:
            for parts in ({}, EVASIONS):
                answer = house.visitor.request(method, re.sub("{.*}", token, route.path), **parts)
                assert answer.status_code < 500
                assert "set-cookie" not in answer.headers
    assert house.everything() == before


@given(
    room=st.sampled_from("uc"), text=st.text(min_size=1, max_size=60), method=st.sampled_from(["GET", "POST"])
)
@examples(100)
def test_no_text_in_the_place_of_a_token_is_more_than_a_dead_link(full_house, room, text, method):
    house, _, _ = full_house
    answer = house.visitor.request(method, f"/{room}/{quote(text, safe='')}")
    assert answer.status_code == 404


def test_a_post_changes_what_the_sweep_above_would_see(house):
    reader = house.add()
    before = house.everything()
    house.visitor.post(f"/u/{house.leave_token(reader)}")
    assert house.everything() != before
