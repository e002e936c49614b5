"""`weekly content new`, `list` and `show`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    command,
    dry_run_option,
    group,
    json_option,
    open_editors_newsletter,
    open_newsletter,
    say,
    say_problems,
    tell,
)
from pipeline.cli.outputs import print_json
from pipeline.model.plurals import count_noun
from pipeline.model.suggest import did_you_mean
from pipeline.weeks import get_due_at

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from pipeline.content.scaffold import NewFile
    from pipeline.content.slugs import EntryKind
    from pipeline.edition.entry import CatalogueEntry
    from pipeline.model.content import Catalogue
    from pipeline.wiring import Newsletter

LISTED = 40
"""More names would fill the screen."""

difficulty_option = click.option(
    "--difficulty", type=click.IntRange(1, 3), help="1 for newcomers, 2 for practitioners, 3 for experts."
)
slug_option = click.option("--slug", default="", metavar="SLUG", help="Its slug.  [default: from the title]")
edit_option = click.option("--edit", is_flag=True, help="Open the file in $EDITOR.")


@group()
def new() -> None:
    """Start a term or a tip: a file with every key and section, and what belongs there."""


@new.command()
@click.argument("title")
@click.option("--category", default="", metavar="NAME", help="The category it belongs to.")
@difficulty_option
@slug_option
@edit_option
@dry_run_option
def term(*, title: str, category: str, difficulty: int | None, slug: str, edit: bool, dry_run: bool) -> None:
    """Start a term: write content/glossary/SLUG.md and print its path.

    `weekly content check` then lists what is still to be written. Notes in the file never reach a letter.

    Example: weekly content new term "Context window" --category foundations --difficulty 1
    """
    from pipeline.content.scaffold import term_scaffold

    newsletter = open_newsletter()
    catalogue, begun = _begin(newsletter, "term", title, slug, edit=edit)
    in_use = sorted({each.category for each in catalogue.terms}, key=_fold)
    _warn_of_new("category", [category], in_use)
    text = term_scaffold(
        begun.title,
        begun.slug,
        category=category,
        difficulty=difficulty,
        categories=in_use,
        words=newsletter.settings.content.definition_words,
        neighbours=[each.slug for each in catalogue.terms if each.category == category],
    )
    _put(begun.path, text, edit=edit, dry_run=dry_run)


@new.command()
@click.argument("title")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A tag; may be given again.")
@click.option("--term", "terms", multiple=True, metavar="SLUG", help="A term it belongs to; again for more.")
@slug_option
@edit_option
@dry_run_option
def tip(
    *, title: str, tags: tuple[str, ...], terms: tuple[str, ...], slug: str, edit: bool, dry_run: bool
) -> None:
    """Start a tip: write content/tips/SLUG.md and print its path.

    `weekly content check` then lists what is still to be written. Notes in the file never reach a letter.

    Example: weekly content new tip "Put the evidence before the verdict" --tag evaluation
    """
    from pipeline.content.scaffold import tip_scaffold

    newsletter = open_newsletter()
    catalogue, begun = _begin(newsletter, "tip", title, slug, edit=edit)
    in_use = sorted({tag for each in catalogue.tips for tag in each.tags}, key=_fold)
    _warn_of_new("tag", tags, in_use)
    _refuse_unknown("term", terms, catalogue.term_by_slug)
    text = tip_scaffold(
        begun.title,
        begun.slug,
        tags=tags,
        terms=terms,
        tags_in_use=in_use,
        words=newsletter.settings.content.tip_words,
    )
    _put(begun.path, text, edit=edit, dry_run=dry_run)


def _begin(
    newsletter: Newsletter, kind: EntryKind, title: str, slug: str, *, edit: bool
) -> tuple[Catalogue, NewFile]:
    from pipeline.content.read import read_catalogue
    from pipeline.content.scaffold import plan_file

    if edit and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("--edit needs a terminal; leave it out and open the path that is printed.")
    catalogue, _ = read_catalogue(newsletter.folder)
    return catalogue, plan_file(newsletter.folder, catalogue, kind, title, slug)


def _put(path: Path, text: str, *, edit: bool, dry_run: bool) -> None:
    from pipeline.content.scaffold import write_file

    if dry_run:
        tell("nothing was written")
        click.echo(path)
        return
    write_file(path, text)
    click.echo(path)
    if edit:
        click.edit(filename=str(path))
    tell("fill in what is empty; `weekly content check` lists what is missing")


def _warn_of_new(what: str, given: Sequence[str], in_use: Collection[str]) -> None:
    """Warn of a category or tag that no other file has, as a typing mistake would be."""
    for name in given:
        if name and in_use and name not in in_use:
            say(f"{name} is a new {what}; {did_you_mean(name, in_use) or f'in use: {_listed(in_use)}'}")


def _refuse_unknown(what: str, given: Sequence[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or f"there is: {_listed(known)}"
            raise click.UsageError(f"There is no {what} {name!r}; {hint}")


def _fold(name: str) -> tuple[str, str]:
    """Return a sort key that ignores capitals."""
    return name.casefold(), name


def _listed(names: Collection[str]) -> str:
    more = ", …" if len(names) > LISTED else ""
    return ", ".join(sorted(names, key=_fold)[:LISTED]) + more if names else "none"


@command("list")
@click.option("--kind", type=click.Choice(["term", "tip"]), help="Only terms, or only tips.")
@click.option(
    "--category", "categories", multiple=True, metavar="NAME", help="Only terms of it; again: or of it."
)
@difficulty_option
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only tips with it; again: or with it.")
@click.option("--unused", is_flag=True, help="Only what was never sent.")
@json_option
def list_(
    *,
    kind: EntryKind | None,
    categories: tuple[str, ...],
    difficulty: int | None,
    tags: tuple[str, ...],
    unused: bool,
    as_json: bool,
) -> None:
    """List terms and tips with the week each was last sent in. Files with errors are left out and listed.

    Columns: kind, slug, difficulty, last week or -, category or tags, title.

    Example: weekly content list --unused --category retrieval --category agents
    """
    from pipeline.cli.tables import format_rows
    from pipeline.edition.entry import Wanted, as_row, list_entries

    if tags and (categories or difficulty is not None or kind == "term"):
        raise click.UsageError("Tags belong to tips, categories and difficulty to terms.")
    if kind == "tip" and (categories or difficulty is not None):
        raise click.UsageError("Tips have no category and no difficulty; they have tags: --tag.")
    newsletter = open_editors_newsletter()
    catalogue = readable(newsletter)
    _refuse_unknown("category", categories, {each.category for each in catalogue.terms})
    _refuse_unknown("tag", tags, {tag for each in catalogue.tips for tag in each.tags})
    wanted = Wanted(kind, categories, difficulty, tags, unused)
    entries = list_entries(catalogue, newsletter.history(), wanted)
    rows = [as_row(entry) for entry in entries]
    if as_json:
        print_json({"content": rows})
        return
    for row in rows:
        row["group"] = row["category"] or ", ".join(row["tags"])
    columns = ("kind", "slug", "difficulty", "last_used", "group", "title")
    for line in format_rows([[str(row[column] or "-") for column in columns] for row in rows]):
        click.echo(line)
    count = sum(entry.kind == "term" for entry in entries)
    tell(f"{count_noun(count, 'term')}, {count_noun(len(entries) - count, 'tip')}")


def readable(newsletter: Newsletter) -> Catalogue:
    """Read what can be read: one unfinished file must not hide all the others."""
    from pipeline.content.read import read_catalogue

    catalogue, problems = read_catalogue(newsletter.folder)
    broken = sorted({problem.path for problem in problems if problem.is_error})
    if broken:
        say(f"left out, because it has errors (see weekly content check): {', '.join(broken)}")
    return catalogue


@command()
@click.argument("slug")
@click.option(
    "--kind", type=click.Choice(["term", "tip"]), help="Which, when a term and a tip share the slug."
)
@click.option("--whole", is_flag=True, help="All of it: every section, relations, when it was sent.")
@json_option
def show(*, slug: str, kind: EntryKind | None, whole: bool, as_json: bool) -> None:
    """Show a term or tip as the next letter's text would, or the whole of it.

    Example: weekly content show context-window --whole
    """
    newsletter = open_editors_newsletter()
    catalogue, entry = _get(newsletter, slug, kind)
    if whole:
        from pipeline.edition.entry import as_json as sheet_as_json
        from pipeline.edition.entry import in_words

        if as_json:
            print_json(sheet_as_json(entry))
        else:
            click.echo(in_words(entry))
        return
    _show_letter(newsletter, catalogue, entry, as_json=as_json)


def _get(newsletter: Newsletter, slug: str, kind: EntryKind | None) -> tuple[Catalogue, CatalogueEntry]:
    """Find the entry of a slug; raise AuthorError with its problems when its file cannot be read."""
    from pipeline.content.read import read_catalogue
    from pipeline.content.slugs import suggest
    from pipeline.edition.entry import find_entries
    from pipeline.errors import AuthorError

    catalogue, problems = read_catalogue(newsletter.folder)
    named = find_entries(catalogue, newsletter.history(), slug)
    found = [entry for entry in named if kind in (None, entry.kind)]
    if len(found) == 1:
        return catalogue, found[0]
    if found:
        raise click.UsageError(f"{slug} is a term and a tip; give --kind term or --kind tip.")
    broken = [p for p in problems if p.is_error and p.path.endswith(f"/{slug}.md")]
    if broken:
        raise AuthorError(broken)
    what = kind or "term or tip"
    hint = f"it is a {named[0].kind}" if named else suggest(catalogue, slug)
    raise click.UsageError(f"There is no {what} {slug!r}; {hint or '`weekly content list` shows them all'}")


def _show_letter(
    newsletter: Newsletter, catalogue: Catalogue, entry: CatalogueEntry, *, as_json: bool
) -> None:
    from pipeline.edition.entry import make_alone
    from pipeline.edition.sample import fill_sample, readers_phrase
    from pipeline.issue.history import last_readers

    week, edition, head = newsletter.week(None), newsletter.edition(), newsletter.letterhead
    letter = make_alone(entry, edition, catalogue, week)
    rendered, minutes = letter.rendered, letter.issue.minutes
    phrase = readers_phrase(last_readers(edition.history), head.audience)
    text = fill_sample(rendered, head, phrase=phrase, at=get_due_at(week, newsletter.schedule)).text
    if as_json:
        facts: dict[str, object] = {"kind": entry.kind, "slug": entry.what.slug, "week": str(week)}
        facts |= {"subject": rendered.subject, "preheader": rendered.preheader, "minutes": minutes}
        print_json({**facts, "text": text, "findings": letter.findings})
        return
    click.echo(f"Subject: {rendered.subject}\nPreheader: {rendered.preheader}\n\n{text}", nl=False)
    say_problems(letter.findings)
