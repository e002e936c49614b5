"""Builds letters and the calendar from a newsletter's files as they are now; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pipeline.edition.approval import compare, find_approved, find_obstacle, remember
from pipeline.edition.draft import Draft, Edition
from pipeline.edition.forecast import plan_weeks
from pipeline.edition.sample import SAMPLE_ADDRESS, fill_parts, fill_sample, readers_phrase
from pipeline.errors import PipelineError
from pipeline.files import read_if_there
from pipeline.issue.history import last_readers
from pipeline.issue.journal import read_journal
from pipeline.issue.lock import read_lock
from pipeline.model.content import Catalogue
from pipeline.model.past import Past
from pipeline.news.story_ref import list_pick_names, list_story_names
from pipeline.studio.letter import PERSONAS, Calendar, LetterView, Name, WeekEntry, WeekStage, list_personas
from pipeline.studio.sandbox import show_text
from pipeline.weeks import Week, get_due_at

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter

AHEAD = 8
"""How many weeks after the next one can be looked at."""
BEHIND = 26
"""How many sent issues can be looked at."""

_TEXT_ALONE = "Text only: such a reader gets no HTML part, and the frame shows the text."

_ADDRESSES: Mapping[str, str] = {"named": SAMPLE_ADDRESS, "unnamed": "somebody@example.org"}


def make_calendar(newsletter: Newsletter) -> Calendar:
    """List the weeks to look at; raises as the edition does when content or wishes are broken."""
    edition = newsletter.edition()
    catalogue, _ = edition.catalogue()
    coming = str(edition.coming)
    sent = [
        WeekEntry(past.week, "skipped" if past.skipped else "sent", _name(catalogue, past.term))
        for past in edition.history[-BEHIND:]
    ]
    planned = []
    for each in plan_weeks(edition, catalogue, AHEAD + 1):
        words = _name(catalogue, each.past.term)
        planned.append(WeekEntry(str(each.week), "next" if str(each.week) == coming else "planned", words))
    names = {f"term:{term.slug}": Name(term.title, term.path) for term in catalogue.terms}
    names |= {f"tip:{tip.slug}": Name(tip.title, tip.path) for tip in catalogue.tips}
    return Calendar(coming, (*sent, *planned), names)


def make_letter(newsletter: Newsletter, week: str, persona: str) -> LetterView:
    """Build the letter of a week, the next one when it is empty, as a persona gets it.

    A sent one is shown as it was kept, if it was kept on this machine. Raises as the edition does.
    """
    chosen = newsletter.week(week or None)
    edition = newsletter.edition()
    past = next((past for past in edition.history if past.week == str(chosen)), None)
    if past is not None:
        kept = None if past.skipped else _find_kept(newsletter, edition, str(chosen))
        return kept or _show_past(newsletter, edition, past, persona)
    shown = _show(newsletter, edition, make_draft(edition, chosen), persona)
    if chosen < edition.coming:
        note = "No letter was sent that week: this is what today's files would make of it."
        return replace(shown, stage="past", note=note, rendered=None)
    return shown


def make_draft(edition: Edition, week: Week) -> Draft:
    """Build the letter of a week to come; before it is its turn, as the plan has it."""
    if week <= edition.coming:
        return edition.draft(week)
    ahead = edition.coming
    weeks = 1
    while ahead < week and weeks <= AHEAD:
        ahead, weeks = ahead.next(), weeks + 1
    if ahead != week:
        raise PipelineError(f"{week} is too far away; the studio looks {AHEAD} weeks ahead")
    catalogue, _ = edition.catalogue()
    *before, _ = plan_weeks(edition, catalogue, weeks)
    return edition.draft(week, ahead=[planned.past for planned in before])


def make_message(newsletter: Newsletter, week: str, persona: str) -> bytes:
    """Build the whole message of a letter; raises as the edition does."""
    chosen = newsletter.week(week or None)
    kept = read_if_there(_kept(newsletter, str(chosen)) / "issue.eml")
    edition = newsletter.edition()
    if kept is not None and any(past.week == str(chosen) for past in edition.history):
        return kept
    draft = make_draft(edition, chosen)
    variant = draft.find_variant(persona)
    return fill_sample(
        variant.rendered if variant else draft.rendered,
        edition.letterhead,
        phrase=_phrase(edition),
        at=get_due_at(chosen, newsletter.schedule),
        address=_ADDRESSES.get(persona, SAMPLE_ADDRESS),
        text_only=variant is not None and variant.text_only,
    ).eml


def _phrase(edition: Edition) -> str:
    return readers_phrase(last_readers(edition.history), edition.letterhead.audience)


def _show(newsletter: Newsletter, edition: Edition, draft: Draft, persona: str) -> LetterView:
    variant, approved = draft.find_variant(persona), draft.wishes.approval_digest
    rendered = variant.rendered if variant else draft.rendered
    address = _ADDRESSES.get(persona, SAMPLE_ADDRESS)
    html, text = fill_parts(rendered, edition.letterhead, phrase=_phrase(edition), address=address)
    note = _find_note(edition, draft)
    if variant and variant.text_only:
        html, note = show_text(text, edition.letterhead), f"{note} {_TEXT_ALONE}".strip()
    before = find_approved(newsletter.folder, rendered.week, approved) if approved else None
    return LetterView(
        week=rendered.week,
        number=rendered.number,
        stage=cast("WeekStage", draft.state.word),
        sender=edition.letterhead.from_name,
        subject=rendered.subject,
        preheader=rendered.preheader,
        html=html,
        text=text,
        note=note,
        minutes=(variant or draft).issue.minutes,
        digest=draft.digest,
        rendered=rendered,
        findings=draft.findings,
        picks=draft.lock.picks.picks,
        names=dict(_name_stories(draft)),
        layout=draft.lock.picks.layout,
        layout_note=draft.lock.picks.note,
        warnings=draft.warnings,
        wishes=draft.wishes,
        subjects=tuple(each.subject for each in draft.issue.subject_candidates),
        drifted=draft.drifted,
        obstacle=find_obstacle(edition, draft),
        journal=read_journal(newsletter.folder, rendered.week),
        changed=compare(before, remember(draft)) if before else None,
        personas=list_personas(each.name for each in draft.variants),
    )


def _find_note(edition: Edition, draft: Draft) -> str:
    picks = draft.lock.picks
    if picks.layout == "skip":
        return f"This week has no letter, unless something changes: {picks.note}"
    is_planned = draft.rendered.week > str(edition.coming)
    return "Planned: what comes before it may change it." if is_planned else ""


def _name_stories(draft: Draft) -> Iterator[tuple[str, Name]]:
    for pick in draft.lock.picks.picks:
        if pick.kind == "item":
            yield f"item:{pick.ref}", Name(draft.name(pick), others=list_pick_names(pick, draft.snapshot))
            for each in pick.runners_up:
                item = draft.snapshot.item_by_id.get(each.ref)
                names = list_story_names([item] if item else [])
                yield f"item:{each.ref}", Name(draft.name(each), others=names)


def _show_past(newsletter: Newsletter, edition: Edition, past: Past, persona: str) -> LetterView:
    week = Week.parse(past.week)
    shown = _show(newsletter, edition, edition.draft(week), persona)
    if past.skipped:
        note = f"No letter was sent that week: {past.skipped}"
        return replace(shown, stage="skipped", note=note, rendered=None)
    note = "It was sent from another machine: this is how today's files render it."
    if read_lock(edition.folder, past.week) is None:
        note = "It was sent, but its lock is not here: this is what today's files would choose for that week."
    return replace(shown, stage="sent", note=note, rendered=None)


def _kept(newsletter: Newsletter, week: str) -> Path:
    return newsletter.folder / "var" / "letters" / week


def _find_kept(newsletter: Newsletter, edition: Edition, week: str) -> LetterView | None:
    folder = _kept(newsletter, week)
    html, text, eml = (read_if_there(folder / name) for name in ("index.html", "issue.txt", "issue.eml"))
    if html is None or text is None or eml is None:
        return None
    message = message_from_bytes(eml, _class=EmailMessage, policy=policy.default)
    lock = read_lock(edition.folder, week)
    return LetterView(
        week=week,
        number=next(past.number for past in edition.history if past.week == week),
        stage="sent",
        sender=edition.letterhead.from_name,
        subject=str(message["Subject"]),
        preheader="",
        html=html.decode(),
        text=text.decode(),
        note="Sent: this is the copy that was kept of it.",
        picks=lock.picks.picks if lock else (),
        personas={"named": PERSONAS["named"]},
    )


def _name(catalogue: Catalogue, slug: str) -> str:
    term = catalogue.term_by_slug.get(slug)
    return term.title if term else slug


def read_file(newsletter: Newsletter, path: str) -> str | None:
    """Read one of the files a letter is made of; None for any other, wherever its path may lead.

    Looks in the newsletter first, and for templates then at the shipped ones.
    """
    from pipeline.resources import shipped  # noqa: PLC0415

    parts = Path(path).parts
    if not parts or any(part.startswith(".") for part in parts) or "\x00" in path or "\\" in path:
        return None
    if path == newsletter.config.name:
        return _read_below(newsletter.config.parent, path)
    if parts[0] not in ("content", "templates"):
        return None
    found = _read_below(newsletter.folder / parts[0], *parts[1:])
    if found is None and parts[0] == "templates":
        found = _read_below(shipped("templates"), *parts[1:])
    return found


LARGEST_FILE_BYTES = 2_000_000  # a page of it is still scrolled; no content file comes near


def _read_below(folder: Path, *parts: str) -> str | None:
    """Read a file that really lies below a folder, links followed."""
    home, path = folder.resolve(), folder.joinpath(*parts).resolve()
    if not path.is_relative_to(home) or not path.is_file() or path.stat().st_size > LARGEST_FILE_BYTES:
        return None
    return path.read_bytes().decode("utf-8", "replace")
