"""The coming weeks: what will be selected, and the letters that will come of it.

Selects, composes, renders and checks with the code of the real run; writes no lock, history or database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.edition.promises import BrokenPromise, Planned, Repeat, check_letter_promises, check_promises
from pipeline.edition.sample import fill_parts, fill_sample, readers_phrase
from pipeline.errors import AuthorError
from pipeline.issue.compose import count_words_to_read
from pipeline.issue.history import last_readers
from pipeline.issue.lock import read_lock
from pipeline.issue.wishes import check_wishes, read_wishes
from pipeline.model.content import Catalogue
from pipeline.model.news import NO_NEWS, Snapshot
from pipeline.model.past import Past, find_uses
from pipeline.model.picks import Pick, PickKind, Picks
from pipeline.model.problem import Problem
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import ReadWeek, SelectionInputs, choose
from pipeline.pick.coverage import Coverage, cover
from pipeline.pick.news import read_news
from pipeline.pick.selection import Selection
from pipeline.weeks import Week, get_due_at

if TYPE_CHECKING:
    from pipeline.edition.draft import Edition

_NO_WISHES: Mapping[Week, Wishes] = MappingProxyType({})
_NO_LOCKS: Mapping[Week, Picks] = MappingProxyType({})


def play(
    catalogue: Catalogue,
    history: Sequence[Past],
    start: Week,
    weeks: int,
    rules: Selection,
    *,
    wishes: Mapping[Week, Wishes] = _NO_WISHES,
    locked: Mapping[Week, Picks] = _NO_LOCKS,
    snapshots: Callable[[Week], Snapshot] = lambda _: NO_NEWS,
    read: ReadWeek = read_news,
) -> Iterator[Planned]:
    """Yield the selection of each week from `start` on, made as if those before it had been sent.

    A locked week keeps its selection. A week without any pick is planned too, with none.

    Raises KeyError when a wish pins what is not in the catalogue.
    """
    so_far = [past for past in history if past.week < str(start)]
    number = max((past.number for past in so_far), default=0)
    last_uses = {key: Week.parse(uses[-1].week) for key, uses in find_uses(so_far).items()}
    week = start
    for _ in range(weeks):
        wished = wishes.get(week, Wishes())
        picks = locked.get(week)
        if picks is None:
            picks = choose(SelectionInputs(catalogue, so_far, week, wished, rules, snapshots(week)), read)
        past = picks.to_past(number + 1)
        unused: dict[PickKind, frozenset[str]] = {
            "term": frozenset(slug for slug in catalogue.term_by_slug if ("term", slug) not in last_uses),
            "tip": frozenset(slug for slug in catalogue.tip_by_slug if ("tip", slug) not in last_uses),
        }
        repeats = tuple(
            Repeat(str(week), pick.kind, pick.ref, week.since(last_uses[pick.kind, pick.ref]), pick.pinned)
            for pick in picks.picks
            if pick.kind != "item" and (pick.kind, pick.ref) in last_uses
        )
        yield Planned(week, picks, past, wished, week in locked, unused, repeats)
        so_far.append(past)
        last_uses |= {("term", past.term): week, ("tip", past.tip): week}
        number = past.number
        week = week.next()


def plan_weeks(
    edition: Edition,
    catalogue: Catalogue,
    weeks: int,
    *,
    snapshots: Callable[[Week], Snapshot] | None = None,
) -> Iterator[Planned]:
    """Plan so many weeks of an edition from the coming one on, with their locks and wishes.

    `snapshots` returns the news of a week instead of what was fetched for it.

    Raises:
        AuthorError: a wish of one of these weeks cannot be fulfilled; carries every problem.
    """
    coming = [edition.coming]
    while len(coming) < weeks:
        coming.append(coming[-1].next())
    wishes = {week: read_wishes(edition.folder, str(week)) for week in coming}
    problems = [each for week in coming for each in check_wishes(wishes[week], catalogue, str(week))]
    if problems:
        raise AuthorError(problems)
    locks = {week: read_lock(edition.folder, str(week)) for week in coming}
    yield from play(
        catalogue,
        edition.history,
        edition.coming,
        weeks,
        edition.selection,
        wishes=wishes,
        locked={week: lock.picks for week, lock in locks.items() if lock is not None},
        snapshots=snapshots or edition.snapshot,
        read=edition.caches.news.read,
    )


def find_end_of_unused(plan: Sequence[Planned], kind: PickKind) -> Week | None:
    """Return the first week without anything unused to choose from, at one a week beyond the plan's end.

    None when the catalogue has none of that kind, or the plan has no weeks.
    """
    if not plan or not (plan[0].unused[kind] or any(each.picks.find(kind) for each in plan)):
        return None
    for each in plan:
        if not each.unused[kind]:
            return each.week
    last = plan[-1]
    pick = last.picks.find(kind)
    week = last.week.next()
    for _ in range(len(last.unused[kind] - {pick.ref if pick else ""})):
        week = week.next()
    return week


def explain_briefly(pick: Pick) -> str:
    """Return the reason that counted most for a pick, in a few words."""
    if pick.pinned:
        return "pinned by the editor"
    given = [reason for reason in pick.reasons if reason.value > 0 and reason.name != "jitter"]
    if not given:
        return "next in line"
    best = max(given, key=lambda reason: reason.value)
    if best.name == "coverage":
        return f"{best.detail.partition(':')[0]} had less than its share"
    if best.name == "variety":
        return f"{best.detail.rpartition(' in the last')[0]} came less often recently"
    return best.detail


@dataclass(frozen=True, slots=True)
class SimulatedLetter:
    """A coming letter that was really made; sizes are those of a sample. Without any pick all stay empty."""

    planned: Planned
    broken: tuple[BrokenPromise, ...]
    stories: tuple[tuple[str, str], ...] = ()
    """Section and feed of every story, in the order of the letter."""
    subject: str = ""
    words: int = 0
    minutes: int = 0
    html_bytes: int = 0
    findings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Mix:
    """How many letters had a term of a category; `share` is of these letters, `target` of the glossary."""

    category: str
    letters: int
    share: float
    target: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """All the letters, oldest first, and the use of the catalogue after them."""

    letters: tuple[SimulatedLetter, ...]
    coverage: Coverage
    mix: tuple[Mix, ...]

    @property
    def sources(self) -> tuple[tuple[str, int], ...]:
        """How many stories of these letters came from each feed, most first."""
        counts = Counter(feed for letter in self.letters for _, feed in letter.stories)
        return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    @property
    def broken(self) -> tuple[BrokenPromise, ...]:
        """Every promise that is broken, in the order of the weeks."""
        return tuple(chain.from_iterable(letter.broken for letter in self.letters))

    @property
    def repeats(self) -> tuple[Repeat, ...]:
        """Everything that comes again, in the order of the weeks."""
        return tuple(chain.from_iterable(letter.planned.repeats for letter in self.letters))


def simulate(
    edition: Edition,
    weeks: int,
    *,
    snapshots: Callable[[Week], Snapshot] | None = None,
    on_letter: Callable[[], None] = lambda: None,
) -> Simulation:
    """Build so many letters, at least one, from the coming week on; calls `on_letter` after each.

    `snapshots` returns the news of a week instead of what was fetched for it.

    Raises:
        AuthorError: content, wishes or templates are broken; the run would stop there too.
    """
    catalogue, _ = edition.catalogue()
    read = cache(snapshots or edition.snapshot)
    plan = list(plan_weeks(edition, catalogue, weeks, snapshots=read))
    sent = {key: past.week for past in edition.history for key in past.stories}
    letters: list[SimulatedLetter] = []
    for planned in plan:
        snapshot = read(planned.week)
        broken = tuple(check_promises(planned, catalogue, snapshot, edition.selection.news, sent))
        is_first = not any(letter.subject for letter in letters)  # those of skipped weeks have none
        made = _make_letter(planned, broken, edition, catalogue, snapshot, is_first=is_first)
        letters.append(made)
        sent |= dict.fromkeys(planned.past.stories, str(planned.week))
        on_letter()
    history = (*edition.history, *(planned.past for planned in plan))
    coverage = cover(catalogue, history, plan[-1].week.next())
    return Simulation(tuple(letters), coverage, tuple(_mix(plan, coverage)))


def _make_letter(
    planned: Planned,
    broken: tuple[BrokenPromise, ...],
    edition: Edition,
    catalogue: Catalogue,
    snapshot: Snapshot,
    *,
    is_first: bool,
) -> SimulatedLetter:
    """Build a letter and measure it as a sample reader would get it."""
    if not planned.picks.picks or planned.picks.layout == "skip":
        return SimulatedLetter(planned, broken)
    made = edition.make(planned.picks, catalogue, planned.wishes, planned.past.number, snapshot)
    phrase = readers_phrase(last_readers(edition.history), edition.letterhead.audience)
    if is_first:
        # The settings that could make a message impossible are the same in every week.
        at = get_due_at(planned.week, edition.schedule)
        fill_sample(made.rendered, edition.letterhead, phrase=phrase, at=at)
    html, _ = fill_parts(made.rendered, edition.letterhead, phrase=phrase)
    return SimulatedLetter(
        planned,
        (*broken, *check_letter_promises(made)),
        stories=tuple(planned.list_sources(snapshot)),
        subject=made.issue.subject,
        words=count_words_to_read(made.issue.intro, made.issue.sections),
        minutes=made.issue.minutes,
        html_bytes=len(html.encode()),
        findings=made.findings,
    )


def _mix(plan: Sequence[Planned], coverage: Coverage) -> Iterator[Mix]:
    categories = {entry.slug: entry.groups[0] for entry in coverage.entries if entry.kind == "term"}
    counts = Counter(categories[each.past.term] for each in plan if each.past.term in categories)
    for row in coverage.terms:
        target = row.whole.total / coverage.all_terms.whole.total
        yield Mix(row.name, counts[row.name], counts[row.name] / max(1, counts.total()), target)
