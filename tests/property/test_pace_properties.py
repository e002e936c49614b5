"""The limits of letters in time: never more in any window, never much slower, whoever else sends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples
from support.scripted_time import START, Time

from pipeline.deliver.meter import Meter
from pipeline.deliver.pace import Limits, LoweredRate, PaceBook, warm_up_letters
from pipeline.deliver.pacer import Pacer, PrivatePaceLedger
from pipeline.deliver.rate_limit import find_rate_limit
from pipeline.deliver.transport import Stage, TransportError
from pipeline.model.delivery import About, RateLimit

LENGTHS = {"per_second": 1.0, "per_minute": 60.0, "per_hour": 3600.0, "per_day": 86400.0}
FOR_EVER = START + timedelta(days=4000)


def pacer(time, ledger, limits, owner="one", **more):
    more = {"until": FOR_EVER, "chunk": 40, **more}
    return Pacer(ledger, limits, owner=owner, clock=time.clock, **more)


def send_all(limits, letters, *, processes=1, work_s=0.0, chunk=40):
    """Return the instants at which letters left."""
    time, ledger, sent = Time(), PrivatePaceLedger(), []

    async def process(name):
        pace = pacer(time, ledger, limits, name, chunk=chunk)
        while len(sent) < letters:
            assert await pace.admit()
            sent.append(time.now)
            if work_s:
                await asyncio.sleep(work_s)
        pace.close()

    time.run(*(process(f"p{n}") for n in range(processes)))
    return sorted(sent)


def most_in_any_window(sent, length):
    start, most = 0, 0
    for end, at in enumerate(sent):
        while sent[start] <= at - length:
            start += 1
        most = max(most, end - start + 1)
    return most


def shortest(limits, letters):
    """Return the least seconds in which so many letters can leave within every limit."""
    given_ = {name: getattr(limits, name) for name in LENGTHS if getattr(limits, name)}
    return max(((letters - 1) // limit * LENGTHS[name] for name, limit in given_.items()), default=0.0)


some_limits = st.builds(
    Limits,
    per_second=st.one_of(st.just(0), st.integers(1, 60)),
    per_minute=st.one_of(st.just(0), st.integers(1, 300)),
    per_hour=st.one_of(st.just(0), st.integers(1, 500)),
    per_day=st.one_of(st.just(0), st.integers(1, 500)),
)


@examples(60)
@given(some_limits, st.integers(1, 300), st.integers(1, 3), st.sampled_from([0.0, 0.03, 0.7]))
@example(Limits(per_second=14), 300, 1, 0.0)
@example(Limits(per_second=1), 30, 3, 0.0)
@example(Limits(per_second=9, per_minute=10), 100, 2, 0.03)
def test_no_window_ever_has_more_letters_than_its_limit(limits, letters, processes, work_s):
    sent = send_all(limits, letters, processes=processes, work_s=work_s)
    assert len(sent) >= letters
    for name, length in LENGTHS.items():
        if limit := getattr(limits, name):
            assert most_in_any_window(sent, length) <= limit, name


@examples(60)
@given(some_limits, st.integers(2, 400))
@example(Limits(per_second=14), 3000)
@example(Limits(per_second=100), 3000)
@example(Limits(per_minute=100), 1000)
@example(Limits(per_hour=40), 500)
@example(Limits(per_day=50), 400)
def test_one_limit_costs_hardly_more_than_arithmetic_says(limits, letters):
    for name, length in LENGTHS.items():
        if limit := getattr(limits, name):
            sent = send_all(Limits(**{name: limit}), letters)
            assert sent[-1] - sent[0] <= 1.1 * (letters / limit) * length + 0.001


def test_two_processes_share_one_limit_nearly_without_loss():
    sent = send_all(Limits(per_minute=60), 600, processes=2)
    assert sent[-1] - sent[0] <= 1.1 * 600
    sent = send_all(Limits(per_second=14), 700, processes=2)
    assert sent[-1] - sent[0] <= 1.3 * 50


def test_what_a_process_took_and_did_not_send_is_given_back():
    time, ledger = Time(), PrivatePaceLedger()

    async def main():
        for name in "abcd":
            pace = pacer(time, ledger, Limits(per_day=10), name)
            assert await pace.admit()
            pace.close()
        assert sum(ledger.read().taken["day"].values()) == 4

    time.run(main())


def test_a_wait_that_is_too_long_ends_the_run_and_says_when_it_goes_on():
    time, ledger = Time(), PrivatePaceLedger()

    async def main():
        pace = pacer(time, ledger, Limits(per_hour=5), until=START + timedelta(minutes=14))
        assert [await pace.admit() for _ in range(6)] == [True] * 5 + [False]
        assert pace.blocked
        assert pace.blocked.why == "per_hour = 5"
        assert not pace.blocked.asked
        assert START + timedelta(hours=1) <= pace.blocked.until <= START + timedelta(minutes=62)
        assert time.now < START.timestamp() + 0.001

    time.run(main())


class Relay:
    """Takes so many letters in any window of `length` seconds, and refuses the rest in a server's words."""

    def __init__(self, limit, length, words):
        self.limit, self.length, self.words = limit, length, words
        self.taken, self.refused = [], 0

    def answer(self, now):
        if sum(at > now - self.length for at in self.taken) >= self.limit:
            self.refused += 1
            return TransportError(
                self.words,
                stage=Stage.DOT,
                temporary=True,
                about=About.RATE,
                limit=find_rate_limit(0, "", self.words),
            )
        self.taken.append(now)
        return None


def send_through(relay, letters, *, connections=4, until=FOR_EVER, limits=Limits()):  # noqa: B008 - a value
    """Send without knowing the relay's limit; returns the seconds it took."""
    time, ledger = Time(), PrivatePaceLedger()
    pace = pacer(time, ledger, limits, until=until)

    async def connection():
        while len(relay.taken) < letters:
            if pace.is_limited and not await pace.admit():
                return
            if len(relay.taken) >= letters:
                return
            await asyncio.sleep(0.01)
            if error := relay.answer(time.now):
                pace.refused(error, sent=len(relay.taken), sessions=connections - 1)
            else:
                pace.accepted()

    time.run(*(connection() for _ in range(connections)))
    return time.now - START.timestamp(), pace, ledger


@pytest.mark.parametrize(
    ("limit", "length", "words"),
    [
        (14, 1, "454 Throttling failure: Maximum sending rate exceeded."),
        (100, 60, "450 4.7.1 Error: too many messages, limit per minute"),
        (20, 60, "450 4.7.1 Error: too much mail from 203.0.113.5"),
        (3, 1, "421 4.7.28 unusual rate"),
    ],
)
def test_an_unknown_limit_of_a_relay_is_found_and_nearly_used(limit, length, words):
    relay = Relay(limit, length, words)
    took_s, _, _ = send_through(relay, letters := 40 * limit)
    assert len(relay.taken) >= letters
    assert relay.refused < letters / 4
    assert took_s < 1.7 * letters / limit * length


def test_a_lowered_rate_rises_again_by_equal_steps():
    lowered = LoweredRate(rate=7.0, at=0.0)
    assert [lowered.now(at) for at in (0, 30, 60, 120)] == [7, 10.5, 14, 21]


def test_many_refusals_at_once_lower_the_rate_once():
    now = START.timestamp()
    meter = Meter(Limits(), PaceBook(), now)
    assert [meter.slow_down(RateLimit.PACE, "slow", sent=16, now=now + 0.1 * n) for n in range(4)] == [
        True,
        False,
        False,
        False,
    ]
    assert meter.rate(now) == 8
    assert not meter.slow_down(RateLimit.PACE, "slow", sent=0, now=now + 0.9)
    assert meter.slow_down(
        RateLimit.PACE, "slow", sent=0, now=now + 1.1
    )  # nothing went through: a longer pause
    assert meter.rate(now + 1.1) == 8
    assert meter.pause_until == now + 1.1 + 2
    meter.went_through()
    assert meter.slow_down(RateLimit.PACE, "slow", sent=1, now=now + 4)
    assert meter.rate(now + 4) < 4.5


def test_a_limit_that_was_set_is_lowered_slightly_at_first():
    now = START.timestamp()
    meter = Meter(Limits(per_second=21), PaceBook(), now)
    assert meter.slow_down(RateLimit.PACE, "slow", sent=0, now=now)
    assert meter.rate(now + 1) == pytest.approx(18)
    assert meter.rate(now + 10) == 20
    meter.went_through()
    assert meter.slow_down(RateLimit.PACE, "slow", sent=0, now=now + 10)
    assert meter.rate(now + 11) == 10


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("550 5.4.5 Daily user sending limit exceeded", 24),
        ("550 Domain news.example has exceeded the max emails per hour (40/40)", 1),
    ],
)
def test_a_quota_of_a_day_or_an_hour_is_not_probed(words, hours):
    relay = Relay(20, hours * 3600, words)
    _, pace, ledger = send_through(relay, 100, until=START + timedelta(minutes=14), connections=1)
    assert (len(relay.taken), relay.refused) == (20, 1)
    assert pace.blocked
    assert pace.blocked.asked
    assert pace.blocked.until == START + timedelta(hours=hours)
    assert words in str(pace.blocked)
    assert ledger.read().pause_until == (START + timedelta(hours=hours)).timestamp()


def test_the_next_run_knows_of_a_pause_and_does_not_ask_the_relay():
    time, ledger = Time(), PrivatePaceLedger()

    async def main():
        first = pacer(time, ledger, Limits())
        error = TransportError(
            "daily limit", stage=Stage.DOT, temporary=True, about=About.RATE, limit=RateLimit.DAY
        )
        first.refused(error, sent=3, sessions=0)
        second = pacer(time, ledger, Limits(), until=START + timedelta(minutes=14))
        assert second.is_limited
        assert not await second.admit()
        assert second.blocked
        assert not second.blocked.asked
        time.now += 86400
        third = pacer(time, ledger, Limits(), until=START + timedelta(days=1, minutes=14))
        assert await third.admit()
        assert not third.is_limited

    time.run(main())


def test_too_many_connections_cost_connections_and_not_the_rate():
    time, ledger = Time(), PrivatePaceLedger()
    error = TransportError(
        "too many connections",
        stage=Stage.GREETING,
        temporary=True,
        about=About.RATE,
        limit=RateLimit.CONNECTIONS,
    )
    pace = pacer(time, ledger, Limits())
    assert pace.refused(error, sent=0, sessions=3)
    assert not pace.is_limited
    assert pacer(time, ledger, Limits()).connections == 3
    time.now += 1300
    assert pacer(time, ledger, Limits()).connections == 5
    assert not pace.refused(error, sent=0, sessions=0)
    assert pace.is_limited


@pytest.mark.parametrize(
    ("days", "today"),
    [
        ([], 50),
        ([50], 100),
        ([1], 50),
        ([24], 50),
        ([25], 100),
        ([50, 100], 250),
        ([50, 3, 100], 250),
        ([50, 100, 250], None),
    ],
)
def test_a_step_of_the_warm_up_is_a_day_that_used_it(days, today):
    counted = dict(enumerate(days, 20_000))
    assert warm_up_letters((50, 100, 250), counted, (20_000 + len(days)) * 86400.0) == today


def test_a_warm_up_goes_on_day_by_day_and_ends():
    sent = send_all(Limits(warm_up=(10, 20, 40)), 100)
    days = [int(at // 86400) for at in sent]
    assert [days.count(day) for day in sorted(set(days))] == [10, 20, 40, 30]
    assert len(set(days)) == max(days) - min(days) + 1


def test_a_book_survives_being_written_and_read():
    ledger = PrivatePaceLedger()
    time = Time()

    async def main():
        pace = pacer(time, ledger, Limits(per_second=3, per_day=100, warm_up=(20,)))
        for _ in range(10):
            assert await pace.admit()

    time.run(main())
    book = ledger.read()
    assert PaceBook.model_validate_json(book.model_dump_json()) == book
