"""What readers choose makes a few letters, each rendered once, and never more of them than is allowed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import ORDINARY, SHORT

from pipeline.issue.model import SECTION_ORDER
from pipeline.issue.variants import Choices, assign_variants, fit_choices, make_variant, parse_choices

ALL = [
    Choices(text_only, without)
    for text_only in (False, True)
    for count in range(len(SECTION_ORDER) + 1)
    for without in itertools.combinations(SECTION_ORDER, count)
]
some_choices = st.lists(st.sampled_from(ALL), max_size=60)


def kinds(issue):
    return [section.kind for section in issue.sections]


@pytest.mark.parametrize("choices", ALL, ids=lambda choices: choices.name)
def test_a_name_says_the_choices_and_is_read_back(choices):
    assert parse_choices(choices.name) == choices
    assert parse_choices("+".join(reversed(choices.name.split("+")))) == choices


@pytest.mark.parametrize(
    "name", ["", "html-only", "without-", "careers", "text-only+text-only", "ordinary+text-only"]
)
def test_what_is_no_choice_is_refused(name):
    with pytest.raises(ValueError, match="no variant"):
        parse_choices(name)


def test_a_section_that_is_left_out_takes_its_minutes_along():
    variant = make_variant(ORDINARY, Choices(without=("careers", "techniques")))
    assert kinds(variant) == ["term", "tools", "tip"]
    assert variant.minutes < ORDINARY.minutes
    assert variant.subject == ORDINARY.subject


def test_who_leaves_nothing_out_gets_the_ordinary_letter():
    assert make_variant(ORDINARY, Choices(text_only=True)) is ORDINARY
    assert fit_choices(SHORT, Choices(without=("careers",))) == Choices()


@given(st.sampled_from(ALL))
def test_every_variant_has_a_term_or_a_tip(choices):
    for issue in (ORDINARY, SHORT):
        assert {"term", "tip"} & set(kinds(make_variant(issue, choices)))


@given(some_choices, st.integers(2, 9))
def test_there_are_never_more_variants_than_allowed_and_text_alone_is_always_obeyed(wanted, most):
    given_to = assign_variants(ORDINARY, wanted, most=most)
    assert set(given_to) == set(wanted)
    assert len({*given_to.values(), Choices(), Choices(text_only=True)}) <= most
    for choices, variant in given_to.items():
        assert variant.text_only == choices.text_only
        assert variant in (fit_choices(ORDINARY, choices), Choices(choices.text_only))


def test_beyond_the_limit_the_most_wanted_choices_are_obeyed():
    often, seldom = Choices(without=("careers",)), Choices(without=("tools",))
    given_to = assign_variants(ORDINARY, [seldom, often, often], most=3)
    assert given_to == {often: often, seldom: Choices()}


@given(some_choices)
def test_the_order_in_which_readers_are_asked_changes_nothing(wanted):
    assert assign_variants(ORDINARY, wanted, most=4) == assign_variants(ORDINARY, wanted[::-1], most=4)
