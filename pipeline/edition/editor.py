"""An editor at work on the weeks to come: every act of the command line and the studio, behind one guard.

What an act decides is `pipeline.issue.editing`; here the names that it is given are looked up, and the letter
is made where an act needs to see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pipeline.content.entry_names import list_slugs, read_title
from pipeline.content.slugs import EntryKind
from pipeline.edition.approval import awaits_news, keep_approved, require_approvable, require_news
from pipeline.errors import ArgumentError, AuthorError, PipelineError
from pipeline.issue import editing
from pipeline.issue.editing import ActOutcome, Decision, Wish
from pipeline.issue.history import list_sent_links
from pipeline.issue.journal import Act, Journal, read_journal
from pipeline.issue.lock import has_lock, read_lock
from pipeline.issue.lock_inputs import digest_wishes
from pipeline.issue.open_weeks import require_open
from pipeline.issue.target import Purpose, WeekFacts, find_target
from pipeline.issue.wishes import read_wishes
from pipeline.issue.wishes_file import WishKind, WishValues
from pipeline.model.frozen import dataclass
from pipeline.model.picks import section_of
from pipeline.model.problem import Problem
from pipeline.news.story_ref import list_names, parse_name
from pipeline.pick.news import gather_week
from pipeline.pick.rotation import earlier
from pipeline.weeks import Week

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft, Edition, Mode

WishAct = Literal["pin", "unpin", "ban", "unban"]


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody who edits, through one client, at one moment. Every act raises PipelineError when refused.

    Weeks that were sent, skipped, went by or are too far ahead are refused. Nothing is written in a dry run.
    """

    edition: Edition
    who: str
    client: str
    now: datetime
    is_dry_run: bool = False
    broken_feeds: Sequence[Problem] = ()
    """What is wrong with content/feeds.toml: it stops the acts that look at news or make a letter."""

    def wish(self, week: Week, act: WishAct, name: str, kind: WishKind | None = None) -> ActOutcome:
        """Pin, unpin, ban or unban what a slug, a link or an id names; `kind` tells a term from a tip."""
        wish: Wish = "pin" if act.endswith("pin") else "ban"
        is_removal = act.startswith("un")

        def decide(values: WishValues) -> Decision:
            facts = self._read_facts(week, values, kind, name)
            purpose: Purpose = "take back" if is_removal else wish
            kinds = (kind,) if kind else tuple(editing.KIND_WORDS)
            wished = {one: editing.list_wishes(values, one, wish) for one in kinds}
            target = find_target(name, facts, purpose=purpose, kind=kind, wished=wished)
            if is_removal:
                return editing.decide_removal(values, target, facts.stories, wish)
            return editing.decide_wish(values, target, facts.stories, wish)

        return self._write(week, act, decide)

    def swap(self, week: Week, kind: WishKind, gone: str, put: str) -> ActOutcome:
        """Ban what has a place and pin another of its kind instead, both or neither."""

        def decide(values: WishValues) -> Decision:
            facts = self._read_facts(week, values, kind, gone, put)
            old = find_target(gone, facts, purpose="ban", kind=kind)
            new = find_target(put, facts, purpose="pin", kind=kind)
            return editing.decide_swap(values, old, new, facts.stories)

        return self._write(week, "swap", decide)

    def swap_slot(self, week: Week, slot: str, put: str = "") -> ActOutcome:
        """Put another in a slot's place: what is named, or the first runner-up."""
        draft = self._draft(week)
        pick = draft.lock.picks.find(slot)
        if pick is None:
            slots = ", ".join(each.slot for each in draft.lock.picks.picks)
            raise ArgumentError(f"the letter of {week} has no slot `{slot}`; it has {slots}")
        if not put and not pick.runners_up:
            raise PipelineError(
                f"{slot} has no runner-up; name what should have it: weekly issue swap {slot} NAME"
            )
        kind: WishKind = "items" if pick.kind == "item" else pick.kind
        if kind == "items" and put:
            put = self._find_copy(week, slot, put)
        return self.swap(week, kind, pick.ref, put or pick.runners_up[0].ref)

    def write_words(self, week: Week, given: Mapping[str, str | None], seen: str = "") -> ActOutcome:
        """Write the editor's own subject, preheader and intro; None leaves one, an empty text removes it.

        `seen` is the digest of the words that were looked at; others are not written over.
        """
        return self._write(week, "words", lambda values: editing.decide_words(values, given, str(week), seen))

    def approve(self, week: Week, seen: str = "") -> ActOutcome:
        """Lock a letter and approve it as it is now, if it could be sent; any later change of it voids that.

        `seen` is the digest of the letter that was looked at; another one is refused.
        """
        self.require_open(week)
        require_news(self.edition, str(week))
        draft = self._draft(week)
        if seen and seen != draft.digest:
            raise PipelineError(f"{week} has changed since you looked at it; look again, then approve")
        require_approvable(draft)
        subject = draft.rendered.subject
        if not self.is_dry_run:
            self.edition.save_lock(draft)
            keep_approved(self.edition.folder, draft)
        done = self._write(
            week, "approve", lambda values: editing.decide_approval(values, draft.digest, subject)
        )
        if draft.was_locked or self.is_dry_run:
            return done
        return replace(done, sentences=(*done.sentences, "its choice is locked with that"))

    def unapprove(self, week: Week) -> ActOutcome:
        """Take back an approval; the lock stays."""
        return self._write(week, "unapprove", editing.decide_unapproval)

    def undo(self, week: Week, chosen: str = "") -> ActOutcome:
        """Take back the act of this number or id, else the last one that is in force."""
        self.require_open(week)
        act = self.read_journal(week).get_act(chosen)

        def decide(values: WishValues) -> Decision:
            has_stories = any(key.startswith("items.") for key in act.changes)
            facts = self._read_facts(week, values, "items") if has_stories else WeekFacts(str(week))
            return editing.decide_undo(values, act, facts.stories)

        return self._write(week, "undo", decide, undoes=act.id)

    def choose_again(self, week: Week) -> Draft:
        """Choose a week again and lock it."""
        self.require_open(week)
        require_news(self.edition, str(week))
        return self.lock(week, "refresh")[0]

    def lock(self, week: Week, mode: Mode) -> tuple[Draft, tuple[str, ...] | None]:
        """Choose and lock a week; returns its letter, and if the lock changed, what to say of the journal."""
        draft = self._draft(week, mode)
        if self.is_dry_run or mode == "frozen" or not self.edition.save_lock(draft):
            return draft, None
        what = f"{'again, ' if draft.was_locked else ''}“{draft.rendered.subject}”"
        return draft, editing.record_act(
            self.edition.folder, str(week), replace(self._begin("build"), what=what)
        )

    def read_journal(self, week: Week) -> Journal:
        """Read what was done to a week."""
        return read_journal(self.edition.folder, str(week))

    def require_open(self, week: Week) -> None:
        """Refuse to change a week that was sent, was skipped, went by or is too far ahead."""
        edition = self.edition
        require_open(week, edition.history, edition.first_open, edition.coming)

    def _draft(self, week: Week, mode: Mode = "keep") -> Draft:
        self.require_open(week)
        self._require_feeds()
        return self.edition.draft(week, mode=mode)

    def _require_feeds(self) -> None:
        if self.broken_feeds:
            raise AuthorError(self.broken_feeds)

    def _read_facts(self, week: Week, values: WishValues, kind: WishKind | None, *names: str) -> WeekFacts:
        """Read what names are looked up in: the week's news for a story, the content's files for a slug."""
        edition, is_locked = self.edition, has_lock(self.edition.folder, str(week))
        kinds: tuple[EntryKind, ...] = ("term", "tip")
        slugs: dict[WishKind, Sequence[str]] = {each: list_slugs(edition.folder, each) for each in kinds}
        titles: dict[tuple[WishKind, str], str] = {
            (each, name): read_title(edition.folder, each, name)
            for each in kinds
            for name in names
            if name in slugs[each]
        }
        # A slug has no dot: a name with one may be a link without its scheme.
        others = [name for name in names if not any(name in slugs[each] for each in kinds)]
        if kind != "items" and not any("." in name or parse_name(name) for name in others):
            return WeekFacts(str(week), slugs, titles)
        self._require_feeds()
        snapshot = edition.snapshot(week)
        pinned = (*editing.list_wishes(values, "items", "pin"), *names)
        past = earlier(edition.history, week)
        return WeekFacts(
            str(week),
            slugs,
            titles,
            snapshot,
            gather_week(past, edition.selection, snapshot, pinned=pinned),
            can_come=awaits_news(edition, str(week)) and not is_locked,
            is_locked=is_locked,
            sent=list_sent_links(edition.history, str(week)),
        )

    def _find_copy(self, week: Week, slot: str, name: str) -> str:
        """Name the copy of a story that belongs into a slot's section; a name that no feed has stays."""
        facts = self._read_facts(week, {}, "items", name)
        items = [item for story in facts.stories.find(name) for item in story.items]
        named = [item for item in items if parse_name(name) in list_names(item)]
        fitting = [item for item in named if item.section == section_of(slot)]
        if named and not fitting:
            here, there = section_of(slot), named[0].section
            raise ArgumentError(
                f"{name} is a story of {there}, and {slot} is a place of {here}: a story stays in its "
                f"section. To have it in {there}: weekly issue pin {name}"
            )
        return fitting[0].id if fitting else name

    def _write(
        self, week: Week, name: str, decide: Callable[[WishValues], Decision], *, undoes: str = ""
    ) -> ActOutcome:
        self.require_open(week)
        act, folder = replace(self._begin(name), undoes=undoes), self.edition.folder
        done = editing.write_act(folder, str(week), act, decide, is_dry_run=self.is_dry_run)
        is_choice = any(key.partition(".")[0] in editing.KIND_WORDS for key in done.changed)
        if is_choice and self._is_locked_otherwise(week):
            note = f"the letter is locked and keeps its choice: weekly issue build --week {week} --refresh"
            done = replace(done, sentences=(*done.sentences, note))
        return done

    def _begin(self, name: str) -> Act:
        return Act("", self.now.replace(microsecond=0), self.who, self.client, name, "")

    def _is_locked_otherwise(self, week: Week) -> bool:
        """Return whether a week is locked, and its wishes as they are now lead to another choice."""
        folder = self.edition.folder
        if not has_lock(folder, str(week)):
            return False
        try:
            lock, wishes = read_lock(folder, str(week)), read_wishes(folder, str(week))
            if lock is None or lock.inputs.get("wishes") == digest_wishes(wishes):
                return False
            draft = self.edition.draft(week)
        except PipelineError:
            return True  # nobody can tell before that is fixed
        locked, fresh = (
            {pick.slot: pick.ref for pick in picks.picks} for picks in (draft.lock.picks, draft.fresh.picks)
        )
        return locked != fresh
