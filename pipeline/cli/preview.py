"""`weekly preview` and `weekly render`: the studio in the browser, or a letter as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, open_newsletter, read_variant, say, variant_option, week_option
from pipeline.cli.variants import render_variant

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft
    from pipeline.edition.sample import Sample
    from pipeline.wiring import Newsletter


def filled(newsletter: Newsletter, draft: Draft, *, text_only: bool = False) -> Sample:
    """Fill a draft for a sample reader, with the last recorded count and the time when it is due."""
    from pipeline.edition.sample import fill_sample, readers_phrase
    from pipeline.issue.history import last_readers
    from pipeline.weeks import Week, get_due_at

    phrase = readers_phrase(last_readers(newsletter.history()), newsletter.letterhead.audience)
    due_at = get_due_at(Week.parse(draft.rendered.week), newsletter.schedule)
    return fill_sample(draft.rendered, newsletter.letterhead, phrase=phrase, at=due_at, text_only=text_only)


@command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to."
)
@week_option
@variant_option
def render(*, out: Path, week: str | None, variant: str) -> None:
    """Write index.html, issue.txt and issue.eml of a sample reader; nothing is locked or sent.

    Example: weekly render --out letter --variant text-only
    """
    from pipeline.edition.sample import write_sample, write_text

    choices = read_variant(variant)
    newsletter = open_newsletter()
    edition = newsletter.edition()
    draft = edition.draft(newsletter.week(week))
    for finding in draft.findings:
        say(f"{finding.severity}: {finding}")
    draft = replace(draft, rendered=render_variant(edition, draft, choices))
    write = write_text if choices.text_only else write_sample
    click.echo(write(out, filled(newsletter, draft, text_only=choices.text_only)))


@command()
@week_option
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port to listen on."
)
@click.option("--open/--no-open", "open_", default=True, help="Open the browser.")
@click.pass_context
def preview(ctx: click.Context, *, week: str | None, port: int, open_: bool) -> None:
    """Open the studio: the next letter in the browser, updated at every save, and why it is so.

    It listens on this machine only. Without --port it takes the next free one when 8765 is taken.
    Example: weekly preview --port 8765
    """
    from pipeline.resources import shipped
    from pipeline.studio.app import create_studio
    from pipeline.studio.live_reload import watch
    from pipeline.studio.serve import serve
    from pipeline.studio.workspace import NewsletterWorkspace

    newsletter, templates = open_newsletter(), shipped("templates")
    if not newsletter.config.exists():
        _ = (
            newsletter.settings
        )  # reports it; any other mistake in it shows in the studio and can be fixed there

    def opened(address: str) -> None:
        page = f"{address}/?week={week}" if week else address
        say(f"the studio is on {page}; it shows what you save, Ctrl-C ends it")
        if open_:
            click.launch(page)

    studio = create_studio(
        NewsletterWorkspace(newsletter),
        templates=templates,
        watching=lambda changed: watch(newsletter.folder, newsletter.config, (templates,), changed),
    )
    is_given = ctx.get_parameter_source("port") is click.core.ParameterSource.COMMANDLINE
    serve(studio, port, or_next=not is_given, ready=opened)
