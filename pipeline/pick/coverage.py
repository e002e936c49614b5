"""Counts how much of the catalogue was used, by category and difficulty, or by tag. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.past import Past, find_uses
from pipeline.model.picks import PickKind
from pipeline.weeks import Week

DIFFICULTIES = (1, 2, 3)
UNTAGGED = "(no tag)"


@dataclass(frozen=True, slots=True)
class CoverageEntry:
    """One term or tip; `age` is the number of weeks since its last use, None when it was never used."""

    kind: PickKind
    slug: str
    title: str
    groups: tuple[str, ...]
    difficulty: int
    uses: int
    last_week: str
    age: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Some entries, counted; `age` is that of the latest use among them, None when none was used."""

    total: int
    used: int
    age: int | None

    @property
    def unused(self) -> int:
        """How many have not been in a letter yet."""
        return self.total - self.used


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A category of terms with a cell per difficulty, or a tag of tips with none."""

    name: str
    cells: Mapping[int, Cell]
    whole: Cell


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows sorted by name. A tip with two tags is in two rows and counts once in `all_tips`."""

    terms: tuple[CoverageRow, ...]
    all_terms: CoverageRow
    tips: tuple[CoverageRow, ...]
    all_tips: CoverageRow
    entries: tuple[CoverageEntry, ...]


def cover(catalogue: Catalogue, history: Sequence[Past], week: Week) -> Coverage:
    """Count what was used before a week, and how many weeks ago."""
    entries = tuple(_list_entries(catalogue, history, week))
    terms = [entry for entry in entries if entry.kind == "term"]
    tips = [entry for entry in entries if entry.kind == "tip"]
    return Coverage(
        terms=tuple(_make_rows(terms, DIFFICULTIES)),
        all_terms=_make_row("all", terms, DIFFICULTIES),
        tips=tuple(_make_rows(tips, ())),
        all_tips=_make_row("all", tips, ()),
        entries=entries,
    )


def _list_entries(catalogue: Catalogue, history: Sequence[Past], week: Week) -> Iterator[CoverageEntry]:
    uses = find_uses(past for past in history if past.week < str(week))
    for term in catalogue.terms:
        yield _make_entry(term, (term.category,), uses.get(("term", term.slug), ()), week)
    for tip in catalogue.tips:
        tags = tuple(sorted(set(tip.tags))) or (UNTAGGED,)
        yield _make_entry(tip, tags, uses.get(("tip", tip.slug), ()), week)


def _make_entry(what: Term | Tip, groups: tuple[str, ...], uses: Sequence[Past], week: Week) -> CoverageEntry:
    last = uses[-1].week if uses else ""
    return CoverageEntry(
        kind="term" if isinstance(what, Term) else "tip",
        slug=what.slug,
        title=what.title,
        groups=groups,
        difficulty=what.difficulty if isinstance(what, Term) else 0,
        uses=len(uses),
        last_week=last,
        age=week.since(Week.parse(last)) if last else None,
    )


def _make_rows(entries: Sequence[CoverageEntry], difficulties: Sequence[int]) -> Iterator[CoverageRow]:
    by_group: dict[str, list[CoverageEntry]] = {}
    for entry in entries:
        for group in entry.groups:
            by_group.setdefault(group, []).append(entry)
    for name in sorted(by_group, key=lambda name: (name.casefold(), name)):
        yield _make_row(name, by_group[name], difficulties)


def _make_row(name: str, entries: Sequence[CoverageEntry], difficulties: Sequence[int]) -> CoverageRow:
    cells = {
        level: _count([entry for entry in entries if entry.difficulty == level]) for level in difficulties
    }
    return CoverageRow(name, cells, _count(entries))


def _count(entries: Sequence[CoverageEntry]) -> Cell:
    ages = [entry.age for entry in entries if entry.age is not None]
    return Cell(len(entries), len(ages), min(ages, default=None))
