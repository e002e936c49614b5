"""Say everything that there is to say about content: what is broken, unclear, stale or alike; jobs, too.

Opens the files a second time, for their text; a run never comes here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.content.check import judge
from pipeline.content.house import House
from pipeline.content.mending import Mend, list_missing_relations, mend
from pipeline.content.model import Catalogue, Problem
from pipeline.content.read import read_checked
from pipeline.content.rules.lengths import check_lengths
from pipeline.content.rules.likeness import check_likeness
from pipeline.content.rules.links import check_links
from pipeline.content.rules.markup import check_markup
from pipeline.content.rules.names import check_categories
from pipeline.content.rules.page import Page, make_page
from pipeline.content.rules.references import check_one_way
from pipeline.content.rules.stale import check_stale
from pipeline.content.rules.wording import check_acronyms, check_words
from pipeline.errors import FileError
from pipeline.feeds.jobs.read import read_jobs
from pipeline.files import replace_file


@dataclass(frozen=True, slots=True)
class Review:
    """The catalogue, what every rule says about it, and the text of its files."""

    catalogue: Catalogue
    problems: tuple[Problem, ...]
    pages: tuple[Page, ...]
    jobs: int = 0
    """How many jobs can be used."""


def read_reviewed(root: Path, house: House) -> Review:
    """Read content and run every rule, those of style too; problems are sorted by place.

    Style is judged in files that can be used; a broken one is mended first.

    Raises:
        FileError: the newsletter folder itself cannot be read.
    """
    catalogue, problems = read_checked(root)
    pages = tuple(_read_pages(root, catalogue))
    style = review_style(catalogue, pages, house)
    jobs, of_jobs = read_jobs(root)
    return Review(catalogue, judge([*problems, *style, *of_jobs], house.rules), pages, len(jobs))


def review_style(catalogue: Catalogue, pages: Sequence[Page], house: House) -> Iterator[Problem]:
    """List what the house would rather have otherwise: all of it warnings, no file opened."""
    yield from check_one_way(catalogue)
    yield from check_categories(catalogue)
    yield from check_lengths(catalogue, house)
    yield from check_words(pages, house)
    yield from check_acronyms(pages, catalogue, house)
    yield from check_stale(pages)
    yield from check_links(pages)
    yield from check_markup(pages)
    yield from check_likeness(pages, catalogue)


def mend_files(root: Path, review: Review, *, dry_run: bool) -> tuple[Mend, ...]:
    """Mend the files of a review as far as that needs no taste; tells what was done, or would be.

    Raises:
        FileError: a file cannot be read or written.
    """
    rules = {problem.rule for problem in review.problems}
    relations = list_missing_relations(review.catalogue) if "relation-one-way" in rules else {}
    linked = {problem.path for problem in review.problems if problem.rule == "link-http"}
    done: list[Mend] = []
    for path in sorted({*relations, *linked}):
        file = (root / path).resolve()
        try:
            text = file.read_bytes().decode()
        except OSError as error:
            raise FileError(file, error, "check its permissions") from error
        new, mends = mend(path, text, relations.get(path, ()), links=path in linked)
        if new != text and not dry_run:
            replace_file(file, new)
        done += mends
    return tuple(done)


def _read_pages(root: Path, catalogue: Catalogue) -> Iterator[Page]:
    paths = [*(term.path for term in catalogue.terms), *(tip.path for tip in catalogue.tips)]
    for path in sorted(paths):
        try:
            with open(f"{root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123 - twice as fast, ten thousand times
                raw = file.read()
        except OSError as error:
            raise FileError(root / path, error, "check its permissions") from error
        text = raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        yield make_page(path, text)
