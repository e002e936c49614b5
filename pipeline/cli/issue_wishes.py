"""`weekly issue pin`, `ban`, `swap` and `approve`: the editor's wishes for a week, written to its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from pipeline.cli.options import command, dry_run_option, open_newsletter, say, week_option

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft
    from pipeline.issue.wishes_file import WishKind
    from pipeline.model.picks import Pick
    from pipeline.weeks import Week
    from pipeline.wiring import Newsletter


def refuse_frozen(newsletter: Newsletter, week: Week) -> None:
    """Refuse to touch a week that was sent."""
    from pipeline.errors import PipelineError

    past = next((past for past in newsletter.history() if past.week == str(week)), None)
    if past is not None and past.skipped:
        raise PipelineError(
            f"{week} was skipped, {past.skipped}. To have a letter all the same, change `[sections] thin`, "
            f"delete the week's lock and its line in content/issues/history.jsonl: weekly run --week {week}"
        )
    if past is not None:
        raise PipelineError(f"{week} is frozen: what was sent is never rebuilt; it is in var/letters/{week}")


def refuse_without_news(newsletter: Newsletter, week: Week) -> None:
    """Refuse to approve a letter whose news are still to come: it would be approved without them."""
    from pipeline.errors import PipelineError
    from pipeline.feeds.snapshot import has_snapshot

    if any(not feed.hidden for feed in newsletter.feeds()) and not has_snapshot(newsletter.folder, str(week)):
        raise PipelineError(
            f"the news of {week} were not fetched yet: weekly feeds fetch, look at it, then approve"
        )


def _open(week: str | None) -> tuple[Newsletter, Week]:
    from pipeline.errors import PipelineError

    newsletter = open_newsletter()
    chosen, coming = newsletter.week(week), newsletter.week(None)
    refuse_frozen(newsletter, chosen)
    if chosen < coming:
        raise PipelineError(f"{chosen} is past, and no letter was sent; the next letter is that of {coming}")
    return newsletter, chosen


def _find_table(newsletter: Newsletter, week: Week, name: str) -> WishKind:
    """Find which table of the wishes a name belongs to: links and ids are news, slugs terms or tips."""
    from pipeline.errors import AuthorError
    from pipeline.issue.wishes import check_wishes
    from pipeline.model.wishes import Wishes
    from pipeline.news.stories import name_wish

    if name_wish(name):
        return "items"
    catalogue, _ = newsletter.edition().catalogue()
    is_term, is_tip = name in catalogue.term_by_slug, name in catalogue.tip_by_slug
    if is_term and is_tip:
        raise click.UsageError(
            f"{name} is a term and a tip; write it into content/issues/{week}.toml yourself."
        )
    if not is_term and not is_tip:
        raise AuthorError(check_wishes(Wishes(term_pin=name), catalogue, str(week)))
    return "term" if is_term else "tip"


def _tell_locked(newsletter: Newsletter, week: Week) -> None:
    from pipeline.issue.lock import read_lock

    if read_lock(newsletter.folder, str(week)) is not None:
        say(f"{week} is locked already: weekly issue build --week {week} --refresh")


def _find_slot(draft: Draft, slot: str) -> Pick:
    pick = draft.lock.picks.find(slot)
    if pick is None:
        slots = ", ".join(each.slot for each in draft.lock.picks.picks)
        raise click.UsageError(f"The letter of {draft.lock.week} has no slot {slot!r}; it has {slots}.")
    return pick


def _name_story(draft: Draft, ref: str) -> str:
    """Write a reference as a person would: a story by its link, where that names no other."""
    from pipeline.news.stories import name_item

    items = draft.snapshot.item_by_id
    return name_item(items[ref], items.values()) if ref in items else ref


def _list_pins(draft: Draft, pick: Pick) -> list[str]:
    """List what a pin of a story could say."""
    found = [draft.snapshot.item_by_id.get(each) for each in (pick.ref, *pick.items)]
    copies = [item for item in found if item is not None and pick.kind == "item"]
    return [name for item in copies for name in (item.id, item.url)]


def _name_other(draft: Draft, slot: str, name: str) -> str:
    """Name the copy of a story that belongs where a slot is; what no feed brought stays as it was given."""
    from pipeline.model.picks import section_of
    from pipeline.news.stories import list_names, name_wish

    section = section_of(slot)
    found = [item for item in draft.snapshot.item_by_id.values() if name_wish(name) in list_names(item)]
    fitting = [item for item in found if item.section == section]
    if found and not fitting:
        raise click.UsageError(
            f"{name} is of {found[0].section}, and {slot} is not; weekly issue pin puts it where it belongs."
        )
    return _name_story(draft, fitting[0].id) if fitting else name


def _wish(name: str, week: str | None, what: Literal["pin", "ban"], *, dry_run: bool) -> None:
    """Write down that a week must have something, or must not."""
    from pipeline.issue.wishes_file import write_ban, write_pin

    letter, chosen = _open(week)
    table = _find_table(letter, chosen, name)
    kind = "story" if table == "items" else table
    if dry_run:
        say(f"{chosen}: would {what} the {kind} {name}")
        return
    write = write_pin if what == "pin" else write_ban
    write(letter.folder, str(chosen), table, name)
    say(f"{chosen}: {kind} {name} is {what}ned")
    _tell_locked(letter, chosen)


@command()
@click.argument("name")
@week_option
@dry_run_option
def pin(*, name: str, week: str | None, dry_run: bool) -> None:
    """Insist on a term, a tip or a story; written to content/issues/WEEK.toml.

    NAME is a slug, the link of a story, or its id as `weekly issue explain` shows it.

    Example: weekly issue pin context-window
    """
    _wish(name, week, "pin", dry_run=dry_run)


@command()
@click.argument("name")
@week_option
@dry_run_option
def ban(*, name: str, week: str | None, dry_run: bool) -> None:
    """Keep a term, a tip or a story out of a week; written to content/issues/WEEK.toml.

    NAME is a slug, the link of a story, or its id as `weekly issue explain` shows it.

    Example: weekly issue ban temperature --week 2026-W49
    """
    _wish(name, week, "ban", dry_run=dry_run)


@command()
@click.argument("slot")
@click.argument("name", required=False)
@week_option
@dry_run_option
def swap(*, slot: str, name: str | None, week: str | None, dry_run: bool) -> None:
    """Put another in a slot's place: what has it is banned, NAME or the first runner-up is pinned.

    SLOT is `term`, `tip` or one such as `tools-2`, as `weekly issue explain` lists them. A story stands in
    its section by its score, also where it is pinned.

    Example: weekly issue swap tip
    """
    from pipeline.errors import PipelineError
    from pipeline.issue.wishes_file import write_swap

    letter, chosen = _open(week)
    draft = letter.edition().draft(chosen)
    pick = _find_slot(draft, slot)
    if name is None and not pick.runners_up:
        raise PipelineError(
            f"{slot} has no runner-up; name what should have it: weekly issue swap {slot} NAME"
        )
    table: WishKind = "items" if pick.kind == "item" else pick.kind
    other = name or _name_story(draft, pick.runners_up[0].ref)
    if _find_table(letter, chosen, other) != table:
        raise click.UsageError(f"{other} is no {'story' if table == 'items' else table}.")
    if name and table == "items":
        other = _name_other(draft, slot, name)
    if dry_run:
        say(f"{chosen}: would put {other} in the place of {draft.name(pick)}")
        return
    banned, names = _name_story(draft, pick.ref), _list_pins(draft, pick)
    write_swap(letter.folder, str(chosen), table, banned, other, names=names)
    say(f"{chosen}: {other} is pinned, {draft.name(pick)} is banned")
    _tell_locked(letter, chosen)


@command()
@week_option
@dry_run_option
def approve(*, week: str | None, dry_run: bool) -> None:
    """Approve the letter as it renders now; any later change of it voids the approval.

    Example: weekly issue approve --week 2026-W48
    """
    from pipeline.edition import approval

    letter, chosen = _open(week)
    edition = letter.edition()
    refuse_without_news(letter, chosen)
    draft = edition.draft(chosen)
    if dry_run:
        say(f"would approve {chosen}, “{draft.rendered.subject}”")
        return
    approval.approve(edition, draft)
    say(f"{chosen}, “{draft.rendered.subject}”, is approved as it is now")
