"""When refusals are the relay's and when they are the readers', by the answers of a run alone."""

from __future__ import annotations

import pytest

from pipeline.deliver.judge import EQUAL, EQUAL_OF_SENDER, MOST_HELD, NONE_TAKEN, STREAK, Answer, Judge
from pipeline.model.delivery import AttemptOutcome, Claim, FailureClass, Verdict

SENT = AttemptOutcome(Verdict.SENT, code=250)
NO = AttemptOutcome(Verdict.FAILED, FailureClass.HARD, 550, "", "Invalid recipient")


def no(words, code=550, enhanced=""):
    verdict = Verdict.FAILED if code >= 500 else Verdict.DEFERRED
    return AttemptOutcome(
        verdict, FailureClass.POLICY if code >= 500 else FailureClass.NONE, code, enhanced, words
    )


def answer(number, outcome, *, domain="", attempts=1, begun=10**6):
    email = f"reader{number}@{domain or f'd{number}.example.org'}"
    return Answer(Claim(number, number, 0, email, "", 0, attempts), outcome, begun=begun)


def hear(judge, *outcomes, **how):
    """Let a judge hear answers of readers 0, 1, …; return the numbers of those that count, in order."""
    counted = []
    for number, outcome in enumerate(outcomes):
        counted += [one.claim.subscriber_id for one in judge.hear(answer(number, outcome, **how))]
        if judge.stopped_by:
            break
    return counted


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("User reader0 unknown", "User reader1 unknown"),
        ("Relay denied for d0.example.org", "Relay denied for d1.example.org"),
        ("id 4Tz9zKjb1 at mx3.relay.example", "id 7Qa1xYp22 at mx1.relay.example"),
        ("5.1.1 <address>: no", "5.1.1  <address>: No"),
        (
            "see http://postgrey.example/help/d0.example.org.html",
            "see http://postgrey.example/help/d1.example.org.html",
        ),
    ],
)
def test_answers_are_equal_that_differ_only_by_reader_time_and_host(first, second):
    assert answer(0, no(first)).wording == answer(1, no(second)).wording


def test_answers_with_other_words_or_codes_are_not_equal():
    wordings = {answer(0, one).wording for one in (no("a"), no("b"), no("a", 554), no("a", 550, "5.7.1"))}
    assert len(wordings) == 4


def test_nothing_counts_before_the_relay_has_taken_a_letter_and_then_everything_does():
    judge = Judge()
    assert hear(judge, NO, no("blocked"), no("later", 450), SENT) == [0, 1, 2, 3]
    assert not judge.end()
    assert judge.stopped_by is None


def test_equal_refusals_stop_the_run_and_count_for_nobody():
    judge = Judge()
    assert hear(judge, *[NO] * 50) == []
    assert len(judge.held) == EQUAL


def test_refusals_that_name_the_sender_need_fewer_and_no_equal_words():
    judge = Judge()
    words = ("relay not permitted", "Sender address rejected: not logged in", "authentication required")
    assert hear(judge, *map(no, words)) == []
    assert len(judge.held) == EQUAL_OF_SENDER
    assert judge.stopped_by


def test_different_refusals_stop_a_run_that_takes_nothing_a_little_later():
    judge = Judge()
    hear(judge, *[no("why " + "x" * number) for number in range(50)])
    assert len(judge.held) == NONE_TAKEN


def test_the_words_that_stopped_the_last_run_are_enough():
    again = Judge(last_refusal=answer(0, NO).wording)
    hear(again, *[NO] * 5)
    assert len(again.held) == 1
    other = Judge(last_refusal=answer(0, NO).wording)
    hear(other, no("something else"), SENT)
    assert other.stopped_by is None


def test_after_a_permanent_refusal_the_next_run_begins_elsewhere_and_after_a_delay_with_the_same_reader():
    assert Judge(last_refusal=answer(0, NO).wording).wants_others
    assert not Judge(last_refusal=answer(0, no("later", 450)).wording).wants_others


def test_a_slow_yes_to_a_letter_that_was_begun_before_proves_nothing():
    judge = Judge(connections=1)
    hear(judge, SENT, *[no("quota in our words")] * STREAK)
    assert judge.wants_others
    judge.hear(answer(99, SENT, begun=1))
    assert judge.wants_others
    for number in (100, 101):
        assert not judge.stopped_by
        judge.hear(answer(number, no("quota in our words")))
    assert judge.stopped_by
    assert len(judge.held) == STREAK + 2


def test_a_row_of_one_server_does_not_stop_a_run():
    judge = Judge()
    hear(judge, SENT)
    counted = []
    for number in range(1, MOST_HELD + 2):
        counted += judge.hear(answer(number, no("not here"), domain="one.example"))
    assert judge.stopped_by is None
    assert len(counted) == MOST_HELD + 1


@pytest.mark.parametrize("words", ["User unknown", "mailbox full"])
def test_the_only_reader_is_judged_when_the_answer_names_the_mailbox(words):
    judge = Judge()
    hear(judge, no(words))
    assert [one.claim.subscriber_id for one in judge.end()] == [0]
    assert judge.stopped_by is None


@pytest.mark.parametrize("words", ["no", "Invalid recipient", "relay not permitted"])
def test_otherwise_the_only_reader_stays_owed(words):
    judge = Judge()
    hear(judge, no(words))
    assert not judge.end()
    assert judge.stopped_by


def test_three_readers_who_are_refused_alike_stay_owed_whatever_the_words():
    judge = Judge()
    hear(judge, *[no("User unknown", 550, "5.1.1")] * 3)
    assert not judge.end()
    assert len(judge.take_held()) == 3


def test_of_mixed_answers_those_about_readers_count():
    judge = Judge()
    hear(judge, no("User unknown"), no("no"))
    assert [one.claim.subscriber_id for one in judge.end()] == [0]
    assert [one.claim.subscriber_id for one in judge.take_held()] == [1]


def test_readers_who_were_put_off_while_others_were_sent_say_nothing_about_the_relay():
    judge = Judge(has_sent=True)
    assert hear(judge, *[no("later", 450)] * 20, attempts=2) == list(range(20))
    assert judge.is_patience_used


def test_a_greylister_opens_the_run_and_costs_no_patience():
    judge = Judge()
    assert hear(judge, *[no("Greylisted", 450, "4.2.0")] * 3) == [0, 1, 2]
    assert judge.is_open
    assert not judge.is_patience_used
