"""Whether a letter may be approved, and its words as they were, to show later what has changed since."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import AuthorError, ChecksFailed, PipelineError
from pipeline.feeds.snapshot import has_snapshot
from pipeline.files import read_if_there, replace_file
from pipeline.issue.wishes import WISH_UNHEARD
from pipeline.model.frozen import dataclass
from pipeline.model.locations import wishes_path
from pipeline.model.problem import Problem
from pipeline.pick.unmet_wishes import find_unmet

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft, Edition

KEPT = "var/approved"


@dataclass(frozen=True, slots=True)
class Approved:
    """A letter as somebody approved it; each open slot is there by its name, `[name]`."""

    digest: str
    subject: str
    preheader: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What has changed since: lines of a unified diff, of what readers read and of the HTML."""

    words: tuple[str, ...]
    html: tuple[str, ...]


def require_news(edition: Edition, week: str) -> None:
    """Refuse to fix a letter whose news are still to come: it would go out without them."""
    if awaits_news(edition, week):
        raise PipelineError(
            f"the news of {week} were not fetched yet: weekly feeds fetch, look at it, then approve"
        )


def awaits_news(edition: Edition, week: str) -> bool:
    """Return whether feeds are followed and were not read for a week yet."""
    return any(not feed.hidden for feed in edition.feeds) and not has_snapshot(edition.folder, week)


def find_obstacle(edition: Edition, draft: Draft) -> str:
    """Describe what keeps a letter from being approved; empty when nothing does."""
    try:
        require_news(edition, draft.lock.week)
        require_approvable(draft)
    except PipelineError as error:
        return str(error)
    return ""


def require_approvable(draft: Draft) -> None:
    """Refuse to approve a letter that the run would not send as it is.

    Raises:
        PipelineError: the week has no letter.
        ChecksFailed: checks of the letter stop it.
        AuthorError: the locked choice does not obey the wishes.
    """
    week, picks = draft.lock.week, draft.lock.picks
    if picks.layout == "skip":
        raise PipelineError(f"{week} would have no letter to approve: {picks.note}")
    if draft.errors:
        found = "; ".join(finding.message for finding in draft.errors)
        raise ChecksFailed(f"{week} is not approved, for its letter would not be sent: {found}")
    ignored = list_ignored_wishes(draft)
    if ignored:
        raise AuthorError(ignored)


def list_ignored_wishes(draft: Draft) -> list[Problem]:
    """List the wishes that came after the lock and that choosing again would obey."""
    hopeless = set(find_unmet(draft.fresh.picks, draft.wishes, draft.snapshot))
    fix = f"select again: weekly issue build --week {draft.lock.week} --refresh"
    return [
        WISH_UNHEARD.problem(message, fix, path=wishes_path(draft.lock.week))
        for message in find_unmet(draft.lock.picks, draft.wishes, draft.snapshot)
        if message not in hopeless
    ]


def keep_approved(folder: Path, draft: Draft) -> None:
    """Keep the words of a letter that is being approved; raises FileError."""
    kept = json.dumps(asdict(remember(draft)), ensure_ascii=False)
    replace_file(_path(folder, draft.rendered.week), kept)


def remember(draft: Draft) -> Approved:
    """Record a letter as it is; of its variants, the digest alone."""
    rendered = draft.rendered
    html, text = rendered.html, rendered.text
    for token, slot in rendered.slots.items():
        html, text = (part.replace(token, f"[{slot}]") for part in (html, text))
    return Approved(draft.digest, rendered.subject, rendered.preheader, text, html)


def find_approved(folder: Path, week: str, digest: str) -> Approved | None:
    """Find the letter with this digest as it was approved on this machine; None when it was elsewhere."""
    raw = read_if_there(_path(folder, week))
    try:
        kept = Approved(**json.loads(raw)) if raw else None
    except (ValueError, TypeError):
        return None  # written by another version: the diff is a help and not the proof
    return kept if kept is not None and kept.digest == digest else None


def compare(before: Approved, now: Approved) -> Difference:
    """Return what changed between two letters."""
    return Difference(
        tuple(_diff(_words(before), _words(now))), tuple(_diff(before.html.split("\n"), now.html.split("\n")))
    )


def _words(letter: Approved) -> list[str]:
    return [f"Subject: {letter.subject}", f"Preheader: {letter.preheader}", "", *letter.text.split("\n")]


def _diff(before: list[str], now: list[str]) -> Iterator[str]:
    lines = difflib.unified_diff(before, now, "approved", "now", lineterm="", n=2)
    yield from list(lines)[2:]


def _path(folder: Path, week: str) -> Path:
    return folder / KEPT / f"{week}.json"
