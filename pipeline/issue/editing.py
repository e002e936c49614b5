"""What an editor may do to a week, decided on values: pins, bans, swaps, words, approval, undo.

These are the rules of every client; the command line and the studio only ask and show. `write_act` alone
writes, for one editor at a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pipeline.errors import ArgumentError, AuthorError, FileError, PipelineError
from pipeline.files import hold_folder, remove_file, replace_file
from pipeline.issue.journal import Act, Changes, append_act
from pipeline.issue.target import WishTarget
from pipeline.issue.wishes import check_values, load_text
from pipeline.issue.wishes_file import WishKind, WishValue, WishValues, read_values, rewrite
from pipeline.model.frozen import dataclass
from pipeline.model.locations import journal_path, wishes_path
from pipeline.model.problem import Problems
from pipeline.news.story_ref import StoryIndex, parse_name

Wish = Literal["pin", "ban"]

WORDS = ("subject", "preheader", "intro")

KIND_WORDS: Mapping[WishKind, str] = {"term": "term", "tip": "tip", "items": "story"}
"""What people call each kind of wish."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an act changes in a week's wishes, by key, and what to say about it.

    `what` names the object for the journal, `done` is the sentence for the editor, `notes` what else follows.
    """

    what: str
    done: str
    values: WishValues
    notes: tuple[str, ...] = ()


def list_wishes(values: WishValues, kind: WishKind, wish: Wish) -> tuple[str, ...]:
    """List what is pinned or banned of a kind, as the file writes it; a term or tip has one pin at most."""
    found = values.get(f"{kind}.{wish}") or ()
    return (found,) if isinstance(found, str) else found


def decide_wish(values: WishValues, target: WishTarget, stories: StoryIndex, wish: Wish) -> Decision:
    """Pin or ban something, and take back what the file says against that by any other name."""
    kind, against = target.kind, _opposite(wish)
    kept, freed = _take_out(list_wishes(values, kind, against), target, stories)
    changed = _set_list(kind, against, kept) if freed else {}
    notes = [f"the {against} of {_quote(freed)} is taken back"] if freed else []
    held = list_wishes(values, kind, wish)
    if target.is_covered(held):
        done = f"{wish}ned already: {target.words}"
    else:
        done = f"{wish}ned: {target.words}"
        is_single = wish == "pin" and kind != "items"
        if is_single and held:
            notes.append(f"the pin of {_quote(held)} is taken back: a letter has one {kind}")
        changed |= _set_list(kind, wish, (target.wish,) if is_single else (*held, target.wish))
    return Decision(target.words, done, changed, (*notes, *target.notes))


def decide_removal(values: WishValues, target: WishTarget, stories: StoryIndex, wish: Wish) -> Decision:
    """Take back the pin or the ban of something, by whatever name it was written."""
    kept, freed = _take_out(list_wishes(values, target.kind, wish), target, stories)
    if not freed:
        return Decision(target.words, f"not {wish}ned, nothing changes: {target.words}", {})
    changed = _set_list(target.kind, wish, kept)
    return Decision(target.words, f"{wish} taken back: {target.words}", changed)


def decide_swap(values: WishValues, gone: WishTarget, put: WishTarget, stories: StoryIndex) -> Decision:
    """Ban what has a place and pin another for it, both or neither."""
    if gone.kind != put.kind:
        raise ArgumentError(f"{put.words} is not a {KIND_WORDS[gone.kind]}: it cannot take the place of one")
    if gone.names & put.names:
        raise ArgumentError(f"{put.words} has the place already")
    banned = decide_wish(values, gone, stories, "ban")
    pinned = decide_wish({**values, **banned.values}, put, stories, "pin")
    changed = {**banned.values, **pinned.values}
    notes = (banned.done, *banned.notes, *pinned.notes)
    return Decision(f"{gone.words} for {put.words}", pinned.done, changed, notes)


def _opposite(wish: Wish) -> Wish:
    return "ban" if wish == "pin" else "pin"


def _set_list(kind: WishKind, wish: Wish, names: tuple[str, ...]) -> dict[str, WishValue]:
    """Return the wishes of a kind by their key, None for none, so that no empty key stays in the file."""
    is_single = wish == "pin" and kind != "items"
    return {f"{kind}.{wish}": ("".join(names) if is_single else names) or None}


def _take_out(
    wishes: Sequence[str], target: WishTarget, stories: StoryIndex
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take every name of something out of a list; return what stays and what was taken out.

    The other stories of a link that several share, such as a page of jobs, stay in the list by their ids.
    """
    kept: list[str] = []
    for wish in wishes:
        if not target.is_named(wish):
            kept.append(wish)
        elif target.stories:
            kept += [story.lead.id for story in stories.find(wish) if story not in target.stories]
    return tuple(kept), tuple(wish for wish in wishes if target.is_named(wish))


def _quote(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def digest_words(words: Iterable[WishValue]) -> str:
    """Digest the editor's subject, preheader and intro, to see later whether somebody has changed them."""
    texts = json.dumps([str(each or "").strip() for each in words])
    return hashlib.sha256(texts.encode()).hexdigest()


def decide_words(values: WishValues, given: Mapping[str, str | None], week: str, seen: str = "") -> Decision:
    """Set the editor's own subject, preheader and intro; None leaves one as it is, an empty text removes it.

    Raises AuthorError for words that no letter can have, PipelineError when they are not the `seen` ones.
    """
    if seen and digest_words(values.get(key) for key in WORDS) != seen:
        raise PipelineError(
            f"the words of {week} have changed since you looked; nothing is written. Both stand "
            "under Why: make yours what they should be, then save again"
        )
    words = {key: value.replace("\r\n", "\n").strip() for key, value in given.items() if value is not None}
    problems = Problems(wishes_path(week))
    check_values(words, "", problems)
    if problems.found:
        raise AuthorError(sorted(problems.found))
    changed: dict[str, WishValue] = {key: value or None for key, value in words.items()}
    new = [key for key, value in changed.items() if value != values.get(key)]
    written, removed = ([key for key in new if bool(changed[key]) is kept] for kept in (True, False))
    done = [f"your {_name_with_verb(written)} now in {wishes_path(week)}"] if written else []
    done += [f"your {_name_with_verb(removed)} taken out of {wishes_path(week)}"] if removed else []
    return Decision(", ".join(new), "; ".join(done) or "nothing changes: your words are so already", changed)


def _name_with_verb(names: Sequence[str]) -> str:
    return f"{names[0]} is" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} are"


def decide_approval(values: WishValues, digest: str, subject: str) -> Decision:
    """Approve the letter that has this digest."""
    again = "approved already" if values.get("approval.digest") == digest else "approved as it is now"
    return Decision(f"“{subject}”", f"{again}: “{subject}”", {"approval.digest": digest})


def decide_unapproval(values: WishValues) -> Decision:
    """Take back an approval."""
    if not values.get("approval.digest"):
        return Decision("", "not approved, nothing changes", {})
    return Decision("", "approval taken back", {"approval.digest": None})


def decide_undo(values: WishValues, act: Act, stories: StoryIndex) -> Decision:
    """Take back what an act changed, and nothing else.

    Raises PipelineError when the file was changed since where the undo would have to overwrite it.
    """
    changed = {}
    for key, (before, after) in act.changes.items():
        try:
            changed[key] = _revert(values.get(key), before, after)
        except ValueError as error:
            raise PipelineError(
                f"“{act.words}” cannot be undone: `{key}` has changed since, and is {error} now"
            ) from error
    clashes = set(_find_clashes({**values, **changed}, stories)) - set(_find_clashes(values, stories))
    if clashes:
        raise PipelineError(
            f"“{act.words}” cannot be undone: {_quote(sorted(clashes))} would be pinned and banned at once"
        )
    return Decision(act.words, f"undone: {act.words}", changed)


def _revert(now: WishValue, before: WishValue, after: WishValue) -> WishValue:
    """Return the value without one change of it; ValueError shows a value that has changed otherwise."""
    if now == after:
        return before
    shown = f"`{now if isinstance(now, str) else ', '.join(now)}`" if now else "empty"
    if any(isinstance(each, str) for each in (now, before, after)):
        raise ValueError(shown)
    values, was, became = list(now or ()), before or (), after or ()
    added = [each for each in became if each not in was]
    removed = [each for each in was if each not in became]
    if any(each not in values for each in added) or any(each in values for each in removed):
        raise ValueError(shown)
    values = [each for each in values if each not in added]
    for each in removed:
        earlier = was[: was.index(each)]
        values.insert(max((values.index(one) + 1 for one in earlier if one in values), default=0), each)
    return tuple(values) if values or before is not None else None


def _find_clashes(values: WishValues, stories: StoryIndex) -> Iterator[str]:
    """Yield the pins of what is banned as well, by this name or another."""
    for kind in KIND_WORDS:
        bans = list_wishes(values, kind, "ban")
        banned = {name for wish in bans for name in _list_meanings(wish, stories)}
        for wish in list_wishes(values, kind, "pin"):
            if banned & _list_meanings(wish, stories):
                yield wish


def _list_meanings(wish: str, stories: StoryIndex) -> set[str]:
    return {parse_name(wish) or wish} | {f"#{story.lead.id}" for story in stories.find(wish)}


@dataclass(frozen=True, slots=True)
class ActOutcome:
    """What became of an act: what to tell the editor, the act first, and the keys that it changed."""

    week: str
    sentences: tuple[str, ...]
    changed: tuple[str, ...] = ()
    act: str = ""
    """The id that the journal knows it by; empty when nothing was written there."""

    @property
    def message(self) -> str:
        """All of it as one text."""
        return f"{self.week}: {'; '.join(self.sentences)}"


def write_act(
    folder: Path,
    week: str,
    act: Act,
    decide: Callable[[WishValues], Decision],
    *,
    is_dry_run: bool = False,
) -> ActOutcome:
    """Carry out a decision about the week's file as it is now, and write it into the journal.

    Nothing is written when nothing changes, nor when somebody saved the file at the same moment. `act` has
    who does what and when; its object and its changes are those of the decision.

    Raises:
        AuthorError: the file is not valid TOML, or cannot hold the wish.
        FileError: it cannot be read or written.
        PipelineError: the decision was refused, or the file has changed meanwhile.
    """
    if is_dry_run:
        decision, changes = _decide(load_text(folder, week), week, decide)
        planned = [
            f"would take out {key}" if value is None else f"would write {key} = {json.dumps(value)}"
            for key, (_, value) in changes.items()
        ]
        said = "; ".join((decision.done, *decision.notes))
        return ActOutcome(week, (f"dry run, nothing is written; the answer would be: {said}", *planned))
    with hold_folder(folder):
        text = load_text(folder, week)
        decision, changes = _decide(text, week, decide)
        if not changes and not act.undoes:
            return ActOutcome(week, (decision.done, *decision.notes))
        changed = rewrite(text, week, {key: after for key, (_, after) in changes.items()})
        if load_text(folder, week) != text:
            raise PipelineError(f"{wishes_path(week)} was saved by somebody else just now; try again")
        if changed.strip():
            replace_file(folder / wishes_path(week), changed)
        else:
            remove_file(folder / wishes_path(week))
        notes, written = list(decision.notes), act
        try:
            written = append_act(folder, week, replace(act, what=decision.what, changes=changes))
        except FileError as error:
            notes.append(f"{journal_path(week)} cannot be written, so this cannot be undone: {error}")
    return ActOutcome(week, (decision.done, *notes), tuple(changes), written.id)


def record_act(folder: Path, week: str, act: Act) -> tuple[str, ...]:
    """Note an act that is not in the week's file in its journal; return what the editor should know."""
    with hold_folder(folder):
        try:
            append_act(folder, week, act)
        except FileError as error:
            return (f"{journal_path(week)} cannot be written, so this is not noted there: {error}",)
    return ()


def _decide(text: str, week: str, decide: Callable[[WishValues], Decision]) -> tuple[Decision, Changes]:
    values = read_values(text, week)
    decision = decide(values)
    changes = {key: (values.get(key), value) for key, value in sorted(decision.values.items())}
    return decision, {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
