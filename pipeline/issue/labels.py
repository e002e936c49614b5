"""The fixed texts of a letter in the reader's language, by key. Pure; `pipeline.render.strings` reads them.

Whatever is filled into a sentence keeps its markup, and everything else is escaped with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from markupsafe import Markup, escape

from pipeline.model.frozen import dataclass

PLACE = re.compile(r"\{(\w+)\}")
"""Where something is filled in."""


@dataclass(frozen=True, slots=True)
class Strings:
    """Sentences by `table.key`, and the names of the months, January first."""

    texts: Mapping[str, str]
    months: tuple[str, ...]

    def say(self, key: str, /, **values: object) -> str:
        """Return a text with its values filled in, as markup if one of them is; raises KeyError."""
        text = self.texts[key]
        if any(hasattr(value, "__html__") for value in values.values()):
            pieces = PLACE.split(text)
            marked = [escape(values[piece] if at % 2 else piece) for at, piece in enumerate(pieces)]
            return Markup("").join(marked)
        return PLACE.sub(lambda found: str(values[found[1]]), text)

    def date_label(self, week: str) -> str:
        """Write the days of an ISO week for people, Monday to Sunday: `16–22 November 2026`."""
        year, number = week.split("-W")
        first, last = (date.fromisocalendar(int(year), int(number), day) for day in (1, 7))
        form = "two_years" if first.year != last.year else "two_months"
        return self.say(
            f"dates.{'one_month' if first.month == last.month else form}",
            first=first.day,
            first_month=self.months[first.month - 1],
            first_year=first.year,
            last=last.day,
            month=self.months[last.month - 1],
            year=last.year,
        )
