"""Webhooks through the whole application on a real database: what is signed acts, and nothing else does."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.testclient import TestClient
from support.environment import NOW
from support.examples import examples
from support.feed_server import Answer, FeedServer
from support.public_pages import TEMPLATES
from support.stores import KEY, SENT, UNKNOWN, Newsroom, ScriptedTransport, freezing, people_of
from support.webhook_senders import CERTIFICATE_URL, SENDERS, SUBSCRIBE_URL, Event, Ses

from pipeline.bounces.options import BounceOptions
from pipeline.feeds.options import FetchOptions
from pipeline.store.issues import Issues
from pipeline.store.returned import ReturnedMail
from pipeline.store.tables import metadata
from pipeline.web.app import create_app
from pipeline.web.guarded_fetch import MAX_BYTES, GuardedFetch
from pipeline.web.webhooks import BODY_LIMIT_BYTES, CERTIFICATES, FETCHES, FetchError, Webhooks
from pipeline.webhooks.registry import find_webhook
from pipeline.webhooks.webhook import Webhook
from subscribers.store.engine import open_engine
from subscribers.tokens import Keyring, mail_ref

KEYRING = Keyring(((1, KEY),))
WEEK = "2026-W48"


def send(engine, folder, script=lambda _address, _attempt: SENT):
    """Send a letter to three readers."""
    room = Newsroom(engine, 3).open(folder)
    room.send(ScriptedTransport(script))
    return room


def replace_engine(room, engine):
    """Return the same newsroom on a copy of its database."""
    other = copy.copy(room)
    other.engine, other.issues = engine, Issues(engine)
    return other


class Host:
    """A newsletter whose first letter went to three readers, and its server."""

    def __init__(self, engine, folder, senders=None, room=None, **options):
        self.room = send(engine, folder) if room is None else replace_engine(room, engine)
        self.now = NOW
        self.asked = []
        self.served = {CERTIFICATE_URL: Ses().certificate, SUBSCRIBE_URL: b"<ok/>"}
        returns = ReturnedMail(engine, keyring=KEYRING, options=BounceOptions(**{"hard_issues": 1} | options))
        senders = [sender() for sender in SENDERS.values()] if senders is None else senders
        self.webhooks = Webhooks(
            {sender.name: self.trust(sender) for sender in senders},
            returns,
            now=lambda: self.now,
            fetch=self.fetch,
        )
        app = create_app(
            people_of(engine),
            KEYRING,
            now=lambda: self.now,
            newsletter_name="Weekly",
            language="en",
            templates=TEMPLATES,
            webhooks=self.webhooks,
        )
        self.client = TestClient(app, follow_redirects=False)
        self.engine = engine

    @staticmethod
    def trust(sender):
        spec = find_webhook(sender.name)
        return Webhook(spec, spec.options and spec.options.model_validate(sender.options), sender.secrets)

    async def fetch(self, url):
        self.asked.append(url)
        if url not in self.served:
            raise FetchError("the server answers 404")
        return self.served[url]

    def post(self, name, post, **headers):
        return self.client.post(f"/hooks/{name}", content=post.body, headers=post.headers | headers)

    def event(self, kind="hard", reader=0, *, week=WEEK, **more):
        """Make an event about a reader's copy, as a provider that keeps the Message-ID reports it."""
        ref = mail_ref(KEYRING, week, self.room.public_ids[reader])
        own = f"{week.lower()}.{ref}@news.example.org"
        return Event(kind, f"r{reader}@example.org", f"{week}.{ref}", own, **more)

    def states(self):
        people = people_of(self.engine)
        return [people.find(each).state.word for each in self.room.public_ids]

    def everything(self):
        with self.engine.connect() as connection:
            tables = metadata.sorted_tables
            return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}


@pytest.fixture(scope="module")
def sent_room(tmp_path_factory):
    """Return a newsroom that has sent its letter; tests work on copies, which cost a tenth of it."""
    folder = tmp_path_factory.mktemp("room")
    engine = open_engine(f"sqlite:///{folder / 'weekly.db'}")
    room = send(engine, folder)
    engine.dispose()
    return folder, room


@pytest.fixture
def open_copy(sent_room, tmp_path):
    """Return a function that opens a host on a copy of the newsroom."""
    engines = []

    def open_copy(**options):
        folder = tmp_path / str(len(engines)) if engines else tmp_path
        folder.mkdir(exist_ok=True)
        shutil.copy(sent_room[0] / "weekly.db", folder)
        engines.append(open_engine(f"sqlite:///{folder / 'weekly.db'}"))
        return Host(engines[-1], folder, room=sent_room[1], **options)

    yield open_copy
    for engine in engines:
        engine.dispose()


@pytest.fixture
def host(open_copy):
    return open_copy()


@pytest.fixture(scope="module")
def shared_host(tmp_path_factory):
    folder = tmp_path_factory.mktemp("host")
    engine = open_engine(f"sqlite:///{folder / 'weekly.db'}")
    yield Host(engine, folder)
    engine.dispose()


@pytest.fixture
def calm(shared_host):
    """Return a host for tests that change nothing in its database: making one costs half a second."""
    shared_host.now = NOW
    shared_host.asked.clear()
    shared_host.served[CERTIFICATE_URL] = Ses().certificate
    shared_host.webhooks._certificates.clear()
    shared_host.webhooks._fetched_at.clear()
    return shared_host


every_sender = pytest.mark.parametrize("name", SENDERS)


class TestOnBothDatabases:
    def test_a_bounce_a_complaint_and_a_replay(self, engine, tmp_path):
        host = Host(engine, tmp_path)
        for kind, reader in (("hard", 0), ("complained", 1)):
            post = SENDERS["mailgun"]().post(host.event(kind, reader, id=kind))
            assert [host.post("mailgun", post).status_code for _ in range(2)] == [200, 200]
        assert host.states() == ["bounced", "complained", "active"]


@every_sender
def test_a_hard_bounce_that_is_signed_takes_the_reader_off_the_list(host, name):
    answer = host.post(name, SENDERS[name]().post(host.event("hard")))
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert host.states() == ["bounced", "active", "active"]


@every_sender
def test_without_a_reference_the_address_and_the_newest_letter_count(host, name):
    assert host.post(name, SENDERS[name]().post(Event("complained", "r1@example.org"))).status_code == 200
    assert host.states() == ["active", "complained", "active"]


@every_sender
def test_what_is_about_other_mail_is_taken_counted_and_logged(calm, name, caplog):
    before = calm.everything()
    assert calm.post(name, SENDERS[name]().post(Event("hard", "nobody@example.org"))).status_code == 200
    assert caplog.messages == [f"webhook {name}: accepted, but about no letter to a reader here: 1 hard"]
    assert calm.room.issues.unmatched(calm.room.issue.id)[name] == {"hard": 1}
    after = calm.everything()
    for table in ("webhook_token", "unmatched_report"):
        after.pop(table), before.pop(table)
    assert after == before


@every_sender
def test_the_same_request_again_changes_nothing(host, name):
    post = SENDERS[name]().post(host.event("hard"))
    assert host.post(name, post).status_code == 200
    before = host.everything()
    assert [host.post(name, post).status_code for _ in range(3)] == [200] * 3
    assert host.everything() == before


@pytest.mark.parametrize("name", ["mailgun", "ses"])
def test_the_same_request_many_times_at_once_counts_once(host, name):
    post = SENDERS[name]().post(host.event("complained"))
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: host.post(name, post), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(host.everything()["returned"]) == 1
    assert host.states() == ["complained", "active", "active"]


@every_sender
def test_delays_and_deliveries_are_noted_and_touch_nobody(host, name):
    for kind in ("delayed", "delivered"):
        assert host.post(name, SENDERS[name]().post(host.event(kind, id=kind))).status_code == 200
    assert host.states() == ["active"] * 3
    assert len(host.everything()["returned"]) == 2


@every_sender
def test_reports_in_any_order_end_in_the_same_state(open_copy, name):
    orders = list(permutations(("delivered", "delayed", "hard", "complained")))
    for order in orders[::9]:
        host = open_copy()
        for kind in order:
            assert host.post(name, SENDERS[name]().post(host.event(kind, id=kind))).status_code == 200
        assert host.states() == ["complained", "active", "active"], order


def test_a_report_settles_a_delivery_with_an_unknown_outcome(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'weekly.db'}")
    room = send(engine, tmp_path, lambda _address, _attempt: UNKNOWN)
    host = Host(engine, tmp_path, room=room)
    assert host.room.counts() == {"unknown": 3}
    for reader, name in enumerate(("sendgrid", "brevo")):
        assert host.post(name, SENDERS[name]().post(host.event("delivered", reader))).status_code == 200
    assert host.room.counts() == {"sent": 2, "unknown": 1}
    engine.dispose()


# What is refused: one answer, and nothing changes


def refused(host, name, post, **headers):
    """Post what must be refused; returns the answer after looking that nothing was changed."""
    before = host.everything()
    answer = host.post(name, post, **headers)
    assert host.everything() == before
    return answer


def check_refused(answer):
    assert (answer.status_code, answer.text) == (401, "refused\n")
    assert "www-authenticate" not in answer.headers


@every_sender
def test_a_stranger_is_refused(calm, name):
    check_refused(refused(calm, name, SENDERS[name]().stranger().post(calm.event())))


@every_sender
def test_another_tenant_is_refused(calm, name):
    check_refused(refused(calm, name, SENDERS[name]().post(calm.event(), other_tenant=True)))


@every_sender
@pytest.mark.parametrize("days", [3, -3], ids=["aged", "of the future"])
def test_a_request_of_another_time_is_refused(calm, name, days):
    post = SENDERS[name]().post(calm.event())
    calm.now = NOW + timedelta(days=days)
    check_refused(refused(calm, name, post))


@every_sender
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/html", "multipart/form-data", ""]
)
def test_another_content_type_is_refused(calm, name, kind):
    check_refused(refused(calm, name, SENDERS[name]().post(calm.event()), **{"content-type": kind}))


@every_sender
@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 5000, b'{"a": "\\ud800"}'])
def test_a_malformed_body_is_refused(calm, name, body):
    post = SENDERS[name]().post(calm.event())
    post.body = body
    check_refused(refused(calm, name, post))


@every_sender
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "streamed"])
def test_a_body_that_is_too_large_is_refused_unread(calm, name, declared):
    post = SENDERS[name]().post(calm.event())
    body = post.body + b" " * BODY_LIMIT_BYTES
    post.body = body if declared else iter([body[:9999], body[9999:]])
    assert refused(calm, name, post).status_code == 413


@every_sender
def test_looking_changes_nothing(calm, name):
    before = calm.everything()
    assert {calm.client.get(f"/hooks/{name}").status_code, calm.client.put(f"/hooks/{name}").status_code} == {
        405
    }
    assert calm.everything() == before


def test_a_webhook_that_is_not_enabled_is_not_there(open_copy):
    host = open_copy(senders=[SENDERS["postmark"]()])
    for name in ("mailgun", "nothing", "..", "postmark/x"):
        assert host.post(name, SENDERS["mailgun"]().post(host.event())).status_code in (404, 405)


@pytest.mark.parametrize("kind", ["delivered", "opened"])
def test_a_used_token_of_mailgun_cannot_carry_another_event(host, kind):
    sender = SENDERS["mailgun"]()
    post = sender.post(host.event(kind, reader=0))
    assert host.post("mailgun", post).status_code == 200
    body = json.loads(post.body)
    body["event-data"] = sender.event(host.event("complained", reader=1))
    before = host.everything()
    assert host.post("mailgun", replace(post, body=json.dumps(body).encode())).status_code == 200
    assert host.everything() == before


def test_a_used_token_is_remembered_longer_than_a_request_may_be_old(host):
    sender = SENDERS["mailgun"]()
    host.post("mailgun", sender.post(host.event("delivered", id="1")))
    host.now = sender.signed_at = NOW + timedelta(days=8)
    host.post("mailgun", sender.post(host.event("delivered", id="2")))
    assert len(host.everything()["webhook_token"]) == 1


def test_a_batch_of_a_thousand_events_counts_but_for_its_damaged_ones(host):
    sender = SENDERS["sendgrid"]()
    good = [sender.event(host.event("complained", reader, id=f"event-{reader}")) for reader in (0, 2)]
    noise = [{"event": "open", "email": f"x{n}@example.org", "sg_event_id": f"x{n}"} for n in range(1000)]
    post = sender.sign([*noise, None, {"event": "bounce"}, 7, *good], "batch")
    assert host.post("sendgrid", post).status_code == 200
    assert host.states() == ["complained", "active", "complained"]


@given(
    name=st.sampled_from(sorted(SENDERS)),
    body=st.binary(max_size=300),
    headers=st.dictionaries(
        st.sampled_from(["authorization", "svix-id", "svix-signature", "webhook-id", "content-type"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    ),
)
@examples(60)
def test_whatever_bytes_come_no_reader_is_touched(shared_host, name, body, headers):
    before = shared_host.states()
    headers = {"content-type": "application/json"} | headers
    answer = shared_host.client.post(f"/hooks/{name}", content=body, headers=headers)
    assert answer.status_code == 401
    assert shared_host.states() == before == ["active"] * 3


# When the host cannot


@pytest.mark.parametrize(("name", "status"), [("resend", 503), ("brevo", 429)])
def test_while_the_database_is_away_the_provider_is_asked_to_come_again(host, tmp_path, name, status):
    post = SENDERS[name]().post(host.event("hard"))
    (tmp_path / "weekly.db").rename(tmp_path / "away.db")
    (tmp_path / "weekly.db").mkdir()
    host.engine.dispose()
    answer = host.post(name, post)
    assert (answer.status_code, "retry-after" in answer.headers) == (status, True)
    (tmp_path / "weekly.db").rmdir()
    (tmp_path / "away.db").rename(tmp_path / "weekly.db")
    assert host.post(name, post).status_code == 200
    assert host.states() == ["bounced", "active", "active"]


def test_a_used_token_is_free_again_when_its_transaction_failed(host, tmp_path):
    post = SENDERS["mailgun"]().post(host.event("hard"))
    blocker = open_engine(f"sqlite:///{tmp_path / 'weekly.db'}")
    with blocker.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE returned RENAME TO returned_elsewhere")
    assert host.post("mailgun", post).status_code == 503
    with blocker.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE returned_elsewhere RENAME TO returned")
    blocker.dispose()
    assert host.post("mailgun", post).status_code == 200
    assert host.states() == ["bounced", "active", "active"]


def test_no_address_no_reference_and_no_secret_is_logged(host, caplog):
    caplog.set_level(logging.DEBUG)
    for name, sender in SENDERS.items():
        own, stranger = sender(), sender().stranger()
        host.post(name, own.post(host.event("hard", reader=1)))
        host.post(name, stranger.post(host.event("hard", reader=2)))
        for secret in (*own.secrets, *stranger.secrets):
            assert secret not in caplog.text
    assert "refused" in caplog.text
    assert "@example.org" not in caplog.text
    assert not [
        ref for ref in (mail_ref(KEYRING, WEEK, each) for each in host.room.public_ids) if ref in caplog.text
    ]


# Amazon SNS


def fetch(server, path, *, private_hosts=("127.0.0.1",)):
    options = FetchOptions(allow_private_hosts=("127.0.0.1", "localhost"))
    guarded = GuardedFetch(options, clock=lambda: NOW, private_hosts=private_hosts)
    return asyncio.run(guarded(server.url(path)))


def test_what_is_fetched_is_bounded_public_and_not_followed():
    with closing(FeedServer()) as server:
        server.routes["/certificate"] = Answer(body=b"PEM")
        server.routes["/moved"] = Answer(status=302, headers={"Location": "/certificate"})
        server.routes["/large"] = Answer(body=b"x" * (MAX_BYTES + 1))
        server.routes["/broken"] = Answer(status=503)
        assert fetch(server, "/certificate") == b"PEM"
        for path in ("/moved", "/large", "/broken", "/missing"):
            with pytest.raises(FetchError):
                fetch(server, path)
        before = len(server.asked)
        with pytest.raises(FetchError, match=r"not a usual port|not public"):
            fetch(server, "/certificate", private_hosts=())
        assert len(server.asked) == before


def test_a_certificate_is_fetched_once_and_a_stranger_cannot_have_one_fetched_elsewhere(host):
    for number in range(3):
        host.post("ses", Ses().post(host.event("delivered", id=f"event-{number}")))
    assert host.asked == [CERTIFICATE_URL]
    for url in (
        "https://127.0.0.1/x.pem",
        "https://sns.eu-west-1.amazonaws.com.example.net/x.pem",
        "file:///x.pem",
    ):
        check_refused(refused(host, "ses", Ses(certificate_url=url).post(host.event())))
    assert host.asked == [CERTIFICATE_URL]


def test_while_a_certificate_cannot_be_fetched_amazon_is_asked_to_come_again(host):
    certificate = host.served.pop(CERTIFICATE_URL)
    post = Ses().post(host.event("hard"))
    assert refused(host, "ses", post).status_code == 503
    host.served[CERTIFICATE_URL] = certificate
    assert host.post("ses", post).status_code == 200
    assert host.states() == ["bounced", "active", "active"]


def test_fetches_of_certificates_are_bounded_in_number_and_time(calm):
    def ask(number):
        url = f"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{number:032x}.pem"
        return calm.post("ses", Ses(certificate_url=url).post(calm.event())).status_code

    assert {ask(number) for number in range(FETCHES + 30)} == {503}
    assert len(calm.asked) == FETCHES
    calm.now = NOW + timedelta(hours=2)
    assert ask(1) == 503
    assert len(calm.asked) == FETCHES + 1


def test_kept_certificates_are_bounded(host):
    for number in range(CERTIFICATES + 2):
        url = f"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{number:032x}.pem"
        host.served[url] = Ses().certificate
        sender = Ses(certificate_url=url)
        assert host.post("ses", sender.post(host.event("delivered", id=f"event-{number}"))).status_code == 200
    assert len(host.webhooks._certificates) == CERTIFICATES


@pytest.mark.parametrize("days", [-400, 400], ids=["not yet valid", "expired"])
def test_a_certificate_of_another_time_is_refused(calm, days):
    from support.webhook_senders import _rsa_key, make_certificate

    since = NOW + timedelta(days=days)
    calm.served[CERTIFICATE_URL] = make_certificate(
        _rsa_key(1), since=since, until=since + timedelta(days=30)
    )
    check_refused(refused(calm, "ses", Ses().post(calm.event())))


def test_a_certificate_that_is_none_is_refused(calm):
    calm.served[CERTIFICATE_URL] = b"<html>captive portal</html>"
    check_refused(refused(calm, "ses", Ses().post(calm.event())))


def test_a_subscription_of_the_pinned_topic_is_confirmed(calm):
    assert refused(calm, "ses", Ses().confirmation()).status_code == 200
    assert calm.asked == [CERTIFICATE_URL, SUBSCRIBE_URL]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/?Action=ConfirmSubscription",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://other.amazonaws.com/?Action=ConfirmSubscription",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com@example.net/",
        "",
    ],
)
def test_no_other_address_is_asked_to_confirm(calm, url):
    assert refused(calm, "ses", Ses().confirmation(url)).status_code == 200
    assert calm.asked == [CERTIFICATE_URL]


def test_a_subscription_of_another_topic_or_of_a_stranger_is_not_confirmed(calm):
    check_refused(
        refused(calm, "ses", Ses(topic="arn:aws:sns:eu-west-1:999999999999:bounces").confirmation())
    )
    check_refused(refused(calm, "ses", Ses(key_number=2).confirmation()))
    assert SUBSCRIBE_URL not in calm.asked


def test_the_end_of_a_subscription_does_not_subscribe_again(calm):
    assert refused(calm, "ses", Ses().confirmation(kind="UnsubscribeConfirmation")).status_code == 200
    assert SUBSCRIBE_URL not in calm.asked


def test_sha1_is_accepted_only_where_the_settings_say_so(open_copy):
    old = Ses(version="1")
    host = open_copy()
    check_refused(refused(host, "ses", old.post(host.event())))
    old.options = old.options | {"sha1": True}
    host.webhooks._enabled = {"ses": Host.trust(old)}
    assert host.post("ses", old.post(host.event())).status_code == 200
    assert host.states() == ["bounced", "active", "active"]


def test_by_default_a_second_issue_confirms_a_hard_bounce(open_copy):
    host = open_copy(hard_issues=2)
    host.post("postmark", SENDERS["postmark"]().post(host.event("hard")))
    assert host.states() == ["active"] * 3
    host.room.issue = host.room.issues.freeze(freezing("2026-W49", 2), NOW)
    host.room.send(ScriptedTransport())
    later = host.event("hard", week="2026-W49", id="event-2", at=NOW - timedelta(minutes=1))
    assert host.post("postmark", SENDERS["postmark"]().post(later)).status_code == 200
    assert host.states() == ["bounced", "active", "active"]
