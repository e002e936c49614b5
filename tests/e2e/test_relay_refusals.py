"""What a cron line says and does when the relay refuses everybody, is fixed, or stays away for weeks."""

from __future__ import annotations

import pytest
from support.cli import DUE, TO_RELAY, make_example, make_owed_example, must, query, weekly
from support.smtp_server import DROP, ScriptedServer, accepting, say

READERS = 12
TICK, HOUR = "2026-11-24T09:15Z", "2026-11-24T10:05Z"


@pytest.fixture
def letter(tmp_path):
    """A newsletter whose next letter is due and not frozen yet."""
    return make_example(tmp_path / "letter")


@pytest.fixture
def owed(tmp_path):
    """A newsletter whose letter was frozen for its readers, and nothing of it was sent yet."""
    return make_owed_example(tmp_path / "letter")


def cron(folder, server, at=DUE, *words):
    env = {**TO_RELAY, "WEEKLY_SMTP__PORT": str(server.port), "WEEKLY_DELIVERY__CONNECTIONS": "2"}
    return weekly(*(words or ("run",)), folder=folder, as_of=at, env=env)


def standing(folder):
    status = must(weekly("status", "--json", folder=folder)).json
    return status["state"], {word: count for word, count in status["counts"].items() if count}


REFUSALS = {
    "Exim": ({"rcpt": say(b"550 relay not permitted")}, 6),
    "OpenSMTPD": ({"rcpt": say(b"550 Invalid recipient")}, 6),
    "Postfix without a login": ({"rcpt": say(b"554 5.7.1 <x@example.org>: Access denied")}, 6),
    "Debian's Postfix": ({"rcpt": say(b"454 4.7.1 <x@example.org>: Relay access denied")}, 75),
    "policy that puts off": ({"rcpt": say(b"450 4.7.1 Try again later")}, 75),
    "end-of-data restriction": (
        {"dot": say(b"554 5.7.1 <x@example.org>: Recipient address rejected: no")},
        6,
    ),
    "end-of-data delay": ({"dot": say(b"450 4.7.1 later")}, 75),
}


@pytest.mark.parametrize(("script", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_relay_that_refuses_everybody_is_said_and_nobody_is_charged(owed, script, code):
    words = next(iter(script.values())).say.decode().split(" ", 1)[0]
    with ScriptedServer(script) as server:
        refused = cron(owed, server)
        assert (refused.code, refused.stdout) == (code, "")
        assert words in refused.stderr
        assert "nothing is lost" in refused.stderr
        assert standing(owed) == ("sending", {"queued": READERS})
        assert query(owed, "SELECT sum(attempts), sum(failure) FROM delivery") == [(0, 0)]
        assert "the last run was stopped" in must(weekly("status", folder=owed)).stdout
        asked = sum(command.startswith("RCPT") for command in server.commands)
        assert cron(owed, server, TICK).code == code
        again = sum(command.startswith("RCPT") for command in server.commands) - asked
        assert again <= asked
        server.script.clear()
        fixed = cron(owed, server, HOUR)
        assert (fixed.code, fixed.stderr) == (0, "")
    assert standing(owed) == ("sent", {"sent": READERS})
    assert len({accepted.rcpt for accepted in server.accepted}) == len(server.accepted) == READERS


def test_greylisting_ends_in_delivery_without_a_lost_attempt(letter):
    seen = {}

    def greylist(rcpt):
        seen[rcpt] = seen.get(rcpt, 0) + 1
        return (
            say(b"450 4.2.0 <x@example.org>: Recipient address rejected: Greylisted")
            if seen[rcpt] == 1
            else None
        )

    with ScriptedServer({"rcpt": greylist}) as server:
        first = cron(letter, server)
        assert first.code == 75
        assert "has taken no letter yet" in first.stderr
        assert "Greylisted" in first.stderr
        assert standing(letter) == ("sending", {"deferred": READERS})
        assert cron(letter, server, TICK).code == 0
    assert standing(letter) == ("sent", {"sent": READERS})


def test_a_greylister_that_does_not_say_so_takes_one_run_more(owed):
    """The run stops, and the next one begins with the same reader, whom the greylister knows by then."""
    known = {}

    def greylist(rcpt):
        first = known.setdefault(rcpt, len(known_at))
        return say(b"450 4.7.1 try again later") if first == len(known_at) else None

    known_at = []
    with ScriptedServer({"rcpt": greylist}) as server:
        codes = []
        for at in (DUE, TICK, "2026-11-24T09:30Z"):
            codes.append(cron(owed, server, at).code)
            known_at.append(at)
    assert codes == [75, 0, 0]
    assert standing(owed) == ("sent", {"sent": READERS})


def test_a_relay_that_stops_taking_letters_early_charges_the_others_no_patience(owed):
    taken = {row[0] for row in query(owed, "SELECT email FROM subscriber ORDER BY id LIMIT 2")}
    later = say(b"450 4.3.0 not now")
    with ScriptedServer({"rcpt": lambda rcpt: None if rcpt in taken else later}) as server:
        assert cron(owed, server).code == 0
        assert standing(owed) == ("sending", {"sent": 2, "deferred": READERS - 2})
        for hour in range(10, 20):
            assert cron(owed, server, f"2026-11-24T{hour}:00Z").code == 75
        assert standing(owed) == ("sending", {"sent": 2, "queued": READERS - 2})
        assert query(owed, "SELECT max(attempts) FROM delivery") == [(1,)]
        server.script.clear()
        assert cron(owed, server, "2026-11-24T20:00Z").code == 0
    assert standing(owed) == ("sent", {"sent": READERS})


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_a_quota_that_is_used_up_is_said_and_nobody_is_charged(letter, stage):
    with ScriptedServer({stage: say(b"550 5.4.5 Daily user sending limit exceeded")}) as server:
        ended = cron(letter, server)
    assert ended.code == 75
    assert "Daily user sending limit exceeded" in ended.stderr
    assert standing(letter)[1] == {"queued": READERS}
    assert query(letter, "SELECT sum(attempts), sum(failure) FROM delivery") == [(0, 0)]


def test_a_few_dead_addresses_at_the_head_of_the_list_do_not_stop_the_run(owed):
    ((first,), (second,)) = query(owed, "SELECT email FROM subscriber ORDER BY id LIMIT 2")
    no = say(b"550 Invalid recipient")
    with ScriptedServer({("rcpt", first): no, ("rcpt", second): no}) as server:
        assert cron(owed, server).code == 0
    assert standing(owed) == ("sent", {"sent": READERS - 2, "failed": 2})


def test_an_issue_that_few_were_sent_is_never_just_sent(owed):
    some = {row[0] for row in query(owed, "SELECT email FROM subscriber ORDER BY id LIMIT 5")}
    gone = say(b"550 5.1.1 User unknown")
    with ScriptedServer({"rcpt": lambda rcpt: None if rcpt in some else gone}) as server:
        ended = cron(owed, server)
    assert ended.code == 6
    assert "5 sent + 7 failed" in ended.stderr
    assert standing(owed)[0] == "sent_with_problems"


def test_a_share_of_the_readers_can_be_asked_for(owed):
    gone = say(b"550 5.1.1 User unknown")
    ((first,),) = query(owed, "SELECT email FROM subscriber ORDER BY id LIMIT 1")
    env = {**TO_RELAY, "WEEKLY_DELIVERY__MIN_SENT": "0.95"}
    with ScriptedServer({("rcpt", first): gone}) as server:
        ended = weekly("run", folder=owed, as_of=DUE, env={**env, "WEEKLY_SMTP__PORT": str(server.port)})
    assert ended.code == 6
    assert standing(owed) == ("sent_with_problems", {"sent": READERS - 1, "failed": 1})


def test_answers_that_are_lost_pause_the_issue_until_a_letter_is_taken_again(letter):
    with ScriptedServer({"dot": accepting(DROP)}) as server:
        lost = cron(letter, server)
        assert lost.code == 75
        assert "is paused until 2026-11-24 10:00 UTC" in lost.stderr
        assert "nothing is lost" not in lost.stderr
        _, before = standing(letter)
        assert cron(letter, server, TICK).code == 75
        assert standing(letter)[1] == before
        assert cron(letter, server, HOUR).code == 75
        _, probed = standing(letter)
        assert probed["unknown"] == before["unknown"] + 1
        server.script.clear()
        resting = cron(letter, server, "2026-11-24T11:10Z")
        assert (resting.code, standing(letter)[1]) == (75, probed)
        assert "is paused until 2026-11-24 16:05 UTC" in resting.stderr
        assert cron(letter, server, "2026-11-24T16:10Z").code == 6
    _, after = standing(letter)
    assert after == {"sent": READERS - probed["unknown"], "unknown": probed["unknown"]}


def test_what_a_breaker_refused_is_queued_again_by_resuming(owed):
    with ScriptedServer() as server:
        cron(owed, server)
    query(owed, "UPDATE delivery SET state = 5, failure = 1, code = 550 WHERE subscriber_id > 3")
    query(owed, "UPDATE issue SET state = 5, trip = 'hard', paused_reason = 'too many are gone'")
    with ScriptedServer() as server:
        waiting = cron(owed, server, TICK)
        assert (waiting.code, server.accepted) == (6, [])
        assert "too many are gone" in waiting.stderr
        resumed = must(cron(owed, server, TICK, "resume"))
        assert f"{READERS - 3} refused deliveries are queued again" in resumed.stderr
        assert cron(owed, server, HOUR).code == 0
    assert len(server.accepted) == READERS - 3
    assert standing(owed) == ("sent", {"sent": READERS})


def test_letters_expire_and_nobody_gets_three_at_once(letter):
    weeks = ("2026-11-24T09:00Z", "2026-12-01T09:00Z", "2026-12-08T09:00Z", "2026-12-15T09:00Z")
    away = {**TO_RELAY, "WEEKLY_SMTP__PORT": "1"}
    assert [weekly("run", folder=letter, as_of=at, env=away).code for at in weeks] == [75] * 4
    with ScriptedServer() as server:
        back = cron(letter, server, "2026-12-15T12:00Z")
    assert len(server.accepted) == READERS
    assert back.code == 0
    issues = must(weekly("status", "--json", "--week", "2026-W50", folder=letter)).json
    assert (issues["state"], issues["counts"]["expired"]) == ("sent_with_problems", READERS)
    shown = must(weekly("status", "--week", "2026-W50", folder=letter)).stdout
    assert "not sent within 3 days (max_age)" in shown


def test_an_expired_letter_is_sent_all_the_same_when_a_person_asks_for_it(letter):
    away = {**TO_RELAY, "WEEKLY_SMTP__PORT": "1"}
    weekly("run", folder=letter, as_of=DUE, env=away)
    expired = weekly("run", folder=letter, as_of="2026-11-28T09:00Z", env=away)
    assert expired.code == 6
    assert f"{READERS} letters were not sent within 3 days" in expired.stderr
    must(weekly("retry", folder=letter, as_of="2026-11-28T09:10Z"))
    with ScriptedServer() as server:
        assert cron(letter, server, "2026-11-28T09:15Z").code == 0
    assert len(server.accepted) == READERS
