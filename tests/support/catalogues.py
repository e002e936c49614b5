"""Catalogues for tests of the choice: made at random, without prose, and frozen week after week."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from pipeline.issue.lock import build_lock, lock_to_json
from pipeline.model.content import Catalogue
from pipeline.model.past import Past
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.selection import Selection
from pipeline.weeks import Week
from support.examples import examples
from support.terms import make_term, make_tip

START = Week(2026, 40)
NO_WISHES = Wishes()
FEW = examples(25)


def week_after(weeks):
    return Week.of(START.monday + timedelta(weeks=weeks))


# Making catalogues


dates = st.dates().map(lambda day: f"{day:%m-%d}")


@st.composite
def catalogues(draw, min_terms=1, max_terms=12, prefix="t"):
    """Catalogues whose prerequisites go round in no circle, with slugs in no order of theirs."""
    count = draw(st.integers(min_terms, max_terms))
    slugs = [f"{prefix}{number}" for number in draw(st.permutations(range(count)))]
    some = st.lists(st.sampled_from([*slugs, "gone"]), max_size=2)
    terms = [
        make_term(
            slug,
            draw(st.sampled_from("abc")),
            draw(st.integers(1, 3)),
            related=draw(some),
            prerequisites=draw(st.lists(st.sampled_from([*slugs[:place], "gone"]), max_size=2)),
            seasons=draw(st.lists(st.tuples(dates, dates), max_size=1)),
        )
        for place, slug in enumerate(slugs)
    ]
    tags = st.lists(st.sampled_from("xyz"), max_size=2)
    tips = [make_tip(f"p{number}", draw(tags), draw(some)) for number in range(draw(st.integers(0, 5)))]
    return Catalogue(tuple(terms), tuple(tips))


gaps = st.integers(0, 15).map(lambda gap: Selection(min_gap_weeks=gap))


def go_on(catalogue, history, weeks, rules, wishes=lambda _: NO_WISHES):
    """Freeze so many more issues; gives the whole history."""
    history = list(history)
    for _ in range(weeks):
        week = week_after(len(history))
        picks = choose(SelectionInputs(catalogue, history, week, wishes(len(history)), rules))
        refs = {pick.slot: pick.ref for pick in picks.picks}
        pinned = tuple(pick.slot for pick in picks.picks if pick.pinned)
        number = len(history) + 1
        history.append(Past(str(week), number, refs.get("term", ""), refs.get("tip", ""), pinned=pinned))
    return history


def terms_of(history):
    return [past.term for past in history]


def make_lock(catalogue, history, week, wishes, rules):
    inputs = SelectionInputs(catalogue, history, week, wishes, rules)
    return lock_to_json(build_lock(choose(inputs), inputs))
