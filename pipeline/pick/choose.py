"""What goes into a letter, and why. Pure: no clock, no chance, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.model.news import NO_NEWS, Snapshot
from pipeline.model.picks import Picks
from pipeline.pick.news import choose_layout, read_news
from pipeline.pick.options import Selection
from pipeline.pick.rotation import earlier
from pipeline.pick.terms import choose_term
from pipeline.pick.tips import choose_tip

if TYPE_CHECKING:
    from pipeline.model.content import Catalogue
    from pipeline.model.past import Past
    from pipeline.model.wishes import Wishes
    from pipeline.weeks import Week


def choose(  # noqa: PLR0917 - everything a choice may see
    catalogue: Catalogue,
    history: Sequence[Past],
    week: Week,
    wishes: Wishes,
    rules: Selection,
    snapshot: Snapshot = NO_NEWS,
) -> Picks:
    """Choose what fills the slots of a week, in the order of the letter; what nothing can fill is left out.

    The news says which term is of this week, the term which tip goes with it; no story's score depends
    on either.
    """
    news = read_news(catalogue, earlier(history, week), wishes, rules, snapshot)
    term = choose_term(catalogue, history, week, wishes, rules, lifts=news.lifts)
    tip = choose_tip(catalogue, history, week, wishes, rules, term=term.ref if term else None)
    if term is not None:
        term = replace(term, items=news.find_stories_of(term))
    chosen = (term, *news.picks, tip)
    layout, note = choose_layout(len(news.picks), snapshot, rules.news, has_term=term is not None)
    picks = tuple(pick for pick in chosen if pick is not None)
    return Picks(str(week), picks, layout, note, news.make_record(term))
