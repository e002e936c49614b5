"""`weekly db …`: the database's schema."""

from __future__ import annotations

import click

from pipeline import exits
from pipeline.cli.json_output import print_json
from pipeline.cli.options import dry_run_option, group, json_option, open_newsletter, say


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
        say(f"the database is at revision {revision or 'none'}, would upgrade it to {schema.HEAD}")
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
