"""Who changed a week's file, when and how: `content/issues/<week>.journal.jsonl`, one act a line.

It travels by git next to the file. It is a help and no part of a letter: a line that cannot be read is left
out, and where nothing can be written the act itself still stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.content.document import HIDDEN
from pipeline.errors import ArgumentError, FileError
from pipeline.files import read_if_there, replace_file
from pipeline.issue.wishes_file import WishValue
from pipeline.json_values import Form, load_object, split_lines
from pipeline.model.frozen import dataclass
from pipeline.model.locations import journal_path
from subscribers.instants import format_instant

Changes = Mapping[str, tuple[WishValue, WishValue]]
"""What an act changed in the week's file: by key, the value before and the value after."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act of an editor; `what` names the object in words for people.

    `undoes` is the id of the act that this one took back.
    """

    id: str
    at: datetime
    who: str
    client: str
    act: str
    what: str
    changes: Changes = field(default_factory=dict)
    undoes: str = ""

    @property
    def words(self) -> str:
        """The act in words for people."""
        return f"{self.act} {self.what}".strip()


_ACT = Form(Act)


@dataclass(frozen=True, slots=True)
class Journal:
    """The acts of a week in the order of the file, and how many lines of it cannot be read."""

    acts: tuple[Act, ...] = ()
    unreadable: int = 0

    def find_undone(self) -> frozenset[str]:
        """Find the ids of the acts that are taken back; what undoes an undo brings the act back."""
        undone: set[str] = set()
        for act in reversed(self.acts):
            if act.undoes and act.id not in undone:
                undone.add(act.undoes)
        return frozenset(undone)

    def list_rows(self) -> tuple[tuple[int, Act, bool], ...]:
        """List the acts with their numbers, and whether each is undone."""
        undone = self.find_undone()
        return tuple((number, act, act.id in undone) for number, act in enumerate(self.acts, 1))

    def get_act(self, chosen: str = "") -> Act:
        """Get the act with this number, counted from 1, or this id; else the last one that is in force.

        Raises ArgumentError when there is none, when it is undone already, or when it changed no wish.
        """
        undone = self.find_undone()
        if chosen:
            numbered = enumerate(self.acts, 1)
            found = next((act for number, act in numbered if chosen in (str(number), act.id)), None)
        else:
            open_acts = (act for act in reversed(self.acts) if act.changes and not act.undoes)
            found = next((act for act in open_acts if act.id not in undone), None)
        if found is None:
            missing = f"there is no act {chosen} of this week" if chosen else "there is nothing to undo"
            raise ArgumentError(f"{missing}; `weekly issue journal` lists what was done")
        if not found.changes and not found.undoes:
            raise ArgumentError(
                f"“{found.words}” wrote nothing into the week's file, so there is nothing to take back; "
                "change your pins and bans, then choose again: weekly issue build --refresh"
            )
        if found.id in undone:
            raise ArgumentError(f"“{found.words}” is undone already")
        return found


def read_journal(folder: Path, week: str) -> Journal:
    """Read the acts of a week; a missing or unreadable file has none. Never raises."""
    try:
        raw = read_if_there(folder / journal_path(week)) or b""
    except FileError:
        return Journal((), 1)
    lines = [line for _, line in split_lines(raw)]
    acts = [act for act in map(_read_act, lines) if act is not None]
    return Journal(tuple({act.id: act for act in acts}.values()), len(lines) - len(acts))


def append_act(folder: Path, week: str, act: Act) -> Act:
    """Write an act down at the end of its week's journal, with an id of its own; raises FileError."""
    path = folder / journal_path(week)
    before = read_if_there(path) or b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    tree = {
        "at": format_instant(act.at),
        "act": act.act,
        "what": act.what,
        "who": act.who,
        "client": act.client,
        "changes": {key: {"before": was, "after": now} for key, (was, now) in act.changes.items()},
        **({"undoes": act.undoes} if act.undoes else {}),
    }
    # What stands before it makes two equal acts two.
    digest = hashlib.sha256(before + json.dumps(tree, sort_keys=True).encode()).hexdigest()[:12]
    line = json.dumps({"id": digest, **tree}, ensure_ascii=False)
    replace_file(path, before + line.encode() + b"\n")
    return replace(act, id=digest)


def _read_act(line: bytes) -> Act | None:
    try:
        tree = load_object(line.decode("utf-8"), "the line")
        changes = {key: (change["before"], change["after"]) for key, change in tree["changes"].items()}
        act = _ACT.read(tree | {"changes": changes})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    # Anyone who commits here may have written it: nothing of it may steer a terminal.
    texts: dict[str, Any] = {key: _line(getattr(act, key)) for key in ("id", "who", "client", "act", "what")}
    return replace(act, at=act.at.astimezone(UTC), **texts)


def _line(text: str) -> str:
    return " ".join(HIDDEN.sub(" ", text).split())
