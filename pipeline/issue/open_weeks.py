"""Which weeks may be named: by an act or a look at a letter to come, and by a run. Pure.

A letter goes out in its own week, or later as long as it is due; a week that went by stays without one.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import PipelineError
from pipeline.model.past import Past
from pipeline.weeks import Week

MOST_WEEKS_AHEAD = 104
"""Two years: nobody plans a letter further ahead, so a later week is a typing error in the year."""


def parse_week(given: str) -> Week:
    """Parse a week that somebody typed; raises PipelineError."""
    try:
        return Week.parse(given)
    except ValueError as error:
        raise PipelineError(str(error)) from error


def find_week(
    given: str | None, history: Sequence[Past], first: Week, coming: Week, *, has_letter: bool
) -> Week:
    """Find the week of a command, `coming` by default; with `has_letter`, refuse one without a letter."""
    week = parse_week(given) if given else coming
    if has_letter and find_past(week, history) is None:
        require_near(week, first, coming)
    return week


def require_unsent(week: Week, history: Sequence[Past]) -> None:
    """Refuse to change a week that was sent or skipped."""
    past = find_past(week, history)
    if past is not None and past.skipped:
        raise PipelineError(
            f"{week} was skipped, {past.skipped}. To have a letter all the same, change `[sections] thin`, "
            f"delete the week's lock and its line in content/issues/history.jsonl: weekly run --week {week}"
        )
    if past is not None:
        raise PipelineError(f"{week} was sent; nothing of it can be changed. It is in var/letters/{week}")


def require_open(week: Week, history: Sequence[Past], first: Week, coming: Week) -> None:
    """Refuse to change a week that was sent, was skipped, went by or is too far ahead.

    `first` is the first week that can still have a letter, `coming` the next one that is due.
    """
    require_unsent(week, history)
    require_near(week, first, coming)


def require_near(week: Week, first: Week, coming: Week) -> None:
    """Refuse a week without a letter that went by or is too far ahead."""
    if week < first:
        raise PipelineError(f"{week} is past, and no letter was sent; the next letter is that of {coming}")
    ahead = week.since(coming)
    if ahead > MOST_WEEKS_AHEAD:
        raise PipelineError(
            f"{week} is {ahead:,} weeks ahead of the next letter, that of {coming}: is the year right? "
            f"At most {MOST_WEEKS_AHEAD} weeks can be prepared"
        )


def require_sendable(week: Week, sent: Sequence[Week], first: Week, latest: Week) -> None:
    """Refuse to send a week that is still to come, went by, or is older than what was sent."""
    if week > latest:
        raise PipelineError(f"{week} has not come yet; the latest that can be sent is {latest}")
    if sent and week < max(sent):
        raise PipelineError(f"{week} is older than {max(sent)}, which was sent: letters go out in order")
    if week < first:
        raise PipelineError(
            f"{week} is past, and no letter was sent; the first that can still be sent is that of {first}: "
            f"weekly run --week {first}"
        )


def find_past(week: Week, history: Sequence[Past]) -> Past | None:
    """Find what was sent in a week, or why it was skipped."""
    return next((past for past in history if past.week == str(week)), None)
