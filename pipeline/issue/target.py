"""What an editor means by a slug, a link or an id, and what it matches this week. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from pipeline.errors import ArgumentError
from pipeline.issue.news_section import name_source
from pipeline.issue.wishes_file import WishKind
from pipeline.model.frozen import dataclass
from pipeline.model.news import NO_NEWS, Snapshot, Story
from pipeline.model.suggest import did_you_mean
from pipeline.news.stories import Gathered
from pipeline.news.story_ref import StoryIndex, list_story_names, parse_name, write_name

Purpose = Literal["pin", "ban", "take back"]

_SHOWN = 3
"""So many stories, or other places of one, fit into a sentence; the rest are counted."""


_SCHEME = re.compile(r"\A(?:\w+:/+|/+)?")
"""What may stand before the host of a link that was typed or copied in part."""

_NEAR_LINK = 0.9
"""Links share `https://` and much else: only those that differ in a letter or two are offered as meant."""


@dataclass(frozen=True, slots=True)
class WishTarget:
    """A term, a tip or stories, with every name that means the same.

    `wish` is how the week's file writes it, `words` how a sentence does; `notes` are what the editor should
    know of it. `stories` is empty for a story that no feed has brought.
    """

    kind: WishKind
    wish: str
    names: frozenset[str]
    words: str
    stories: tuple[Story, ...] = ()
    notes: tuple[str, ...] = ()

    def is_named(self, wish: str) -> bool:
        """Return whether a wish of the file means this, or a part of it."""
        return (parse_name(wish) if self.kind == "items" else wish.strip()) in self.names

    def is_covered(self, wishes: Sequence[str]) -> bool:
        """Return whether wishes of the file mean all of this already."""
        named = {parse_name(wish) for wish in wishes if self.is_named(wish)}
        stories = (list_story_names(story.items) for story in self.stories)
        return bool(named) and all(named & names for names in stories)


@dataclass(frozen=True)
class WeekFacts:
    """What names are understood by: the files of the content, and the news of a week as its choice sees them.

    `slugs` has those of every file, `titles` what the named files say, empty for one with an error.
    `can_come` means that the news are not fetched yet, `is_locked` that no more will be; `sent` has the week
    of every link that earlier letters had, by `url_key`.
    """

    week: str
    slugs: Mapping[WishKind, Sequence[str]] = field(default_factory=dict)
    titles: Mapping[tuple[WishKind, str], str] = field(default_factory=dict)
    snapshot: Snapshot = NO_NEWS
    gathered: Gathered = field(default_factory=lambda: Gathered((), ()))
    can_come: bool = False
    is_locked: bool = False
    sent: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def stories(self) -> StoryIndex:
        """The stories of the week by their names; what fell out is there by itself."""
        alone = (Story(drop.item) for drop in self.gathered.dropped)
        return StoryIndex((*self.gathered.stories, *alone))


def find_target(
    name: str,
    facts: WeekFacts,
    *,
    purpose: Purpose,
    kind: WishKind | None = None,
    wished: Mapping[WishKind, Sequence[str]] = MappingProxyType({}),
) -> WishTarget:
    """Find what a name means; `kind` decides for a slug that a term and a tip share.

    `wished` are the wishes that can be taken back, also if what they name does not exist any more.

    Raises:
        ArgumentError: there is no such thing; the message suggests the nearest name.
    """
    name = name.strip()
    if not name:
        raise ArgumentError("the name is empty: give a slug, the link of a story, or its id")
    kinds: tuple[WishKind, ...] = (kind,) if kind else ("term", "tip")
    known = {each: facts.slugs.get(each, ()) for each in kinds}
    found = [each for each in known if name in known[each]]
    if len(found) > 1:
        raise ArgumentError(f"`{name}` is a term and a tip; say which: --kind term, or --kind tip")
    if found:
        return _find_entry(found[0], name, facts.titles.get((found[0], name), ""), purpose)
    if kind == "items" or (kind is None and parse_name(name)):
        return _find_story(name, facts, purpose, wished.get("items", ()))
    stale = [each for each in known if purpose == "take back" and name in wished.get(each, ())]
    if stale:
        return WishTarget(stale[0], name, frozenset({name}), f"the {stale[0]} {name}, whose file is gone")
    hint = did_you_mean(name, [slug for slugs in known.values() for slug in slugs])
    story = "" if kind else "; a story is named by its whole link, or by its id"
    hint = _suggest_link(name, facts) or hint or f"`weekly content list` shows them all{story}"
    raise ArgumentError(f"there is no {' and no '.join(known)} `{name}`: {hint}")


def _find_entry(kind: WishKind, slug: str, title: str, purpose: Purpose) -> WishTarget:
    words = f"the {kind} “{title}” ({slug})" if title else f"the {kind} {slug}"
    broken = "its file has an error, which stops the letter until it is fixed: weekly content check"
    notes = () if title or purpose == "take back" else (broken,)
    return WishTarget(kind, slug, frozenset({slug}), words, notes=notes)


def _suggest_link(name: str, facts: WeekFacts) -> str:
    """Suggest the link of a story that was written without its scheme; empty when no story has it."""
    link = _SCHEME.sub("https://", name, count=1)
    stories = facts.stories.find(link)
    return f'did you mean "{link}", {_describe(stories)}?' if stories else ""


def _find_story(name: str, facts: WeekFacts, purpose: Purpose, wished: Sequence[str]) -> WishTarget:
    stories = facts.stories.find(name)
    key = parse_name(name)
    if not stories:
        notes = _explain_absence(name, facts, purpose, is_wished=key in map(parse_name, wished))
        return WishTarget("items", name, frozenset({key}), f"the story {name}", notes=notes)
    items = [item for story in stories for item in story.items]
    named = next((item for item in items if item.id == name), None)
    wish = name if named is None else write_name(named, facts.snapshot.item_by_id.values())
    ids = {item.id for item in items}
    reasons = {drop.reason for drop in facts.gathered.dropped if drop.item.id in ids}
    notes = tuple(f"it falls out by itself: {reason}" for reason in sorted(reasons))
    return WishTarget("items", wish, list_story_names(items), _describe(stories), stories, notes)


def _explain_absence(name: str, facts: WeekFacts, purpose: Purpose, *, is_wished: bool) -> tuple[str, ...]:
    """Explain what becomes of a wish for an absent story; raises ArgumentError if nothing does."""
    key = parse_name(name)
    if not key:
        hint = _suggest_link(name, facts) or "it is neither a whole link, as https://example.org/x, nor an id"
        raise ArgumentError(f"no feed brought a story `{name}` for {facts.week}: {hint}")
    if purpose == "take back" and is_wished:
        return ()
    had = facts.sent.get(key)
    sent = (f"the letter of {had} had it, and no story is sent twice",) if had else ()
    if facts.can_come:
        return (*sent, f"the news of {facts.week} are not fetched yet: it is matched when they come")
    if purpose == "ban" and not facts.is_locked and not key.startswith("#"):
        return (
            *sent,
            "no feed brought it so far: should one bring it before the letter goes out, it stays out",
        )
    links = [each for each in facts.stories if not each.startswith("#")]
    hint = (
        did_you_mean(key, links, cutoff=_NEAR_LINK) or "`weekly feeds fetch` brings what the feeds have now"
    )
    if facts.is_locked:
        hint = f"{hint}; {facts.week} is locked, so no more news come"
    raise ArgumentError(f"no feed brought a story {name} for {facts.week}, nothing is written: {hint}")


def _describe(stories: Sequence[Story]) -> str:
    """Name stories with their sources, and the other places that have them."""
    if len(stories) > 1:
        named = (f"“{story.lead.title}” ({name_source(story.lead)})" for story in stories)
        return f"the {len(stories)} stories {_join(list(named))}"
    lead, *also = stories[0].items
    places = [name for name in dict.fromkeys(map(name_source, also)) if name != name_source(lead)]
    others = f", also at {_join(places)}" if places else ""
    return f"the story “{lead.title}” ({name_source(lead)}){others}"


def _join(words: Sequence[str]) -> str:
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return f"{', '.join(words[:_SHOWN])}{more}"
