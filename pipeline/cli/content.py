"""`weekly content …`: the terms and tips of a newsletter folder."""

from __future__ import annotations

from dataclasses import asdict

import click

from pipeline import exits
from pipeline.cli.options import format_option, group, json_option, newsletter, print_json, say


@group()
def content() -> None:
    """Check and list terms and tips."""


@content.command()
@format_option
@json_option
@click.pass_context
def check(ctx: click.Context, *, form: str, as_json: bool) -> None:
    """Check every term and tip and list every problem, with file, line and cure.

    Exit code 4 when one of them would break a letter. Example: weekly content check --format github
    """
    from pipeline.content.read import read_checked

    catalogue, problems = read_checked(newsletter().folder)
    if as_json or form == "json":
        print_json({"schema": 1, "problems": [asdict(problem) for problem in problems]})
    elif form == "github":
        for p in problems:
            click.echo(
                f"::{p.severity} file={p.path},line={max(p.line, 1)},title={p.rule}::{p.message} — {p.fix}"
            )
    else:
        for problem in problems:
            click.echo(f"{problem.severity}: {problem}")
    errors = sum(problem.severity == "error" for problem in problems)
    read = f"{len(catalogue.terms)} terms, {len(catalogue.tips)} tips"
    say(f"{read}: {errors} errors, {len(problems) - errors} warnings")
    ctx.exit(exits.INVALID if errors else 0)


@content.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List terms and tips with the week each was last used in.

    Example: weekly content list --json
    """
    letter = newsletter()
    catalogue, _ = letter.edition().catalogue()
    used = {ref: past.week for past in letter.history() for ref in (past.term, past.tip) if ref}
    rows = [
        *(
            {"kind": "term", "slug": t.slug, "title": t.title, "category": t.category}
            for t in catalogue.terms
        ),
        *(
            {"kind": "tip", "slug": t.slug, "title": t.title, "category": ", ".join(t.tags)}
            for t in catalogue.tips
        ),
    ]
    if as_json:
        print_json({"schema": 1, "content": [{**row, "last_used": used.get(row["slug"])} for row in rows]})
        return
    for row in rows:
        last = used.get(row["slug"], "-")
        click.echo(f"{row['kind']:<5} {row['slug']:<36} {row['category']:<24} {last}")
