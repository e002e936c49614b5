"""`weekly subscribers tag` and `untag`: the tags of one reader, or of a selection."""

from __future__ import annotations

import re

import click

from pipeline.cli.options import Command, command, dry_run_option, open_newsletter, say, yes_option
from pipeline.cli.selection_acts import act_on_selection, split_arguments
from pipeline.cli.selections import Selecting, selected
from pipeline.cli.subscribers_lists import find_reader, warn_of_unmatched

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
@click.argument("arguments", nargs=-1, metavar="[ADDRESS] [+TAG|-TAG]...")
@selected
@dry_run_option
@yes_option
def tag(*, arguments: tuple[str, ...], asked: Selecting, dry_run: bool, yes: bool) -> None:
    """Add tags to a reader or to a selection, or remove them; prints the resulting tags of a reader.

    Some tags are the reader's choice of letter: text-only, and without-tools, without-techniques or
    without-careers, as far as `[sections] variants` offers them. Every other tag is for your own use.

    \b
    weekly subscribers tag ada@example.org +text-only -beta
    weekly subscribers tag --where 'domain:example.org' +staff --dry-run
    """  # noqa: D301 - click wants the character itself
    address, changes = split_arguments(arguments, asked)
    added, removed = _read(changes, "+"), _read(changes, "-")
    if both := set(added) & set(removed):
        raise click.UsageError(f"Add or remove {', '.join(sorted(both))}, not both.")
    if address:
        _tag_one(address, added, removed, dry_run=dry_run)
    else:
        _retag(added, removed, asked, "tagged", dry_run=dry_run, yes=yes)


def _tag_one(address: str, added: tuple[str, ...], removed: tuple[str, ...], *, dry_run: bool) -> None:
    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    warn_of_unmatched(newsletter, added)
    if dry_run:
        tags = tuple(sorted({*reader.tags, *added} - set(removed)))
        say("nothing was changed")
    else:
        now = newsletter.clock.now()
        tags = newsletter.people.change_tags(reader.public_id, now, add=added, remove=removed)
    for each in tags:
        click.echo(each)


def _retag(
    added: tuple[str, ...], removed: tuple[str, ...], asked: Selecting, done: str, *, dry_run: bool, yes: bool
) -> None:
    from subscribers.store.selection_acts import Retagging

    if not added and not removed:
        raise click.UsageError("Write the tags, such as +staff or -beta.")
    newsletter = open_newsletter()
    warn_of_unmatched(newsletter, added)
    words = " ".join([*(f"+{slug}" for slug in added), *(f"-{slug}" for slug in removed)])
    change = Retagging(added, removed)
    act_on_selection(change, asked, f"{done} {words}", dry_run=dry_run, yes=yes, newsletter=newsletter)


def _read(changes: tuple[str, ...], sign: str) -> tuple[str, ...]:
    from subscribers.selecting import tag_slug

    slugs = []
    for change in changes:
        if change[:1] not in ("+", "-") or not tag_slug(change[1:]):
            raise click.UsageError(f"{change!r} is not a change; write +TAG or -TAG, such as +text-only.")
        if change[0] == sign:
            slugs.append(tag_slug(change[1:]))
    return tuple(slugs)


@command()
@click.argument("arguments", nargs=-1, metavar="[ADDRESS] TAG...")
@selected
@dry_run_option
@yes_option
def untag(*, arguments: tuple[str, ...], asked: Selecting, dry_run: bool, yes: bool) -> None:
    """Remove tags from a reader or from a selection.

    \b
    weekly subscribers untag ada@example.org beta
    weekly subscribers untag --where 'tag:beta and joined<1y' beta
    """  # noqa: D301 - click wants the character itself
    address, words = split_arguments(arguments, asked)
    removed = _read(tuple(f"-{word.removeprefix('-')}" for word in words), "-")
    if not removed:
        raise click.UsageError("Write the tags to remove.")
    if address:
        _tag_one(address, (), removed, dry_run=dry_run)
    else:
        _retag((), removed, asked, "untagged", dry_run=dry_run, yes=yes)
