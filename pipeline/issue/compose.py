"""Compose the letter from what was chosen: sections in order, subject, preheader, minutes. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.content.markdown import count_words
from pipeline.errors import AuthorError
from pipeline.issue.excerpt import make_excerpt
from pipeline.issue.labels import Strings
from pipeline.issue.news_section import make_story_section, make_term_news
from pipeline.issue.subjects import Lines
from pipeline.issue.variants import Choices, fit_choices
from pipeline.model.content import Catalogue, Mistake, Term
from pipeline.model.issue import (
    Issue,
    Link,
    Section,
    StorySection,
    TermSection,
    TipSection,
)
from pipeline.model.limits import WORDS_PER_MINUTE
from pipeline.model.locations import lock_path
from pipeline.model.news import NO_NEWS, Snapshot
from pipeline.model.picks import Pick, Picks
from pipeline.model.problem import WEEK_RULES, Problem
from pipeline.model.wishes import Wishes
from pipeline.pick.reasons import h01
from pipeline.plugins.sections import section_names

PICK_GONE = WEEK_RULES.error("pick-gone", "A letter cannot show a term or tip whose file is gone.")
SECTIONS_ORDER = WEEK_RULES.error(
    "sections-order", "A letter without a place for its term and its tip would be empty."
)


def compose(
    picks: Picks,
    catalogue: Catalogue,
    wishes: Wishes,
    *,
    number: int,
    letter_name: str,
    strings: Strings,
    order: Sequence[str] | None = None,
    snapshot: Snapshot = NO_NEWS,
) -> Issue:
    """Compose the letter of a week; its sections follow `order`, and what is not in that is left out.

    A story whose item is not in the `snapshot` any more is left out, and a section without stories with it.

    Subject and preheader are the editor's where given. A subject is one line of 1 to 78 characters,
    a preheader of our own 40 to 130, and the two are never the same.

    Raises:
        ValueError: neither a term nor a tip was picked.
        AuthorError: a picked term or tip is not in the catalogue any more, or `order` has no place for any.
    """
    term_pick, tip_pick = picks.find("term"), picks.find("tip")
    if term_pick is None and tip_pick is None:
        raise ValueError(f"the choice for {picks.week} has neither a term nor a tip")
    _check_still_there(picks, catalogue)
    made = {each.kind: each for each in _make_sections(picks, catalogue, snapshot, strings)}
    sections = tuple(made[kind] for kind in order or section_names() if kind in made)
    if not any(isinstance(section, TermSection | TipSection) for section in sections):
        raise AuthorError([_no_place(picks)])
    blank = Issue(
        week=picks.week,
        number=number,
        subject="",
        preheader="",
        intro=wishes.intro.strip(),
        sections=sections,
        minutes=0,
        date_label=strings.date_label(picks.week),
        layout=picks.layout,
    )
    return _describe(blank, wishes, strings, letter_name)


def make_variant(
    issue: Issue, choices: Choices, wishes: Wishes, *, strings: Strings, letter_name: str
) -> Issue:
    """Compose the letter of a variant; of a text-only one, the text part of it is sent alone.

    Subject and preheader are made of what is left, unless the editor wrote them: no inbox shows what its
    reader left out.
    """
    left_out = fit_choices(choices, {section.kind for section in issue.sections}).without
    if not left_out:
        return issue
    sections = tuple(section for section in issue.sections if section.kind not in left_out)
    return _describe(replace(issue, sections=sections), wishes, strings, letter_name)


def _describe(issue: Issue, wishes: Wishes, strings: Strings, letter_name: str) -> Issue:
    """Write what follows from the sections: subject, preheader and reading time."""
    lines = Lines(strings, issue.sections, letter_name, issue.number)
    subject = lines.subject(wishes.subject)
    return replace(
        issue,
        subject=subject,
        preheader=lines.preheader(subject, wishes.preheader),
        minutes=count_minutes(issue.intro, issue.sections),
        subject_candidates=lines.candidates,
    )


def _check_still_there(picks: Picks, catalogue: Catalogue) -> None:
    known = {"term": catalogue.term_by_slug, "tip": catalogue.tip_by_slug}
    gone = [pick for pick in picks.picks if pick.slot in known and pick.ref not in known[pick.slot]]
    if gone:
        raise AuthorError(
            [
                PICK_GONE.problem(
                    f"the {pick.slot} `{pick.ref}` was chosen and is not in the catalogue",
                    "bring its file back, or choose again with `weekly issue build --refresh`",
                    path=lock_path(picks.week),
                )
                for pick in gone
            ]
        )


def _no_place(picks: Picks) -> Problem:
    chosen = " and ".join(pick.slot for pick in picks.picks if pick.slot in ("term", "tip"))
    message = f"sections.order has no place for the {chosen} of {picks.week}"
    return SECTIONS_ORDER.problem(message, 'name "term" and "tip" in it', path="weekly.toml")


def _make_sections(
    picks: Picks, catalogue: Catalogue, snapshot: Snapshot, strings: Strings
) -> Iterator[Section]:
    made = set()
    term = picks.find("term")
    for pick in picks.picks:
        name = pick.section
        if name == "term":
            yield _make_term(pick, catalogue, snapshot, picks, strings)
        elif name == "tip":
            # Lines are for messages; in the letter they would change its hash with every edited comment.
            yield TipSection(replace(catalogue.tip_by_slug[pick.ref], lines={}))
        elif name not in made:
            made.add(name)
            stories = [each for each in picks.picks if each.slot.startswith(f"{name}-")]
            about = term.ref if term else ""
            section = make_story_section(name, stories, snapshot, catalogue, term=about)
            if section is not None:
                yield section


def _make_term(
    pick: Pick, catalogue: Catalogue, snapshot: Snapshot, picks: Picks, strings: Strings
) -> TermSection:
    is_whole = picks.layout == "deep-dive"
    term = catalogue.term_by_slug[pick.ref]
    related = [catalogue.term_by_slug[slug] for slug in term.related if slug in catalogue.term_by_slug]
    excerpt = make_excerpt(
        term,
        mistakes=term.mistakes if is_whole else _choose_mistake(term, picks.week),
        related=[Link(other.title) for other in dict.fromkeys(related) if other is not term],
        because=_explain(pick, catalogue, strings),
        whole=is_whole,
    )
    return replace(excerpt, news=make_term_news(pick, snapshot))


def _choose_mistake(term: Term, week: str) -> tuple[Mistake, ...]:
    """Take another mistake from week to week, the same one for the same week."""
    count = len(term.mistakes)
    at = min(int(h01("mistake", week, term.slug) * count), count - 1)
    return term.mistakes[at : at + 1] if count else ()


def _explain(pick: Pick, catalogue: Catalogue, strings: Strings) -> str:
    """Return why this term comes now, in words for readers; empty without a reason that they care for."""
    given = {reason.name: reason for reason in pick.reasons if reason.value > 0}
    if "chain" in given:
        last = _find_named_term(given["chain"].detail, catalogue, pick.ref)
        if last:
            return strings.say("because.chain", term=last.title)
    return strings.say("because.season") if "season" in given else ""


def _find_named_term(detail: str, catalogue: Catalogue, but: str) -> Term | None:
    """Find the term that a reason names by slug or title; the longest name wins."""
    named = [
        (len(name), term.slug, term)
        for term in catalogue.terms
        for name in (term.slug, term.title)
        if name in detail and term.slug != but and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", detail)
    ]
    return max(named, key=lambda each: each[:2])[2] if named else None


def count_words_to_read(intro: str, sections: Sequence[Section]) -> int:
    """Count what a reader reads: the sections and the editor's words, without headings and footer."""
    return count_words(intro) + sum(sum(map(count_words, _list_texts(section))) for section in sections)


def count_minutes(intro: str, sections: Sequence[Section]) -> int:
    """Return how many minutes it takes to read them, at least one."""
    return max(1, math.ceil(count_words_to_read(intro, sections) / WORDS_PER_MINUTE))


def _list_texts(section: Section) -> list[str]:
    if isinstance(section, TipSection):
        return [section.tip.title, section.tip.body, section.tip.before, section.tip.after]
    if isinstance(section, StorySection):
        return [section.note, *(text for item in section.items for text in (item.title, item.summary))]
    mistakes = [text for each in section.mistakes for text in (each.mistake, each.fix)]
    prose = [section.definition, section.example, section.why_it_matters, section.how_it_works]
    names = [section.title, section.full_name, *(link.title for link in section.news)]
    return [*names, *prose, section.career_relevance, *mistakes]
