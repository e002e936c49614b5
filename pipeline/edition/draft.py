"""The left half of the path, made of files: content → pick → lock → compose → render → check.

Makes the same letter on every machine; never opens the database, and writes only locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.check.context import LinkAnswer
from pipeline.check.letter import check_letter
from pipeline.check.standards import Standards
from pipeline.content.read import read_checked
from pipeline.edition.caches import Caches
from pipeline.edition.quarantine import find_missing, leave_out_harmful, list_contradictions, list_harmful
from pipeline.edition.variants import CheckedLetter, Variant, digest_all, make_variants
from pipeline.errors import AuthorError, PipelineError
from pipeline.feeds.snapshot import write_snapshot
from pipeline.issue.compose import compose, make_variant
from pipeline.issue.history import list_sent_links
from pipeline.issue.lock import Lock, build_lock, has_drifted, read_lock, require_same_choice, write_lock
from pipeline.issue.news_section import name_source
from pipeline.issue.variants import Choices, list_variants
from pipeline.issue.wishes import check_wishes, load_text, read_wishes
from pipeline.jobs.items import make_job_items
from pipeline.jobs.read import read_jobs
from pipeline.model.content import Catalogue
from pipeline.model.frozen import dataclass
from pipeline.model.issue import Issue, Letterhead
from pipeline.model.issue_state import IssueState
from pipeline.model.news import NO_NEWS, Feed, Snapshot
from pipeline.model.past import Past
from pipeline.model.picks import Candidate, Pick, Picks
from pipeline.model.problem import CONTENT_RULES, Problem
from pipeline.model.rendered import Rendered
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.selection import Selection
from pipeline.render.letter import render
from pipeline.render.strings import read_strings
from pipeline.render.unused_templates import warn_of_unused_templates
from pipeline.weeks import Schedule, Week, get_due_at

if TYPE_CHECKING:
    from jinja2 import Environment

CONTENT_EMPTY = CONTENT_RULES.error(
    "content-empty", "Without a term and without a tip there is nothing to send."
)

Mode = Literal["keep", "refresh", "frozen"]
"""Keep the locked selection; select again; or require that selecting again gives the locked selection."""


@dataclass(frozen=True, slots=True)
class Draft(CheckedLetter):
    """A letter before its freeze. `drifted`: the content has changed, and a new selection would differ."""

    lock: Lock
    wishes: Wishes
    warnings: tuple[Problem, ...]
    was_locked: bool
    drifted: bool
    fresh: Lock
    """The selection of today's inputs; the same as `lock` unless that was made of others."""
    snapshot: Snapshot = NO_NEWS
    variants: tuple[Variant, ...] = ()

    def name(self, pick: Pick | Candidate) -> str:
        """Return a pick's name for people: a slug, or the title of a story with its source."""
        item = self.snapshot.item_by_id.get(pick.ref)
        return f"{item.title} ({name_source(item)})" if item is not None else pick.ref

    @property
    def digest(self) -> str:
        """What an approval is for: the letter and every variant of it."""
        return digest_all(self.rendered, self.variants)

    @property
    def is_approved(self) -> bool:
        """Whether this very letter was approved."""
        return self.wishes.approval_digest == self.digest

    @property
    def state(self) -> IssueState:
        """Where the letter stands before its freeze."""
        if self.is_approved:
            return IssueState.APPROVED
        return IssueState.LOCKED if self.was_locked else IssueState.DRAFT

    def find_variant(self, name: str) -> Variant | None:
        """Find a variant by its name."""
        return next((each for each in self.variants if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Edition:
    """Everything that a letter is made from, except for the week."""

    folder: Path
    letterhead: Letterhead
    selection: Selection
    templates: Environment
    caches: Caches
    history: Sequence[Past]
    first_open: Week  # the first that can still have a letter
    coming: Week
    """The next week to be sent: locked weeks from here on count as used for the weeks after them."""
    schedule: Schedule
    order: Sequence[str]
    """The sections of the letter, from top to bottom."""
    feeds: tuple[Feed, ...] = ()
    silent: frozenset[str] = frozenset()
    """The rules that are switched off."""
    offered: Sequence[str] = ()
    """What readers may choose otherwise."""
    standards: Standards = field(default_factory=Standards)
    readers: int | None = None  # the recorded count, which no letter may overstate

    def catalogue(self) -> tuple[Catalogue, tuple[Problem, ...]]:
        """Read content and its warnings; raises AuthorError with every problem when any of it is broken."""
        catalogue, problems = read_checked(self.folder, self.caches.content)
        errors = [problem for problem in problems if problem.is_error]
        if errors or not (catalogue.terms or catalogue.tips):
            raise AuthorError(errors or [_NOTHING_TO_SEND])
        return catalogue, self._heard(problems)

    def _heard(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        return tuple(problem for problem in problems if problem.rule not in self.silent)

    def draft(self, week: Week, *, mode: Mode = "keep", ahead: Sequence[Past] | None = None) -> Draft:
        """Build the letter of a week.

        `ahead` are the letters expected between now and then; those that are locked when it is None.

        Raises:
            AuthorError: content, wishes or templates are broken; carries every problem.
            LockMismatch: `mode` is "frozen" and the selection differs from the lock, or there is none.
        """
        catalogue, warnings = self.catalogue()
        wishes = read_wishes(self.folder, str(week))
        problems = check_wishes(wishes, catalogue, str(week))
        if problems:
            raise AuthorError(problems)
        locked = read_lock(self.folder, str(week))
        snapshot = self.snapshot(week)
        history = (*self.history, *(self._list_locked(week) if ahead is None else ahead))
        fresh = self._choose(SelectionInputs(catalogue, history, week, wishes, self.selection, snapshot))
        clashes = list_contradictions(fresh.picks, wishes, snapshot)
        is_sent = any(past.week == str(week) for past in self.history)
        if not is_sent and any(problem.is_error for problem in clashes):
            raise AuthorError(clashes)
        if mode == "frozen":
            require_same_choice(locked, fresh, week, sent=is_sent)
        # A lock made ahead does not know how many issues go out before its own: the number is always today's.
        lock = replace(locked if locked is not None and mode == "keep" else fresh, number=fresh.number)
        made = partial(self.make, lock.picks, catalogue, wishes, lock.number)
        letter, refused = leave_out_harmful(made, lock.picks, snapshot)
        missing = find_missing(lock.picks, fresh.picks, wishes, snapshot)
        unused = warn_of_unused_templates(self.templates, self.letterhead.language)
        refused = (*refused, *list_harmful(lock.picks, snapshot, self.caches.news.find_harms))
        warnings += self._heard((*unused, *snapshot.problems, *refused, *missing, *clashes))
        draft = Draft(
            lock=lock,
            issue=letter.issue,
            rendered=letter.rendered,
            wishes=wishes,
            warnings=warnings,
            findings=letter.findings,
            was_locked=locked is not None,
            drifted=has_drifted(locked, fresh),
            fresh=fresh,
            snapshot=snapshot,
        )
        return self.add_variants(draft)

    def add_variants(self, draft: Draft) -> Draft:
        """Build the variants that a draft's lock lists; raises AuthorError when templates cannot."""
        variants, found = make_variants(draft.lock.variants or (), draft, partial(self.make_variant, draft))
        return replace(draft, variants=variants, findings=(*draft.findings, *found))

    def make_variant(self, draft: Draft, choices: Choices) -> CheckedLetter:
        """Build a draft's letter as readers with these choices get it."""
        head = self.letterhead
        strings = read_strings(self.templates, head.language)
        made = make_variant(draft.issue, choices, draft.wishes, strings=strings, letter_name=head.name)
        return self._render(made, errors_only=True)

    def snapshot(self, week: Week) -> Snapshot:
        """Read what feeds and jobs brought for a week; broken lines are left out, with a warning.

        Jobs must be open until the letter has gone out at the latest, and may appear until then.
        """
        at = get_due_at(week, self.schedule)
        postings, _ = read_jobs(self.folder)
        max_age = timedelta(days=self.selection.news.max_job_age_days)
        jobs, closed = make_job_items(postings, at, at + self.schedule.max_age, max_age)
        brought = self.caches.news.read_week(str(week))
        found, problems = brought.items, brought.problems
        items = tuple(item for item in found if item.job is None)
        if any(past.week == str(week) for past in self.history):
            # A letter that was sent is explained and rebuilt with the jobs and feeds of its day.
            jobs = tuple(item for item in found if item.job is not None)
            lock = read_lock(self.folder, str(week))
            if lock is not None:
                return Snapshot(at, items, jobs, lock.feeds, lock.closed, problems)
        return Snapshot(at, items, jobs, self.feeds, closed, problems)

    def make(
        self,
        picks: Picks,
        catalogue: Catalogue,
        wishes: Wishes,
        number: int,
        snapshot: Snapshot = NO_NEWS,
    ) -> CheckedLetter:
        """Compose, render and check the letter of a selection; raises as `draft` does."""
        return self._render(
            compose(
                picks,
                catalogue,
                wishes,
                number=number,
                letter_name=self.letterhead.name,
                snapshot=snapshot,
                strings=read_strings(self.templates, self.letterhead.language),
                order=self.order,
            )
        )

    def _render(self, issue: Issue, *, errors_only: bool = False) -> CheckedLetter:
        rendered = render(issue, self.letterhead, self.templates)
        return CheckedLetter(issue, rendered, self.check(issue, rendered, errors_only=errors_only))

    def check(
        self,
        issue: Issue,
        rendered: Rendered,
        answers: Mapping[str, LinkAnswer] | None = None,
        *,
        errors_only: bool = False,
    ) -> tuple[Problem, ...]:
        """Check a letter; `answers` are the results of requesting its links, when that was done."""
        return check_letter(
            rendered,
            self.letterhead,
            standards=self.standards,
            issue=issue,
            readers=self.readers,
            sent=list_sent_links(self.history, issue.week),
            silent=self.silent,
            answers=answers,
            wishes=load_text(self.folder, issue.week),
            errors_only=errors_only,
        )

    def _choose(self, inputs: SelectionInputs) -> Lock:
        picks = choose(inputs, self.caches.news.read)
        sections = {pick.section for pick in picks.picks} & set(self.order)
        return replace(
            build_lock(picks, inputs, self.caches.news.digest), variants=list_variants(self.offered, sections)
        )

    def _list_locked(self, week: Week) -> Iterator[Past]:
        """Yield the locked weeks before this one that are not sent yet, as history will record them."""
        number = max((past.number for past in self.history), default=0)
        before = self.coming
        while before < week:
            lock = read_lock(self.folder, str(before))
            if lock is None:
                raise PipelineError(
                    f"{week} cannot be chosen before {before}: weekly issue build --week {before}"
                )
            past = lock.picks.to_past(number + 1)
            number = past.number
            yield past
            before = before.next()

    def save_lock(self, draft: Draft) -> bool:
        """Write the lock of a draft and the jobs it was chosen from; return whether the lock changed."""
        week, snapshot = draft.lock.week, draft.snapshot
        is_made_now = draft.lock.inputs == draft.fresh.inputs
        brought, items = self.caches.news.read_week(week), (*snapshot.items, *snapshot.jobs)
        if is_made_now and (brought.problems or brought.items != items):
            write_snapshot(self.folder, week, items, brought.known)
        has_changed = write_lock(self.folder, draft.lock)
        self.caches.save()
        return has_changed


_NOTHING_TO_SEND = CONTENT_EMPTY.problem(
    "there are no terms and no tips, so there is no letter",
    "write content/glossary/<slug>.md, or start from `weekly init DIR --example`",
    path="content",
)
