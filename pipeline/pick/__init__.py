"""What goes into a letter, and why. Pure: no clock, no chance, no files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.pick.reasons import Picks, Selection
from pipeline.pick.terms import choose_term
from pipeline.pick.tips import choose_tip

if TYPE_CHECKING:
    from pipeline.content.model import Catalogue
    from pipeline.issue.history import Past
    from pipeline.issue.wishes import Wishes
    from pipeline.weeks import Week

__all__ = ["Selection", "choose", "choose_term", "choose_tip"]


def choose(
    catalogue: Catalogue, history: Sequence[Past], week: Week, wishes: Wishes, rules: Selection
) -> Picks:
    """Choose what fills the slots of a week, term before tip; a slot that nothing can fill is left out."""
    term = choose_term(catalogue, history, week, wishes, rules)
    tip = choose_tip(catalogue, history, week, wishes, rules, term=term.ref if term else None)
    return Picks(str(week), tuple(pick for pick in (term, tip) if pick is not None))
