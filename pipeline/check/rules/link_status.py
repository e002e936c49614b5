"""The rules of links that were requested: broken, moved, failing, not requested. Pure.

Nothing here stops a letter because this machine has no connection to the web.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.check.context import LetterContext, LinkAnswer, LinkOutcome
from pipeline.check.page import Shown, one_line, read_page
from pipeline.check.registry import CONTENT, Findings, LetterRule, rule
from pipeline.model.problem import Problem
from pipeline.model.rendered import Rendered

_ANSWERED = frozenset({LinkOutcome.GOOD, LinkOutcome.MOVED, LinkOutcome.BROKEN, LinkOutcome.TROUBLE})


def list_targets(rendered: Rendered) -> tuple[str, ...]:
    """List the addresses that can be requested, each once: no personal slots, no mail addresses."""
    targets = dict.fromkeys(link.href for link in read_page(rendered.html).links)
    return tuple(href for href in targets if href.startswith(("https://", "http://")))


def is_offline(letter: LetterContext) -> bool:
    """Whether no server answered at all: then it is our own connection that is missing."""
    outcomes = {answer.outcome for answer in letter.answers.values()} - {LinkOutcome.REFUSED}
    return bool(outcomes) and outcomes.isdisjoint(_ANSWERED)


@rule(
    "link-broken",
    "error",
    why="A link that leads nowhere costs readers' time and trust. Requested with `--links`.",
    fix_in=CONTENT,
)
def link_broken(letter: LetterContext) -> Findings:
    """Find links that lead to nothing."""
    for link, answer in _list_answered(letter):
        if answer.outcome is LinkOutcome.BROKEN or (answer.is_unresolved and not is_offline(letter)):
            fix = "link to another page, or leave the link out"
            yield _describe(letter, link, link_broken, f"is broken: {answer.reason}", fix)


@rule(
    "link-moved", "warning", why="Old addresses disappear one day. Requested with `--links`.", fix_in=CONTENT
)
def link_moved(letter: LetterContext) -> Findings:
    """Find links whose page has moved permanently."""
    for link, answer in _list_answered(letter):
        if answer.outcome is LinkOutcome.MOVED:
            yield _describe(letter, link, link_moved, "has moved permanently", f"link to {answer.moved_to}")


@rule(
    "link-trouble",
    "warning",
    why="The server failed; look again before sending. Requested with `--links`.",
    fix_in=CONTENT,
)
def link_trouble(letter: LetterContext) -> Findings:
    """Find links whose server failed or did not answer."""
    for link, answer in _list_answered(letter):
        is_away = answer.outcome is LinkOutcome.UNREACHED and not answer.is_unresolved
        if answer.outcome is LinkOutcome.TROUBLE or (is_away and not is_offline(letter)):
            fix = "open it in a browser, and check again later"
            yield _describe(letter, link, link_trouble, f"could not be read: {answer.reason}", fix)


@rule(
    "link-unasked",
    "warning",
    why="The status of a link that was not requested is not known. Requested with `--links`.",
    fix_in="",
)
def link_unasked(letter: LetterContext) -> Findings:
    """List the links that could not be requested."""
    if is_offline(letter):
        away = [one.reason for one in letter.answers.values() if one.outcome is LinkOutcome.UNREACHED]
        which = f"none of the {len(away)} links could" if len(away) > 1 else "the link could not"
        message = f"{which} be requested: {away[0]}"
        yield link_unasked.found(message, "check again with a connection to the web")
    for link, answer in _list_answered(letter):
        if answer.outcome is LinkOutcome.REFUSED:
            fix = "make sure yourself that readers get there"
            yield _describe(letter, link, link_unasked, f"was not requested: {answer.reason}", fix)


def _list_answered(letter: LetterContext) -> Iterator[tuple[Shown, LinkAnswer]]:
    first = {link.href: link for link in reversed(letter.page.links)}
    for link in letter.page.links:
        if link.href in letter.answers and first[link.href] is link:
            yield link, letter.answers[link.href]


def _describe(letter: LetterContext, link: Shown, rule: LetterRule, what: str, fix: str) -> Problem:
    message = f"the link `{one_line(link.words)[:40] or link.href[:40]}` to {link.href[:80]} {what}"
    return rule.found(message, fix, at=link.tag, source=letter.find_place(link.href))
