"""`weekly subscribers export` and `tag`, and what the commands about lists share.

Some tags are choices that make a variant of the letter.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    command,
    open_newsletter,
    say,
)
from pipeline.cli.selections import Selecting, listed, read_selection

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.importing.report import RejectedRow
    from subscribers.model import Subscriber

REJECTED_SHOWN = 20
"""More lines would fill the screen; --json lists them all."""


def find_reader(newsletter: Newsletter, address: str) -> Subscriber:
    """Find the reader with an address; raises ReaderStoreError when there is none."""
    from subscribers.addresses import parse_address
    from subscribers.errors import ReaderStoreError

    reader = newsletter.people.find_by_address(parse_address(address)) if newsletter.has_store() else None
    if reader is None:
        raise ReaderStoreError("no reader has this address")
    return reader


def not_blank(ctx: click.Context, param: click.Parameter, value: str) -> str:  # noqa: ARG001 - of click
    """Return an option that is kept for the record, without blanks around it; refuse a blank one."""
    if not any(char.isprintable() and not char.isspace() for char in value):
        raise click.BadParameter("is kept for the record and must not be blank.", param=param)
    return value.strip()


@contextmanager
def named_input(file: Path) -> Iterator[None]:
    """Add the file name to the error of a list that cannot be read."""
    from pipeline.errors import PipelineError
    from subscribers.errors import UnreadableImport

    try:
        yield
    except UnreadableImport as error:
        raise PipelineError(f"{file}: {error}") from error


def parse_maps(maps: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Parse the values of `--map`: pairs of a column and what it is."""
    pairs = [one.rpartition("=") for one in maps]
    if any(not column.strip() or not field.strip() for column, _, field in pairs):
        raise click.BadParameter("write COLUMN=FIELD, such as 'Business Email=email'.", param_hint="--map")
    return tuple((column.strip(), field.strip()) for column, _, field in pairs)


def parse_column_map(maps: tuple[str, ...]) -> dict[str, str]:
    """Parse the values of `--map` where a column is one field."""
    return dict(parse_maps(maps))


def tell_rejected(rows: Sequence[RejectedRow], count: int) -> None:
    """Print the first rows that were rejected, and how many there are."""
    for row in rows[:REJECTED_SHOWN]:
        say(f"line {row.line}: {row.reason}")
    if count > REJECTED_SHOWN:
        say(f"… and {count - REJECTED_SHOWN} more: --json lists them")


def tell_ignored(columns: Sequence[str]) -> None:
    """Print the columns that were not used, if there are any."""
    if columns:
        say(f"columns not used: {', '.join(columns)}")


@command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help="The format.",
)
@listed
@click.option("--raw", is_flag=True, help="Do not guard cells that a spreadsheet would run as formulas.")
def export(*, form: str, raw: bool, asked: Selecting) -> None:
    """Write readers to stdout, all of them or a selection.

    Example: weekly subscribers export --format json > readers.json
    """
    from pipeline.run.reading import ListedReaders
    from subscribers import exporting

    newsletter = open_newsletter()
    where, readers = read_selection(newsletter, asked), ListedReaders(newsletter)
    if form == "json":
        exporting.export_json(readers, sys.stdout, where=where)
        return
    sys.stdout.reconfigure(newline="")  # type: ignore[union-attr] # CSV brings its own line ends
    exporting.export_csv(readers, sys.stdout, where=where, excel_safe=not raw)


def warn_of_unmatched(newsletter: Newsletter, tags: Iterable[str]) -> None:
    """Warn of tags that look like a choice of variant but are not offered."""
    from pipeline.issue.variants import list_unmatched

    tags = list(tags)
    # The settings cost more than a short list: a list without tags needs none.
    for each in list_unmatched(tags, newsletter.settings.sections.variants) if tags else ():
        say(f"{each} is an ordinary tag: `[sections] variants` does not offer it")
