"""`weekly preview` and `weekly render`: the next letter in the browser, or as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, newsletter, say, week_option

if TYPE_CHECKING:
    from pipeline.edition import Draft
    from pipeline.sample import Sample
    from pipeline.studio.app import Preview
    from pipeline.wiring import Newsletter


def filled(letter: Newsletter, draft: Draft) -> Sample:
    """Fill a draft for a sample reader, with the last recorded count and the time of its slot."""
    from pipeline.sample import fill_sample, readers_phrase
    from pipeline.weeks import Week, slot_at

    history = letter.history()
    phrase = readers_phrase(history[-1].readers if history else 0, letter.letterhead.audience)
    slot = slot_at(Week.parse(draft.rendered.week), letter.schedule)
    return fill_sample(draft.rendered, letter.letterhead, phrase=phrase, at=slot)


@command()
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write to."
)
@week_option
def render(*, out: Path, week: str | None) -> None:
    """Write index.html, issue.txt and issue.eml of a sample reader; nothing is locked or sent.

    Example: weekly render --out letter
    """
    from pipeline.sample import write_sample

    letter = newsletter()
    draft = letter.edition().draft(letter.week(week))
    for finding in draft.findings:
        say(str(finding))
    click.echo(write_sample(out, filled(letter, draft)))


@command()
@week_option
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port to listen on."
)
@click.option("--open/--no-open", "open_", default=True, help="Open the browser.")
def preview(*, week: str | None, port: int, open_: bool) -> None:
    """Show the next letter in the browser: HTML, text, why, checks. A reload shows what you saved.

    It listens on this machine only and writes nothing. Example: weekly preview --port 8765
    """
    from pipeline.studio.app import HOST, create_preview
    from pipeline.web.app import serve

    letter = newsletter()

    def opened(address: str) -> None:
        say(f"the letter is on {address}; a reload shows what you saved, Ctrl-C ends it")
        if open_:
            click.launch(address)

    app = create_preview(lambda: _load(letter, week), templates=letter.templates)
    serve(app, HOST, port, ready=opened)


def _load(letter: Newsletter, week: str | None) -> Preview:
    from pipeline.studio.app import Preview

    # Everything is made anew but the clock: settings, templates and content may have been saved meanwhile.
    fresh = letter.reopened()
    draft = fresh.edition().draft(fresh.week(week))
    sample = filled(fresh, draft)
    head = fresh.letterhead
    return Preview(
        week=draft.rendered.week,
        number=draft.rendered.number,
        sender=f"{head.from_name} <{head.from_email}>",
        subject=draft.rendered.subject,
        preheader=draft.rendered.preheader,
        html=sample.html,
        text=sample.text,
        html_bytes=len(sample.html.encode()),
        findings=draft.findings,
        picks=draft.lock.picks.picks,
        warnings=draft.warnings,
        was_locked=draft.was_locked,
        drifted=draft.drifted,
    )
