from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from subscribers.selection.model import SelectionError
from subscribers.selection.parse import parse_selection

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)


@given(st.text(alphabet="tagsejoind:=!~<>()'\"\\ andornt0159-wy\n,é", max_size=40))
@examples(200)
def test_every_text_is_a_selection_or_is_refused_with_a_caret(text):
    refused = ""
    try:
        parse_selection(text, now=NOW, zone=UTC)
    except SelectionError as error:
        refused = str(error)
    assert not refused or "^" in refused.splitlines()[-1]
