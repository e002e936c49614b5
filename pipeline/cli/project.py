"""`weekly init`, `templates …`, `config …` and `db …`: what belongs to a newsletter besides its content."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import click

from pipeline import exits
from pipeline.cli.options import command, dry_run_option, group, json_option, open_newsletter, say
from pipeline.cli.outputs import print_json
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
    say(f"{folder}: {made} files made")
    say(f"next: weekly -C {folder} preview")


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
    """Check and upgrade the database."""


@db.command()
@dry_run_option
def upgrade(*, dry_run: bool) -> None:
    """Create the database, or upgrade it to this program's schema; an older SQLite file is copied first.

    `weekly run` does this by itself. Example: weekly db upgrade
    """
    from pipeline.store import schema
    from pipeline.store.lease import lease

    newsletter = open_newsletter()
    revision = schema.check_schema(newsletter.engine)
    if dry_run:
        done = "and would stay so" if revision == schema.HEAD else f"would upgrade it to {schema.HEAD}"
        say(f"the database is at revision {revision or 'none'}, {done}")
        return
    with lease(newsletter.engine):
        copy = schema.upgrade(
            newsletter.engine, backups=newsletter.folder / "var" / "backups", now=newsletter.clock.now()
        )
    say(f"the database is at revision {schema.HEAD}" + (f"; the old one is kept as {copy}" if copy else ""))


@db.command()
@json_option
@click.pass_context
def check(ctx: click.Context, *, as_json: bool) -> None:
    """Check whether the database has this program's schema; exit code 1 when it must be upgraded.

    Example: weekly db check
    """
    from pipeline.store import schema

    revision = schema.check_schema(open_newsletter().engine)
    if as_json:
        print_json({"revision": revision, "needed": schema.HEAD})
        ctx.exit(exits.DONE if revision == schema.HEAD else exits.FAILED)
    if revision == schema.HEAD:
        say(f"the database is at revision {revision}")
        return
    found = "empty" if revision is None else f"at revision {revision}"
    say(f"the database is {found}, {schema.HEAD} is needed: weekly db upgrade")
    ctx.exit(exits.FAILED)
