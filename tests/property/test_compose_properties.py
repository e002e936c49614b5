"""The letter says what was chosen, in lines that fit a mailbox, the same on every machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.composing import make_issue, make_term
from support.examples import examples

from pipeline.model.content import Tip
from pipeline.model.wishes import Wishes

PROSE = st.text(st.sampled_from("ab éß語👩\u200d\u0301\n\t.!?,*_`#<>&(\u202e\x00"), max_size=200)


@examples(100)
@given(words=st.tuples(*[PROSE] * 6))
@pytest.mark.parametrize("slots", [("term", "tip"), ("term",), ("tip",)])
def test_subject_and_preheader_fit_a_mailbox_whatever_the_words(slots, words):
    title, prose, tip_title, body, subject, name = words
    term = make_term(title=title, definition=prose, why_it_matters=body)
    tip = Tip(slug="quote", title=tip_title, body=body)
    issue = make_issue(slots=slots, terms=(term,), tip=tip, name=name, wishes=Wishes(subject=subject))
    assert 1 <= len(issue.subject) <= 78
    assert 40 <= len(issue.preheader) <= 130
    assert issue.subject.casefold() != issue.preheader.casefold()
    for line in (issue.subject, issue.preheader):
        assert line == " ".join(line.split())
        assert not set(line) & set("\u202e\x00")
