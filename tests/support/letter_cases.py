"""Cases for the rules of a rendered letter: a letter, and what is known besides it."""

from __future__ import annotations

from dataclasses import replace

from pipeline.check.context import LinkAnswer, LinkOutcome
from support.checked_letters import (
    ISSUE,
    TERM,
    TIP,
)

LONG = "https://example.org/a?b=1&c=2"
TABLE = '<table role="presentation"><tr><td></td></tr></table>'
DATA = '<table><tr><th scope="col">Runs</th></tr></table>'
BUTTON = '<a href="https://news.example.org" style="display:inline-block;line-height:1.2;padding:14px 26px;'


def case(severity, letter, **more):
    return severity, letter, more


def issue(term=TERM, **changes):
    return {"issue": replace(ISSUE, sections=(term, TIP), **changes)}


def asked(outcome, reason="", others=LinkOutcome.GOOD, **more):
    """Answers of the letter's two links: the long version's, and one of the own page."""
    own = LinkAnswer(others, is_unresolved=others is LinkOutcome.UNREACHED)
    return {"answers": {LONG: LinkAnswer(outcome, reason, **more), "https://news.example.org": own}}
