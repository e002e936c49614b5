"""history.jsonl: what frozen issues used survives every hand that writes to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.issue.history import past_from_json, past_to_json
from pipeline.model.past import Past


@examples(100)
@given(
    st.builds(
        Past,
        week=st.sampled_from(["2026-W01", "2026-W53"]),
        number=st.integers(0, 10**9),
        term=st.text(),
        tip=st.text(),
        readers=st.integers(0, 10**12),
        digest=st.text(),
        pinned=st.lists(st.sampled_from(["term", "tip"]), unique=True).map(tuple),
    )
)
def test_what_is_written_is_read_again(past):
    line = past_to_json(past)
    assert "\n" not in line
    assert past_from_json(line) == past
