"""The left half of the path, made of files: content → pick → lock → compose → render → check.

Gives the same letter on every machine; never opens the database, and writes only locks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.check import Answered, Finding, Standards, check_letter
from pipeline.content.model import Catalogue, Problem
from pipeline.content.read import read_checked
from pipeline.errors import AuthorError, PipelineError
from pipeline.feeds.jobs.items import make_job_items
from pipeline.feeds.jobs.read import read_jobs
from pipeline.feeds.model import NO_NEWS, Feed, Snapshot
from pipeline.feeds.snapshot import has_snapshot, read_snapshot, snapshot_path, write_snapshot
from pipeline.feeds.stories import list_names, name_wish
from pipeline.issue.compose import compose
from pipeline.issue.history import ISSUES, Past, list_sent_links
from pipeline.issue.insist import insist
from pipeline.issue.lock import Lock, build_lock, lock_to_json, read_lock, write_lock
from pipeline.issue.model import SECTION_ORDER, Issue, Letterhead
from pipeline.issue.stories import name_source
from pipeline.issue.wishes import Wishes, check_wishes, read_wishes
from pipeline.pick import choose
from pipeline.pick.plan import Planned, make_past, play
from pipeline.pick.reasons import Candidate, Pick, Picks
from pipeline.pick.rules import Selection
from pipeline.pick.wished import find_unheard
from pipeline.render import render
from pipeline.render.model import Rendered
from pipeline.render.strings import read_strings
from pipeline.sendable import leave_out_harmful
from pipeline.weeks import Schedule, Week, slot_at

if TYPE_CHECKING:
    from jinja2 import Environment

Mode = Literal["keep", "refresh", "frozen"]
"""Keep the locked choice; choose anew; or insist that choosing anew gives the locked choice."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before its freeze. `drifted` says that today's inputs would choose something else."""

    lock: Lock
    issue: Issue
    rendered: Rendered
    wishes: Wishes
    warnings: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    was_locked: bool
    drifted: bool
    fresh: Lock
    """What would be chosen now; the same as `lock` unless that was made of other inputs."""
    snapshot: Snapshot = NO_NEWS

    def name(self, pick: Pick | Candidate) -> str:
        """Name what a pick stands for: a slug, or the title of a story with its source."""
        item = self.snapshot.item_by_id.get(pick.ref)
        return f"{item.title} ({name_source(item)})" if item is not None else pick.ref

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop a send."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything a letter is made from, but for the week."""

    folder: Path
    letterhead: Letterhead
    selection: Selection
    templates: Environment
    history: Sequence[Past]
    coming: Week
    """The next letter to be sent: locked weeks from here on count as used for the weeks after them."""
    schedule: Schedule
    feeds: tuple[Feed, ...] = ()
    silent: frozenset[str] = frozenset()
    """Rules of content whose warnings nobody wants to hear; an error is always heard."""
    order: Sequence[str] = SECTION_ORDER
    """The sections of the letter, from top to bottom."""
    standards: Standards = field(default_factory=Standards)
    readers: int | None = None
    """The recorded count of readers, which no letter may overstate; None when nobody has counted yet."""

    def catalogue(self) -> tuple[Catalogue, tuple[Problem, ...]]:
        """Read content; raises AuthorError when any of it is broken, and gives the warnings otherwise."""
        catalogue, problems = read_checked(self.folder)
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors:
            raise AuthorError(errors)
        if not catalogue.terms and not catalogue.tips:
            raise AuthorError([_nothing_to_send()])
        return catalogue, tuple(problem for problem in problems if problem.rule not in self.silent)

    def draft(self, week: Week, *, mode: Mode = "keep") -> Draft:
        """Make the letter of a week.

        Raises:
            AuthorError: content, wishes or templates are broken; carries every problem.
            LockMismatch: `mode` is "frozen" and the choice differs from the lock, or there is none.
        """
        catalogue, warnings = self.catalogue()
        wishes = read_wishes(self.folder, str(week))
        problems = check_wishes(wishes, catalogue, str(week))
        if problems:
            raise AuthorError(problems)
        locked = read_lock(self.folder, str(week))
        snapshot = self.snapshot(week)
        fresh = self._choose(catalogue, wishes, week, snapshot)
        drifted = locked is not None and lock_to_json(locked) != lock_to_json(
            replace(fresh, number=locked.number)
        )
        if mode == "frozen":
            insist(locked, fresh, week, sent=any(past.week == str(week) for past in self.history))
        # A lock made ahead does not know how many issues go out before its own: the number is always today's.
        lock = replace(locked if locked is not None and mode == "keep" else fresh, number=fresh.number)
        made = partial(self.make, lock.picks, catalogue, wishes, lock.number)
        (issue, rendered, findings), refused = leave_out_harmful(made, lock.picks, snapshot)
        missing = _find_missing(lock.picks, fresh.picks, wishes, snapshot)
        warnings = (*warnings, *refused, *missing)
        was_locked = locked is not None
        return Draft(lock, issue, rendered, wishes, warnings, findings, was_locked, drifted, fresh, snapshot)

    def snapshot(self, week: Week) -> Snapshot:
        """Read what feeds and jobs brought for a week; raises AuthorError when what feeds brought is broken.

        A job that closes before the letter may have gone out is of no use to its readers.
        """
        at = slot_at(week, self.schedule)
        postings, _ = read_jobs(self.folder)
        max_age = timedelta(days=self.selection.news.careers.max_age_days)
        jobs, closed = make_job_items(postings, at + self.schedule.max_age, max_age)
        found = read_snapshot(self.folder, str(week))
        items = tuple(item for item in found if item.job is None)
        if any(past.week == str(week) for past in self.history):
            # A letter that was sent is explained and rebuilt by the jobs and feeds of its day.
            jobs = tuple(item for item in found if item.job is not None)
            lock = read_lock(self.folder, str(week))
            if lock is not None:
                return Snapshot(at, items, jobs, lock.feeds, lock.closed)
        return Snapshot(at, items, jobs, self.feeds, closed)

    def make(
        self,
        picks: Picks,
        catalogue: Catalogue,
        wishes: Wishes,
        number: int,
        snapshot: Snapshot = NO_NEWS,
    ) -> tuple[Issue, Rendered, tuple[Finding, ...]]:
        """Compose, render and check the letter of a choice; raises as `draft` does."""
        issue = compose(
            picks,
            catalogue,
            wishes,
            number=number,
            base_url=self.letterhead.base_url,
            letter_name=self.letterhead.name,
            snapshot=snapshot,
            strings=read_strings(self.templates, self.letterhead.language),
            order=self.order,
        )
        rendered = render(issue, self.letterhead, self.templates)
        return issue, rendered, self.check(issue, rendered)

    def check(
        self, issue: Issue, rendered: Rendered, answers: Mapping[str, Answered] | None = None
    ) -> tuple[Finding, ...]:
        """Check a letter; `answers` are those of its links, when they were asked."""
        return check_letter(
            rendered,
            self.letterhead,
            standards=self.standards,
            issue=issue,
            readers=self.readers,
            sent=list_sent_links(self.history, issue.week),
            silent=self.silent,
            answers=answers,
        )

    def _choose(self, catalogue: Catalogue, wishes: Wishes, week: Week, snapshot: Snapshot) -> Lock:
        history = (*self.history, *self._ahead(week))
        seen = (catalogue, history, week, wishes, self.selection, snapshot)
        return build_lock(choose(*seen), *seen)

    def _ahead(self, week: Week) -> Iterator[Past]:
        """Go through the locked weeks before this one that are still to come, as if they had been sent."""
        number = max((past.number for past in self.history), default=0)
        before = self.coming
        while before < week:
            lock = read_lock(self.folder, str(before))
            if lock is None:
                raise PipelineError(
                    f"{week} cannot be chosen before {before}: weekly issue build --week {before}"
                )
            past = make_past(lock.picks, number + 1)
            number = past.number
            yield past
            before = before.next()

    def plan(
        self, catalogue: Catalogue, weeks: int, *, snapshots: Callable[[Week], Snapshot] | None = None
    ) -> Iterator[Planned]:
        """Play so many weeks from the coming one on, obeying the locks and wishes that are there.

        `snapshots` gives the news of a week in the place of what was fetched for it.

        Raises AuthorError for wishes that cannot be obeyed, with every problem of all those weeks.
        """
        coming = [self.coming]
        while len(coming) < weeks:
            coming.append(coming[-1].next())
        wishes = {week: read_wishes(self.folder, str(week)) for week in coming}
        problems = [each for week in coming for each in check_wishes(wishes[week], catalogue, str(week))]
        if problems:
            raise AuthorError(problems)
        locks = {week: read_lock(self.folder, str(week)) for week in coming}
        locked = {week: lock.picks for week, lock in locks.items() if lock is not None}
        return play(
            catalogue,
            self.history,
            self.coming,
            weeks,
            self.selection,
            wishes=wishes,
            locked=locked,
            snapshots=snapshots or self.snapshot,
        )

    def save_lock(self, draft: Draft) -> bool:
        """Write the lock of a draft, and the jobs it was chosen from; tells whether the lock changed."""
        week, snapshot = draft.lock.week, draft.snapshot
        is_made_now = draft.lock.inputs == draft.fresh.inputs
        if is_made_now and (snapshot.jobs or has_snapshot(self.folder, week)):
            write_snapshot(self.folder, week, (*snapshot.items, *snapshot.jobs))
        return write_lock(self.folder, draft.lock)


def _find_missing(picks: Picks, fresh: Picks, wishes: Wishes, snapshot: Snapshot) -> Iterator[Problem]:
    """List the stories that were chosen or pinned and cannot be in the letter."""
    path = snapshot_path(picks.week)
    fix = "`weekly feeds fetch` brings what the feeds have now"
    for pick in picks.picks:
        if pick.kind == "item" and pick.ref not in snapshot.item_by_id:
            message = f"{pick.slot} was chosen and is there no more ({pick.ref}); the letter goes without"
            yield Problem(path, 0, message, fix, "story-gone", "warning")
    names = {name for item in snapshot.item_by_id.values() for name in list_names(item)}
    for wish in wishes.items.pin:
        if name_wish(wish) not in names:
            message = f"the pinned story `{wish}` is in no feed of this week; the letter goes without"
            yield Problem(path, 0, message, fix, "story-not-found", "warning")
    for message in find_unheard(fresh, wishes, snapshot):
        wish = f"{ISSUES}/{picks.week}.toml"
        why = "an earlier letter had it, or it has no link; take the wish back"
        yield Problem(wish, 0, f"{message}, and cannot be", why, "story-not-taken", "warning")


def _nothing_to_send() -> Problem:
    return Problem(
        "content",
        0,
        "there are no terms and no tips, so there is no letter",
        "write content/glossary/<slug>.md, or start from `weekly init DIR --example`",
        "content-empty",
    )
