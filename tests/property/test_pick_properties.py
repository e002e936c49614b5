"""Every term is used once before any comes again, whatever the catalogue, the wishes and the past."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st
from support.catalogues import FEW, NO_WISHES, catalogues, gaps, go_on, make_lock, terms_of, week_after
from support.terms import make_tip

from pipeline.issue.lock import lock_from_json
from pipeline.issue.lock_inputs import digests
from pipeline.model.content import Catalogue, Season
from pipeline.model.past import Past
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.selection import Selection
from pipeline.pick.terms import choose_term

# T1, T2


@FEW
@given(catalogues(), gaps)
def test_every_term_is_used_once_before_any_comes_again_and_after_its_prerequisites(catalogue, rules):
    count = len(catalogue.terms)
    used = terms_of(go_on(catalogue, (), 3 * count, rules))
    for cycle in range(3):
        assert sorted(used[cycle * count : (cycle + 1) * count]) == sorted(catalogue.term_by_slug)
    for place, slug in enumerate(used[:count]):
        needed = {each for each in catalogue.term_by_slug[slug].prerequisites if each != "gone"}
        assert needed <= set(used[:place])


@FEW
@given(catalogues(), gaps)
def test_no_term_or_tip_comes_again_within_the_gap(catalogue, rules):
    history = go_on(catalogue, (), 3 * len(catalogue.terms), rules)
    for refs, count in (
        (terms_of(history), len(catalogue.terms)),
        ([p.tip for p in history], len(catalogue.tips)),
    ):
        gap = min(rules.min_gap_weeks, count - 1)
        for place, ref in enumerate(refs):
            if ref:
                assert ref not in refs[max(0, place - gap) : place]


# T4


@FEW
@given(catalogues(min_terms=3), gaps, st.data())
def test_a_pin_is_obeyed_counts_as_a_use_and_leaves_the_others_their_turns(catalogue, rules, data):
    slugs = sorted(catalogue.term_by_slug)
    weeks = 3 * len(slugs)
    # Whoever pins half the catalogue out of turn sets the order himself.
    pins = data.draw(
        st.dictionaries(st.integers(0, weeks - 1), st.sampled_from(slugs), max_size=(len(slugs) - 1) // 2)
    )
    used = terms_of(
        go_on(
            catalogue,
            (),
            weeks,
            rules,
            lambda place: Wishes(term_pin=pins[place]) if place in pins else NO_WISHES,
        )
    )
    for place, slug in enumerate(used):
        uses = Counter(used[:place])
        assert slug == pins[place] if place in pins else uses[slug] == min(uses[each] for each in slugs)


@FEW
@given(catalogues(min_terms=2), gaps, st.data())
def test_whatever_the_wishes_no_term_is_chosen_against_a_ban_or_twice_in_a_row(catalogue, rules, data):
    slugs = sorted(catalogue.term_by_slug)
    assume(rules.min_gap_weeks > 0)
    bans = data.draw(st.lists(st.sets(st.sampled_from(slugs)), min_size=20, max_size=20))
    pins = data.draw(st.lists(st.sampled_from(["", "", *slugs]), min_size=20, max_size=20))
    used = terms_of(
        go_on(catalogue, (), 20, rules, lambda place: Wishes(pins[place], tuple(sorted(bans[place]))))
    )
    for place, slug in enumerate(used):
        free = set(slugs) - bans[place]
        if not pins[place]:
            assert slug in free if free else slug == ""
            assert slug != used[place - 1] or len(free) < 2 or not place


@FEW
@given(catalogues(min_terms=2, max_terms=5), catalogues(prefix="n", max_terms=2), gaps, st.data())
def test_after_wild_weeks_the_turns_come_back(catalogue, new, rules, data):
    slugs = sorted(catalogue.term_by_slug)
    bans = data.draw(st.lists(st.sets(st.sampled_from(slugs)), min_size=10, max_size=10))
    pins = data.draw(st.lists(st.sampled_from(["", *slugs]), min_size=10, max_size=10))
    wild = go_on(catalogue, (), 10, rules, lambda place: Wishes(pins[place], tuple(sorted(bans[place]))))
    grown = Catalogue((*catalogue.terms, *new.terms))
    count = len(grown.terms)
    uses = Counter(terms_of(go_on(grown, wild, 10 * count, rules))[-5 * count :])
    # Five cycles: at least four whole ones for everybody.
    assert all(4 <= uses[slug] <= 6 for slug in grown.term_by_slug)


# T5


@FEW
@given(catalogues(prefix="t"), catalogues(prefix="n", max_terms=5), gaps, st.data())
def test_new_terms_come_before_any_repeat_and_then_take_their_turn(old, new, rules, data):
    before = data.draw(st.integers(0, 3 * len(old.terms)))
    history = go_on(old, (), before, rules)
    grown = Catalogue((*old.terms, *new.terms), old.tips)
    done = before % len(old.terms)
    waiting = {term.slug for term in old.terms} - set(terms_of(history)[before - done :])
    if not done:
        waiting = set() if before else waiting
    first, count = len(new.terms) + len(waiting), len(grown.terms)
    used = terms_of(go_on(grown, history, first + 2 * count, rules))[before:]
    assert set(used[:first]) == waiting | set(new.term_by_slug)
    if before >= len(old.terms):
        assert set(used[: len(new.terms)]) == set(new.term_by_slug)
    for cycle in range(2):
        assert sorted(used[first + cycle * count : first + (cycle + 1) * count]) == sorted(grown.term_by_slug)


@FEW
@given(catalogues(min_terms=2), gaps, st.data())
def test_after_terms_were_deleted_the_others_take_their_turns(catalogue, rules, data):
    before = data.draw(st.integers(0, 3 * len(catalogue.terms)))
    history = go_on(catalogue, (), before, rules)
    kept = data.draw(st.sets(st.sampled_from(sorted(catalogue.term_by_slug)), min_size=1))
    smaller = Catalogue(tuple(term for term in catalogue.terms if term.slug in kept))
    waiting = kept - set(terms_of(history)[before - before % len(catalogue.terms) :])
    used = terms_of(go_on(smaller, history, len(waiting) + len(kept), rules))[before:]
    assert set(used[: len(waiting)]) == waiting
    assert sorted(used[len(waiting) :]) == sorted(kept)


@FEW
@given(catalogues(), gaps, st.integers(1, 20))
def test_a_rebuilt_week_sees_nothing_that_came_after_it(catalogue, rules, weeks):
    history = go_on(catalogue, (), weeks, rules)
    place = weeks // 2
    again = choose_term(catalogue, history, week_after(place), NO_WISHES, rules)
    assert again.ref == history[place].term


# T3, T6, T8, and what a tip may do


@FEW
@given(catalogues(), gaps, st.randoms(use_true_random=False))
def test_the_order_of_files_and_lines_does_not_matter(catalogue, rules, random):
    history = go_on(catalogue, (), 15, rules)
    wishes = Wishes(term_ban=("t0", "t1"), tip_ban=("p1", "p0"))

    def shuffled(values):
        return tuple(random.sample(list(values), len(values)))

    other = Catalogue(
        shuffled(
            [
                replace(term, related=shuffled(term.related), prerequisites=shuffled(term.prerequisites))
                for term in catalogue.terms
            ]
        ),
        shuffled(
            [replace(tip, tags=shuffled(tip.tags), terms=shuffled(tip.terms)) for tip in catalogue.tips]
        ),
    )
    swapped = Wishes(term_ban=("t1", "t0"), tip_ban=("p0", "p1"))
    one = make_lock(catalogue, history, week_after(15), wishes, rules)
    assert one == make_lock(other, shuffled(history), week_after(15), swapped, rules)


weights = st.floats(-100, 100)


@FEW
@given(
    catalogues(min_terms=3),
    st.builds(
        Selection,
        min_gap_weeks=st.integers(0, 15),
        chain=weights,
        coverage=weights,
        coverage_window=st.integers(1, 10),
        season=weights,
        ramp=weights,
        jitter=weights,
        salt=st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=5),
    ),
    st.integers(0, 20),
)
def test_reasons_add_up_to_the_score_also_in_the_lock(catalogue, rules, weeks):
    history = go_on(catalogue, (), weeks, rules)
    text = make_lock(catalogue, history, week_after(weeks), NO_WISHES, rules)
    lock = lock_from_json(text, "lock")
    assert lock.picks == choose(SelectionInputs(catalogue, history, week_after(weeks), NO_WISHES, rules))
    for pick in lock.picks.picks:
        candidates = [pick, *pick.runners_up]
        for each in candidates:
            assert each.score == round(sum(reason.value for reason in each.reasons), 6)
        scores = [each.score for each in candidates]
        assert scores == sorted(scores, reverse=True)
        among = len(catalogue.terms if pick.kind == "term" else catalogue.tips)
        assert sum(pick.dropped.values()) + min(len(candidates), 4) <= among


@FEW
@given(catalogues(), gaps)
def test_sixty_weeks_over_new_year_and_w53_have_sixty_letters(catalogue, rules):
    history = go_on(catalogue, (), 60, rules)
    assert len({past.week for past in history}) == 60
    assert "2026-W53" in {past.week for past in history}
    assert all(past.term in catalogue.term_by_slug for past in history)


@FEW
@given(catalogues(), st.lists(st.sampled_from("xyz"), max_size=2), st.integers(0, 20))
def test_one_more_tip_never_changes_the_term(catalogue, tags, weeks):
    rules = Selection()
    history = go_on(catalogue, (), weeks, rules)
    more = Catalogue(catalogue.terms, (*catalogue.tips, make_tip("new", tags, ["t0"])))
    first, second = (
        choose(SelectionInputs(each, history, week_after(weeks), NO_WISHES, rules))
        for each in (catalogue, more)
    )
    assert first.find("term") == second.find("term")
    assert second.find("tip").ref == "new" or not set(catalogue.tip_by_slug) <= {past.tip for past in history}


@FEW
@given(catalogues(), st.integers(1, 10))
def test_digests_change_with_what_the_choice_saw_and_with_nothing_else(catalogue, weeks):
    rules, week = Selection(), week_after(weeks)
    history = go_on(catalogue, (), weeks, rules)

    def changed(catalogue=catalogue, history=history, wishes=NO_WISHES, rules=rules):
        before, after = (
            digests(SelectionInputs(*inputs))
            for inputs in (
                (*seen[:2], week, *seen[2:]) for seen in (original, (catalogue, history, wishes, rules))
            )
        )
        return {name for name in before if before[name] != after[name]}

    original = (catalogue, history, NO_WISHES, rules)
    term, *others = catalogue.terms
    prose = replace(term, title="Other", definition="Other", path="other.md", aliases=("other",))
    assert changed(Catalogue((prose, *others), catalogue.tips)) == set()
    assert changed(wishes=Wishes(subject="Hello", intro="Hello", approval_digest="abc")) == set()
    assert (
        changed(
            history=[
                *(replace(past, readers=9, digest="x") for past in history),
                Past(str(week), 9, "a", "b"),
            ]
        )
        == set()
    )
    for change in (
        {"category": "new"},
        {"difficulty": 9},
        {"related": ("new",)},
        {"prerequisites": ("new",)},
        {"seasons": (Season("01-01", "01-01"), Season("02-29", "02-29"))},
    ):
        assert changed(Catalogue((replace(term, **change), *others), catalogue.tips)) == {"content"}
    assert changed(Catalogue(catalogue.terms, (*catalogue.tips, make_tip("new", (), ())))) == {"content"}
    assert changed(wishes=Wishes(term_pin=term.slug)) == changed(wishes=Wishes(tip_ban=("p0",))) == {"wishes"}
    assert changed(rules=replace(rules, salt="other")) == {"selection"}
    assert changed(history=history[1:]) == {"history"}
    assert changed(history=[replace(history[0], pinned=("term",)), *history[1:]]) == {"history"}
