"""Weeks played ahead are the weeks that come: the same choice, each seeing those before it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from support.catalogues import catalogues
from support.examples import examples

from pipeline.content.learning_path import find_path
from pipeline.edition.forecast import find_end_of_unused, play
from pipeline.model.past import Past
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.coverage import cover
from pipeline.pick.selection import Selection
from pipeline.weeks import Week

START = Week(2026, 50)
FEW = examples(30)


def terms_of(plan):
    return [planned.past.term for planned in plan]


@FEW
@given(catalogues(), st.integers(0, 15))
def test_nothing_comes_again_in_a_plan_before_all_were_used_and_what_is_needed_comes_first(catalogue, gap):
    plan = list(play(catalogue, (), START, 24, Selection(min_gap_weeks=gap)))
    for kind, entries in (("term", catalogue.terms), ("tip", catalogue.tips)):
        used = [getattr(planned.past, kind) for planned in plan]
        assert sorted(used[: len(entries)]) == [entry.slug for entry in entries]
        firsts = [not planned.is_repeat(pick) for planned in plan if (pick := planned.picks.find(kind))]
        assert firsts == [place < len(entries) for place in range(len(firsts))]
    used = terms_of(plan)
    for term in catalogue.terms:
        needed = set(term.prerequisites) - {"gone"}
        assert needed <= set(used[: used.index(term.slug)])


@FEW
@given(catalogues(), st.integers(0, 20), st.integers(0, 2**9))
def test_a_plan_is_what_the_run_chooses_week_after_week_whatever_is_pinned_banned_or_locked(
    catalogue, sent, seed
):
    rules = Selection(min_gap_weeks=3, salt=str(seed))
    weeks = [START]
    while len(weeks) < 10:
        weeks.append(weeks[-1].next())
    slugs = [term.slug for term in catalogue.terms]
    wishes = {
        weeks[1]: Wishes(term_pin=slugs[seed % len(slugs)]),
        weeks[4]: Wishes(term_ban=tuple(slugs[1:]), tip_ban=("p0",)),
    }
    history = [planned.past for planned in play(catalogue, (), Week(2026, 1), sent, rules)]
    foreign = choose(SelectionInputs(catalogue, (), weeks[6], Wishes(), replace(rules, salt="other")))
    plan = list(play(catalogue, history, START, 10, rules, wishes=wishes, locked={weeks[6]: foreign}))
    for planned in plan:
        chosen = choose(
            SelectionInputs(catalogue, history, planned.week, wishes.get(planned.week, Wishes()), rules)
        )
        assert planned.picks == (foreign if planned.locked else chosen)
        history.append(planned.past)
    assert [planned.week for planned in plan] == weeks
    assert [planned.past.number for planned in plan] == list(range(sent + 1, sent + 11))
    assert [planned.locked for planned in plan] == [week == weeks[6] for week in weeks]


@FEW
@given(catalogues(), st.integers(1, 20))
def test_the_week_in_which_unused_ones_run_out_is_the_same_seen_from_near_and_far(catalogue, weeks):
    rules = Selection()
    far = list(play(catalogue, (), START, 24, rules))
    near = far[:weeks]
    for kind, entries in (("term", catalogue.terms), ("tip", catalogue.tips)):
        end = find_end_of_unused(near, kind)
        assert end == (far[len(entries)].week if entries else None)


@FEW
@given(catalogues(), st.data())
def test_a_path_holds_what_a_term_needs_and_nothing_else_each_after_its_own(catalogue, data):
    slug = data.draw(st.sampled_from([term.slug for term in catalogue.terms]))
    path = find_path(catalogue, slug)
    order = [step.term.slug for step in path]
    assert order[-1] == slug
    assert len(set(order)) == len(order)
    for place, step in enumerate(path):
        needed = set(step.term.prerequisites) & set(catalogue.term_by_slug)
        assert needed <= set(order[:place])
        assert step.level == 1 + max((path[order.index(each)].level for each in needed), default=0)
    # Nothing is there that nobody on the way needs.
    wanted = {each for step in path for each in step.term.prerequisites} | {slug}
    assert set(order) <= wanted
    assert [(s.level, s.term.difficulty, s.term.slug) for s in path] == sorted(
        (s.level, s.term.difficulty, s.term.slug) for s in path
    )


@FEW
@given(catalogues(), st.integers(0, 20))
def test_coverage_counts_everything_once_whatever_was_sent(catalogue, sent):
    history = [planned.past for planned in play(catalogue, (), Week(2026, 1), sent, Selection())]
    later = Past("2030-W01", 99, catalogue.terms[0].slug, "")
    covered = cover(catalogue, [*history, later], START)
    assert sum(row.whole.total for row in covered.terms) == len(catalogue.terms)
    assert covered.all_terms.whole.used == len({past.term for past in history})
    assert covered.all_tips.whole.used == len({past.tip for past in history if past.tip})
    for row in (*covered.terms, covered.all_terms):
        assert sum(cell.total for cell in row.cells.values()) == row.whole.total
        assert sum(cell.unused for cell in row.cells.values()) == row.whole.unused
    for entry in covered.entries:
        uses = [past.week for past in history if entry.slug in (past.term, past.tip)]
        assert entry.uses == len(uses)
        assert entry.last_week == max(uses, default="")
        assert entry.age == ((START.monday - Week.parse(uses[-1]).monday).days // 7 if uses else None)
