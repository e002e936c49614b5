"""`weekly init`, `templates …`, `config …` and `db …`: what belongs to a newsletter besides its content."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import tomllib
from pathlib import Path

import click

from pipeline import exits
from pipeline.cli.options import (
    command,
    confirm,
    dry_run_option,
    group,
    json_option,
    open_newsletter,
    say,
    yes_option,
)
from pipeline.cli.outputs import print_json
from pipeline.model.plurals import count_noun
from pipeline.model.suggest import did_you_mean
from pipeline.resources import shipped

# What stands between the user and the host of a URL.
_PASSWORD = re.compile(r"(?<=:)(?<!://)[^:/@]+(?=@)")


@command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--example", is_flag=True, help="Include the example terms and tips.")
@dry_run_option
def init(*, folder: Path, example: bool, dry_run: bool) -> None:
    """Create a newsletter folder: settings, content, a workflow that checks both. Nothing is overwritten.

    Example: weekly init my-letter --example
    """
    from pipeline.project.scaffold import make_folder, plan_folder

    if dry_run:
        for path in plan_folder(example=example):
            click.echo(path)
        return
    made = make_folder(folder, example=example)
    say(f"{folder}: {count_noun(made, 'file')} made")
    say(f"next: weekly -C {shlex.quote(str(folder))} preview")


@group()
def templates() -> None:
    """List the templates of letters and pages, and copy them for editing."""


@templates.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List every template with its origin: shipped, an unchanged copy, or your own.

    Example: weekly templates list
    """
    from pipeline.cli.tables import print_table
    from pipeline.project.templates import list_templates
    from pipeline.render.unused_templates import find_unused_templates

    newsletter = open_newsletter()
    found = list_templates(newsletter.folder, shipped("templates"))
    if as_json:
        print_json({"templates": found})
    else:
        print_table(("template", "origin"), [(template.name, template.origin) for template in found])
    for problem in newsletter.settings.heard(find_unused_templates(newsletter.templates)):
        say(f"warning: {problem}")


@templates.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@dry_run_option
def copy(*, names: tuple[str, ...], dry_run: bool) -> None:
    """Copy shipped templates into templates/, where your copies replace them.

    Example: weekly templates copy email/theme.mjml.j2
    """
    from pipeline.project.templates import copy_templates

    made = copy_templates(open_newsletter().folder, shipped("templates"), names, dry_run=dry_run)
    for name in made:
        say(f"{'would copy' if dry_run else 'copied'} templates/{name}")


@group()
def config() -> None:
    """Show the settings in force, and print JSON Schemas."""


@config.command()
@json_option
def show(*, as_json: bool) -> None:
    """Print every setting with its origin: weekly.toml, the environment, or the default.

    Secrets are masked. Example: weekly config show --json
    """
    from pipeline.settings.load import dump_settings

    newsletter = open_newsletter()
    settings = dump_settings(newsletter.settings, newsletter.config.name)
    settings["store"]["url"] = _PASSWORD.sub("***", settings["store"]["url"])
    written = tomllib.loads(newsletter.config.read_bytes().decode("utf-8-sig"))
    origins = {
        section: {key: _origin(section, key, written) for key in values}
        for section, values in settings.items()
    }
    if as_json:
        print_json({"settings": settings, "origin": origins})
        return
    for section, values in settings.items():
        click.echo(f"[{section}]")
        for key, value in values.items():
            click.echo(f"{key} = {value!r:<56} # {origins[section][key]}")


@config.command()
@click.argument("name", nargs=-1, metavar="[NAME]...")
def schema(*, name: tuple[str, ...]) -> None:
    """Print the JSON Schema of weekly.toml, of another file that you write, or of what a command prints.

    NAME is weekly.toml, term, tip, job, feeds or wishes, or a command that takes --json.

    \b
    weekly config schema > weekly.schema.json
    weekly config schema term
    weekly config schema issue show
    """  # noqa: D301 - click wants the character itself
    from pipeline.cli.documents import DOCUMENTS
    from pipeline.cli.schemas import FILES, document_schema, file_schema

    wanted = " ".join(name) or "weekly.toml"
    if wanted not in (*FILES, *DOCUMENTS):
        known = f"files are {', '.join(FILES)}; commands are {', '.join(DOCUMENTS)}"
        advice = did_you_mean(wanted, (*FILES, *DOCUMENTS)) or known
        raise click.UsageError(f"There is no schema of {wanted!r}; {advice}.")
    made = file_schema(wanted) if wanted in FILES else document_schema(wanted)
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


def _origin(section: str, key: str, written: dict[str, dict[str, object]]) -> str:
    name = f"WEEKLY_{section}__{key}".upper()
    if name in (variable.upper() for variable in os.environ):
        return name
    return "weekly.toml" if key in written.get(section, {}) else "default"


@group()
def db() -> None:
    """Create, check and upgrade the database."""


@db.command()
@dry_run_option
def upgrade(*, dry_run: bool) -> None:
    """Create the database, or upgrade it to this program's schema; an older SQLite file is copied first.

    `weekly run` does this by itself. Example: weekly db upgrade
    """
    from pipeline.store import schema
    from pipeline.store.lease import lease
    from pipeline.store.lost import refuse_lost, upgrade_known

    newsletter = open_newsletter()
    revision = schema.check_schema(newsletter.engine)
    if revision is None:
        refuse_lost(newsletter.engine, newsletter.folder)
    if dry_run:
        done = "and would stay so" if revision == schema.HEAD else f"would upgrade it to {schema.HEAD}"
        say(f"the database is at revision {revision or 'none'}, {done}")
        return
    with lease(newsletter.engine):
        copy = upgrade_known(newsletter.engine, newsletter.folder, newsletter.clock.now())
    say(f"the database is at revision {schema.HEAD}" + (f"; the old one is kept as {copy}" if copy else ""))


@db.command()
@click.option("--new", "is_new", is_flag=True, help="Also where letters went to readers: begin without any.")
@dry_run_option
def create(*, is_new: bool, dry_run: bool) -> None:
    """Create the database, with no readers in it.

    The first import or `weekly run` of a new newsletter does this by itself. Where letters went to readers
    before, a database that is missing was lost: restore its backup, or give --new.
    Example: weekly db create
    """
    from pipeline.store import schema
    from pipeline.store.lease import lease
    from pipeline.store.lost import read_sent, refuse_lost, upgrade_known

    newsletter = open_newsletter()
    place = newsletter.engine.url.render_as_string()
    if (revision := schema.check_schema(newsletter.engine)) is not None:
        raise click.UsageError(f"{place}: there is a database, at revision {revision}; nothing was made.")
    words = read_sent(newsletter.folder).words
    if words and not is_new and sys.stdin.isatty() and not dry_run:
        confirm(f"{words}. Make a database without these readers?", yes=False)
        is_new = True
    if not is_new:
        refuse_lost(newsletter.engine, newsletter.folder)
    if dry_run:
        say(f"{place}: would make a database at revision {schema.HEAD}")
        return
    with lease(newsletter.engine):
        upgrade_known(newsletter.engine, newsletter.folder, newsletter.clock.now(), is_new=True)
    say(f"{place}: the database is made, at revision {schema.HEAD}; next: weekly subscribers import")


@db.command()
@dry_run_option
@yes_option
def accept(*, dry_run: bool, yes: bool) -> None:
    """Go on with a database that is older than history.jsonl, such as a restored backup.

    Readers who left since the backup was made are in it as they were before: unsubscribe them again first
    (`weekly subscribers unsubscribe`, `weekly bounces ingest --again`). Example: weekly db accept --yes
    """
    from pipeline.store.lost import accept_older, list_unknown, refuse_lost

    newsletter = open_newsletter()
    newer = list_unknown(newsletter.engine, newsletter.folder) if newsletter.has_store() else ()
    if not newer:
        refuse_lost(newsletter.engine, newsletter.folder)
        say("history.jsonl has no letter that is newer than the database; there is nothing to accept")
        return
    letters = f"{count_noun(len(newer), 'letter')} that the database does not know ({', '.join(newer[-3:])})"
    if dry_run:
        say(f"would accept {letters}")
        return
    confirm(f"Go on without {letters} and without knowing who left since?", yes=yes)
    accept_older(newsletter.engine, newer[-1], newsletter.clock.now())
    say(f"accepted: {letters}; the next `weekly run` goes on")


@db.command()
@json_option
@click.pass_context
def check(ctx: click.Context, *, as_json: bool) -> None:
    """Check whether the database has this program's schema and is the one that history.jsonl speaks of.

    Exit code 1 when it must be made or upgraded, 6 when it was lost. Example: weekly db check
    """
    from pipeline.errors import StoreUnusable
    from pipeline.store import schema
    from pipeline.store.lost import refuse_lost

    newsletter, lost = open_newsletter(), None
    revision = schema.check_schema(newsletter.engine)
    try:
        if revision in (None, schema.HEAD):
            refuse_lost(newsletter.engine, newsletter.folder)
    except StoreUnusable as error:
        if not as_json:
            raise
        lost = error.cause
    code = exits.LOOK if lost else exits.DONE if revision == schema.HEAD else exits.FAILED
    if as_json:
        print_json({"revision": revision, "needed": schema.HEAD, "lost": lost})
        ctx.exit(code)
    if revision == schema.HEAD:
        say(f"the database is at revision {revision}")
        return
    found = "empty" if revision is None else f"at revision {revision}"
    say(f"the database is {found}, {schema.HEAD} is needed: weekly db upgrade")
    ctx.exit(exits.FAILED)
