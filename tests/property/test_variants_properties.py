"""What readers choose makes a few letters, each rendered once, and never more of them than is allowed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.letters import ORDINARY, SHORT
from support.variants import ALL, kinds, vary

from pipeline.issue import variants as naming
from pipeline.issue.variants import (
    MOST_VARIANTS,
    Choices,
    assign_variants,
    find_variant,
    fit_choices,
    list_variants,
    parse_choices,
)
from pipeline.plugins.sections import section_names

SINGLE = ("text-only", *(f"without-{kind}" for kind in section_names()))
offers = st.lists(st.sampled_from(SINGLE), unique=True)
sections = st.sets(st.sampled_from(section_names())).filter(lambda there: there & {"term", "tip"})
tags = st.sets(st.sampled_from((*SINGLE, "beta", "vip")))


@examples(100)
@given(st.sampled_from(ALL))
def test_every_variant_has_a_term_or_a_tip(choices):
    for issue in (ORDINARY, SHORT):
        assert {"term", "tip"} & set(kinds(vary(issue, choices)))


@examples(100)
@given(offers, sections)
def test_there_are_never_more_variants_than_allowed_each_once_and_every_single_choice_has_one(offered, there):
    names = list_variants(offered, there)
    assert list(names) == sorted(set(names))
    assert len(names) < MOST_VARIANTS
    for name in names:
        choices = parse_choices(name)
        assert choices == fit_choices(choices, there) != Choices()
        assert set(choices.tags) <= set(offered)
    for each in offered:
        assert fit_choices(parse_choices(each), there).name in (*names, naming.ORDINARY)


@examples(100)
@given(offers, sections)
def test_the_order_in_which_sections_stand_changes_no_variant(offered, there):
    assert list_variants(offered, sorted(there)) == list_variants(offered, sorted(there, reverse=True))


@examples(100)
@given(offers, sections, tags)
def test_nobody_misses_what_they_did_not_leave_out_and_text_alone_is_always_obeyed(offered, there, chosen):
    made = (naming.ORDINARY, *list_variants(offered, there))
    got = parse_choices(made[find_variant(chosen, made)])
    assert set(got.tags) <= chosen
    assert got.text_only == ("text-only" in chosen and "text-only" in offered)
    exact = fit_choices(parse_choices("+".join(sorted(chosen & set(offered))) or naming.ORDINARY), there)
    if exact.name in made:
        assert len(got.tags) >= len(exact.tags)


@examples(100)
@given(offers, sections, tags)
def test_the_table_of_a_freeze_says_for_every_reader_what_is_found_for_one(offered, there, chosen):
    made = (naming.ORDINARY, *list_variants(offered, there))
    heard = {tag for name in made for tag in parse_choices(name).tags}
    assert assign_variants(made).get(frozenset(chosen & heard), 0) == find_variant(chosen, made)
