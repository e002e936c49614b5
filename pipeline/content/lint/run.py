"""Runs every rule of content, those of style too, on one file after the other.

Of each file only what a rule compares with others is kept, so that thousands are checked in little memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.content.lint.autofix import FixedFile, fix_page, list_missing_relations
from pipeline.content.lint.options import StyleOptions
from pipeline.content.lint.page import ContentPage, make_page
from pipeline.content.lint.rules.lengths import check_lengths
from pipeline.content.lint.rules.links import LINK_HTTP, check_links
from pipeline.content.lint.rules.markup import check_markup
from pipeline.content.lint.rules.names import check_categories
from pipeline.content.lint.rules.references import RELATION_ONE_WAY, check_one_way
from pipeline.content.lint.rules.similarity import SimilarityRules, check_alike_names
from pipeline.content.lint.rules.staleness import check_staleness
from pipeline.content.lint.rules.wording import WordRules
from pipeline.content.parse_cache import Entry
from pipeline.content.read import read_checked
from pipeline.errors import FileError
from pipeline.files import replace_file
from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.frozen import dataclass
from pipeline.model.problem import Problem, apply_levels

_NO_TEXTS = dict.fromkeys(("definition", "example", "why_it_matters", "how_it_works", "career_relevance"), "")
_WITHOUT_TEXTS: Mapping[type, Mapping[str, Any]] = {
    Term: {**_NO_TEXTS, "mistakes": (), "sources": (), "related_links": (), "faqs": (), "extra": {}},
    Tip: {"body": "", "before": "", "after": ""},
}


@dataclass(frozen=True, slots=True)
class Review:
    """What was read and its problems; the catalogue lacks the texts, of which there may be many."""

    catalogue: Catalogue
    problems: tuple[Problem, ...]
    jobs: int = 0
    """How many jobs can be used."""


def lint(root: Path, options: StyleOptions, of_jobs: Sequence[Problem] = (), *, jobs: int = 0) -> Review:
    """Read content and run every rule; problems are sorted by place.

    `of_jobs` are the problems of job postings, which are read elsewhere, `jobs` how many can be used.
    Style is checked in files that can be used; a broken one is to be fixed first.

    Raises:
        FileError: the newsletter folder itself cannot be read.
    """
    style = StyleReview(options, partial(_read_page, root))
    catalogue, problems = read_checked(root, seen=style.take)
    relations = (check_one_way, check_categories)
    style.problems.update(*(check(catalogue) for check in relations), check_alike_names(catalogue.terms))
    found = apply_levels({*problems, *style.problems, *of_jobs}, options.rules)
    return Review(catalogue, tuple(sorted(found)), jobs)


class StyleReview:
    """Finds what is not in the style of a newsletter, file by file, all of it warnings.

    `find_page` returns a page that was checked before, by its path.
    """

    def __init__(self, options: StyleOptions, find_page: Callable[[str], ContentPage]) -> None:
        self.problems: set[Problem] = set()
        self._options = options
        self._words, self._similarity = WordRules(options), SimilarityRules(find_page)

    def take(self, entry: Entry, raw: bytes) -> Entry:
        """Check an entry and its file, and return it without its texts, which nothing needs any more."""
        self.check(_make_page(entry.path, raw), entry)
        return replace(entry, **_WITHOUT_TEXTS[type(entry)])

    def check(self, page: ContentPage, entry: Term | Tip | None) -> None:
        """Check one file; without its entry, the text alone."""
        pages = [page]
        self.problems.update(
            check_lengths(entry, self._options) if entry else (),
            self._words.check_words(page),
            self._words.check_acronyms(page, entry),
            check_staleness(pages),
            check_links(pages),
            check_markup(pages),
            self._similarity.check(page, entry),
        )


def fix_files(root: Path, review: Review, *, dry_run: bool) -> tuple[FixedFile, ...]:
    """Fix in the files of a review what can be fixed automatically; return what was done, or would be.

    Raises:
        FileError: a file cannot be read or written.
    """
    rules = {problem.rule for problem in review.problems}
    relations = list_missing_relations(review.catalogue) if RELATION_ONE_WAY in rules else {}
    linked = {problem.path for problem in review.problems if problem.rule == LINK_HTTP}
    done: list[FixedFile] = []
    for path in sorted({*relations, *linked}):
        file = (root / path).resolve()
        try:
            text = file.read_bytes().decode()
        except OSError as error:
            raise FileError(file, error, "check its permissions") from error
        new, fixed = fix_page(path, text, relations.get(path, ()), links=path in linked)
        if new != text and not dry_run:
            replace_file(file, new)
        done += fixed
    return tuple(done)


def _read_page(root: Path, path: str) -> ContentPage:
    try:
        return _make_page(path, (root / path).read_bytes())
    except OSError as error:
        raise FileError(root / path, error, "check its permissions") from error


def _make_page(path: str, raw: bytes) -> ContentPage:
    text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return make_page(path, text)
