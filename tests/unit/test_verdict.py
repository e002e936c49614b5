"""What a run says at its end and with which exit code, for every way to end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.deliver.pacer import RateWait
from pipeline.deliver.progress import Progress, Trip
from pipeline.model.delivery import DeliveryState, Report
from pipeline.run.verdict import judge_run

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
NO = "the relay refuses 3 readers in a row and has taken no letter: 550 no"
ASKED, OWN = RateWait(AT, "454 quota", asked=True), RateWait(AT, "per_hour = 5", asked=False)
PERMANENT = {"temporary": False}
STOPPED = {"stopped": "the mail server is away"}

ENDS = {
    "all sent": ({"sent": 40}, {}, {}, 0, ""),
    "some readers put off": ({"sent": 30, "deferred": 10}, {}, {}, 0, ""),
    "a few dead addresses": ({"sent": 39, "failed": 1}, {}, {}, 0, ""),
    "addresses that this relay cannot reach": (
        {"sent": 39, "failed": 1},
        {},
        {"failures": {"address": 1}},
        0,
        "1 delivery ended as `failed address`; look at it with `weekly status --week 2026-W48`",
    ),
    "few were sent": (
        {"sent": 9, "failed": 31},
        {},
        {"state": "sent_with_problems"},
        6,
        "9 sent + 31 failed; look at it with `weekly status --week 2026-W48`",
    ),
    "nobody was sent": (
        {"failed": 40},
        {},
        {"state": "sent_with_problems"},
        6,
        "nobody was sent the letter; ",
    ),
    "unknown outcomes": ({"sent": 38, "unknown": 2}, {}, {}, 6, "look at it with `weekly status"),
    "everybody put off": (
        {"deferred": 40},
        {"put_off": "450 later"},
        {},
        75,
        "taken no letter yet and puts readers off: 450 later; the next run goes on",
    ),
    "connections lost": (
        {"sent": 10, "queued": 30},
        {},
        {},
        75,
        "still owed: connections to the relay were lost; the next run goes on",
    ),
    "relay away": (
        {"sent": 10, "queued": 30},
        STOPPED,
        {},
        75,
        "away; 10 of 40 were sent; nothing is lost; the next run goes on",
    ),
    "login put off": (
        {"queued": 40},
        {"stopped": "the mail server answered 454 4.7.0 later (at auth)"},
        {},
        75,
        "the next run goes on; `weekly relay check` shows what the relay wants",
    ),
    "login refused": (
        {"queued": 40},
        STOPPED | PERMANENT,
        {},
        1,
        "no letter leaves before the cause is fixed: `weekly relay check` shows",
    ),
    "all refused": (
        {"queued": 40},
        {"stopped": NO, "trip": Trip.REFUSED} | PERMANENT,
        {},
        6,
        "`weekly relay check` shows what to set; every run tries one letter",
    ),
    "all put off": (
        {"queued": 40},
        {"stopped": NO, "trip": Trip.REFUSED},
        {},
        75,
        "nothing is lost; the next run tries one letter first",
    ),
    "relay's quota": (
        {"sent": 10, "queued": 30},
        {"waits": ASKED},
        {},
        75,
        "nothing is lost; it goes on by itself, and sooner after `weekly relay resume`",
    ),
    "own limit": ({"sent": 10, "queued": 30}, {"waits": OWN}, {}, 0, ""),
    "own limit, some unknown": (
        {"queued": 39, "unknown": 1},
        {"waits": OWN},
        {},
        6,
        "; 1 have an unknown outcome, see `weekly status`; it goes on by itself; look at it",
    ),
    "answers lost": (
        {"queued": 38, "unknown": 2},
        {"trip": Trip.UNKNOWN},
        {"state": "paused", "paused_reason": "no answers", "resumes_at": AT},
        75,
        "2 have an unknown outcome, see `weekly status`; a run after that tries one",
    ),
    "too many dead": (
        {"sent": 150, "failed": 50},
        {"trip": Trip.HARD},
        {"state": "paused", "paused_reason": "an old list", "failures": {"hard": 50}},
        6,
        "the 50 refused readers are queued again by `weekly resume`; fix the cause",
    ),
    "letter refused": (
        {"queued": 40},
        PERMANENT,
        {"state": "paused", "paused_reason": "too big"},
        6,
        "is paused: too big; nothing is lost; fix the cause, then `weekly resume`",
    ),
}


class Said:
    def __init__(self):
        self.told, self.said = [], []
        self.tell, self.say = self.told.append, self.said.append

    def watch(self, _week, _total):
        raise AssertionError("nothing is watched")


@pytest.mark.parametrize("end", ENDS)
def test_every_end_has_its_exit_code_and_says_what_is_true(end):
    counts, progress, more, code, words = ENDS[end]
    said = Said()
    full = {state.word: counts.get(state.word, 0) for state in DeliveryState}
    report = Report("2026-W48", sum(counts.values()), full, **{"state": "sending", **more})
    assert judge_run(said, report, Progress(**progress)) == code
    assert len(said.said) == bool(words)
    assert words in "".join(said.said)
    for message in said.said:
        assert ("nothing is lost" in message) <= (not counts.keys() & {"failed", "unknown", "expired"})
