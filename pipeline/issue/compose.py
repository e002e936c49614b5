"""Compose the letter from what was chosen: sections in order, subject, preheader, minutes. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from pipeline.content.document import HIDDEN
from pipeline.content.markdown import count_words, to_plain
from pipeline.content.model import Catalogue, Mistake, Problem, Term, Tip
from pipeline.errors import AuthorError
from pipeline.feeds.model import NO_NEWS, SECTIONS, Snapshot
from pipeline.issue.digest import make_digest
from pipeline.issue.model import Issue, Link, Section, StorySection, TermSection, TipSection
from pipeline.issue.stories import make_story_section, make_term_news
from pipeline.issue.wishes import PREHEADER_CHARS, SUBJECT_CHARS, Wishes
from pipeline.pick.reasons import Pick, Picks, h01

WORDS_PER_MINUTE = 220
PREHEADER_LEAST_CHARS = 40

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\sa-z])")
_JOINERS = "\u200d\ufe0e\ufe0f"


def compose(
    picks: Picks,
    catalogue: Catalogue,
    wishes: Wishes,
    *,
    number: int,
    base_url: str,  # noqa: ARG001 - links of related terms open as soon as there are pages for them
    letter_name: str,
    snapshot: Snapshot = NO_NEWS,
) -> Issue:
    """Make the letter of a week; its sections follow the order of the picks.

    A story whose item is not in the `snapshot` any more is left out, and a section without stories with it.

    Subject and preheader are the editor's where given. A subject is one line of 1 to 78 characters,
    a preheader of our own 40 to 130, and the two are never the same.

    Raises:
        ValueError: neither a term nor a tip was picked.
        AuthorError: a picked term or tip is not in the catalogue any more.
    """
    term_pick, tip_pick = picks.find("term"), picks.find("tip")
    if term_pick is None and tip_pick is None:
        raise ValueError(f"the choice for {picks.week} has neither a term nor a tip")
    _check_still_there(picks, catalogue)
    term = catalogue.term_by_slug[term_pick.ref] if term_pick else None
    tip = catalogue.tip_by_slug[tip_pick.ref] if tip_pick else None
    sections = tuple(_make_sections(picks, catalogue, snapshot))
    name = _one_line(f"Issue {number} of {letter_name}")
    subject = _make_subject(wishes, term, tip) or _cut(name, SUBJECT_CHARS)
    return Issue(
        week=picks.week,
        number=number,
        subject=subject,
        preheader=_make_preheader(wishes, term, tip, subject=subject, name=name),
        intro=wishes.intro.strip(),
        sections=sections,
        minutes=_count_minutes(wishes.intro, sections),
        date_label=make_date_label(picks.week),
        layout=picks.layout,
    )


def make_date_label(week: str) -> str:
    """Write the days of an ISO week for people, Monday to Sunday: `16–22 November 2026`."""
    year, number = week.split("-W")
    first, last = (date.fromisocalendar(int(year), int(number), day) for day in (1, 7))
    end = f"{last.day} {_MONTHS[last.month - 1]} {last.year}"
    if first.month == last.month:
        return f"{first.day}–{end}"
    start = f"{first.day} {_MONTHS[first.month - 1]}"
    return f"{start} – {end}" if first.year == last.year else f"{start} {first.year} – {end}"


def _check_still_there(picks: Picks, catalogue: Catalogue) -> None:
    known = {"term": catalogue.term_by_slug, "tip": catalogue.tip_by_slug}
    gone = [pick for pick in picks.picks if pick.slot in known and pick.ref not in known[pick.slot]]
    if gone:
        raise AuthorError(
            [
                Problem(
                    f"content/issues/{picks.week}.lock.json",
                    0,
                    f"the {pick.slot} `{pick.ref}` was chosen and is not in the catalogue",
                    "bring its file back, or choose anew with `weekly issue build --refresh`",
                    "pick-gone",
                )
                for pick in gone
            ]
        )


def _make_sections(picks: Picks, catalogue: Catalogue, snapshot: Snapshot) -> Iterator[Section]:
    """Make a section where its first pick stands."""
    made = set()
    term = picks.find("term")
    for pick in picks.picks:
        name = pick.slot.partition("-")[0]
        if name == "term":
            yield _make_term(pick, catalogue, snapshot, picks)
        elif name == "tip":
            yield _make_tip(pick, catalogue)
        elif name in SECTIONS and name not in made:
            made.add(name)
            stories = [each for each in picks.picks if each.slot.startswith(f"{name}-")]
            kind, about = SECTIONS[SECTIONS.index(name)], term.ref if term else ""
            section = make_story_section(kind, stories, snapshot, catalogue, term=about)
            if section is not None:
                yield section


def _make_term(pick: Pick, catalogue: Catalogue, snapshot: Snapshot, picks: Picks) -> TermSection:
    is_whole = picks.layout == "deep-dive"
    term = catalogue.term_by_slug[pick.ref]
    related = [catalogue.term_by_slug[slug] for slug in term.related if slug in catalogue.term_by_slug]
    digest = make_digest(
        term,
        mistakes=term.mistakes if is_whole else _choose_mistake(term, picks.week),
        related=[Link(other.title) for other in dict.fromkeys(related) if other is not term],
        because=_explain(pick, catalogue),
        whole=is_whole,
    )
    return replace(digest, news=make_term_news(pick, snapshot))


def _make_tip(pick: Pick, catalogue: Catalogue) -> TipSection:
    # Lines are for messages; in the letter they would change its digest with every edited comment.
    return TipSection(replace(catalogue.tip_by_slug[pick.ref], lines={}))


def _choose_mistake(term: Term, week: str) -> tuple[Mistake, ...]:
    """Take another mistake from week to week, the same one for the same week."""
    count = len(term.mistakes)
    at = min(int(h01("mistake", week, term.slug) * count), count - 1)
    return term.mistakes[at : at + 1] if count else ()


def _explain(pick: Pick, catalogue: Catalogue) -> str:
    """Tell readers why this term comes now, if there is something to tell."""
    given = {reason.name: reason for reason in pick.reasons if reason.value > 0}
    if "chain" in given:
        last = _find_named_term(given["chain"].detail, catalogue, pick.ref)
        if last:
            return f"Follows on from {last.title}."
    return "A term for this time of the year." if "season" in given else ""


def _find_named_term(detail: str, catalogue: Catalogue, but: str) -> Term | None:
    """Find the term that a reason names by slug or title; the longest name wins."""
    named = [
        (len(name), term.slug, term)
        for term in catalogue.terms
        for name in (term.slug, term.title)
        if name in detail and term.slug != but and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", detail)
    ]
    return max(named, key=lambda each: each[:2])[2] if named else None


def _make_subject(wishes: Wishes, term: Term | None, tip: Tip | None) -> str:
    """Take the editor's subject or the first of ours that fits whole; the last one is cut."""
    candidates = [_one_line(wishes.subject)] if wishes.subject.strip() else []
    if not candidates and term:
        hooks = (_first_sentence(text) for text in (term.why_it_matters, term.definition))
        candidates += [_one_line(f"{term.title}: {hook}") for hook in hooks if hook]
    if not candidates and tip:
        candidates.append(_one_line(tip.title))
    if term and tip and not wishes.subject.strip():
        candidates.append(_one_line(f"{term.title}, and a tip: {tip.title}"))
    fitting = (subject for subject in candidates if 0 < len(subject) <= SUBJECT_CHARS)
    return next(fitting, "") or _cut(candidates[-1] if candidates else "", SUBJECT_CHARS)


def _make_preheader(wishes: Wishes, term: Term | None, tip: Tip | None, *, subject: str, name: str) -> str:
    """Take the editor's preheader or say what the subject has not said yet."""
    spare = f"{name}: something to understand and something to try, in a few minutes of reading."
    ours = ""
    for piece in _preheader_pieces(term, tip, subject):
        ours = _one_line(f"{ours} {piece}")
        if len(ours) >= PREHEADER_CHARS:
            break
    if len(_cut(ours, PREHEADER_CHARS)) < PREHEADER_LEAST_CHARS:
        ours = _one_line(f"{ours} {spare}")
    candidates = (_cut(text, PREHEADER_CHARS) for text in (_one_line(wishes.preheader), ours))
    fresh = (text for text in candidates if text and text.casefold() != subject.casefold())
    return next(fresh, "") or _cut(spare, PREHEADER_CHARS)


def _preheader_pieces(term: Term | None, tip: Tip | None, subject: str) -> Iterator[str]:
    if tip and tip.title not in subject:
        yield f"Tip: {tip.title}" if tip.title[-1:] in ".!?…" else f"Tip: {tip.title}."
    texts = [term.definition] if term else []
    texts += [tip.body] if tip else []
    for text in texts:
        plain = to_plain(text)
        if plain and plain.rstrip(".") not in subject:
            yield plain


def _first_sentence(markdown: str) -> str:
    """Take the first sentence as plain text, without its full stop."""
    return _SENTENCE_END.split(_one_line(to_plain(markdown)))[0].rstrip(".")


def _one_line(text: str) -> str:
    return " ".join(HIDDEN.sub("", " ".join(text.split())).split())


def _cut(text: str, limit: int) -> str:
    """Cut at a word boundary and say so with an ellipsis; a very long word is cut between letters."""
    if len(text) <= limit:
        return text
    at = text.rfind(" ", 0, limit)
    if at < limit // 2:
        at = limit - 1
        while at > 1 and (unicodedata.combining(text[at]) or {text[at], text[at - 1]} & set(_JOINERS)):
            at -= 1
    return text[:at].rstrip(" ,;:–—-(") + "…"


def count_words_to_read(intro: str, sections: Sequence[Section]) -> int:
    """Count what a reader reads: the sections and the editor's words, without headings and footer."""
    return count_words(intro) + sum(sum(map(count_words, _list_texts(section))) for section in sections)


def _count_minutes(intro: str, sections: Sequence[Section]) -> int:
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
