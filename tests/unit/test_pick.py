"""The choice of term and tip, one factor and one wish at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.model.content import Catalogue, Season, Term, Tip
from pipeline.model.past import Past
from pipeline.model.picks import Reason
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.reasons import add_up, h01
from pipeline.pick.selection import Selection
from pipeline.pick.terms import choose_term
from pipeline.pick.tips import choose_tip
from pipeline.weeks import Week

W48 = Week(2026, 48)
NONE = Wishes()
ONE = Selection(min_gap_weeks=0, chain=0, coverage=0, season=0, ramp=0, jitter=0)
"""Nothing counts but what a test turns on."""


def term(slug, category="basics", difficulty=1, **more):
    prose = dict.fromkeys(("definition", "example", "why_it_matters", "how_it_works", "career_relevance"), "")
    return Term(slug, slug.title(), category, difficulty, mistakes=(), **prose, **more)


def tip(slug, tags=(), terms=()):
    return Tip(slug, slug.title(), "", tags=tuple(tags), terms=tuple(terms))


def catalogue(*items):
    return Catalogue(
        terms=tuple(item for item in items if isinstance(item, Term)),
        tips=tuple(item for item in items if isinstance(item, Tip)),
    )


def past(*refs, end=W48, slot="term", pinned=()):
    """Issues in consecutive weeks before `end`, one for each ref."""
    first = end.monday - timedelta(weeks=len(refs))
    return tuple(
        Past(
            week=str(Week.of(first + timedelta(weeks=place))),
            number=place + 1,
            term=ref if slot == "term" else "",
            tip=ref if slot == "tip" else "",
            pinned=(slot,) if place in pinned else (),
        )
        for place, ref in enumerate(refs)
    )


def values(pick):
    return {reason.name: reason.value for reason in pick.reasons}


def test_an_empty_catalogue_gives_no_picks():
    assert choose(SelectionInputs(catalogue(), (), W48, NONE, Selection())).picks == ()


def test_term_comes_before_tip_and_a_missing_slot_is_left_out():
    both = choose(SelectionInputs(catalogue(term("a"), tip("t")), (), W48, NONE, Selection()))
    assert [(pick.slot, pick.kind, pick.ref) for pick in both.picks] == [
        ("term", "term", "a"),
        ("tip", "tip", "t"),
    ]
    assert both.week == "2026-W48"
    only_tip = choose(SelectionInputs(catalogue(tip("t")), (), W48, NONE, Selection()))
    assert [pick.slot for pick in only_tip.picks] == ["tip"]


def test_a_related_term_follows_and_a_link_back_counts_half():
    letter = catalogue(term("a", related=("c",)), term("b", related=("a",)), term("c"), term("d"))
    pick = choose_term(letter, past("a"), W48, NONE, Selection(chain=1.0, coverage=0, ramp=0, jitter=0))
    assert (pick.ref, values(pick)) == ("c", {"chain": 1.0})
    assert [(each.ref, each.score) for each in pick.runners_up] == [("b", 0.5), ("d", 0.0)]
    assert pick.reasons[0].detail == "follows a"


def test_a_category_that_was_rare_lately_comes_first():
    letter = catalogue(*(term(slug, "basics") for slug in "abc"), *(term(slug, "safety") for slug in "xyz"))
    rules = Selection(coverage=2.0, ramp=0, jitter=0, min_gap_weeks=0)
    pick = choose_term(letter, past("a", "b"), W48, NONE, rules)
    assert pick.ref == "z"
    assert values(pick) == {"coverage": 1.0}
    assert pick.reasons[0].detail == "safety: target 50%, last 8 issues 0%"


def test_only_the_last_issues_count_for_coverage():
    letter = catalogue(*(term(slug, "basics") for slug in "abc"), *(term(slug, "safety") for slug in "xyz"))
    rules = Selection(coverage=2.0, coverage_window=1, ramp=0, jitter=0, min_gap_weeks=0)
    assert values(choose_term(letter, past("a", "x"), W48, NONE, rules)) == {"coverage": 1.0}
    assert choose_term(letter, past("a", "x"), W48, NONE, rules).ref == "c"


@pytest.mark.parametrize(
    ("start", "end", "week", "is_in_season"),
    [
        ("11-29", "12-05", "2026-W48", True),  # Sunday, 29 November
        ("11-30", "12-05", "2026-W48", False),
        ("11-01", "11-23", "2026-W48", True),  # Monday, 23 November
        ("11-01", "11-22", "2026-W48", False),
        ("11-25", "11-26", "2026-W48", True),
        ("12-15", "01-06", "2026-W53", True),
        ("12-15", "01-06", "2027-W01", True),
        ("12-15", "01-06", "2027-W02", False),
        ("12-15", "01-06", "2026-W50", False),
        ("12-15", "01-06", "2026-W51", True),
        ("11-29", "01-06", "2026-W48", True),  # begins on its Sunday
        ("11-30", "01-06", "2026-W48", False),
        ("01-02", "01-03", "2026-W53", True),
    ],
)
def test_a_season_counts_when_the_week_touches_it(start, end, week, is_in_season):
    letter = catalogue(term("a", seasons=(Season(start, end), Season(start, end))))
    rules = Selection(season=2.0, coverage=0, ramp=0, jitter=0)
    pick = choose_term(letter, (), Week.parse(week), NONE, rules)
    assert values(pick) == ({"season": 2.0} if is_in_season else {})


def test_a_cycle_begins_with_easy_terms_and_ends_with_hard_ones():
    letter = catalogue(*(term(f"t{number}", difficulty=number % 3 + 1) for number in range(9)))
    rules = Selection(chain=0, coverage=0, season=0, jitter=0)
    history, difficulties = (), []
    for _ in range(18):
        pick = choose_term(letter, history, W48, NONE, rules)
        difficulties.append(letter.term_by_slug[pick.ref].difficulty)
        history = past(*(each.term for each in history), pick.ref)
    assert difficulties[:9] == difficulties[9:] == sorted(difficulties[:9])


def test_a_prerequisite_comes_first_whatever_the_score_says():
    letter = catalogue(term("a", difficulty=3), term("z", prerequisites=("a", "gone", "z")))
    pick = choose_term(letter, (), W48, NONE, Selection())
    assert pick.ref == "a"
    assert pick.dropped == {"prerequisite missing": 1}
    assert choose_term(letter, past("a"), W48, NONE, Selection()).ref == "z"


def test_a_circle_of_prerequisites_stops_nobody():
    letter = catalogue(term("a", prerequisites=("b",)), term("b", prerequisites=("a",)))
    first = choose_term(letter, (), W48, NONE, ONE)
    assert (first.ref, first.dropped) == ("b", {})
    assert choose_term(letter, past("b"), W48, NONE, ONE).ref == "a"


def test_what_fell_out_is_counted_once_by_reason():
    letter = catalogue(*map(term, "abcdef"), term("g", prerequisites=("f",)))
    rules = Selection(min_gap_weeks=2)
    pick = choose_term(letter, past("a", "b"), W48, Wishes(term_ban=("c", "gone")), rules)
    assert pick.dropped == {"used this cycle": 2, "prerequisite missing": 1, "banned": 1}
    assert {pick.ref, *(each.ref for each in pick.runners_up)} == {"d", "e", "f"}
    pick = choose_term(letter, past(*"abcdefg"), W48, NONE, rules)
    assert pick.dropped == {"within 2 issues": 2}
    pick = choose_term(letter, past(*"abcdefgabcdefga"), W48, NONE, rules)
    assert pick.dropped == {"used this cycle": 1, "within 2 issues": 1}


def test_runners_up_are_the_next_three_by_score():
    letter = catalogue(*(term(slug, difficulty=1) for slug in "abcdef"))
    pick = choose_term(letter, (), W48, NONE, Selection())
    scores = [pick.score, *(each.score for each in pick.runners_up)]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    jitter = {slug: 0.25 * h01("weekly", "2026-W48", slug) for slug in "abcdef"}
    assert [pick.ref, *(each.ref for each in pick.runners_up)] == sorted(
        jitter, key=jitter.get, reverse=True
    )[:4]


def test_equal_scores_are_decided_by_the_name():
    assert choose_term(catalogue(term("a"), term("b")), (), W48, NONE, ONE).ref == "b"


def test_another_salt_makes_another_order():
    letter = catalogue(*map(term, "abcdefgh"))
    found = {choose_term(letter, (), W48, NONE, Selection(salt=f"s{n}")).ref for n in range(20)}
    assert len(found) > 1


def test_a_pin_wins_over_everything_and_keeps_its_reasons():
    letter = catalogue(term("a", difficulty=3), term("b"), term("c"), tip("t"), tip("u"))
    wishes = Wishes(term_pin="a", term_ban=("a",), tip_pin="t")
    picks = choose(SelectionInputs(letter, past("a"), W48, wishes, Selection()))
    pinned = picks.find("term")
    assert (pinned.ref, pinned.pinned) == ("a", True)
    assert pinned.score == round(sum(values(pinned).values()), 6)
    assert "ramp" in values(pinned)
    assert {each.ref for each in pinned.runners_up} == {"b", "c"}
    assert (picks.find("tip").ref, picks.find("tip").pinned) == ("t", True)


def test_a_pin_of_nothing_is_an_error():
    with pytest.raises(KeyError, match="gone"):
        choose_term(catalogue(term("a")), (), W48, Wishes(term_pin="gone"), Selection())


def test_a_ban_holds_for_the_next_best_and_for_all():
    letter = catalogue(*map(term, "abc"))
    wishes = Wishes(term_ban=("c",))
    assert choose_term(letter, past("a", "b"), W48, wishes, ONE).ref == "b"
    wanted = Selection(min_gap_weeks=12)
    assert choose_term(letter, past("a", "b"), W48, wishes, wanted).ref == "a"
    assert choose_term(letter, past("a", "b", "a"), W48, NONE, wanted).ref == "c"
    assert choose_term(letter, (), W48, Wishes(term_ban=tuple("abc")), ONE) is None


def test_a_newcomer_comes_next_and_then_waits_its_turn():
    letter = catalogue(*map(term, "abcdn"))
    old = past(*"abcd", *"abcd", *"ab")
    pick = choose_term(letter, old, W48, NONE, ONE)
    assert (pick.ref, pick.dropped) == ("n", {"used this cycle": 2, "newer ones first": 2})
    after = [*"abcdabcdab", "n"]
    for _ in range(7):
        after.append(choose_term(letter, past(*after), W48, NONE, ONE).ref)
    assert after[11:13] == ["d", "c"]
    assert sorted(after[13:]) == sorted("abcdn")


def test_a_term_that_was_away_does_not_come_again_and_again():
    letter = catalogue(*map(term, "abcd"))
    weeks = [*"abcd", *"abc", *"abc", *"abc"]
    for _ in range(5):
        weeks.append(choose_term(letter, past(*weeks), W48, NONE, ONE).ref)
    assert weeks[13] == "d"
    assert sorted(weeks[14:]) == sorted("abcd")


def test_deleted_terms_are_forgotten_but_their_issues_passed():
    letter = catalogue(*map(term, "abc"))
    assert choose_term(letter, past("a", "b", "gone"), W48, NONE, ONE).ref == "c"
    pick = choose_term(letter, past("a", "b", "c", "gone", "gone"), W48, NONE, Selection(min_gap_weeks=2))
    assert pick.dropped == {}


def test_a_pin_out_of_turn_starts_no_cycle_for_the_others():
    letter = catalogue(*map(term, "abcdef"))
    weeks, pinned = ["a", "b", "a"], {2}
    for _ in range(9):
        weeks.append(choose_term(letter, past(*weeks, pinned=pinned), W48, NONE, ONE).ref)
    assert sorted(weeks[3:7]) == sorted("cdef")
    assert sorted(weeks[7:]) == sorted("bcdef")


def test_a_term_that_lags_behind_many_pins_still_rests_half_its_gap():
    two, four = catalogue(*map(term, "ab")), catalogue(*map(term, "abcd"))
    pick = choose_term(two, past("a", "a", "a", "b", pinned={0, 1, 2}), W48, NONE, Selection())
    assert (pick.ref, pick.dropped) == ("a", {"within 1 issues": 1})
    weeks = past(*"abcd", *"abd", "c", "d", "a", "b", "a", pinned={6, 8, 9, 10, 11})
    assert choose_term(four, weeks, W48, NONE, Selection()).ref == "c"


def test_later_issues_are_not_seen():
    letter = catalogue(*map(term, "abcdef"), tip("t"), tip("u"))
    seen = past("a", "b")
    later = (Past("2026-W48", 3, "c", "t"), Past("2026-W49", 4, "d", "u"), Past("2027-W01", 5, "e", "t"))
    assert choose(SelectionInputs(letter, (*later, *reversed(seen)), W48, NONE, Selection())) == choose(
        SelectionInputs(letter, seen, W48, NONE, Selection())
    )


def test_the_tip_goes_with_the_term():
    letter = catalogue(
        term("a", related=("b", "c")),
        term("b"),
        tip("about-a", terms=["b", "a"]),
        tip("about-b", terms=["b"]),
        tip("other", terms=["z"]),
    )
    rules = Selection(jitter=0, coverage=0)
    pick = choose_tip(letter, (), W48, NONE, rules, term="a")
    assert [(pick.ref, pick.score), *((each.ref, each.score) for each in pick.runners_up)] == [
        ("about-a", 2.0),
        ("about-b", 1.0),
        ("other", 0.0),
    ]
    assert choose_tip(letter, (), W48, NONE, rules, term=None).reasons == ()


def test_a_tip_with_tags_that_were_rare_lately_comes_first():
    letter = catalogue(
        *(tip(slug, ["style"]) for slug in "abc"),
        tip("d", ["style", "cost"]),
        *(tip(slug, ["cost"]) for slug in "ef"),
    )
    rules = Selection(jitter=0, min_gap_weeks=0)
    pick = choose_tip(letter, past("a", "b", slot="tip"), W48, NONE, rules, term=None)
    assert (pick.ref, values(pick)) == ("f", {"variety": 1.0})
    assert values(pick.runners_up[1])["variety"] == round(2 * (4 / 6 - 1 + 3 / 6) / 2, 6)


def test_tips_take_turns_as_terms_do():
    letter = catalogue(*(tip(slug) for slug in "abcde"))
    history, found = (), []
    for _ in range(10):
        pick = choose_tip(letter, history, W48, Wishes(tip_ban=("zz",)), Selection(), term=None)
        found.append(pick.ref)
        history = past(*found, slot="tip")
    assert found[:5] == found[5:]
    assert sorted(found[:5]) == list("abcde")


def test_what_rounds_to_nothing_is_no_reason():
    found = add_up(
        "a",
        [Reason("one", 1e-7), Reason("two", -0.0), Reason("three", 0.1234564), Reason("four", -0.1234564)],
    )
    assert [reason.name for reason in found.reasons] == ["three", "four"]
    assert repr(found.score) == "0.0"
