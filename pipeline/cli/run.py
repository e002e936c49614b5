"""`weekly run`: the cron line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    command,
    common,
    dry_run_option,
    json_option,
    open_newsletter,
    week_option,
)

if TYPE_CHECKING:
    from rich import progress as rich

    from pipeline.deliver.progress import Progress


class StderrReporter:
    """Talks on stderr: freely to a terminal, or when asked to; to cron only when it must."""

    def __init__(self, *, talks: bool, quiet: bool = False) -> None:
        self._talks, self._quiet = talks, quiet
        self._bar: rich.Progress | None = None

    def tell(self, message: str) -> None:
        """Print what is worth knowing only to someone who watches."""
        if self._talks:
            self._print(message)

    def say(self, message: str) -> None:
        """Print what must be known."""
        if not self._quiet:
            self._print(message)

    def _print(self, message: str) -> None:
        if self._bar is None:
            click.echo(message, err=True)
        else:  # above the bar
            self._bar.console.print(message, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the progress bar off the terminal."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def watch(self, week: str, total: int) -> Callable[[Progress], None]:
        """Show a progress bar on a terminal."""
        if not (self._talks and sys.stderr.isatty() and total):
            return lambda _progress: None
        from rich import progress as rich  # only a terminal pays for it
        from rich.console import Console

        self.close()
        bar = self._bar = rich.Progress(
            rich.TextColumn("{task.description}"),
            rich.BarColumn(),
            rich.MofNCompleteColumn(),
            rich.TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        task = bar.add_task(week, total=total)
        bar.start()

        def show(progress: Progress) -> None:
            bar.update(task, completed=progress.attempted + progress.skipped)
            if progress.attempted + progress.skipped >= total or progress.stopped:
                self.close()

        return show


def _read_segment(param: click.Parameter, value: str | None) -> str:
    """Return the segment, empty for everyone; an empty name, as of a variable that is not set, is refused."""
    if value is not None and not value.strip():
        raise click.BadParameter("must name a segment; leave it out to send to every reader.", param=param)
    return value or ""


@command()
@click.option(
    "--now", "at_once", is_flag=True, help="Send this week's letter at once, whether it is due or not."
)
@week_option
@click.option(
    "--segment",
    default=None,
    callback=lambda _ctx, param, value: _read_segment(param, value),
    metavar="NAME",
    help="Send it to a segment of weekly.toml only.",
)
@dry_run_option
@json_option
@click.pass_context
def run(
    ctx: click.Context, *, at_once: bool, week: str | None, segment: str, dry_run: bool, as_json: bool
) -> None:
    """Do what is due: pick, lock, render, check, freeze, deliver. Safe to repeat.

    Call it from cron as often as you like. It sends each week's letter once, goes on with deliveries that
    were deferred, and says nothing when all is well.

    \b
    weekly run                 what cron calls
    weekly run --now           this week's letter, at once
    weekly run --dry-run       what would happen
    weekly run --week 2026-W48 --segment mentors

    Exit codes: 0 done, nothing to do or no readers; 3 waiting for approval; 4 settings or content invalid;
    5 a check stops the send; 6 done, but a person must look; 75 try later.
    """  # noqa: D301 - click wants the character itself
    shared = common()
    talks = shared.talks or ((at_once or dry_run) and not shared.quiet)
    from pipeline.cli.outputs import print_json
    from pipeline.issue.open_weeks import parse_week
    from pipeline.run import weekly as stages
    from pipeline.run.report import as_json as report_json

    reporter, newsletter = StderrReporter(talks=talks, quiet=shared.quiet), open_newsletter()
    newsletter.say = reporter.say  # the transport's words must not run into the bar
    ctx.call_on_close(reporter.close)
    chosen = parse_week(week) if week else None
    if dry_run:
        stages.rehearse(newsletter, reporter, at_once=at_once, week=chosen, segment=segment)
        if as_json:
            print_json({"exit_code": 0, "issues": ()})
        return
    code, reports = stages.weekly_run(newsletter, reporter, at_once=at_once, week=chosen, segment=segment)
    if as_json:
        print_json({"exit_code": code, "issues": [report_json(report) for report in reports]})
    ctx.exit(code)
