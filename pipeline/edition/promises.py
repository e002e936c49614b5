"""What must hold of every coming letter, and which of it a planned week breaks. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.check.rules.sizes import html_size
from pipeline.edition.variants import CheckedLetter
from pipeline.model.content import Catalogue
from pipeline.model.locations import wishes_path
from pipeline.model.news import Snapshot
from pipeline.model.past import Past
from pipeline.model.picks import Pick, PickKind, Picks
from pipeline.model.wishes import Wishes
from pipeline.news.story_keys import is_certain
from pipeline.pick.selection import NewsSelection
from pipeline.weeks import Week

MINUTES_LIMIT = 6
"""The letter is a short one by design: term, tip and news take about three minutes."""

Promise = Literal["repeat", "prerequisite", "empty slot", "story", "cap", "size", "minutes", "finding"]

PROMISES: Mapping[Promise, str] = {
    "repeat": "nothing comes again while something unused is left",
    "prerequisite": "a term comes after its prerequisites",
    "empty slot": "every letter has its term and its tip",
    "story": "no story and no link comes twice",
    "cap": "no source has more of a section than its share",
    "size": "every letter stays under the size at which Gmail cuts it off",
    "minutes": f"no letter takes more than {MINUTES_LIMIT} minutes to read",
    "finding": "no letter has a finding that stops a send",
}


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """A promise that a letter breaks, with a suggested fix."""

    week: str
    promise: Promise
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.week}: {self.message} ({self.fix}) [{self.promise}]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A term or tip that comes again after so many weeks; `wished` when the editor pinned it."""

    week: str
    kind: PickKind
    ref: str
    weeks: int
    wished: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """One coming week: its selection, and what history will record of it.

    `unused` are the slugs that no letter before this week had, by kind.
    """

    week: Week
    picks: Picks
    past: Past
    wishes: Wishes
    locked: bool
    unused: Mapping[PickKind, frozenset[str]]
    repeats: tuple[Repeat, ...]

    def is_repeat(self, pick: Pick) -> bool:
        """Check whether an earlier letter had the term or tip of this pick."""
        return any((each.kind, each.ref) == (pick.kind, pick.ref) for each in self.repeats)

    def list_sources(self, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
        """Yield section and feed of every story, in the order of the letter."""
        for pick in self.picks.picks:
            if pick.ref in snapshot.item_by_id:
                yield pick.section, snapshot.item_by_id[pick.ref].feed

    def break_promise(self, promise: Promise, message: str, fix: str) -> BrokenPromise:
        """Build a broken promise of this week; what an old lock causes is fixed by selecting again."""
        if self.locked:
            fix = f"weekly issue build --week {self.week} --refresh"
        return BrokenPromise(str(self.week), promise, message, fix)


def check_promises(
    planned: Planned,
    catalogue: Catalogue,
    snapshot: Snapshot,
    rules: NewsSelection,
    sent: Mapping[str, str],
) -> Iterator[BrokenPromise]:
    """Yield the promises that a selection breaks; `sent` has the week of every story sent before, by key."""
    yield from _check_repeats(planned)
    yield from _check_order(planned, catalogue)
    yield from _check_slots(planned, catalogue)
    for key in planned.past.stories:
        if key in sent and is_certain(key):
            message = f"a story comes again that was sent in {sent[key]} ({key})"
            yield planned.break_promise("story", message, "ban it with weekly issue ban")
    yield from _check_caps(planned, snapshot, rules)


def _check_repeats(planned: Planned) -> Iterator[BrokenPromise]:
    banned = {"term": planned.wishes.term_ban, "tip": planned.wishes.tip_ban}
    for repeat in planned.repeats:
        left = planned.unused[repeat.kind].difference(banned[repeat.kind])
        if left and not repeat.wished:
            message = (
                f"the {repeat.kind} {repeat.ref} comes again after {repeat.weeks} weeks, "
                f"and {len(left)} unused ones are left"
            )
            yield planned.break_promise("repeat", message, "weekly content plan shows why")


def _check_order(planned: Planned, catalogue: Catalogue) -> Iterator[BrokenPromise]:
    pick = planned.picks.find("term")
    term = catalogue.term_by_slug.get(pick.ref) if pick else None
    if pick is None or term is None or pick.pinned:
        return
    missing = sorted(planned.unused["term"].intersection(term.prerequisites) - {term.slug})
    if missing:
        message = f"the term {term.slug} comes before {', '.join(missing)}, which it needs"
        fix = f"pin {missing[0]} to an earlier week, or remove what bans it"
        yield planned.break_promise("prerequisite", message, fix)


def _check_slots(planned: Planned, catalogue: Catalogue) -> Iterator[BrokenPromise]:
    if planned.picks.layout == "skip":
        return
    for kind, known in (("term", catalogue.terms), ("tip", catalogue.tips)):
        if known and planned.picks.find(kind) is None:
            fix = f"remove a ban from {wishes_path(str(planned.week))}, or write another {kind}"
            yield planned.break_promise("empty slot", f"the letter has no {kind}", fix)


def _check_caps(planned: Planned, snapshot: Snapshot, rules: NewsSelection) -> Iterator[BrokenPromise]:
    chosen = [pick for pick in planned.picks.picks if not pick.pinned and pick.ref in snapshot.item_by_id]
    counts = Counter((pick.section, snapshot.item_by_id[pick.ref].feed) for pick in chosen)
    for (name, slug), count in sorted(counts.items()):
        feed = snapshot.feed_by_slug.get(slug)
        cap = (feed.cap if feed is not None else 0) or rules.sections[name].cap
        if count > cap:
            message = f"{name} has {count} stories of {slug}, {cap} are allowed"
            yield planned.break_promise("cap", message, "report this")


def check_letter_promises(letter: CheckedLetter) -> Iterator[BrokenPromise]:
    """Yield the promises that a letter breaks once it is rendered."""
    issue = letter.issue
    if issue.minutes > MINUTES_LIMIT:
        message = f"the letter takes {issue.minutes} minutes to read"
        yield BrokenPromise(issue.week, "minutes", message, "shorten its term or its tip")
    for finding in letter.errors:
        promise: Promise = "size" if finding.rule is html_size else "finding"
        yield BrokenPromise(issue.week, promise, f"{finding.where}: {finding.message}", finding.fix)
