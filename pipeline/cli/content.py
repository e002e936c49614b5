"""`weekly content …`: the terms and tips of a newsletter folder."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.content_authoring import list_, new, show
from pipeline.cli.content_exchange import export, import_
from pipeline.cli.content_forecast import coverage, path, plan
from pipeline.cli.github_annotations import annotation
from pipeline.cli.json_output import print_json
from pipeline.cli.options import dry_run_option, format_option, group, json_option, open_newsletter, say

if TYPE_CHECKING:
    from pipeline.content.lint.autofix import FixedFile
    from pipeline.model.problem import Problem


@group()
def content() -> None:
    """Write, list, show and check terms and tips."""


@content.command()
@click.option("--fix", is_flag=True, help="Mend what needs no taste: one-way relations, links without TLS.")
@dry_run_option
@format_option
@json_option
@click.pass_context
def check(ctx: click.Context, *, fix: bool, dry_run: bool, form: str, as_json: bool) -> None:
    """Check every term, tip and job and list every problem, with file, line and cure.

    Exit code 4 when one of them would break a letter; matters of style are warnings. With --fix, what was
    mended is listed first, then what remains; with --dry-run too, nothing is written.
    Example: weekly content check --fix --dry-run
    """
    from pipeline.content.lint.run import fix_files
    from pipeline.edition.review import read_reviewed

    if dry_run and not fix:
        raise click.UsageError("--dry-run goes with --fix: checking alone changes nothing.")
    gc.disable()  # what is made here stays to the end; looking for garbage in it takes a third of the time
    ctx.call_on_close(gc.enable)
    newsletter = open_newsletter()
    house = newsletter.settings.content
    review = read_reviewed(newsletter.folder, house)
    mends = fix_files(newsletter.folder, review, dry_run=dry_run) if fix else None
    if mends and not dry_run:
        review = read_reviewed(newsletter.folder, house)
    _print(review.problems, mends, "json" if as_json else form, mended="would mend" if dry_run else "mended")
    errors = sum(problem.is_error for problem in review.problems)
    read = f"{_count(len(review.catalogue.terms), 'term')}, {_count(len(review.catalogue.tips), 'tip')}"
    read += f", {_count(review.jobs, 'job')}" if review.jobs else ""
    if fix:
        read += f": {len(mends or ())} {'to mend' if dry_run else 'mended'}"
    warnings = len(review.problems) - errors
    say(f"{read}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    ctx.exit(exits.INVALID if errors else 0)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _print(problems: Sequence[Problem], mends: Sequence[FixedFile] | None, form: str, *, mended: str) -> None:
    if form == "json":
        print_json({"mended": mends, "problems": [problem.as_json() for problem in problems]})
        return
    if form == "github":
        lines = [
            *(_annotate("notice", one, f"{mended}: {one.message}") for one in mends or ()),
            *(_annotate(each.severity, each, f"{each.message} — {each.fix}") for each in problems),
        ]
    else:
        lines = [f"{mended}: {one}" for one in mends or ()]
        lines += [f"{each.severity}: {each}" for each in problems]
    if lines:
        click.echo("\n".join(lines))  # at once: an echo for each of many thousand takes seconds


def _annotate(severity: str, what: Problem | FixedFile, message: str) -> str:
    return annotation(severity, path=what.path, line=what.line, title=what.rule, message=message)


for desk in (new, list_, show):
    content.add_command(desk)

for exchange in (import_, export):
    content.add_command(exchange)

for view in (coverage, plan, path):
    content.add_command(view)
