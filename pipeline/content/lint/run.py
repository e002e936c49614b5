"""Runs every rule of content, those of style too. Reads the files a second time, for their text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.content.lint.autofix import FixedFile, fix_page, list_missing_relations
from pipeline.content.lint.options import StyleOptions
from pipeline.content.lint.page import ContentPage, make_page
from pipeline.content.lint.rules.lengths import check_lengths
from pipeline.content.lint.rules.links import LINK_HTTP, check_links
from pipeline.content.lint.rules.markup import check_markup
from pipeline.content.lint.rules.names import check_categories
from pipeline.content.lint.rules.references import RELATION_ONE_WAY, check_one_way
from pipeline.content.lint.rules.similarity import check_similarity
from pipeline.content.lint.rules.staleness import check_staleness
from pipeline.content.lint.rules.wording import check_acronyms, check_words
from pipeline.content.read import read_checked
from pipeline.errors import FileError
from pipeline.files import replace_file
from pipeline.model.content import Catalogue
from pipeline.model.problem import Problem, apply_levels


@dataclass(frozen=True, slots=True)
class Review:
    """The catalogue, its problems, and the text of its files."""

    catalogue: Catalogue
    problems: tuple[Problem, ...]
    pages: tuple[ContentPage, ...]
    jobs: int = 0
    """How many jobs can be used."""


def lint(root: Path, options: StyleOptions, of_jobs: Sequence[Problem] = (), *, jobs: int = 0) -> Review:
    """Read content and run every rule; problems are sorted by place.

    `of_jobs` are the problems of job postings, which are read elsewhere, `jobs` how many can be used.
    Style is checked in files that can be used; a broken one is to be fixed first.

    Raises:
        FileError: the newsletter folder itself cannot be read.
    """
    catalogue, problems = read_checked(root)
    pages = tuple(_read_pages(root, catalogue))
    style = review_style(catalogue, pages, options)
    found = apply_levels({*problems, *style, *of_jobs}, options.rules)
    return Review(catalogue, tuple(sorted(found)), pages, jobs)


def review_style(
    catalogue: Catalogue, pages: Sequence[ContentPage], options: StyleOptions
) -> Iterator[Problem]:
    """List what is not in the style of this newsletter, all of it warnings."""
    yield from check_one_way(catalogue)
    yield from check_categories(catalogue)
    yield from check_lengths(catalogue, options)
    yield from check_words(pages, options)
    yield from check_acronyms(pages, catalogue, options)
    yield from check_staleness(pages)
    yield from check_links(pages)
    yield from check_markup(pages)
    yield from check_similarity(pages, catalogue)


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


def _read_pages(root: Path, catalogue: Catalogue) -> Iterator[ContentPage]:
    paths = [*(term.path for term in catalogue.terms), *(tip.path for tip in catalogue.tips)]
    for path in sorted(paths):
        try:
            with open(f"{root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123 - twice as fast, ten thousand times
                raw = file.read()
        except OSError as error:
            raise FileError(root / path, error, "check its permissions") from error
        text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        yield make_page(path, text)
