"""The cut between edition and run: stores a checked letter and its audience in the database, for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.edition.approval import list_ignored_wishes
from pipeline.errors import ArgumentError, AuthorError, ChecksFailed, SettingsError
from pipeline.feeds.snapshot import has_snapshot
from pipeline.issue.history import append_history, past_from_json, past_to_json
from pipeline.model.locations import wishes_path
from pipeline.model.plurals import count_noun
from pipeline.model.problem import CONTENT_RULES, JOB_RULES
from pipeline.run.news import fetch_news
from pipeline.run.plan import Work
from pipeline.run.reporter import Reporter
from pipeline.run.segments import Segment, find_segment
from pipeline.weeks import Week, get_due_at

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft, Edition
    from pipeline.model.picks import Pick
    from pipeline.run.signals import StopSignal
    from pipeline.store.reading import FrozenIssue
    from pipeline.wiring import Newsletter

SHOWN = 0.005
"""Reasons whose value rounds to 0.00 are not printed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The issue that was frozen, if one was; `waits` when an approval is missing."""

    issue: FrozenIssue | None = None
    waits: bool = False


def prepare(
    newsletter: Newsletter, reporter: Reporter, work: Work, stop: StopSignal | None = None, segment: str = ""
) -> Prepared:
    """Build and freeze the letter that is due, for a segment of the readers if one is named.

    Raises AuthorError when content, wishes or templates are broken, ChecksFailed when the letter is.
    """
    week = work.week or work.draft
    if week is None:
        return Prepared()
    is_first = not has_snapshot(newsletter.folder, str(week))
    if is_first or work.week is not None:
        fetch_news(newsletter, reporter, week, stop)
    edition = newsletter.edition(work.history, readers=newsletter.issues.readers())
    draft = edition.draft(week)
    _refuse_errors(reporter, draft, week)
    # What choosing again would not obey either is no reason to wait: it is among the warnings.
    ignored = list_ignored_wishes(draft)
    if ignored:
        raise AuthorError(ignored)
    if draft.lock.picks.find("term") is None:
        reporter.say(f"{week} has no term of the week: none is left; see `weekly issue explain`")
    if draft.drifted:
        reporter.say(
            f"{week} keeps its locked choice; the content has changed and a new selection would differ "
            f"(weekly issue build --week {week} --refresh)"
        )
    if draft.lock.picks.layout == "skip":
        return _skip(newsletter, reporter, edition, draft, is_due=work.week is not None, is_first=is_first)
    is_new = edition.save_lock(draft)
    tell_picks(reporter, draft, aloud=is_new or work.week is not None)
    if not _is_approved(newsletter, reporter, draft, week, is_new=is_new):
        return Prepared(waits=True)
    if work.week is None:
        return Prepared()
    return Prepared(_freeze_for_readers(newsletter, reporter, edition, draft, segment))


def _freeze_for_readers(
    newsletter: Newsletter, reporter: Reporter, edition: Edition, draft: Draft, segment: str
) -> FrozenIssue | None:
    """Freeze a letter unless there are no readers, and name the imports whose readers do not get it."""
    readers = newsletter.issues.readers()
    for act in newsletter.people.waiting_acts():
        reporter.say(f"{draft.rendered.week} does not go to everyone: {act}")
    if readers == 0:
        reporter.say(
            f"{draft.rendered.week}: there are no readers, so nothing was frozen or sent; "
            "add some with `weekly subscribers`"
        )
        return None
    chosen = find_audience(newsletter, draft, segment)
    return _freeze(newsletter, reporter, edition, draft, readers=readers, segment=chosen)


def find_audience(newsletter: Newsletter, draft: Draft, segment: str) -> Segment | None:
    """Find the segment that a letter goes to, the one named or the one of the week's file; None for everyone.

    Raises ChecksFailed when nobody in it would receive the letter.
    """
    name = segment or draft.wishes.segment
    if not name:
        return None
    try:
        chosen = find_segment(newsletter, name)
    except ArgumentError as error:
        raise SettingsError(wishes_path(draft.rendered.week), [("segment", str(error))]) from error
    if newsletter.people.selected.count_deliverable(chosen.selection) == 0:
        raise ChecksFailed(
            f"{draft.rendered.week} is not sent: no reader who would receive it is in the segment "
            f"{chosen.words}; `weekly subscribers count --segment {name}` shows who is"
        )
    return chosen


def _skip(
    newsletter: Newsletter,
    reporter: Reporter,
    edition: Edition,
    draft: Draft,
    *,
    is_due: bool,
    is_first: bool,
) -> Prepared:
    """Record that a thin week has no letter, once it is due; before that more news may come."""
    past = draft.lock.picks.to_past(draft.lock.number)
    if not is_due:
        _say_once(
            reporter,
            is_first,
            f"{past.week} would have no letter: {past.skipped}; its news are fetched again when it is due. "
            f"To have one all the same: weekly feeds fetch, pin stories, or change `[sections] thin`",
        )
        return Prepared(waits=True)
    edition.save_lock(draft)
    append_history(newsletter.folder, past)
    reporter.say(f"{past.week} has no letter: {past.skipped} (`[sections] thin` in weekly.toml)")
    return Prepared()


def _say_once(reporter: Reporter, is_new: bool, words: str) -> None:  # noqa: FBT001 - said or told
    """Print what is new under cron too; what every call of cron would repeat, only to a terminal."""
    if is_new:
        reporter.say(words)
    else:
        reporter.tell(words)


def _refuse_errors(reporter: Reporter, draft: Draft, week: Week) -> None:
    for finding in draft.errors:
        reporter.say(f"{finding.severity}: {finding}")
    if draft.errors:
        raise ChecksFailed(
            f"{week} is not sent: {count_noun(len(draft.errors), 'check stops', 'checks stop')} it"
        )


def find_stop(newsletter: Newsletter, draft: Draft, *, is_due: bool) -> str:
    """Describe what keeps the run from sending a letter as it is; empty when nothing does.

    A letter that is not due yet needs no approval.
    """
    if draft.errors:
        return f"{count_noun(len(draft.errors), 'check stops', 'checks stop')} it"
    ignored = list_ignored_wishes(draft)
    if ignored:
        return str(AuthorError(ignored))
    return "it waits for approval" if is_due and not _has_approval(newsletter, draft) else ""


def _has_approval(newsletter: Newsletter, draft: Draft) -> bool:
    return not newsletter.settings.schedule.approval or draft.is_approved


def _is_approved(
    newsletter: Newsletter, reporter: Reporter, draft: Draft, week: Week, *, is_new: bool
) -> bool:
    if _has_approval(newsletter, draft):
        return True
    words = "was approved and has changed since" if draft.wishes.approval_digest else "waits for approval"
    _say_once(
        reporter,
        is_new or bool(draft.wishes.approval_digest),
        f"{week} {words}: look at it with `weekly preview`, then `weekly issue approve --week {week}`",
    )
    return False


def tell_picks(reporter: Reporter, draft: Draft, *, aloud: bool = False) -> None:
    """Print the picks with their reasons, and the warnings; with `aloud`, important ones under cron too."""
    for pick in draft.lock.picks.picks:
        pinned = " (pinned)" if pick.pinned else ""
        reporter.tell(f"{pick.slot}: {draft.name(pick)}{pinned} = {pick.score:.2f} ({_why(pick)})")
    if draft.lock.picks.note:
        reporter.tell(f"{draft.lock.picks.note}: {draft.lock.picks.layout}")
    for problem in draft.warnings:
        is_important = problem.rule.group not in (CONTENT_RULES, JOB_RULES)
        _say_once(reporter, aloud and is_important, f"warning: {problem}")


def _why(pick: Pick) -> str:
    if pick.kind == "item":
        return " × ".join(f"{each.name} {each.value:.2f}" for each in pick.reasons if each.value != 1)
    return ", ".join(f"{each.name} {each.value:+.2f}" for each in pick.reasons if abs(each.value) >= SHOWN)


def _freeze(
    newsletter: Newsletter,
    reporter: Reporter,
    edition: Edition,
    draft: Draft,
    *,
    readers: int,
    segment: Segment | None,
) -> FrozenIssue:
    from pipeline.edition.sample import fill_sample, readers_phrase, write_sample
    from pipeline.run.compile_letters import compile_letters
    from pipeline.store.issues import Freezing
    from subscribers.selection.model import EVERYONE

    now = newsletter.clock.now()
    dated = letter_date(get_due_at(Week.parse(draft.rendered.week), newsletter.schedule), now)
    phrase = readers_phrase(readers, edition.letterhead.audience)
    rendered = draft.rendered
    sample = fill_sample(rendered, edition.letterhead, phrase=phrase, at=dated)
    page = write_sample(newsletter.folder / "var" / "letters" / rendered.week, sample)
    past = draft.lock.picks.to_past(rendered.number, readers=readers, digest=rendered.digest)
    issue = newsletter.issues.freeze(
        Freezing(
            week=rendered.week,
            number=rendered.number,
            subject=rendered.subject,
            digest=rendered.digest,
            past=past_to_json(past),
            letterhead=edition.letterhead,
            letters=tuple(compile_letters(newsletter, draft, dated, phrase)),
            segment=segment.words if segment else "",
            selection=segment.selection if segment else EVERYONE,
        ),
        now,
    )
    suffix = f" of the segment {issue.segment}" if issue.segment else ""
    # The line of the frozen issue, in case another run froze it first.
    append_history(newsletter.folder, past_from_json(issue.past))
    audience = count_noun(issue.audience, "reader")
    reporter.tell(f"frozen: no. {issue.number}, “{issue.subject}”, for {audience}{suffix}")
    reporter.tell(f"open: {page}")
    return issue


def letter_date(due_at: datetime, now: datetime) -> datetime:
    """Return the Date of a letter: when it was due, or the present minute if that is not within the last day.

    The due time gives the same bytes on every machine; a date in the future, or days old, looks like spam.
    """
    if timedelta(0) <= now - due_at < timedelta(days=1):
        return due_at
    return now.replace(second=0, microsecond=0)
