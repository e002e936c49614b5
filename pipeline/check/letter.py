"""Checks a rendered letter. Pure: what stops a send is the caller's decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.check.computed_style import ComputedStyle
from pipeline.check.context import LetterContext, LinkAnswer
from pipeline.check.features import list_features
from pipeline.check.page import read_page
from pipeline.check.registry import Findings, LetterRule
from pipeline.check.rules import CHECKS
from pipeline.check.standards import Standards
from pipeline.check.styles import Styles
from pipeline.model.issue import Issue, Letterhead
from pipeline.model.problem import Problem, apply_levels
from pipeline.model.rendered import PersonalSlot, Rendered
from pipeline.render.slots import TOKEN

SLOT_BYTES: Mapping[PersonalSlot, int] = {
    PersonalSlot.NAME: 400,
    PersonalSlot.UNSUBSCRIBE_URL: 300,
    PersonalSlot.READERS: 100,
    PersonalSlot.CONFIRM_URL: 300,
}
"""How many bytes each slot may take in the HTML when filled, escaped."""

_STANDARDS = Standards()


def check_letter(
    rendered: Rendered,
    letterhead: Letterhead,
    *,
    slot_bytes: Mapping[PersonalSlot, int] = SLOT_BYTES,
    standards: Standards = _STANDARDS,
    issue: Issue | None = None,
    readers: int | None = None,
    sent: Mapping[str, str] | None = None,
    silent: frozenset[str] = frozenset(),
    answers: Mapping[str, LinkAnswer] | None = None,
    wishes: str = "",
    errors_only: bool = False,
) -> tuple[Problem, ...]:
    """Find what breaks a rule, in the order of the rules; errors should stop a send, warnings should not.

    With `errors_only`, rules that only warn are not applied, and what others merely warn of is left out.
    `slot_bytes` are the bytes that filled slots may take; the rest is as in `LetterContext`.
    """
    page = read_page(rendered.html)
    styles = Styles(page.sheets, page.tags)
    letter = LetterContext(
        rendered=rendered,
        letterhead=letterhead,
        page=page,
        looks=ComputedStyle(styles),
        features=tuple(list_features(page, styles)),
        allowance=slot_bytes,
        standards=standards,
        issue=issue,
        readers=readers,
        sent=sent or {},
        silent=silent,
        answers=answers or {},
        wishes=wishes,
    )
    if not errors_only:
        return tuple(problem for each in CHECKS for problem in _judge(each, letter))
    # A rule that warns can only be made an error by the settings: what it finds may be milder, never worse.
    strict = [each for each in CHECKS if standards.rules.get(each, each.severity) == "error"]
    return tuple(problem for each in strict for problem in _judge(each, letter) if problem.is_error)


def _judge(rule: LetterRule, letter: LetterContext) -> Findings:
    """Apply a rule with the level that the settings set, and replace the tokens of slots by their names."""
    levels = letter.standards.rules
    for problem in apply_levels(rule.check(letter), levels) if levels.get(rule) != "off" else ():
        message = TOKEN.sub(lambda found: _name_slot(letter, found[0]), problem.message)
        yield replace(problem, message=message)


def _name_slot(letter: LetterContext, token: str) -> str:
    slot = letter.rendered.slots.get(token)
    return f"{{{{ {slot.value} }}}}" if slot else "a slot"
