"""Import another glossary into `content/glossary`: plan first, then write whole files, one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pipeline.content.exchange.convert import UNSORTED, Converted, convert
from pipeline.content.exchange.export import KEYS
from pipeline.content.exchange.read_source import read_entries
from pipeline.content.exchange.source_entry import Skipped, Unread
from pipeline.content.lint.rules.names import check_names, check_slugs
from pipeline.content.lint.rules.references import check_cycles, check_self_relations
from pipeline.content.read import GLOSSARY, parse_term, read_catalogue
from pipeline.content.serialize import normalize_term, write_term
from pipeline.content.slugs import fold_name, names_of
from pipeline.files import replace_file
from pipeline.model.content import Catalogue, Term

Action = Literal["new", "update", "unchanged", "kept"]
"""What happens to a file; `kept` differs from the source and is left alone without --update."""

_BREAKING = (check_slugs, check_names, check_self_relations, check_cycles)


@dataclass(frozen=True, slots=True)
class FileChange:
    """What becomes of one file; `path` is relative to the newsletter folder, `text` is all of it."""

    action: Action
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class TermChange(FileChange):
    """The change of a term's file, and the place of its entry in what is imported."""

    place: str
    term: Term


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. `notes` are `(place, note)` about what is not as it came."""

    changes: tuple[TermChange, ...]
    refused: tuple[Unread, ...]
    notes: tuple[tuple[str, str], ...]

    def count(self, action: Action) -> int:
        """Count the files that something becomes of."""
        return sum(change.action == action for change in self.changes)


def plan_glossary_import(root: Path, source: Path, *, update: bool) -> ImportPlan:
    """Find out what importing would do, without doing it.

    Raises:
        FileError: the source or the newsletter folder cannot be read.
        AuthorError: the source is not a glossary.
    """
    catalogue, _ = read_catalogue(root)
    others = {fold_name(name): term.slug for term in catalogue.terms for name in names_of(term)}
    came = list(read_entries(source))
    entries = (each for each in came if not isinstance(each, Skipped))
    converted, refused = convert(entries, others, {term.category for term in catalogue.terms})
    namers = _list_namers(catalogue, converted)
    changes: list[TermChange] = []
    refusals = list(refused)
    for each in converted:
        existing = catalogue.term_by_slug.get(each.term.slug)
        change = _plan_file(root, each, existing, namers.get(each.term.slug, ()), update=update)
        if isinstance(change, TermChange):
            changes.append(change)
        else:
            refusals.append(change)
    kept, breaking = _refuse_breaking(catalogue, changes)
    actions = {change.place: change.action for change in kept}
    notes = [(each.place, each.reason) for each in came if isinstance(each, Skipped)]
    notes += [
        (each.place, note)
        for each in converted
        for note in each.notes
        if actions.get(each.place) == "new" or (actions.get(each.place) == "update" and note != UNSORTED)
    ]
    return ImportPlan(tuple(kept), (*refusals, *breaking), tuple(notes))


def _list_namers(catalogue: Catalogue, converted: Iterable[Converted]) -> Mapping[str, set[str]]:
    """List, by slug, the terms that name it as related: those that are there and those that come."""
    namers: dict[str, set[str]] = {}
    for term in (*catalogue.terms, *(each.term for each in converted)):
        for slug in term.related:
            namers.setdefault(slug, set()).add(term.slug)
    return namers


def write_changes(root: Path, changes: Iterable[FileChange]) -> Iterator[FileChange]:
    """Write what is new or to be updated, giving each change when its file is whole.

    Raises:
        FileError: a file cannot be written; those before it are whole, and importing again goes on.
    """
    for change in changes:
        if change.action in ("new", "update"):
            replace_file(root / change.path, change.text)
            yield change


def _plan_file(
    root: Path, each: Converted, existing: Term | None, namers: Collection[str], *, update: bool
) -> TermChange | Unread:
    path = f"{GLOSSARY}/{each.term.slug}.md"
    if existing is None and (root / path).exists():
        reason = f"{path} exists and has mistakes: fix it first, see `weekly content check`"
        return Unread(each.place, reason)
    term = normalize_term(each.term if existing is None else _merge(existing, each, namers))
    text = write_term(term)
    found, problems = parse_term(text, path)
    if found is None:
        return Unread(each.place, next(p.message for p in problems if p.is_error))
    if replace(found, path="") != term:
        return Unread(each.place, "its words cannot be written so that they are read back the same")
    action: Action = "new"
    if existing is not None:
        is_same = replace(existing, path="") == term
        action = "unchanged" if is_same else "update" if update else "kept"
    return TermChange(action, path, text, each.place, replace(term, path=path))


def _merge(existing: Term, each: Converted, namers: Collection[str]) -> Term:
    """Take what the entry has, and keep the rest: keys it lacks, and relations that answer others."""
    silent: Mapping[str, Any] = {
        key.field: getattr(existing, key.field) for name, key in KEYS.items() if name not in each.given
    }
    merged = replace(each.term, **silent)
    answers = (slug for slug in existing.related if slug in namers and slug not in merged.related)
    return replace(merged, related=(*merged.related, *answers))


def _refuse_breaking(
    catalogue: Catalogue, changes: Sequence[TermChange]
) -> tuple[list[TermChange], list[Unread]]:
    """Leave out what would break the catalogue as a whole, such as a circle of prerequisites."""
    left = list(changes)
    refused: list[Unread] = []
    while True:
        fresh = {change.term.slug: change for change in left if change.action in ("new", "update")}
        stay = (term for term in catalogue.terms if term.slug not in fresh)
        together = Catalogue((*stay, *(change.term for change in fresh.values())), catalogue.tips)
        found = (problem for rule in _BREAKING for problem in rule(together))
        errors = {problem.path: problem.message for problem in found if problem.is_error}
        breaking = [change for change in fresh.values() if change.path in errors]
        if not breaking:
            return left, refused
        refused += [Unread(change.place, errors[change.path]) for change in breaking]
        left = [change for change in left if change not in breaking]
