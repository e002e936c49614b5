"""Chooses the term of the week. Pure; every factor of a score is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from types import MappingProxyType

from pipeline.model.content import Catalogue, Season, Term
from pipeline.model.past import Past
from pipeline.model.picks import Candidate, Pick, Reason
from pipeline.model.wishes import Wishes
from pipeline.pick.reasons import add_up, h01
from pipeline.pick.rotation import Use, choose_best, earlier, shares, take_turns
from pipeline.pick.selection import Selection
from pipeline.pick.trend import Trend, explain_trend
from pipeline.weeks import Week

_QUIET: Mapping[str, Trend] = MappingProxyType({})


def choose_term(
    catalogue: Catalogue,
    history: Sequence[Past],
    week: Week,
    wishes: Wishes,
    rules: Selection,
    *,
    lifts: Mapping[str, Trend] = _QUIET,
) -> Pick | None:
    """Choose the term of a week; None when there are no terms, or every one is banned.

    `lifts` are the terms that this week's news mentions more than usual. Issues of the same or later weeks
    are ignored. A pin wins over a ban; raises KeyError if it names no term.
    """
    past = earlier(history, week)
    uses = [Use(each.term, "term" in each.pinned) for each in past]
    used = {use.ref for use in uses}
    terms = catalogue.term_by_slug

    def waits(slug: str) -> bool:
        needed = set(terms[slug].prerequisites) - {slug}
        return any(each in terms and each not in used for each in needed)

    name = str(week)
    turn = take_turns(tuple(terms), uses, banned=wishes.term_ban, min_gap=rules.min_gap_weeks, waits=waits)
    last = terms.get(uses[-1].ref) if uses else None
    recent = [terms[use.ref] for use in uses[-rules.coverage_window :] if use.ref in terms]
    want = shares([[term.category] for term in catalogue.terms])
    have = shares([[term.category] for term in recent])
    target = 1 + 2 * turn.position

    # Many terms share a category or a difficulty, and with it the reason.
    @cache
    def cover(category: str) -> Reason:
        ours, lately = want[category], have.get(category, 0.0)
        last_issues = f"last {rules.coverage_window} issues {lately:.0%}"
        return Reason(
            "coverage", rules.coverage * (ours - lately), f"{category}: target {ours:.0%}, {last_issues}"
        )

    @cache
    def climb(difficulty: int) -> Reason:
        detail = f"difficulty {difficulty}, the cycle is at {target:.1f}"
        return Reason("ramp", -rules.ramp * abs(difficulty - target), detail)

    def score(slug: str) -> Candidate:
        term = terms[slug]
        return add_up(
            slug,
            (
                *explain_trend(lifts.get(slug), rules.lift),
                *_link(term, last, rules),
                cover(term.category),
                *_match_season(term, week, rules),
                climb(term.difficulty),
                Reason("jitter", rules.jitter * h01(rules.salt, name, slug), "tie-break"),
            ),
        )

    return choose_best("term", turn, wishes.term_pin, score)


def _link(term: Term, last: Term | None, rules: Selection) -> Iterator[Reason]:
    """Prefer a term that follows on from last week's: in full when that one names it."""
    if last is None or last.slug == term.slug:
        return
    if term.slug in last.related:
        yield Reason("chain", rules.chain, f"follows {last.slug}")
    elif last.slug in term.related:
        yield Reason("chain", rules.chain / 2, f"leads back to {last.slug}")


def _match_season(term: Term, week: Week, rules: Selection) -> Iterator[Reason]:
    """Prefer a term in its season, however many of its seasons the week touches."""
    if not term.seasons:
        return
    days = [f"{week.monday + timedelta(days=day):%m-%d}" for day in range(7)]
    season = next((each for each in term.seasons if any(_is_within(day, each) for day in days)), None)
    if season is not None:
        yield Reason("season", rules.season, f"in season from {season.start} to {season.end}")


def _is_within(day: str, season: Season) -> bool:
    if season.start <= season.end:
        return season.start <= day <= season.end
    return day >= season.start or day <= season.end
