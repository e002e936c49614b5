"""`weekly preview`, `render` and `send`: a letter in the browser, as files, or as test copies."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, dry_run_option, open_newsletter, say, say_problems, week_option

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft, Edition
    from pipeline.edition.sample import Sample
    from pipeline.issue.variants import Choices
    from pipeline.model.rendered import Rendered
    from pipeline.wiring import Newsletter

variant_option = click.option(
    "--variant",
    default="ordinary",
    metavar="NAME",
    help="A variant of the letter: text-only, without-careers, or several joined by +.",
)


def filled(newsletter: Newsletter, draft: Draft, *, text_only: bool = False) -> Sample:
    """Fill a draft for a sample reader, with the last recorded count and the time when it is due."""
    from pipeline.edition.sample import fill_sample, readers_phrase
    from pipeline.issue.history import last_readers
    from pipeline.weeks import Week, get_due_at

    phrase = readers_phrase(last_readers(newsletter.history()), newsletter.letterhead.audience)
    due_at = get_due_at(Week.parse(draft.rendered.week), newsletter.schedule)
    return fill_sample(draft.rendered, newsletter.letterhead, phrase=phrase, at=due_at, text_only=text_only)


def read_variant(name: str) -> Choices:
    """Read what `--variant` names."""
    from pipeline.issue.variants import parse_choices

    try:
        return parse_choices(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--variant") from error


def render_variant(edition: Edition, draft: Draft, choices: Choices) -> Rendered:
    """Render a variant of a draft, whether it is offered to readers or not.

    Raises:
        click.BadParameter: the letter has no such variant: a section is missing, or cannot be left out.
    """
    from pipeline.issue.variants import ORDINARY, fit_choices

    if fit_choices(choices, {section.kind for section in draft.issue.sections}) != choices:
        names = ", ".join((ORDINARY, *(variant.name for variant in draft.variants)))
        raise click.BadParameter(
            f"{draft.lock.week} has no variant {choices.name}; it has {names}", param_hint="--variant"
        )
    return edition.make_variant(draft, choices).rendered if choices.without else draft.rendered


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
    draft = edition.draft(newsletter.week(week, has_letter=True))
    say_problems(draft.findings)
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
    from pipeline.studio.app import create_studio, serve
    from pipeline.studio.live_reload import watch
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
            _open_browser(page)

    studio = create_studio(
        NewsletterWorkspace(newsletter),
        templates=templates,
        watching=lambda changed: watch(newsletter.folder, newsletter.config, (templates,), changed),
    )
    is_given = ctx.get_parameter_source("port") is click.core.ParameterSource.COMMANDLINE
    serve(studio, port, or_next=not is_given, ready=opened)


def _open_browser(page: str) -> None:
    """Open a page where there is a desktop; xdg-open would explain at length that it finds no browser."""
    if sys.platform in ("win32", "cygwin", "darwin"):
        click.launch(page)
    elif any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
        quiet = subprocess.DEVNULL
        with contextlib.suppress(OSError):  # the address is printed
            subprocess.Popen(["xdg-open", page], stdin=quiet, stdout=quiet, stderr=quiet)  # noqa: S603, S607


@command()
@click.option(
    "--to", "addresses", multiple=True, required=True, metavar="ADDRESS", help="Where to; may be repeated."
)
@week_option
@variant_option
@dry_run_option
def send(*, addresses: tuple[str, ...], week: str | None, variant: str, dry_run: bool) -> None:
    """Send test copies of a letter, marked [Test]; their unsubscribe links open nothing.

    Readers get theirs by `weekly run`. Example: weekly send --to editor@example.org
    """
    from pipeline.run.single_mails import mark_as_test, send_test
    from subscribers.addresses import parse_address

    choices = read_variant(variant)
    newsletter = open_newsletter()
    recipients = [parse_address(address).email for address in addresses]
    edition = newsletter.edition()
    draft = edition.draft(newsletter.week(week, has_letter=True))
    rendered = render_variant(edition, draft, choices)
    if dry_run:
        count = len(recipients)
        say(f"would send “{mark_as_test(rendered).subject}” to {count} address{'es' if count != 1 else ''}")
        return
    say(send_test(newsletter, rendered, recipients, text_only=choices.text_only))
