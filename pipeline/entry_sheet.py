"""Everything there is to know about one term or tip, laid out for a terminal and as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from pipeline.content.document import HIDDEN
from pipeline.content.exporting import KEPT
from pipeline.content.markdown import to_text
from pipeline.content.model import Term, Tip
from pipeline.entry import Entry, Relation
from pipeline.render.text import WIDTH, columns, underline, wrap

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


def as_json(entry: Entry) -> dict[str, object]:
    """Write a term or tip with all its parts, relations and issues; prose stays Markdown."""
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


def in_words(entry: Entry) -> str:
    """Lay out the whole of a term or tip in 72 columns."""
    what = entry.what
    blocks = _term(what) if isinstance(what, Term) else _tip(what)
    text = "\n\n".join([*blocks, _relations(entry), _sent(entry)])
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04X}", text)


def as_row(entry: Entry) -> dict[str, object]:
    """Write a term or tip as one row of a list; what its kind does not have is null or empty."""
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


def as_table(entries: Sequence[Entry]) -> str:
    """Lay out rows: kind, slug, difficulty, last week, category or tags, title."""
    cells = [list(_cells(entry.kind, entry.what, entry.last_used)) for entry in entries]
    widths = [max(map(columns, column)) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(cell + " " * (width - columns(cell)) for cell, width in zip(line, widths, strict=True))
        for line in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def _cells(kind: str, what: Term | Tip, last_used: str) -> Iterator[str]:
    yield kind
    yield what.slug
    yield str(what.difficulty) if isinstance(what, Term) else "-"
    yield last_used or "-"
    yield what.category if isinstance(what, Term) else ", ".join(what.tags) or "-"
    yield what.title


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


def _relations(entry: Entry) -> str:
    lines: list[str] = []
    for name, label in _RELATIONS.items():
        if name in entry.relations:
            lines.append(_relation(label, entry.relations[name]))
    return _part("Relations", "\n".join(lines))


def _relation(label: str, found: tuple[Relation, ...]) -> str:
    names = ", ".join(slug if title else f"{slug} (no such term)" for slug, title in found)
    return wrap(names or "-", WIDTH, f"{'':11}", f"{label:<11}")


def _sent(entry: Entry) -> str:
    issues = [f"{past.week}, issue {past.number}" for past in entry.sent]
    return _part("Sent", "\n".join(issues) or "not yet")
