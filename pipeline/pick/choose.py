"""What goes into a letter, and why. Pure: no clock, no chance, no files."""

from __future__ import annotations

from dataclasses import replace

from pipeline.model.picks import Picks
from pipeline.pick.inputs import SelectionInputs
from pipeline.pick.news import choose_layout, read_news
from pipeline.pick.terms import choose_term
from pipeline.pick.tips import choose_tip


def choose(inputs: SelectionInputs) -> Picks:
    """Choose a pick for every slot of a week, in the order of the letter.

    Slots without a candidate are left out.

    The news influences the term, the term the tip; no story's score depends on either.
    """
    catalogue, wishes, rules = inputs.catalogue, inputs.wishes, inputs.rules
    week, history = inputs.week, inputs.history
    news = read_news(catalogue, inputs.earlier, wishes, rules, inputs.snapshot)
    term = choose_term(catalogue, history, week, wishes, rules, lifts=news.lifts)
    tip = choose_tip(catalogue, history, week, wishes, rules, term=term.ref if term else None)
    if term is not None:
        term = replace(term, items=news.find_stories_of(term))
    chosen = (term, *news.picks, tip)
    layout, note = choose_layout(len(news.picks), inputs.snapshot, rules.news, has_term=term is not None)
    picks = tuple(pick for pick in chosen if pick is not None)
    return Picks(str(week), picks, layout, note, news.make_record(term))
