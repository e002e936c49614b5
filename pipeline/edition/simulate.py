"""Plays coming weeks with the code of the real run: choose, compose, render, check.

Reads what an edition reads and writes nothing: no lock, no history, no database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Literal

from pipeline.check.rules.sizes import html_size
from pipeline.edition.sample import fill_sample, readers_phrase
from pipeline.issue.compose import count_words_to_read
from pipeline.issue.history import last_readers
from pipeline.model.news import SECTIONS, Snapshot
from pipeline.model.picks import Layout, PickKind, Picks
from pipeline.news.stories import is_certain
from pipeline.pick.coverage import Coverage, cover
from pipeline.pick.forecast import Planned
from pipeline.weeks import Week, get_due_at

if TYPE_CHECKING:
    from pipeline.edition.draft import Edition
    from pipeline.model.content import Catalogue
    from pipeline.model.issue import Issue
    from pipeline.model.past import Past
    from pipeline.model.problem import Problem
    from pipeline.pick.options import NewsSelection

MINUTES_LIMIT = 6

Promise = Literal["repeat", "prerequisite", "empty slot", "story", "cap", "size", "minutes", "finding"]

PROMISES: Mapping[Promise, str] = {
    "repeat": "nothing comes again while something unused is left",
    "prerequisite": "a term comes after what it needs",
    "empty slot": "every letter has its term and its tip",
    "story": "no story and no link comes twice",
    "cap": "no source has more of a section than its share",
    "size": "every letter stays under the size at which Gmail cuts",
    "minutes": f"no letter takes more than {MINUTES_LIMIT} minutes to read",
    "finding": "no letter has a finding that stops a send",
}
"""What must hold of every coming letter."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that a letter breaks, and how to mend it."""

    week: str
    promise: Promise
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.week}: {self.message} ({self.fix}) [{self.promise}]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """Something that comes again; `weeks` is how long it rested. A wished one was pinned by the editor."""

    week: str
    kind: PickKind
    ref: str
    weeks: int
    wished: bool


@dataclass(frozen=True, slots=True)
class Played:
    """One coming letter. `term` and `tip` are slugs, empty when the slot is; sizes are those of a sample."""

    week: str
    number: int
    term: str
    tip: str
    subject: str = ""
    words: int = 0
    minutes: int = 0
    html_bytes: int = 0
    locked: bool = False
    layout: Layout = "ordinary"
    stories: tuple[tuple[str, str], ...] = ()
    """Section and feed of every story, in the order of the letter."""
    findings: tuple[Problem, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True)
class Mix:
    """How many letters had a term of a category; `share` is of these letters, `target` of the glossary."""

    category: str
    letters: int
    share: float
    target: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """All the letters, oldest first, and what the catalogue looks like after them."""

    letters: tuple[Played, ...]
    coverage: Coverage
    mix: tuple[Mix, ...]

    @property
    def sources(self) -> tuple[tuple[str, int], ...]:
        """How many stories each feed gave to these letters, most first."""
        counts = Counter(feed for letter in self.letters for _, feed in letter.stories)
        return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    @property
    def broken(self) -> tuple[Broken, ...]:
        """Every promise that is broken, in the order of the weeks."""
        return tuple(chain.from_iterable(letter.broken for letter in self.letters))

    @property
    def repeats(self) -> tuple[Repeat, ...]:
        """Everything that comes again, in the order of the weeks."""
        return tuple(chain.from_iterable(letter.repeats for letter in self.letters))


def simulate(
    edition: Edition,
    weeks: int,
    *,
    snapshots: Callable[[Week], Snapshot] | None = None,
    on_letter: Callable[[], None] = lambda: None,
) -> Simulation:
    """Play so many letters, at least one, from the coming one on; calls `on_letter` after each.

    `snapshots` gives the news of a week in the place of what was fetched for it.

    Raises:
        AuthorError: content, wishes or templates are broken; the run would stop there too.
    """
    catalogue, _ = edition.catalogue()
    read = cache(snapshots or edition.snapshot)
    plan = list(edition.plan(catalogue, weeks, snapshots=read))
    sent = {key: past.week for past in edition.history for key in past.stories}
    last_use = _find_last_uses(edition.history)
    letters = []
    for planned in plan:
        repeats = tuple(_find_repeats(planned, last_use))
        broken = (
            *_judge_repeats(planned, repeats),
            *_judge_order(planned, catalogue, last_use),
            *_judge_slots(planned, catalogue),
            *_judge_stories(planned, sent),
            *_judge_caps(planned, read(planned.week), edition.selection.news),
        )
        letter = Played(str(planned.week), planned.past.number, planned.past.term, planned.past.tip)
        letter = replace(letter, locked=planned.locked, repeats=repeats, broken=broken)
        letters.append(_write(letter, planned, edition, catalogue, read(planned.week)))
        last_use |= {(pick.kind, pick.ref): str(planned.week) for pick in planned.picks.picks}
        sent |= dict.fromkeys(planned.past.stories, str(planned.week))
        on_letter()
    history = (*edition.history, *(planned.past for planned in plan))
    coverage = cover(catalogue, history, plan[-1].week.next())
    return Simulation(tuple(letters), coverage, tuple(_mix(letters, coverage)))


def _mix(letters: Sequence[Played], coverage: Coverage) -> Iterator[Mix]:
    categories = {entry.slug: entry.groups[0] for entry in coverage.entries if entry.kind == "term"}
    counts = Counter(categories[letter.term] for letter in letters if letter.term in categories)
    for row in coverage.terms:
        target = row.whole.total / coverage.all_terms.whole.total
        yield Mix(row.name, counts[row.name], counts[row.name] / max(1, counts.total()), target)


def _write(
    letter: Played, planned: Planned, edition: Edition, catalogue: Catalogue, snapshot: Snapshot
) -> Played:
    """Make the letter and measure it as a sample reader would get it."""
    letter = replace(letter, layout=planned.picks.layout)
    if not planned.picks.picks or letter.layout == "skip":
        return letter
    number = planned.past.number
    issue, rendered, findings = edition.make(planned.picks, catalogue, planned.wishes, number, snapshot)
    phrase = readers_phrase(last_readers(edition.history), edition.letterhead.audience)
    at = get_due_at(planned.week, edition.schedule)
    sample = fill_sample(rendered, edition.letterhead, phrase=phrase, at=at)
    return replace(
        letter,
        subject=issue.subject,
        words=count_words_to_read(issue.intro, issue.sections),
        minutes=issue.minutes,
        html_bytes=len(sample.html.encode()),
        stories=tuple(_list_sources(planned.picks, snapshot)),
        findings=findings,
        broken=(*letter.broken, *_judge_letter(issue, findings)),
    )


_LastUse = Mapping[tuple["PickKind", str], str]


def _find_last_uses(history: Sequence[Past]) -> dict[tuple[PickKind, str], str]:
    uses: dict[tuple[PickKind, str], str] = {}
    for past in sorted(history):
        uses |= {("term", past.term): past.week, ("tip", past.tip): past.week}
    return uses


def _find_repeats(planned: Planned, last_use: _LastUse) -> Iterator[Repeat]:
    for pick in planned.picks.picks:
        if pick.kind not in planned.unused:
            continue
        before = last_use.get((pick.kind, pick.ref))
        if before:
            rested = (planned.week.monday - Week.parse(before).monday).days // 7
            yield Repeat(str(planned.week), pick.kind, pick.ref, rested, pick.pinned)


def _judge_repeats(planned: Planned, repeats: Sequence[Repeat]) -> Iterator[Broken]:
    banned = {"term": planned.wishes.term_ban, "tip": planned.wishes.tip_ban}
    for repeat in repeats:
        left = planned.unused[repeat.kind].difference(banned[repeat.kind])
        if left and not repeat.wished:
            message = (
                f"the {repeat.kind} {repeat.ref} comes again after {repeat.weeks} weeks, "
                f"and {len(left)} unused ones are left"
            )
            yield Broken(repeat.week, "repeat", message, _advise(planned, "weekly content plan shows why"))


def _judge_order(planned: Planned, catalogue: Catalogue, last_use: _LastUse) -> Iterator[Broken]:
    pick = planned.picks.find("term")
    term = catalogue.term_by_slug.get(pick.ref) if pick else None
    if pick is None or term is None or pick.pinned:
        return
    needed = sorted(set(term.prerequisites) & set(catalogue.term_by_slug) - {term.slug})
    missing = [slug for slug in needed if ("term", slug) not in last_use]
    if missing:
        message = f"the term {term.slug} comes before {', '.join(missing)}, which it needs"
        advice = f"pin {missing[0]} to an earlier week, or lift what bans it"
        yield Broken(str(planned.week), "prerequisite", message, _advise(planned, advice))


def _list_sources(picks: Picks, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for pick in picks.picks:
        if pick.ref in snapshot.item_by_id:
            yield pick.section, snapshot.item_by_id[pick.ref].feed


def _judge_stories(planned: Planned, sent: Mapping[str, str]) -> Iterator[Broken]:
    for key in planned.past.stories:
        if key in sent and is_certain(key):
            message = f"a story comes again that was sent in {sent[key]} ({key})"
            yield Broken(
                str(planned.week), "story", message, _advise(planned, "ban it with weekly issue ban")
            )


def _judge_caps(planned: Planned, snapshot: Snapshot, rules: NewsSelection) -> Iterator[Broken]:
    chosen = [pick for pick in planned.picks.picks if not pick.pinned]
    counts = Counter(_list_sources(replace(planned.picks, picks=tuple(chosen)), snapshot))
    for (name, slug), count in sorted(counts.items()):
        section = next(each for each in SECTIONS if each == name)
        feed = snapshot.feed_by_slug.get(slug)
        cap = (feed.cap if feed is not None else 0) or rules.find_section(section).cap
        if count > cap:
            message = f"{name} has {count} stories of {slug}, {cap} are allowed"
            yield Broken(str(planned.week), "cap", message, _advise(planned, "report this"))


def _judge_slots(planned: Planned, catalogue: Catalogue) -> Iterator[Broken]:
    if planned.picks.layout == "skip":
        return
    for kind, known in (("term", catalogue.terms), ("tip", catalogue.tips)):
        if known and planned.picks.find(kind) is None:
            advice = f"lift a ban in content/issues/{planned.week}.toml, or write another {kind}"
            message = f"the letter has no {kind}"
            yield Broken(str(planned.week), "empty slot", message, _advise(planned, advice))


def _advise(planned: Planned, otherwise: str) -> str:
    return f"weekly issue build --week {planned.week} --refresh" if planned.locked else otherwise


def _judge_letter(issue: Issue, findings: Sequence[Problem]) -> Iterator[Broken]:
    if issue.minutes > MINUTES_LIMIT:
        message = f"the letter takes {issue.minutes} minutes to read"
        yield Broken(issue.week, "minutes", message, "shorten its term or its tip")
    for finding in findings:
        if finding.is_error:
            promise: Promise = "size" if finding.rule is html_size else "finding"
            yield Broken(issue.week, promise, f"{finding.where}: {finding.message}", finding.fix)
