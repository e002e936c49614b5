"""Rendered letter + settings → findings. Pure: what stops a send is the caller's decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pipeline.check.answers import Answered
from pipeline.check.features import list_features
from pipeline.check.letter import Finding, Letter
from pipeline.check.looks import Looks
from pipeline.check.page import read_page
from pipeline.check.rules import CHECKS
from pipeline.check.styles import Styles
from pipeline.issue.model import Issue, Letterhead
from pipeline.letter_rules import RULES, Rule
from pipeline.render.model import Rendered, Slot
from pipeline.render.slots import TOKEN
from pipeline.standards import Level, Standards

__all__ = [
    "RULES",
    "SLOT_BYTES",
    "Answered",
    "Finding",
    "Level",
    "Rule",
    "Standards",
    "check_letter",
]

SLOT_BYTES: Mapping[Slot, int] = {
    Slot.NAME: 400,
    Slot.UNSUBSCRIBE_URL: 300,
    Slot.READERS: 100,
    Slot.CONFIRM_URL: 300,
}
"""How many bytes each slot may take in the HTML when filled, escaped."""

_STANDARDS = Standards()


def check_letter(
    rendered: Rendered,
    letterhead: Letterhead,
    *,
    slot_bytes: Mapping[Slot, int] = SLOT_BYTES,
    standards: Standards = _STANDARDS,
    issue: Issue | None = None,
    readers: int | None = None,
    sent: Mapping[str, str] | None = None,
    silent: frozenset[str] = frozenset(),
    answers: Mapping[str, Answered] | None = None,
    wishes: str = "",
) -> tuple[Finding, ...]:
    """Find what breaks a rule, in the order of the rules; errors should stop a send, warnings should not.

    `issue` is what was rendered, for the rules of its authors' words. `readers` is the recorded count.
    `sent` maps the `url_key` of each link of earlier issues to its week. `silent` are rules of content
    that are switched off. `answers` are what the links answered when they were asked. `wishes` is the text of
    the week's file of wishes, to tell lines in it.
    """
    page = read_page(rendered.html)
    styles = Styles(page.sheets)
    letter = Letter(
        rendered=rendered,
        letterhead=letterhead,
        page=page,
        looks=Looks(styles),
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
    return tuple(finding for id_ in CHECKS for finding in _judge(id_, letter))


def _judge(id_: str, letter: Letter) -> Iterator[Finding]:
    """Apply a rule with the level that the settings give it, and call open slots by their names."""
    level = letter.standards.rules.get(id_)
    for finding in CHECKS[id_](letter) if level != "off" else ():
        message = TOKEN.sub(lambda found: _name_slot(letter, found[0]), finding.message)
        severity = finding.severity if level is None or level == "off" else level
        yield replace(finding, severity=severity, message=message)


def _name_slot(letter: Letter, token: str) -> str:
    slot = letter.rendered.slots.get(token)
    return f"{{{{ {slot.value} }}}}" if slot else "a slot"
