"""`weekly subscribers export` and `tag`, and what the commands about lists share.

Some tags are choices that make a variant of the letter.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    Command,
    command,
    dry_run_option,
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
_CHANGE = re.compile(r"[+-][^-].+", re.DOTALL)
"""A signed tag; a minus with one letter is an option, two minus signs begin a long one."""


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


def parse_column_map(maps: tuple[str, ...]) -> dict[str, str]:
    """Parse the values of `--map`."""
    pairs = [one.rpartition("=") for one in maps]
    if any(not column or not field for column, _, field in pairs):
        raise click.BadParameter("write COLUMN=FIELD, such as 'Business Email=email'.", param_hint="--map")
    return {column.strip(): field.strip() for column, _, field in pairs}


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
    from subscribers import exporting

    newsletter = open_newsletter()
    where = read_selection(newsletter, asked)
    if form == "json":
        exporting.export_json(newsletter.people, sys.stdout, where=where)
        return
    sys.stdout.reconfigure(newline="")  # type: ignore[union-attr] # CSV brings its own line ends
    exporting.export_csv(newsletter.people, sys.stdout, where=where, excel_safe=not raw)


class TagCommand(Command):
    """Treats `-TAG` as a tag to remove, not as an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `--` before the changes, so that a tag like `-vip` is not read as `-v`."""
        if "--" in args:
            return super().parse_args(ctx, args)
        changes = [arg for arg in args if _CHANGE.fullmatch(arg)]
        others = [arg for arg in args if not _CHANGE.fullmatch(arg)]
        return super().parse_args(ctx, [*others, "--", *changes])


@click.command(cls=TagCommand)
@click.argument("address")
@click.argument("changes", nargs=-1, metavar="[+TAG|-TAG]...")
@dry_run_option
def tag(*, address: str, changes: tuple[str, ...], dry_run: bool) -> None:
    """Add tags to a reader or remove them; prints the resulting tags.

    Some tags are the reader's choice of letter: text-only, and without-tools, without-techniques or
    without-careers, as far as `[sections] variants` offers them. Every other tag is for your own use.

    Example: weekly subscribers tag ada@example.org +text-only -beta
    """
    added, removed = _read(changes, "+"), _read(changes, "-")
    if both := set(added) & set(removed):
        raise click.UsageError(f"Add or remove {', '.join(sorted(both))}, not both.")
    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    warn_of_unmatched(newsletter, added)
    if dry_run:
        tags = tuple(sorted({*reader.tags, *added} - set(removed)))
        say("nothing was changed")
    else:
        tags = newsletter.people.change_tags(
            reader.public_id, newsletter.clock.now(), add=added, remove=removed
        )
    for each in tags:
        click.echo(each)


def _read(changes: tuple[str, ...], sign: str) -> tuple[str, ...]:
    from subscribers.selecting import tag_slug

    slugs = []
    for change in changes:
        if change[:1] not in ("+", "-") or not tag_slug(change[1:]):
            raise click.UsageError(f"{change!r} is not a change; write +TAG or -TAG, such as +text-only.")
        if change[0] == sign:
            slugs.append(tag_slug(change[1:]))
    return tuple(slugs)


def warn_of_unmatched(newsletter: Newsletter, tags: Iterable[str]) -> None:
    """Warn of tags that look like a choice of variant but are not offered."""
    from pipeline.issue.variants import list_unmatched

    tags = list(tags)
    # The settings cost more than a short list: a list without tags needs none.
    for each in list_unmatched(tags, newsletter.settings.sections.variants) if tags else ():
        say(f"{each} is an ordinary tag: `[sections] variants` does not offer it")
