"""Chooses the tip of the week. Pure; it depends on the week's term, which never depends on the tip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from pipeline.model.content import Catalogue, Tip
from pipeline.model.past import Past
from pipeline.model.picks import Candidate, Pick, Reason
from pipeline.model.wishes import Wishes
from pipeline.pick.reasons import add_up, h01
from pipeline.pick.rotation import Use, choose_best, earlier, shares, take_turns
from pipeline.pick.selection import Selection
from pipeline.weeks import Week


def choose_tip(
    catalogue: Catalogue,
    history: Sequence[Past],
    week: Week,
    wishes: Wishes,
    rules: Selection,
    *,
    term: str | None,
) -> Pick | None:
    """Choose the tip of a week to go with its term; None when there are no tips, or every one is banned.

    Issues of the same or later weeks are ignored. A pin wins over a ban; raises KeyError if it names no tip.
    """
    uses = [Use(each.tip, "tip" in each.pinned) for each in earlier(history, week)]
    tips = catalogue.tip_by_slug
    name = str(week)
    turn = take_turns(tuple(tips), uses, banned=wishes.tip_ban, min_gap=rules.min_gap_weeks)
    recent = [tips[use.ref] for use in uses[-rules.coverage_window :] if use.ref in tips]
    want = shares([tip.tags for tip in catalogue.tips])
    have = shares([tip.tags for tip in recent])

    @cache  # many tips have the same tags
    def vary(tags: tuple[str, ...]) -> tuple[Reason, ...]:
        return tuple(_vary(tags, want, have, rules))

    def score(slug: str) -> Candidate:
        tip = tips[slug]
        return add_up(
            slug,
            (
                *_go_with(tip, term, catalogue, rules),
                *vary(tip.tags),
                Reason("jitter", rules.jitter * h01(rules.salt, name, slug), "tie-break"),
            ),
        )

    return choose_best("tip", turn, wishes.tip_pin, score)


def _go_with(tip: Tip, slug: str | None, catalogue: Catalogue, rules: Selection) -> Iterator[Reason]:
    """Prefer a tip about the week's term, or else about one that is related to it."""
    term = catalogue.term_by_slug.get(slug) if slug else None
    if term is None:
        return
    related = sorted(set(term.related) & set(tip.terms))
    if term.slug in tip.terms:
        yield Reason("term", rules.shares_term, f"is about {term.slug}")
    elif related:
        yield Reason("related", rules.shares_related, f"is about {related[0]}, which goes with {term.slug}")


def _vary(
    tags_of_tip: Sequence[str], want: Mapping[str, float], have: Mapping[str, float], rules: Selection
) -> Iterator[Reason]:
    """Prefer tags that the last issues had less often than the catalogue has them, on the mean."""
    tags = sorted(set(tags_of_tip))
    if tags:
        lacking = sum(want[tag] - have.get(tag, 0.0) for tag in tags) / len(tags)
        yield Reason(
            "variety",
            rules.coverage * lacking,
            f"{', '.join(tags)} in the last {rules.coverage_window} issues",
        )
