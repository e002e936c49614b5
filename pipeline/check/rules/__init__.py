"""The rules of a rendered letter, by family: each a pure function over the letter, whose page is read once.

What can be wrong in the editor's words is `content check`'s; here is what only shows in the finished mail.
"""

from __future__ import annotations

from pipeline.check.registry import LetterRule
from pipeline.check.rules import (
    document,
    link_status,
    links,
    reading,
    sizes,
    support,
    template_residue,
    text,
    wishes,
    words,
)

_FAMILIES = (sizes, template_residue, wishes, links, document, support, text, words, reading, link_status)

CHECKS: tuple[LetterRule, ...] = tuple(
    each for family in _FAMILIES for each in vars(family).values() if isinstance(each, LetterRule)
)
"""Every rule, in the order in which findings are shown: that of the families, then that of their modules."""
