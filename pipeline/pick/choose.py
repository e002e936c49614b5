"""What goes into a letter, and why, from all that it may depend on. Pure: no clock, no chance, no files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.model.content import Catalogue
from pipeline.model.frozen import dataclass
from pipeline.model.news import NO_NEWS, Snapshot
from pipeline.model.past import Past
from pipeline.model.picks import Picks
from pipeline.model.wishes import Wishes
from pipeline.pick.news import ReadNews, choose_layout, read_news
from pipeline.pick.rotation import earlier
from pipeline.pick.selection import Selection
from pipeline.pick.terms import choose_term
from pipeline.pick.tips import choose_tip
from pipeline.weeks import Week


@dataclass(frozen=True, slots=True)
class SelectionInputs:
    """What a selection reads, and nothing else: equal inputs give equal picks and equal locks."""

    catalogue: Catalogue
    history: Sequence[Past]
    week: Week
    wishes: Wishes
    rules: Selection
    snapshot: Snapshot = NO_NEWS

    @property
    def earlier(self) -> tuple[Past, ...]:
        """The issues before the week, oldest first; later ones never influence a selection."""
        return earlier(self.history, self.week)


ReadWeek = Callable[[Catalogue, Sequence[Past], Wishes, Selection, Snapshot], ReadNews]
"""What reads a week's news: `read_news`, or what remembers what it returned."""


def choose(inputs: SelectionInputs, read: ReadWeek = read_news) -> Picks:
    """Choose a pick for every slot of a week, in the order of the letter.

    Slots without a candidate are left out.

    The news influences the term, the term the tip; no story's score depends on either.
    """
    catalogue, wishes, rules = inputs.catalogue, inputs.wishes, inputs.rules
    week, history = inputs.week, inputs.history
    news = read(catalogue, inputs.earlier, wishes, rules, inputs.snapshot)
    term = choose_term(catalogue, history, week, wishes, rules, lifts=news.lifts)
    tip = choose_tip(catalogue, history, week, wishes, rules, term=term.ref if term else None)
    if term is not None:
        term = replace(term, items=news.find_stories_of(term))
    chosen = (term, *news.picks, tip)
    layout, note = choose_layout(len(news.picks), inputs.snapshot, rules.news, has_term=term is not None)
    picks = tuple(pick for pick in chosen if pick is not None)
    return Picks(str(week), picks, layout, note, news.make_record(term))
