"""How much of a term one letter shows, and how fast it is read."""

from __future__ import annotations

DEFINITION_WORDS = 90
EXAMPLE_WORDS = 180
WHY_WORDS = 140
MISTAKE_WORDS = 80
CAREER_WORDS = 120
HOW_WORDS = 450
"""At most so many words of each part; together with a tip they take less than six minutes to read."""

WORDS_PER_MINUTE = 220
"""How fast adults read prose silently, a little below the average, since letters are technical."""
