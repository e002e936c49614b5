"""What a refusal is held to mean, and against whom."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.deliver.transport import Stage
from pipeline.deliver.transports.classify import classify
from pipeline.model.delivery import FailureClass, Verdict

F, V = FailureClass, Verdict
STAGES = (Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT)
stages = st.sampled_from(STAGES)
enhanced = st.builds(
    "{}.{}.{}".format, st.sampled_from([2, 4, 5]), st.integers(0, 9), st.integers(0, 99)
) | st.just("")


@examples(100)
@given(stages, st.integers(500, 599), st.integers(0, 999))
def test_a_policy_refusal_is_never_held_against_the_reader(stage, code, detail):
    assert classify(stage, code, f"5.7.{detail}") == (V.FAILED, F.POLICY)


@examples(100)
@given(stages, st.integers(400, 499), enhanced)
def test_a_4xx_never_ends_a_delivery(stage, code, enhanced):
    assert classify(stage, code, enhanced)[0] is V.DEFERRED


@examples(100)
@given(stages, st.integers(200, 599), enhanced)
def test_only_a_2xx_to_the_dot_is_sent_and_nothing_definite_is_unknown(stage, code, enhanced):
    verdict, failure = classify(stage, code, enhanced)
    assert (verdict is V.SENT) == (stage is Stage.DOT and code < 300)
    assert (verdict is V.UNKNOWN) == (stage is Stage.DOT and 300 <= code < 400)
    assert (verdict is V.FAILED) <= (code >= 500)
    assert (verdict is V.FAILED) == (failure not in (F.NONE, F.SOFT))
