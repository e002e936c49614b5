"""Every rule of content by its id: how grave it is, why it exists, and whether `--fix` mends it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from pipeline.model.content import Term, Tip
from pipeline.model.problem import Problem, Severity

Level = Literal["off", "warning", "error"]


@dataclass(frozen=True, slots=True)
class ContentRule:
    """A rule of content.

    An error would break a letter and stops a run. A warning never does. `mends`: `--fix` can mend it.
    """

    severity: Severity
    reason: str
    mends: bool = False


_ERRORS = {
    "folder-missing": "Without the glossary there is no term of the week to choose.",
    "file-unreadable": "A file that cannot be read would silently be left out of every choice.",
    "file-encoding": "Bytes that are not UTF-8 would reach readers as wrong letters.",
    "control-character": "A character that nobody sees can break a header or a reader's screen.",
    "bidi-character": "A bidi override lets text show something else than it says.",
    "front-matter-missing": "Title, slug and category have no other place.",
    "front-matter-unclosed": "Nobody can tell where the keys end and the text begins.",
    "front-matter-syntax": "Keys that YAML cannot read cannot be guessed.",
    "key-duplicate": "YAML would silently take one of the two values.",
    "key-missing": "A letter, a link or a choice would have a hole there.",
    "key-type": "YAML reads unquoted dates, numbers and yes or no as something else than text.",
    "slug-form": "Slugs become addresses and references, which must be the same on every machine.",
    "slug-file-name": "Whoever knows a slug must be able to open its file.",
    "difficulty-range": "The choice leads from easy to hard and needs a number for that.",
    "season-form": "A season that is no span of days would never come.",
    "text-missing": "The text before the first section is what opens the letter.",
    "heading-level": "A first-level heading outranks the letter's own and is no section.",
    "fence-unclosed": "A code block without an end swallows all sections below it.",
    "comment-unclosed": "A note without an end swallows the text below it, or reaches readers.",
    "section-missing": "A part that was forgotten is missed by readers; `without` says that it was not.",
    "section-duplicate": "One of the two would be lost.",
    "section-unknown": "Its text would be shown nowhere.",
    "section-empty": "The letter would show a heading without text.",
    "mistakes-not-list": "Text outside the list belongs to no mistake and would be lost.",
    "mistake-no-fix": "A mistake without its fix leaves readers with a problem.",
    "mistake-empty": "The letter would show half of a pair.",
    "tip-block": "Prompts are shown verbatim, and only a code block keeps every character.",
    "slug-duplicate": "A reference to the slug could mean either.",
    "name-duplicate": "Readers and references could not tell the two apart.",
    "prerequisite-cycle": "Terms that wait for each other would never be chosen in an order that helps.",
}

_WARNINGS = {
    "key-unknown": "A misspelt key would silently have no effect.",
    "key-repeat": "A name given twice would be shown or counted twice.",
    "related-unknown": "The letter leaves the relation out, so readers miss what the author promised.",
    "prerequisite-unknown": "The choice passes over a prerequisite that does not exist.",
    "tip-term-unknown": "The tip can never be matched with its term.",
    "relation-self": "A term explains itself already; a link to itself leads nowhere.",
    "definition-length": "A definition is read in one breath, and the letter opens with it.",
    "tip-length": "A tip is one thing to try this week.",
    "how-it-works-length": "Too short names no mechanism; too long is not read to its end.",
    "mistakes-number": "One mistake is seldom the only one, and nobody remembers five.",
    "section-cut": "The letter shows the beginning of a long text, and what was meant to end it is missing.",
    "category-case": "Two spellings are two categories: coverage counts them apart, and so does the choice.",
    "acronym-undefined": "Whoever does not know the letters stops reading there.",
    "hype": "Praise tells readers nothing that they could use, and costs their trust.",
    "weasel": "A filler or a nameless authority makes a claim weaker and longer at once.",
    "stale-year": "A year in the prose tells next year's reader that the text is old.",
    "stale-price": "Prices and salaries change sooner than a term comes round again.",
    "stale-now": "What is newest today is wrong tomorrow, and no file says when.",
    "stale-model": "A model's version is replaced within months; what it shows mostly stays true.",
    "term-alike": "Readers would be sent the same explanation twice.",
    "tip-alike": "Readers would be sent the same advice twice.",
    "sentence-repeat": "A sentence met again weeks later reads like a form letter.",
    "markup-table": "Mail programs on a phone cannot show a table, so the letter would show its bars.",
    "markup-image": "The letter loads no images; its words would be left out with it.",
    "markup-html": "HTML in the text is shown to readers as it was typed.",
    "markup-extension": "Footnotes, task lists, strike-through and formulas are shown as they were typed.",
    "markup-heading": "Below `###` no rank shows apart from the next; a `##` without a blank is text.",
    "markup-list-depth": "A phone has no width for a third level of a list.",
    "markup-reference": "Each section is shown by itself; a link defined in another one stays in brackets.",
    "markup-link": "A link without https or mailto leads nowhere from a mailbox; only its text is shown.",
}

_JOB_WARNINGS = {
    "job-date": "A job without a day it was posted, or first seen, would never grow old.",
    "job-link": "A job that leads nowhere cannot be applied for, so the letter leaves it out.",
    "job-salary": "Money is shown with currency and period, or not at all.",
    "job-value": "A word that means nothing here is left out of the letter.",
}

_MENDED = {
    "relation-one-way": "Whoever reads the other term would never learn of this one.",
    "link-http": "A link without TLS can be read and changed on its way, and browsers warn of it.",
}

RULES: Mapping[str, ContentRule] = MappingProxyType(
    {id_: ContentRule("error", reason) for id_, reason in _ERRORS.items()}
    | {id_: ContentRule("warning", reason) for id_, reason in (_WARNINGS | _JOB_WARNINGS).items()}
    | {id_: ContentRule("warning", reason, mends=True) for id_, reason in _MENDED.items()}
)
"""Why each rule of reading and checking exists, in one sentence, by its id."""


def about(what: Term | Tip, key: str, rule: str, message: str, fix: str) -> Problem:
    """Make a problem of a term or tip, in the line of one of its keys."""
    return Problem(what.path, what.lines.get(key, 0), message, fix, rule, RULES[rule].severity)


def apply_levels(problems: Iterable[Problem], levels: Mapping[str, Level]) -> tuple[Problem, ...]:
    """Take the level of each rule from the settings: leave out what is off; sorted by place."""
    kept: set[Problem] = set()
    for problem in problems:
        level = levels.get(problem.rule, problem.severity)
        if level != "off":
            kept.add(problem if level == problem.severity else replace(problem, severity=level))
    return tuple(sorted(kept))
