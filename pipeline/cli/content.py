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
from pipeline.cli.options import dry_run_option, format_option, group, json_option, open_newsletter, say
from pipeline.cli.outputs import annotation, print_json
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from pipeline.content.lint.autofix import FixedFile
    from pipeline.model.problem import Problem


@group()
def content() -> None:
    """Write, list, show and check terms and tips."""


@content.command()
@click.option(
    "--fix", is_flag=True, help="Fix what can be fixed automatically: one-way relations, http links."
)
@dry_run_option
@format_option
@json_option
@click.pass_context
def check(ctx: click.Context, *, fix: bool, dry_run: bool, form: str, as_json: bool) -> None:
    """Check every term, tip and job and list every problem, with file, line and suggested fix.

    Exit code 4 when one of them would break a letter; matters of style are warnings. With --fix, what was
    fixed is listed first, then what remains; with --dry-run as well, nothing is written.
    Example: weekly content check --fix --dry-run
    """
    from pipeline.content.lint.run import fix_files
    from pipeline.edition.review import read_reviewed

    if dry_run and not fix:
        raise click.UsageError("--dry-run goes with --fix: checking alone changes nothing.")
    gc.disable()  # nothing made here is freed before the end, and collecting takes a third of the time
    ctx.call_on_close(gc.enable)
    newsletter = open_newsletter()
    options = newsletter.settings.content
    review = read_reviewed(newsletter.folder, options)
    fixes = fix_files(newsletter.folder, review, dry_run=dry_run) if fix else None
    if fixes and not dry_run:
        review = read_reviewed(newsletter.folder, options)
    _print(review.problems, fixes, "json" if as_json else form, done="would fix" if dry_run else "fixed")
    errors = sum(problem.is_error for problem in review.problems)
    read = (
        f"{count_noun(len(review.catalogue.terms), 'term')}, {count_noun(len(review.catalogue.tips), 'tip')}"
    )
    read += f", {count_noun(review.jobs, 'job')}" if review.jobs else ""
    if fix:
        read += f": {len(fixes or ())} {'to fix' if dry_run else 'fixed'}"
    warnings = len(review.problems) - errors
    say(f"{read}: {count_noun(errors, 'error')}, {count_noun(warnings, 'warning')}")
    ctx.exit(exits.INVALID if errors else 0)


def _print(problems: Sequence[Problem], fixes: Sequence[FixedFile] | None, form: str, *, done: str) -> None:
    if form == "json":
        print_json({"mended": fixes, "problems": problems})
        return
    if form == "github":
        lines = [
            *(_annotate("notice", one, f"{done}: {one.message}") for one in fixes or ()),
            *(_annotate(each.severity, each, f"{each.message} — {each.fix}") for each in problems),
        ]
    else:
        lines = [f"{done}: {one}" for one in fixes or ()]
        lines += [f"{each.severity}: {each}" for each in problems]
    if lines:
        click.echo("\n".join(lines))  # at once: an echo for each of many thousand takes seconds


def _annotate(severity: str, what: Problem | FixedFile, message: str) -> str:
    return annotation(severity, path=what.path, line=what.line, title=what.rule, message=message)


for each in (new, list_, show, import_, export, coverage, plan, path):
    content.add_command(each)
