"""`weekly subscribers tag`: a reader's tags, among them the choices that make a variant of the letter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import Command, dry_run_option, open_newsletter, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.wiring import Newsletter

_CHANGE = re.compile(r"[+-][^-].+", re.DOTALL)
"""A signed tag; a minus with one letter is an option, two minus signs begin a long one."""


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
    from subscribers.addresses import parse_address
    from subscribers.errors import ReaderStoreError

    added, removed = _read(changes, "+"), _read(changes, "-")
    if both := set(added) & set(removed):
        raise click.UsageError(f"Add or remove {', '.join(sorted(both))}, not both.")
    newsletter = open_newsletter()
    reader = newsletter.people.find_by_address(parse_address(address)) if newsletter.has_store() else None
    if reader is None:
        raise ReaderStoreError("no reader has this address")
    warn_of_unmatched(newsletter, added)
    if dry_run:
        tags = tuple(sorted({*reader.tags, *added} - set(removed)))
        say("nothing was changed")
    else:
        tags = newsletter.people.change_tags(reader.public_id, add=added, remove=removed)
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

    for each in list_unmatched(tags, newsletter.settings.sections.variants):
        say(f"{each} is an ordinary tag: `[sections] variants` does not offer it")
