"""Ensures that no feed can stop a letter: a story that would is left out, with a warning."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from pipeline.check.rules.links import links_absolute
from pipeline.check.rules.template_residue import no_template_residue
from pipeline.edition.variants import CheckedLetter
from pipeline.errors import AuthorError
from pipeline.issue.wishes import WISHES_PIN_BANNED
from pipeline.model.locations import snapshot_path, wishes_path
from pipeline.model.news import Item, Snapshot
from pipeline.model.picks import Pick, Picks
from pipeline.model.problem import WEEK_RULES, Problem
from pipeline.model.wishes import Wishes
from pipeline.news.filters import Harm
from pipeline.news.story_ref import list_story_names, parse_name
from pipeline.pick.unmet_wishes import find_contradictions, find_unmet

STORY_REFUSED = WEEK_RULES.warning(
    "story-refused", "No feed can stop a letter: a story that would is left out, and the editor should know."
)
STORY_GONE = WEEK_RULES.warning(
    "story-gone", "A story that was chosen and is no longer in the snapshot cannot be shown."
)
STORY_NOT_FOUND = WEEK_RULES.warning(
    "story-not-found", "A pinned story that no feed has brought cannot be shown."
)
STORY_PIN_BANNED = WEEK_RULES.warning(
    "story-pin-banned", "Two wishes that a feed made to be about one story contradict each other."
)
STORY_NOT_TAKEN = WEEK_RULES.warning(
    "story-not-taken", "A pinned story that an earlier letter had, or that has no link, is not sent."
)

SHOWN = 3
"""Items that are named one by one: a broken feed brings as many as it has, and each run prints them."""
_TITLE = 80


def leave_out_harmful(
    make: Callable[[Snapshot], CheckedLetter], picks: Picks, snapshot: Snapshot
) -> tuple[CheckedLetter, tuple[Problem, ...]]:
    """Build a letter without the stories that would stop it; return it with a warning for each of these.

    Errors that remain without any story are not caused by feeds: they are raised, or left in the findings.
    """
    try:
        whole = make(snapshot)
    except AuthorError:
        whole = None
    if whole is not None and not whole.errors:
        return whole, ()
    stories = [pick for pick in picks.picks if pick.kind == "item" and pick.ref in snapshot.item_by_id]
    best = make(_without(snapshot, [each for pick in picks.picks for each in (pick.ref, *pick.items)]))
    if not stories or best.errors:
        return whole or best, ()
    refused: list[tuple[Pick, str]] = []
    waiting = list(stories)
    while waiting:
        pick = waiting.pop(0)
        out = [each for other, _ in refused for each in (other.ref, *other.items)]
        out += [each for other in waiting for each in (other.ref, *other.items)]
        try:
            tried = make(_without(snapshot, out))
            why = "; ".join(f"{finding.message} [{finding.rule}]" for finding in tried.errors)
        except AuthorError as error:
            why = f"{error.problems[0].message} [{error.problems[0].rule}]"
        if why:
            refused.append((pick, why))
        else:
            best = tried
    return best, tuple(_refuse(picks.week, pick, snapshot, why) for pick, why in refused)


def list_harmful(
    picks: Picks,
    snapshot: Snapshot,
    find_harms: Callable[[str, tuple[Item, ...]], Mapping[str, Harm]],
) -> Iterator[Problem]:
    """List the items that were not chosen from because a rule would stop the letter for them.

    `find_harms` returns them by the ids of the items that a week has.
    """
    chosen = {each for pick in picks.picks for each in (pick.ref, *pick.items)}
    hidden = {feed.slug for feed in snapshot.feeds if feed.hidden}
    harms = find_harms(picks.week, snapshot.items)
    harmful = ((snapshot.item_by_id[id_], harm) for id_, harm in harms.items() if id_ not in chosen)
    found = [(item, harm) for item, harm in harmful if item.feed not in hidden]
    for item, harm in found[:SHOWN]:
        title, detail = item.title[:_TITLE], harm.detail[:_TITLE]
        message = f"“{title}” of {item.feed} is left out because it would stop the letter: `{detail}`"
        rule = links_absolute if harm.is_link else no_template_residue
        fix = f"rule {rule}; the publisher of the feed can correct it"
        yield STORY_REFUSED.problem(message, fix, path=snapshot_path(picks.week))
    if rest := found[SHOWN:]:
        message = f"{len(rest):,} more are left out because they would stop the letter"
        yield STORY_REFUSED.problem(message, "`weekly feeds test` shows them", path=snapshot_path(picks.week))


def _without(snapshot: Snapshot, ids: Collection[str]) -> Snapshot:
    items, jobs = (
        tuple(item for item in kept if item.id not in ids) for kept in (snapshot.items, snapshot.jobs)
    )
    return replace(snapshot, items=items, jobs=jobs)


def _refuse(week: str, pick: Pick, snapshot: Snapshot, why: str) -> Problem:
    title = snapshot.item_by_id[pick.ref].title
    message = f"{pick.slot}, “{title}”, is left out because it would stop the letter: {why}"
    fix = f"weekly issue swap {pick.slot} --week {week}"
    return STORY_REFUSED.problem(message, fix, path=snapshot_path(week))


def find_missing(picks: Picks, fresh: Picks, wishes: Wishes, snapshot: Snapshot) -> Iterator[Problem]:
    """List the stories that were chosen or pinned and cannot be in the letter."""
    path = snapshot_path(picks.week)
    fix = "`weekly feeds fetch` brings what the feeds have now"
    for pick in picks.picks:
        if pick.kind == "item" and pick.ref not in snapshot.item_by_id:
            message = f"{pick.slot} was chosen and is no longer there ({pick.ref}); the letter goes without"
            yield STORY_GONE.problem(message, fix, path=path)
    names = list_story_names(snapshot.item_by_id.values()) if wishes.items.pin else frozenset()
    for wish in wishes.items.pin:
        if parse_name(wish) not in names:
            message = f"the pinned story `{wish}` is in no feed of this week; the letter goes without"
            yield STORY_NOT_FOUND.problem(message, fix, path=path)
    for message in find_unmet(fresh, wishes, snapshot):
        wish = wishes_path(picks.week)
        why = "an earlier letter had it, or it has no link; take the wish back"
        yield STORY_NOT_TAKEN.problem(f"{message}, and cannot be", why, path=wish)


def list_contradictions(picks: Picks, wishes: Wishes, snapshot: Snapshot) -> list[Problem]:
    """List the stories that are pinned and banned at once, by whatever names.

    An error where both wishes name one item; a warning where a feed made one story of two.
    """
    found = []
    for each in find_contradictions(picks, wishes, snapshot):
        message = f"`{each.pin}` is pinned and `{each.ban}` is banned: both are the story “{each.title}”"
        rule, fix = STORY_PIN_BANNED, "the pin wins; delete it if you mean the ban"
        if each.is_certain:
            rule, fix = WISHES_PIN_BANNED, "delete one of the two"
        found.append(rule.problem(message, fix, path=wishes_path(picks.week)))
    return found
