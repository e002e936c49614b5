"""One term or tip by itself: its relations, when it was sent, and the letter with it alone.

Reads no files and writes none.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pipeline.content.document import HIDDEN
from pipeline.content.exchange.export import KEPT
from pipeline.content.markdown import to_text
from pipeline.content.slugs import everything
from pipeline.edition.variants import CheckedLetter
from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.past import Past, find_uses
from pipeline.model.picks import Pick, PickKind, Picks
from pipeline.model.wishes import Wishes
from pipeline.render.text import WIDTH, underline, wrap
from pipeline.weeks import Week

if TYPE_CHECKING:
    from pipeline.edition.draft import Edition

Relation = tuple[str, str]
"""A slug with its title; the title is empty when there is no such term."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A term or a tip, its relations in both directions, and the issues it was in, oldest first."""

    kind: PickKind
    what: Term | Tip
    relations: Mapping[str, tuple[Relation, ...]]
    sent: tuple[Past, ...]

    @property
    def last_used(self) -> str:
        """The last week it was sent in; empty when it never was."""
        return self.sent[-1].week if self.sent else ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter: all conditions must hold; an empty one always does, one of several values is enough.

    Categories and difficulties belong to terms, tags to tips.
    """

    kind: PickKind | None = None
    categories: Collection[str] = ()
    difficulty: int | None = None
    tags: Collection[str] = ()
    unused: bool = False


def list_entries(catalogue: Catalogue, history: Iterable[Past], wanted: Wanted) -> tuple[CatalogueEntry, ...]:
    """Return terms, then tips, each by slug; their relations stay empty."""
    sent = find_uses(history)
    entries = (
        CatalogueEntry(kind, what, {}, sent.get((kind, what.slug), ()))
        for kind, what in everything(catalogue)
    )
    return tuple(entry for entry in entries if _is_wanted(entry, wanted))


def find_entries(catalogue: Catalogue, history: Iterable[Past], slug: str) -> tuple[CatalogueEntry, ...]:
    """Return what has a slug: nothing, a term, a tip, or one of each."""
    sent = find_uses(history)
    found: tuple[tuple[PickKind, Term | Tip | None], ...] = (
        ("term", catalogue.term_by_slug.get(slug)),
        ("tip", catalogue.tip_by_slug.get(slug)),
    )
    return tuple(
        CatalogueEntry(kind, what, _relate(catalogue, what), sent.get((kind, slug), ()))
        for kind, what in found
        if what is not None
    )


def make_alone(entry: CatalogueEntry, edition: Edition, catalogue: Catalogue, week: Week) -> CheckedLetter:
    """Build the letter of a week with this one section; raises AuthorError for errors in templates."""
    picks = Picks(str(week), (Pick(entry.kind, entry.kind, entry.what.slug, 0.0, ()),))
    number = 1 + max((past.number for past in edition.history), default=0)
    return edition.make(picks, catalogue, Wishes(), number)


def _is_wanted(entry: CatalogueEntry, wanted: Wanted) -> bool:
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


_LEVELS = {1: "for newcomers", 2: "for practitioners", 3: "for experts"}
_RELATIONS: Mapping[str, str] = {
    "related": "See also",
    "related_from": "Named by",
    "prerequisites": "Needs",
    "required_by": "Needed by",
    "tips": "Tips",
    "terms": "Terms",
}
_NOT_SHOWN = ("lines", "slug", "title", "path")


def as_json(entry: CatalogueEntry) -> dict[str, object]:
    """Return a term or tip with all its parts, relations and issues as JSON values; prose stays Markdown."""
    what = entry.what
    parts = {name: value for name, value in asdict(what).items() if name not in _NOT_SHOWN}
    relations = {
        name: [{"slug": slug, "title": title or None} for slug, title in found]
        for name, found in entry.relations.items()
    }
    return {
        "kind": entry.kind,
        "slug": what.slug,
        "title": what.title,
        "path": what.path,
        **parts,
        **relations,
        "sent": [{"week": past.week, "number": past.number} for past in entry.sent],
    }


def in_words(entry: CatalogueEntry) -> str:
    """Return a whole term or tip as text of 72 columns."""
    what = entry.what
    blocks = _term(what) if isinstance(what, Term) else _tip(what)
    text = "\n\n".join([*blocks, _relations(entry), _sent_in_words(entry)])
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04X}", text)


def as_row(entry: CatalogueEntry) -> dict[str, Any]:
    """Return a term or tip as one row of a list; what its kind does not have is null or empty."""
    what = entry.what
    return {
        "kind": entry.kind,
        "slug": what.slug,
        "title": what.title,
        "category": what.category if isinstance(what, Term) else None,
        "difficulty": what.difficulty if isinstance(what, Term) else None,
        "tags": list(what.tags) if isinstance(what, Tip) else [],
        "last_used": entry.last_used or None,
        "path": what.path,
    }


def _term(term: Term) -> Iterator[str]:
    yield _head(
        term,
        "" if term.full_name in ("", term.title) else term.full_name,
        f"also: {', '.join(term.aliases)}" if term.aliases else "",
        f"term · {term.category} · {_LEVELS[term.difficulty]}",
    )
    yield _prose(term.definition)
    yield _part("Example", _prose(term.example))
    yield _part("Why it matters", _prose(term.why_it_matters))
    yield _part("How it works", _prose(term.how_it_works))
    for number, mistake in enumerate(term.mistakes, 1):
        fix = _prose(f"**Fix:** {mistake.fix}")
        yield _part(f"Mistake {number} of {len(term.mistakes)}", f"{_prose(mistake.mistake)}\n\n{fix}")
    yield _part("Career relevance", _prose(term.career_relevance))
    for faq in term.faqs:
        yield _part(faq.question, _prose(faq.answer))
    for label, items in (("Sources", term.sources), ("Links", term.related_links)):
        if items:
            yield _part(label, "\n".join(wrap(item, WIDTH, "  ", "- ") for item in items))
    if term.seasons:
        yield f"In season: {', '.join(f'{season.start} to {season.end}' for season in term.seasons)}"
    extra = {name: value for name, value in term.extra.items() if name != KEPT}
    if extra:
        yield _part("Kept for other programs", json.dumps(extra, ensure_ascii=False, indent=2))


def _tip(tip: Tip) -> Iterator[str]:
    yield _head(tip, f"tip · {', '.join(tip.tags) or 'no tags'}")
    yield _prose(tip.body)
    for label, prompt in (("Before", tip.before), ("After", tip.after)):
        if prompt:
            yield _part(label, wrap(prompt, WIDTH, "    "))


def _head(what: Term | Tip, *lines: str) -> str:
    shown = [underline(what.title, "="), *(wrap(line) for line in lines if line), what.path]
    return "\n".join(shown)


def _part(label: str, text: str) -> str:
    return f"{underline(label)}\n{text}"


def _prose(markdown: str) -> str:
    return to_text(markdown, WIDTH)


def _relations(entry: CatalogueEntry) -> str:
    lines: list[str] = []
    for name, label in _RELATIONS.items():
        if name in entry.relations:
            lines.append(_relation(label, entry.relations[name]))
    return _part("Relations", "\n".join(lines))


def _relation(label: str, found: tuple[Relation, ...]) -> str:
    names = ", ".join(slug if title else f"{slug} (no such term)" for slug, title in found)
    return wrap(names or "-", WIDTH, f"{'':11}", f"{label:<11}")


def _sent_in_words(entry: CatalogueEntry) -> str:
    issues = [f"{past.week}, issue {past.number}" for past in entry.sent]
    return _part("Sent", "\n".join(issues) or "not yet")
