"""What a refusal is held to mean, and against whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deliver.transports.classify import classify
from pipeline.model.delivery import FailureClass, Verdict

F, V = FailureClass, Verdict
STAGES = ("rcpt", "data", "body", "dot")
stages = st.sampled_from(STAGES)
enhanced = st.builds(
    "{}.{}.{}".format, st.sampled_from([2, 4, 5]), st.integers(0, 9), st.integers(0, 99)
) | st.just("")


@pytest.mark.parametrize(
    ("stage", "code", "enhanced", "meaning"),
    [
        ("rcpt", 550, "5.1.1", (V.FAILED, F.HARD)),
        ("rcpt", 550, "5.1.10", (V.FAILED, F.HARD)),
        ("rcpt", 553, "5.1.3", (V.FAILED, F.HARD)),
        ("rcpt", 550, "5.2.1", (V.FAILED, F.HARD)),
        ("rcpt", 550, "", (V.FAILED, F.HARD)),
        ("rcpt", 551, "", (V.FAILED, F.HARD)),
        ("rcpt", 553, "", (V.FAILED, F.HARD)),
        ("dot", 550, "5.1.1", (V.FAILED, F.HARD)),
        # About the sender's address, though it begins with 5.1.
        ("rcpt", 550, "5.1.7", (V.FAILED, F.POLICY)),
        ("rcpt", 553, "5.1.8", (V.FAILED, F.POLICY)),
        ("rcpt", 550, "5.7.26", (V.FAILED, F.POLICY)),
        ("rcpt", 550, "5.7.515", (V.FAILED, F.POLICY)),
        ("rcpt", 554, "5.7.1", (V.FAILED, F.POLICY)),
        ("rcpt", 554, "", (V.FAILED, F.POLICY)),
        ("rcpt", 521, "", (V.FAILED, F.POLICY)),
        ("rcpt", 550, "5.4.1", (V.FAILED, F.POLICY)),
        ("data", 554, "5.5.1", (V.FAILED, F.POLICY)),
        ("data", 550, "5.1.1", (V.FAILED, F.POLICY)),
        ("dot", 550, "", (V.FAILED, F.POLICY)),
        ("dot", 554, "5.7.1", (V.FAILED, F.POLICY)),
        ("dot", 552, "5.7.0", (V.FAILED, F.POLICY)),
        ("rcpt", 552, "5.2.2", (V.DEFERRED, F.SOFT)),
        ("rcpt", 552, "", (V.DEFERRED, F.SOFT)),
        ("rcpt", 452, "", (V.DEFERRED, F.SOFT)),
        ("rcpt", 452, "4.2.2", (V.DEFERRED, F.SOFT)),
        ("dot", 552, "5.2.2", (V.DEFERRED, F.SOFT)),
        ("rcpt", 452, "4.3.1", (V.DEFERRED, F.NONE)),
        ("rcpt", 450, "4.2.0", (V.DEFERRED, F.NONE)),
        ("data", 451, "", (V.DEFERRED, F.NONE)),
        ("dot", 452, "", (V.DEFERRED, F.NONE)),
        ("dot", 421, "4.7.28", (V.DEFERRED, F.NONE)),
        ("dot", 552, "", (V.FAILED, F.CONTENT)),
        ("body", 552, "", (V.FAILED, F.CONTENT)),
        ("dot", 554, "5.3.4", (V.FAILED, F.CONTENT)),
        ("dot", 554, "5.6.0", (V.FAILED, F.CONTENT)),
        ("rcpt", 550, "5.6.7", (V.FAILED, F.ADDRESS)),
        # A code that contradicts its enhanced code counts, the enhanced code does not.
        ("rcpt", 450, "5.1.1", (V.DEFERRED, F.NONE)),
        ("rcpt", 550, "4.2.2", (V.FAILED, F.HARD)),
        ("dot", 250, "2.0.0", (V.SENT, F.NONE)),
        ("dot", 354, "", (V.UNKNOWN, F.NONE)),
        ("data", 250, "", (V.NOT_SENT, F.NONE)),
        ("body", 250, "", (V.NOT_SENT, F.NONE)),
    ],
)
def test_every_refusal_is_laid_at_the_right_door(stage, code, enhanced, meaning):
    assert classify(stage, code, enhanced) == meaning


@given(stages, st.integers(500, 599), st.integers(0, 999))
def test_a_policy_refusal_is_never_held_against_the_reader(stage, code, detail):
    assert classify(stage, code, f"5.7.{detail}") == (V.FAILED, F.POLICY)


@given(stages, st.integers(400, 499), enhanced)
def test_a_4xx_never_ends_a_delivery(stage, code, enhanced):
    assert classify(stage, code, enhanced)[0] is V.DEFERRED


@given(stages, st.integers(200, 599), enhanced)
def test_only_a_2xx_to_the_dot_is_sent_and_nothing_definite_is_unknown(stage, code, enhanced):
    verdict, failure = classify(stage, code, enhanced)
    assert (verdict is V.SENT) == (stage == "dot" and code < 300)
    assert (verdict is V.UNKNOWN) == (stage == "dot" and 300 <= code < 400)
    assert (verdict is V.FAILED) <= (code >= 500)
    assert (verdict is V.FAILED) == (failure not in (F.NONE, F.SOFT))
