"""Whole runs against limits, on a real ledger in scripted time: everybody gets the letter, in good time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from subprocess import PIPE

import pytest
from sqlalchemy import insert, select
from support.environment import REPO
from support.pace_taker import take_all
from support.patience import PATIENCE_S
from support.scripted_time import START, Time
from support.stores import (
    LOST,
    SENT,
    Newsroom,
    ScriptedTransport,
    add_readers,
    fill,
    freezing,
)

from pipeline.deliver.engine import deliver
from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.pace import Limits, PaceBook
from pipeline.deliver.pacer import Pacer
from pipeline.deliver.rate_limit import find_rate_limit
from pipeline.deliver.transport import Stage, TransportError
from pipeline.errors import StoreError
from pipeline.model.delivery import About
from pipeline.store.issues import Issues
from pipeline.store.pace import StoredPaceLedger
from pipeline.store.tables import pace as pace_table
from subscribers.store.tables import subscriber

RUN_FOR = timedelta(minutes=14)
QUOTA_READERS = 75
"""More than every quota that is tried here, so that each is met at least once."""
ANSWER_S = 0.05


class TimedRelay(ScriptedTransport):
    """Takes at most `limit` letters in `length` seconds over `connections` connections."""

    def __init__(self, time, *, limit=0, length=1.0, words="", connections=0, at_dot=True):
        super().__init__()
        self.time, self.limit, self.length, self.words = time, limit, length, words
        self.connections, self.at_dot = connections, at_dot
        self.open_now, self.most_open, self.refused = 0, 0, 0
        self.taken = []

    async def open(self):
        await asyncio.sleep(ANSWER_S)
        if self.connections and self.open_now >= self.connections:
            self.refused += 1
            raise about_rate("421 4.7.0 Error: too many connections from 203.0.113.5", Stage.GREETING)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        return _TimedSession(self)

    def is_full(self):
        return self.limit and sum(at > self.time.now - self.length for at in self.taken) >= self.limit


class _TimedSession:
    usable = True

    def __init__(self, relay):
        self.relay, self.is_open = relay, True

    async def send(self, envelope, _message, before_handover):
        relay = self.relay
        await asyncio.sleep(ANSWER_S)
        if not relay.at_dot and relay.is_full():
            relay.refused += 1
            raise about_rate(relay.words, Stage.RCPT)
        await before_handover()
        await asyncio.sleep(ANSWER_S)
        if relay.is_full():
            relay.refused += 1
            raise about_rate(relay.words, Stage.DOT)
        relay.taken.append(relay.time.now)
        relay.accepted.append(envelope.recipient)
        return SENT

    async def close(self):
        if self.is_open:
            self.is_open = False
            self.relay.open_now -= 1


def about_rate(words, stage):
    return TransportError(
        words, stage=stage, temporary=True, about=About.RATE, limit=find_rate_limit(0, "", words)
    )


@pytest.fixture
def room(engine):
    return Newsroom(engine, readers=1).open()


def fill_room(engine, readers):
    """Freeze an issue for so many readers, who are entered in one statement."""
    room = Newsroom(engine, readers)
    add_readers(engine, 1)
    with engine.begin() as connection:
        first = connection.execute(select(subscriber)).mappings().one()
        connection.execute(
            insert(subscriber),
            [
                {
                    **first,
                    "id": first["id"] + n,
                    "public_id": first["public_id"] + n,
                    "email": f"x{n}@example.org",
                    "email_key": f"x{n}@example.org",
                    "email_hmac": n.to_bytes(16, "big"),
                }
                for n in range(1, readers)
            ],
        )
    room.issues = Issues(engine)
    room.issue = room.issues.freeze(freezing(), START)
    return room


def one_run(room, time, relay, *, limits=Limits(), connections=4, per_domain=None, run_for=RUN_FOR):  # noqa: B008 - a value
    """Make one run as `weekly run` does; returns its progress and what it said while it waited."""
    now, told = time.clock(), []
    ledger = room.issues.ledger(room.issue.id)
    ledger.take_over(now, resend_unknown=False)
    ledger.requeue_due(now)
    room.issues.begin(room.issue.id, now)

    async def run():
        pace = Pacer(
            StoredPaceLedger(room.engine, "relay/example.org"),
            limits,
            owner=f"{time.now}",
            clock=time.clock,
            until=now + run_for,
            chunk=connections * 10,
            notice=told.append,
        )
        return await deliver(
            ledger,
            relay,
            fill,
            rules=DeliveryOptions(connections=connections, per_domain=per_domain or {}),
            clock=time.clock,
            stop=asyncio.Event(),
            pace=pace,
        )

    (progress,) = time.run(run())
    return progress, told


def call_after_call(room, time, relay, *, most=40, **how):
    """Make runs, each when the last one said that it goes on; returns how many it took."""
    for runs in range(1, most + 1):
        progress, _ = one_run(room, time, relay, **how)
        assert not progress.stopped or progress.waits, progress.stopped
        if not progress.waits:
            return runs
        time.now = progress.waits.until.timestamp() + 1
    raise AssertionError("it never ends")


@pytest.mark.slow
@pytest.mark.parametrize("readers", [168, pytest.param(3000, marks=pytest.mark.long)])
def test_at_fourteen_a_second_all_readers_get_it_in_the_time_that_arithmetic_says(engine, readers):
    room, time = fill_room(engine, readers), Time()
    relay = TimedRelay(time, limit=14, words="454 Throttling failure: Maximum sending rate exceeded.")
    progress, _ = one_run(room, time, relay, limits=Limits(per_second=14))
    assert room.counts() == {"sent": readers}
    assert len(set(relay.accepted)) == readers
    assert (progress.stopped, relay.refused) == ("", 0)
    assert time.now - START.timestamp() <= 1.1 * readers / 14


@pytest.mark.parametrize("at_dot", [True, False], ids=["dot", "rcpt"])
@pytest.mark.parametrize(
    "quota",
    [
        (14, 1.0, "454 Throttling failure: Maximum sending rate exceeded."),
        (40, 60.0, "450 4.7.1 Error: too many recipients from sender.example[203.0.113.5]"),
        (30, 3600.0, "550 Domain news.example has exceeded the max emails per hour (30/30 (100%)) allowed."),
        (60, 86400.0, "550 5.4.5 Daily user sending limit exceeded."),
    ],
)
def test_a_limit_that_nobody_set_costs_no_reader_anything(engine, at_dot, quota):
    limit, length, words = quota
    room, time = fill_room(engine, QUOTA_READERS), Time()
    relay = TimedRelay(time, limit=limit, length=length, words=words, at_dot=at_dot)
    call_after_call(room, time, relay)
    assert room.counts() == {"sent": QUOTA_READERS}
    assert len(relay.accepted) == len(set(relay.accepted)) == QUOTA_READERS
    if length >= 3600:  # one round of refusals a quota, not one for every call of cron
        assert relay.refused <= 4 * (QUOTA_READERS // limit + 1)
    assert time.now - START.timestamp() <= max(60.0, 1.7 * QUOTA_READERS / limit * length)


def test_the_run_ends_when_the_wait_is_too_long_and_the_next_one_goes_on(engine):
    room, time = fill_room(engine, 25), Time()
    relay = TimedRelay(time)
    progress, told = one_run(room, time, relay, limits=Limits(per_hour=10))
    assert room.counts() == {"sent": 10, "queued": 15}
    assert progress.waits
    assert not progress.waits.asked
    assert "waiting for the rate limit until 2026-11-24 10:0" in str(progress.waits)
    assert progress.stopped == "the rate limit is reached (per_hour = 10)"
    assert told == []
    assert call_after_call(room, time, relay, limits=Limits(per_hour=10)) > 1
    assert room.counts() == {"sent": 25}


def test_a_wait_within_the_run_is_told_once(engine):
    room, time = fill_room(engine, 25), Time()
    progress, told = one_run(room, time, TimedRelay(time), limits=Limits(per_minute=10))
    assert room.counts() == {"sent": 25}
    assert [line.startswith("waiting for the rate limit until") for line in told] == [True, True]
    assert not progress.stopped


def test_while_it_waits_for_long_every_delivery_is_queued(engine):
    room, time = fill_room(engine, 25), Time()
    seen = []

    class Looking(TimedRelay):
        async def open(self):
            asyncio.get_running_loop().call_later(30, lambda: seen.append(room.counts()))
            return await super().open()

    one_run(room, time, Looking(time), limits=Limits(per_minute=10), connections=1)
    assert seen[0] == {"sent": 10, "queued": 15}


def test_a_quota_of_a_day_is_the_relays_word_and_the_next_calls_keep_still(engine):
    room, time = fill_room(engine, 20), Time()
    words = "550 5.4.5 Daily user sending limit exceeded."
    relay = TimedRelay(time, limit=5, length=86400.0, words=words)
    progress, _ = one_run(room, time, relay, connections=1)
    assert room.counts() == {"sent": 5, "queued": 15}
    assert progress.waits
    assert progress.waits.asked
    assert timedelta(0) <= progress.waits.until - START - timedelta(days=1) < timedelta(seconds=1)
    assert words in progress.stopped
    for _ in range(3):
        time.now += 900
        progress, _ = one_run(room, time, relay, connections=1)
        assert progress.waits
        assert not progress.waits.asked
    assert relay.refused == 1


@pytest.mark.parametrize("allowed", [1, 2, 3])
def test_connections_that_are_always_refused_end_nothing_and_eat_nobody(engine, allowed):
    room, time = fill_room(engine, 36), Time()
    relay = TimedRelay(time, connections=allowed)
    progress, _ = one_run(room, time, relay, connections=6)
    assert not progress.stopped
    assert room.counts() == {"sent": 36}
    assert relay.most_open == allowed
    assert relay.refused <= 6
    again = TimedRelay(time, connections=allowed)
    one_run(fill_again(room), time, again, connections=6)
    assert again.refused <= 1  # the next run begins with what was taken


def fill_again(room):
    room.issue = room.issues.freeze(freezing("2026-W49", 2), START)
    return room


def test_a_relay_that_refuses_every_connection_is_asked_again_and_again_and_loses_nobody(engine):
    room, time = fill_room(engine, 10), Time()

    class Busy(TimedRelay):
        async def open(self):
            if self.time.now < START.timestamp() + 40:
                self.refused += 1
                raise about_rate("421 4.7.0 too many connections from 203.0.113.5", Stage.GREETING)
            return await super().open()

    relay = Busy(time)
    progress, _ = one_run(room, time, relay)
    assert not progress.stopped
    assert room.counts() == {"sent": 10}
    assert relay.refused <= 12


def test_no_domain_gets_more_at_once_than_it_may(engine):
    room, time = fill_room(engine, 30), Time()
    with engine.begin() as connection:
        for row in connection.execute(select(subscriber.c.id, subscriber.c.email)).all():
            domain = ("one.example", "two.example", "three.example")[row.id % 3]
            connection.execute(
                subscriber.update()
                .where(subscriber.c.id == row.id)
                .values(email=f"{row.email.partition('@')[0]}@{domain}")
            )
    busy, most = {}, {}

    class Watching(TimedRelay):
        async def open(self):
            session = await super().open()
            send = session.send

            async def watched(envelope, message, before_handover):
                domain = envelope.recipient.partition("@")[2]
                busy[domain] = busy.get(domain, 0) + 1
                most[domain] = max(most.get(domain, 0), busy[domain])
                try:
                    return await send(envelope, message, before_handover)
                finally:
                    busy[domain] -= 1

            session.send = watched
            return session

    relay = Watching(time)
    one_run(room, time, relay, connections=8, per_domain={"one.example": 1, "*": 2})
    assert len(set(relay.accepted)) == 30
    assert most == {"one.example": 1, "two.example": 2, "three.example": 2}


@pytest.mark.slow
def test_two_processes_share_one_limit(room):
    url = room.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "support.pace_taker", url, "other"]
    with subprocess.Popen(
        command,
        cwd=REPO / "tests",
        env=os.environ | {"PYTHONPATH": str(REPO)},
        stdin=PIPE,
        stdout=PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "ready\n"
        other.stdin.write("\n")
        other.stdin.flush()
        own = asyncio.run(take_all(url, "own"))
        told, _ = other.communicate(timeout=PATIENCE_S)
    assert own + int(told) == 100
    assert open_book(room.engine).taken["day"]


def open_book(engine):
    return StoredPaceLedger(engine, "relay/example.org").read()


def test_every_relay_and_sender_has_a_book_of_its_own(room):
    one, two = (StoredPaceLedger(room.engine, scope) for scope in ("a/example.org", "b/example.org"))
    assert one.change(lambda book: (book.model_copy(update={"connections": 3}), "told")) == "told"
    assert (one.read().connections, two.read()) == (3, PaceBook())


def test_a_damaged_book_is_named(room):
    with room.engine.begin() as connection:
        connection.execute(insert(pace_table).values(scope="relay/example.org", book="{"))
    with pytest.raises(StoreError, match="the table `pace`"):
        open_book(room.engine)


def test_letters_that_are_lost_meanwhile_are_tried_again(engine):
    room, time = fill_room(engine, 12), Time()
    relay = ScriptedTransport(lambda address, attempt: LOST if attempt == 1 and address < "x3" else SENT)
    one_run(room, time, relay, limits=Limits(per_second=5), connections=2)
    assert room.counts() == {"sent": 12}
