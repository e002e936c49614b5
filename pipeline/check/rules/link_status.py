"""The rules of links that were asked: broken, moved, in trouble, not asked. Pure.

Nothing here stops a letter because this machine has no way to the web.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.check.context import CheckedLetter, LinkAnswer, LinkOutcome, at
from pipeline.check.page import Shown, one_line, read_page
from pipeline.check.registry import CONTENT, Findings, LetterRule, rule
from pipeline.model.problem import Problem
from pipeline.model.rendered import Rendered

_ANSWERED = frozenset({LinkOutcome.GOOD, LinkOutcome.MOVED, LinkOutcome.BROKEN, LinkOutcome.TROUBLE})


def list_targets(rendered: Rendered) -> tuple[str, ...]:
    """List the addresses that can be asked, each once: no personal slots, no mail addresses."""
    targets = dict.fromkeys(link.tag.attributes["href"] for link in read_page(rendered.html).links)
    return tuple(href for href in targets if href.startswith(("https://", "http://")))


def is_offline(letter: CheckedLetter) -> bool:
    """Tell whether nobody answered at all: then it is our own way out that is missing."""
    answers = letter.answers.values()
    asked = [one for one in answers if one.outcome is not LinkOutcome.REFUSED]
    return bool(asked) and not any(one.outcome in _ANSWERED for one in asked)


@rule(
    "link-broken",
    "error",
    why="A link that leads nowhere costs readers' time and trust. Asked with `--links`.",
    fix_in=CONTENT,
)
def link_broken(letter: CheckedLetter) -> Findings:
    """Name links behind which there is nothing."""
    fix = "link to another page, or leave the link out"
    for link, answer in _answered(letter):
        is_lost = answer.is_unresolved and not is_offline(letter)
        if answer.outcome is LinkOutcome.BROKEN or is_lost:
            yield _found(letter, link, link_broken, f"is broken: {answer.reason}", fix)


@rule("link-moved", "warning", why="Old addresses go one day. Asked with `--links`.", fix_in=CONTENT)
def link_moved(letter: CheckedLetter) -> Findings:
    """Name links that have another address for good."""
    for link, answer in _answered(letter):
        if answer.outcome is LinkOutcome.MOVED:
            fix = f"link to {answer.moved_to}"
            yield _found(letter, link, link_moved, "has moved for good", fix)


@rule(
    "link-trouble",
    "warning",
    why="The server did not do its work; look again before sending. Asked with `--links`.",
    fix_in=CONTENT,
)
def link_trouble(letter: CheckedLetter) -> Findings:
    """Name links whose server did not do its work."""
    for link, answer in _answered(letter):
        is_away = (
            answer.outcome is LinkOutcome.UNREACHED and not answer.is_unresolved and not is_offline(letter)
        )
        if answer.outcome is LinkOutcome.TROUBLE or is_away:
            fix = "open it in a browser, and ask again later"
            yield _found(letter, link, link_trouble, f"could not be read: {answer.reason}", fix)


@rule("link-unasked", "warning", why="What was not asked is not known. Asked with `--links`.", fix_in="")
def link_unasked(letter: CheckedLetter) -> Findings:
    """Say what nobody could ask."""
    if is_offline(letter):
        away = [one.reason for one in letter.answers.values() if one.outcome is LinkOutcome.UNREACHED]
        which = f"none of the {len(away)} links could" if len(away) > 1 else "the link could not"
        message = f"{which} be asked: {away[0]}"
        yield link_unasked.found(message, "ask again with a way to the web")
    for link, answer in _answered(letter):
        if answer.outcome is LinkOutcome.REFUSED:
            fix = "make sure yourself that readers get there"
            yield _found(letter, link, link_unasked, f"was not asked: {answer.reason}", fix)


def _answered(letter: CheckedLetter) -> Iterator[tuple[Shown, LinkAnswer]]:
    met: set[str] = set()
    for link in letter.page.links:
        href = link.tag.attributes["href"]
        if href in letter.answers and href not in met:
            met.add(href)
            yield link, letter.answers[href]


def _found(letter: CheckedLetter, link: Shown, rule: LetterRule, what: str, fix: str) -> Problem:
    where, selector = at(link.tag)
    href = link.tag.attributes["href"]
    message = f"the link `{one_line(link.words)[:40] or href[:40]}` to {href[:80]} {what}"
    return rule.found(message, fix, where=where, selector=selector, source=letter.find_place(href))
