"""Everything that the selection of a week may depend on. A pure value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.model.content import Catalogue
from pipeline.model.news import NO_NEWS, Snapshot
from pipeline.model.past import Past
from pipeline.model.wishes import Wishes
from pipeline.pick.options import Selection
from pipeline.pick.rotation import earlier
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
