"""One term or tip by itself: where it stands in the catalogue, when it was sent, and the letter it makes.

Reads no files and writes none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.content.model import Catalogue, Term, Tip
from pipeline.content.names import everything
from pipeline.issue.history import Past
from pipeline.issue.wishes import Wishes
from pipeline.pick.reasons import Kind, Pick, Picks

if TYPE_CHECKING:
    from pipeline.check import Finding
    from pipeline.edition import Edition
    from pipeline.issue.model import Issue
    from pipeline.render.model import Rendered
    from pipeline.weeks import Week

Relation = tuple[str, str]
"""A slug with its title; the title is empty when there is no such term."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A term or a tip, what it is tied to in either direction, and the issues it was in, oldest first."""

    kind: Kind
    what: Term | Tip
    relations: Mapping[str, tuple[Relation, ...]]
    sent: tuple[Past, ...]

    @property
    def last_used(self) -> str:
        """The last week it was sent in; empty when it never was."""
        return self.sent[-1].week if self.sent else ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: every condition holds, an empty one always does, any of several will do.

    Categories and difficulties belong to terms, tags to tips.
    """

    kind: Kind | None = None
    categories: Collection[str] = ()
    difficulty: int | None = None
    tags: Collection[str] = ()
    unused: bool = False


def list_entries(catalogue: Catalogue, history: Iterable[Past], wanted: Wanted) -> tuple[Entry, ...]:
    """List terms, then tips, each by slug; their relations stay empty."""
    sent = _sent(history)
    entries = (Entry(kind, what, {}, sent.get((kind, what.slug), ())) for kind, what in everything(catalogue))
    return tuple(entry for entry in entries if _is_wanted(entry, wanted))


def find_entries(catalogue: Catalogue, history: Iterable[Past], slug: str) -> tuple[Entry, ...]:
    """Find what has a slug: nothing, a term, a tip, or one of each."""
    sent = _sent(history)
    found: tuple[tuple[Kind, Term | Tip | None], ...] = (
        ("term", catalogue.term_by_slug.get(slug)),
        ("tip", catalogue.tip_by_slug.get(slug)),
    )
    return tuple(
        Entry(kind, what, _relate(catalogue, what), sent.get((kind, slug), ()))
        for kind, what in found
        if what is not None
    )


def make_alone(
    entry: Entry, edition: Edition, catalogue: Catalogue, week: Week
) -> tuple[Issue, Rendered, tuple[Finding, ...]]:
    """Make the letter of a week with this one section; raises AuthorError for mistakes in templates."""
    picks = Picks(str(week), (Pick(entry.kind, entry.kind, entry.what.slug, 0.0, ()),))
    number = 1 + max((past.number for past in edition.history), default=0)
    return edition.make(picks, catalogue, Wishes(), number)


def _sent(history: Iterable[Past]) -> Mapping[tuple[Kind, str], tuple[Past, ...]]:
    sent: dict[tuple[Kind, str], tuple[Past, ...]] = {}
    for past in sorted(history):
        refs: tuple[tuple[Kind, str], ...] = (("term", past.term), ("tip", past.tip))
        for ref in refs:
            sent[ref] = (*sent.get(ref, ()), past)
    return sent


def _is_wanted(entry: Entry, wanted: Wanted) -> bool:
    if wanted.kind not in (None, entry.kind) or (wanted.unused and entry.sent):
        return False
    what = entry.what
    if isinstance(what, Tip):
        is_other = bool(wanted.categories) or wanted.difficulty is not None
        return not is_other and (not wanted.tags or not set(wanted.tags).isdisjoint(what.tags))
    return (
        not wanted.tags
        and (not wanted.categories or what.category in wanted.categories)
        and wanted.difficulty in (None, what.difficulty)
    )


def _relate(catalogue: Catalogue, what: Term | Tip) -> Mapping[str, tuple[Relation, ...]]:
    def titled(slugs: Iterable[str]) -> tuple[Relation, ...]:
        known = catalogue.term_by_slug
        return tuple((slug, known[slug].title if slug in known else "") for slug in slugs)

    def listed(found: Sequence[Term | Tip]) -> tuple[Relation, ...]:
        return tuple((other.slug, other.title) for other in found)

    if isinstance(what, Tip):
        return {"terms": titled(what.terms)}
    slug = what.slug
    return {
        "related": titled(what.related),
        "related_from": listed([term for term in catalogue.terms if slug in term.related]),
        "prerequisites": titled(what.prerequisites),
        "required_by": listed([term for term in catalogue.terms if slug in term.prerequisites]),
        "tips": listed([tip for tip in catalogue.tips if slug in tip.terms]),
    }
