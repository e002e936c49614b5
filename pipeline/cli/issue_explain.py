"""`weekly issue explain`: what was chosen for every slot, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, json_option, open_newsletter, week_option
from pipeline.cli.outputs import document, print_json
from pipeline.cli.tables import shorten
from pipeline.model.plurals import count_noun
from pipeline.model.sections import JOBS

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft
    from pipeline.model.picks import Candidate, Pick, Reason
    from pipeline.wiring import Newsletter

MEANINGS = {
    "news": "this week's news speaks of it more than usual",
    "chain": "continues the term of last week",
    "coverage": "its category had less, or more, than its share of late",
    "season": "it is the time of the year for it",
    "ramp": "how well its difficulty suits this point of the cycle",
    "jitter": "decides between equals, in the same way on every machine",
    "term": "is about the term of the week",
    "related": "is about a term related to it",
    "variety": "its kind came less, or more, often of late",
    "weight": "the weight of its feed in content/feeds.toml",
    "rarity": "feeds that bring few items count more",
    "recency": "newer is better, by half-life",
    "quality": "weak points of the title",
    "sources": "how many sources have the story",
    "topic": "terms of the glossary that it mentions",
}
"""What each factor means, in a few words, by the name of its reason."""


_DROPPED = {
    "used this cycle": "used in this cycle",
    "newer ones first": "used more often than others",
    "prerequisite missing": "waiting for a term that they build on",
    "no slot left": "of a lower score than those chosen",
    "source has its share": "from a source that has its share of the section",
    "hidden feed": "from a hidden feed",
    "no link": "without a link",
    "would stop the letter": "which a rule would stop the letter for",
    "other language": "in another language",
    "banned word": "with a banned word",
    "older release": "about an older release",
    "banned": "banned",
}
"""The reasons of a lock for what fell out, in words that follow a count; others need none."""

_TITLE, _SOURCE = 40, 16
"""A story's title and its source are shown in so many columns."""


@command()
@click.argument("slot", required=False)
@week_option
@json_option
def explain(*, slot: str | None, week: str | None, as_json: bool) -> None:
    """Explain a choice: every factor with its number, the runners-up, and what fell out before.

    The factors of a term or tip add up to its score, those of a story multiply. SLOT is `term`, `tip`, a news
    section such as `tools`, or one of its slots such as `tools-2`.

    Example: weekly issue explain term
    """
    newsletter = open_newsletter()
    draft = newsletter.edition().draft(newsletter.week(week, has_letter=True))
    chosen = draft.lock.picks
    picks = [pick for pick in chosen.picks if slot in (None, pick.slot, pick.section)]
    empty = {
        section: counts
        for section, counts in chosen.record.dropped.items()
        if slot in (None, section) and all(not pick.slot.startswith(f"{section}-") for pick in chosen.picks)
    }
    reason = "" if picks or empty or slot is None else _find_emptiness(newsletter, draft, slot)
    if not (picks or empty or reason):
        slots = ", ".join(pick.slot for pick in chosen.picks)
        raise click.UsageError(f"The letter has no slot {slot!r}; it has: {slots}.")
    if as_json:
        print_json(
            {
                "week": chosen.week,
                "layout": chosen.layout,
                "note": chosen.note,
                "slots": [_pick_json(draft, pick) for pick in picks],
                "empty": empty | ({slot: {reason: 0}} if reason else {}),
            }
        )
        return
    if chosen.note and slot is None:
        click.echo(f"{chosen.layout}: {chosen.note}\n")
    for pick in picks:
        _explain(draft, pick)
    for section, counts in empty.items():
        click.echo(f"{section}: no story, because none of the items was left")
        _tell_dropped(counts)
    if reason:
        click.echo(f"{slot}: empty, because {reason}")


def _find_emptiness(newsletter: Newsletter, draft: Draft, slot: str) -> str:
    """Return why a part of the letter has nothing; empty for a word that is no part of a letter."""
    from pipeline.plugins.sections import news_sections

    if slot in ("term", "tip"):
        return f"no {slot} may come in {draft.lock.picks.week}: `weekly content list` shows what there is"
    if slot not in news_sections():
        return ""
    if slot not in newsletter.settings.sections.order:
        return f"`[sections] order` in {newsletter.config.name} does not have it"
    return _find_missing_items(newsletter, draft, slot)


def _find_missing_items(newsletter: Newsletter, draft: Draft, section: str) -> str:
    feeds = [feed for feed in newsletter.feeds() if feed.section == section and not feed.hidden]
    items = [item for item in draft.snapshot.items if item.section == section]
    if items:
        layout = draft.lock.picks.layout
        return f"none of its {count_noun(len(items), 'item')} was chosen; the layout is {layout}"
    if feeds:
        return f"its {count_noun(len(feeds), 'feed')} brought nothing for this letter: `weekly feeds fetch`"
    jobs = " or `weekly jobs import`" if section == JOBS else ""
    return f"no feed is for it: `weekly feeds add URL --section {section}`{jobs}"


def _explain(draft: Draft, pick: Pick) -> None:
    pinned = "  pinned by the editor" if pick.pinned else ""
    click.echo(f"{pick.slot}: {_name(draft, pick)}  {pick.score:.3f}{pinned}")
    item = draft.snapshot.item_by_id.get(pick.ref)
    if item is not None:
        click.echo(f"  {item.url}  ({pick.ref})")
    for reason in pick.reasons:
        click.echo(_in_words(reason, pick))
    for also in pick.items:
        other = draft.snapshot.item_by_id.get(also)
        if other is not None:
            click.echo(
                f"  {'also at' if item is not None else 'in the news'}: {shorten(other.title, _TITLE)}"
            )
            click.echo(f"    {other.url}")
    for candidate in pick.runners_up:
        shown_id = f"  ({candidate.ref})" if candidate.ref in draft.snapshot.item_by_id else ""
        click.echo(f"  next: {_name(draft, candidate)}  {candidate.score:.3f}{shown_id}")
    _tell_dropped(pick.dropped)


def _name(draft: Draft, pick: Pick | Candidate) -> str:
    """Name a pick as `Draft.name` does, short enough for a terminal; --json has all of a title."""
    item = draft.snapshot.item_by_id.get(pick.ref)
    if item is None:
        return draft.name(pick)
    return shorten(item.title, _TITLE) + shorten(draft.name(pick).removeprefix(item.title), _SOURCE)


def _in_words(reason: Reason, pick: Pick) -> str:
    number = f"× {reason.value:.3f}" if pick.kind == "item" else f"{reason.value:+7.3f}"
    meaning = f"  [{MEANINGS[reason.name]}]" if reason.name in MEANINGS else ""
    return f"  {number}  {reason.name:<10} {reason.detail}{meaning}"


def _tell_dropped(counts: Mapping[str, int]) -> None:
    for why, count in counts.items():
        click.echo(f"  left out: {count} {_DROPPED.get(why, why)}")


def _pick_json(draft: Draft, pick: Pick) -> dict[str, object]:
    return {
        "slot": pick.slot,
        "kind": pick.kind,
        "pinned": pick.pinned,
        **_candidate_json(draft, pick),
        "items": pick.items,
        "runners_up": [_candidate_json(draft, candidate) for candidate in pick.runners_up],
        "dropped": pick.dropped,
    }


def _candidate_json(draft: Draft, candidate: Candidate | Pick) -> dict[str, object]:
    from pipeline.cli.documents.issues import CandidateRow, ReasonRow

    item = draft.snapshot.item_by_id.get(candidate.ref)
    reasons = [document(ReasonRow, each, meaning=MEANINGS.get(each.name)) for each in candidate.reasons]
    story = {key: getattr(item, key, None) for key in ("title", "url", "feed")}
    return document(CandidateRow, candidate, **story, reasons=reasons)
