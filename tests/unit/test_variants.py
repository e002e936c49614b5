"""What readers choose makes a few letters, each rendered once, and never more of them than is allowed."""

from __future__ import annotations

import pytest
from support.letters import ORDINARY, SHORT
from support.variants import ALL, kinds, vary

from pipeline.issue.variants import Choices, fit_choices, list_variants, parse_choices


@pytest.mark.parametrize("choices", ALL, ids=lambda choices: choices.name)
def test_a_name_says_the_choices_and_is_read_back(choices):
    assert parse_choices(choices.name) == choices
    assert parse_choices("+".join(reversed(choices.name.split("+")))) == choices


@pytest.mark.parametrize(
    "name", ["", "html-only", "without-", "careers", "text-only+text-only", "ordinary+text-only"]
)
def test_what_is_no_choice_is_refused(name):
    with pytest.raises(ValueError, match="not a variant"):
        parse_choices(name)


def test_a_section_that_is_left_out_takes_its_minutes_along():
    variant = vary(ORDINARY, Choices(without=("careers", "techniques")))
    assert kinds(variant) == ["term", "tools", "tip"]
    assert variant.minutes < ORDINARY.minutes


def test_an_inbox_shows_nothing_that_its_reader_left_out_but_what_the_editor_wrote():
    for section in ORDINARY.sections:
        if section.kind in ("term", "tip"):
            continue
        others = [kind for kind in ("tools", "techniques", "careers") if kind != section.kind]
        alone = vary(ORDINARY, Choices(without=tuple(others)))
        assert section.items[0].title in alone.preheader
        without = vary(ORDINARY, Choices(without=("tools", "techniques", "careers")))
        assert section.items[0].title not in without.preheader + without.subject
    written = vary(ORDINARY, Choices(without=("careers",)), subject="Jobs!", preheader="Many of them")
    assert (written.subject, written.preheader) == ("Jobs!", "Many of them")


def test_who_leaves_nothing_out_gets_the_ordinary_letter():
    assert vary(ORDINARY, Choices(text_only=True)) is ORDINARY
    assert fit_choices(Choices(without=("careers",)), set(kinds(SHORT))) == Choices()


def test_the_usual_offer_makes_three_letters_more_and_one_where_there_are_no_careers():
    offered = ("text-only", "without-careers")
    there = {"term", "tools", "careers", "tip"}
    assert list_variants(offered, there) == ("text-only", "text-only+without-careers", "without-careers")
    assert list_variants(offered, there - {"careers"}) == ("text-only",)
    assert list_variants((), there) == ()
