"""Rules of how long things are. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.content.lint.options import StyleOptions
from pipeline.content.lint.page import about
from pipeline.content.markdown import count_words
from pipeline.model.content import Term, Tip
from pipeline.model.limits import CAREER_WORDS, EXAMPLE_WORDS, WHY_WORDS
from pipeline.model.problem import CONTENT_RULES, Problem, Rule

DEFINITION_LENGTH = CONTENT_RULES.warning(
    "definition-length", "A definition is read in one breath, and the letter opens with it."
)
TIP_LENGTH = CONTENT_RULES.warning("tip-length", "A tip is one thing to try this week.")
HOW_IT_WORKS_LENGTH = CONTENT_RULES.warning(
    "how-it-works-length", "Too short names no mechanism; too long is not read to its end."
)
MISTAKES_NUMBER = CONTENT_RULES.warning(
    "mistakes-number", "One mistake is seldom the only one, and readers do not remember five."
)
SECTION_CUT = CONTENT_RULES.warning(
    "section-cut", "The letter shows the beginning of a long text, and what was meant to end it is missing."
)


_MARKUP = 1.3
"""Markup counts as words in an estimate: below this multiple of the least the words are counted exactly."""


def check_lengths(entry: Term | Tip, options: StyleOptions) -> Iterator[Problem]:
    """Find definitions, tips and explanations that are too long or too short."""
    if isinstance(entry, Tip):
        yield from _check(entry, "body", entry.body, TIP_LENGTH, (1, options.tip_words))
        return
    definition = (1, options.definition_words)
    yield from _check(entry, "definition", entry.definition, DEFINITION_LENGTH, definition)
    explained = options.how_it_works_words
    yield from _check(entry, "how it works", entry.how_it_works, HOW_IT_WORKS_LENGTH, explained)
    yield from _check_mistakes(entry, options)
    yield from _check_cuts(entry)


def _check(what: Term | Tip, key: str, text: str, rule: Rule, span: tuple[int, int]) -> Iterator[Problem]:
    least, most = span
    if not text:
        return  # reported by another rule
    estimate = len(text.split())
    if least * _MARKUP <= estimate <= most:
        return
    words = count_words(text)
    if words > most:
        yield about(what, key, rule, f"the text has {words} words", f"shorten it to {most} or fewer")
    elif words < least:
        yield about(what, key, rule, f"the text has {words} words", f"say more, in {least} words at least")


def _check_mistakes(term: Term, options: StyleOptions) -> Iterator[Problem]:
    least, most = options.mistakes
    found = len(term.mistakes)
    if found and not least <= found <= most:
        wanted = f"{least} to {most}" if least < most else str(most)
        message = f"there {'is one mistake' if found == 1 else f'are {found} mistakes'}"
        fix = f"write {wanted} of those that people make most"
        yield about(term, "common mistakes", MISTAKES_NUMBER, message, fix)


def _check_cuts(term: Term) -> Iterator[Problem]:
    """Find sections of which the letter shows the beginning only."""
    shown = (
        ("example", term.example, EXAMPLE_WORDS),
        ("why it matters", term.why_it_matters, WHY_WORDS),
        ("career relevance", term.career_relevance, CAREER_WORDS),
    )
    for key, text, most in shown:
        words = count_words(text) if len(text.split()) > most else 0
        if words > most:
            message = f"the text has {words} words, of which the letter shows the first {most}"
            yield about(
                term, key, SECTION_CUT, message, f"shorten it to {most}, or let the end be dispensable"
            )
