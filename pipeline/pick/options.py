"""The table `[selection]` of weekly.toml; `pipeline.pick.selection` has the values. Pure.

`weekly issue explain` shows what each one did.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipeline.model.options import Line, Options
from pipeline.pick.selection import NewsSelection, Selection

# Without sections: those of packages are imported only when a letter is chosen.
_USUAL = Selection(news=NewsSelection({}))


class SelectionOptions(Options):
    """The weights of the choice, `[selection]` of weekly.toml: what a factor adds at its strongest.

    A term or tip rests at least `min_gap_weeks` issues, or as many as the catalogue allows when it is small.
    """

    min_gap_weeks: Annotated[int, Field(ge=0)] = _USUAL.min_gap_weeks
    """A term or tip rests at least so many issues before it may come again."""
    lift: float = _USUAL.lift
    """What a term gains that the week's news speaks of far more than usual."""
    chain: float = _USUAL.chain
    """What a term gains that goes on from last week's."""
    coverage: float = _USUAL.coverage
    """What a term gains whose category had less than its share of late."""
    coverage_window: Annotated[int, Field(ge=1)] = _USUAL.coverage_window
    """How many issues `coverage` looks back."""
    season: float = _USUAL.season
    """What a term gains in its season."""
    ramp: float = _USUAL.ramp
    """What a term loses when its difficulty is far from where the cycle stands."""
    jitter: float = _USUAL.jitter
    """The most that decides between equals."""
    shares_term: float = _USUAL.shares_term
    """What a tip gains that is about the term of the week."""
    shares_related: float = _USUAL.shares_related
    """What a tip gains that is about a related term."""
    salt: Line = _USUAL.salt
    """Another word here decides otherwise between equals."""
