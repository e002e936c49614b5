"""`weekly issue pin`, `ban` and `approve`: what the editor wishes for a week, written to its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import click

from pipeline.cli.options import command, dry_run_option, newsletter, say, week_option

if TYPE_CHECKING:
    from pipeline.weeks import Week
    from pipeline.wiring import Newsletter


def refuse_frozen(letter: Newsletter, week: Week) -> None:
    """Refuse to touch a week that was sent."""
    from pipeline.errors import PipelineError

    if any(past.week == str(week) for past in letter.history()):
        raise PipelineError(f"{week} is frozen: what was sent is never rebuilt; it is in var/letters/{week}")


Slot = Literal["term", "tip"]


def _wish(week: str | None, slug: str, write: Literal["pin", "ban"], *, dry_run: bool) -> None:
    from pipeline.errors import AuthorError
    from pipeline.issue import wishes
    from pipeline.issue.lock import read_lock

    letter = newsletter()
    chosen = letter.week(week)
    refuse_frozen(letter, chosen)
    catalogue, _ = letter.edition().catalogue()
    slots = [
        slot
        for slot, known in (("term", catalogue.term_by_slug), ("tip", catalogue.tip_by_slug))
        if slug in known
    ]
    if not slots:
        raise AuthorError(wishes.check_wishes(wishes.Wishes(term_pin=slug), catalogue, str(chosen)))
    if len(slots) > 1:
        raise click.UsageError(
            f"{slug} is a term and a tip; write it into content/issues/{chosen}.toml yourself."
        )
    if dry_run:
        say(f"{chosen}: would {write} the {slots[0]} {slug}")
        return
    put = wishes.write_pin if write == "pin" else wishes.write_ban
    put(letter.folder, str(chosen), cast("Slot", slots[0]), slug)
    say(f"{chosen}: {slots[0]} {slug} is {'pinned' if write == 'pin' else 'banned'}")
    if read_lock(letter.folder, str(chosen)) is not None:
        say(f"{chosen} is locked already: weekly issue build --week {chosen} --refresh")


@command()
@click.argument("slug")
@week_option
@dry_run_option
def pin(*, slug: str, week: str | None, dry_run: bool) -> None:
    """Insist on a term or tip for a week; written to content/issues/WEEK.toml.

    Example: weekly issue pin context-window
    """
    _wish(week, slug, "pin", dry_run=dry_run)


@command()
@click.argument("slug")
@week_option
@dry_run_option
def ban(*, slug: str, week: str | None, dry_run: bool) -> None:
    """Keep a term or tip out of a week; written to content/issues/WEEK.toml.

    Example: weekly issue ban temperature --week 2026-W49
    """
    _wish(week, slug, "ban", dry_run=dry_run)


@command()
@week_option
@dry_run_option
def approve(*, week: str | None, dry_run: bool) -> None:
    """Approve the letter as it renders now; any later change of it voids the approval.

    Example: weekly issue approve --week 2026-W48
    """
    from pipeline.issue.wishes import write_approval

    letter = newsletter()
    chosen = letter.week(week)
    refuse_frozen(letter, chosen)
    edition = letter.edition()
    draft = edition.draft(chosen)
    if dry_run:
        say(f"would approve {chosen}, “{draft.rendered.subject}”")
        return
    edition.save_lock(draft)
    write_approval(letter.folder, str(chosen), draft.rendered.digest)
    say(f"{chosen}, “{draft.rendered.subject}”, is approved as it is now")
