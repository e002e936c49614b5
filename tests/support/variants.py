"""Every variant that a letter can have."""

from __future__ import annotations

import itertools

from pipeline.issue.compose import make_variant
from pipeline.issue.variants import Choices
from pipeline.model.wishes import Wishes
from pipeline.plugins.sections import section_names
from support.letter_parts import ENGLISH

ALL = [
    Choices(text_only, without)
    for text_only in (False, True)
    for count in range(len(section_names()) + 1)
    for without in itertools.combinations(section_names(), count)
]


def kinds(issue):
    """The sections of a letter, from top to bottom."""
    return [section.kind for section in issue.sections]


def vary(issue, choices, **wishes):
    """The variant of a letter for these choices."""
    return make_variant(issue, choices, Wishes(**wishes), strings=ENGLISH, letter_name="Weekly")
