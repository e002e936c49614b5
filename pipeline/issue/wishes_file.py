"""Changes the editor's wishes in place; comments and everything else in the file stay as they are."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import tomlkit
from tomlkit.exceptions import TOMLKitError

from pipeline.errors import AuthorError
from pipeline.files import replace_file
from pipeline.issue.wishes import (
    WISHES_FORM,
    WISHES_TYPE,
    check_keys,
    check_values,
    load_text,
    parse_text,
)
from pipeline.model.locations import wishes_path
from pipeline.model.problem import Problems
from pipeline.news.stories import name_wish

WishKind = Literal["term", "tip", "items"]
"""The table of a wish; all news share one, by link or by the id of an item."""


def write_pin(folder: Path, week: str, slot: WishKind, wish: str) -> None:
    """Pin a term, a tip or a story for a week and lift a ban of it; an empty term or tip unpins.

    Raises:
        AuthorError: the file is no TOML, or holds something else where the wish belongs.
        FileError: the file cannot be read or written.
    """
    _rewrite(folder, week, lambda tree: _pin(tree, slot, wish))


def write_ban(folder: Path, week: str, slot: WishKind, wish: str) -> None:
    """Keep a term, a tip or a story out of a week and unpin it; raises as `write_pin` does."""
    _rewrite(folder, week, lambda tree: _ban(tree, slot, wish))


def write_swap(
    folder: Path, week: str, slot: WishKind, wish: str, other: str, *, names: Iterable[str] = ()
) -> None:
    """Ban one and pin another in its place, both or neither; raises as `write_pin` does.

    `names` are all those of the story that goes: a pin of any of them would keep it.
    """

    def change(tree: Any) -> None:  # noqa: ANN401 - both parsers' trees
        for name in names:
            _remove(tree.get(slot, {}), "pin", name)
        _ban(tree, slot, wish)
        _pin(tree, slot, other)

    _rewrite(folder, week, change)


def write_removal(folder: Path, week: str, slot: WishKind, wish: str) -> None:
    """Take back the pin or ban of a term, a tip or a story; raises as `write_pin` does."""

    def change(tree: Any) -> None:  # noqa: ANN401 - both parsers' trees
        table = tree.get(slot, {})
        if slot == "items":
            _remove(table, "pin", wish)
        elif table.get("pin") == wish:
            table["pin"] = ""
        _remove(table, "ban", wish)

    _rewrite(folder, week, change)


def write_words(
    folder: Path,
    week: str,
    *,
    subject: str | None = None,
    preheader: str | None = None,
    intro: str | None = None,
) -> None:
    """Put the editor's own words into a week's letter; None leaves what is there, an empty text takes it out.

    Raises AuthorError also for words that `read_wishes` would refuse; then nothing was written.
    """
    given = {"subject": subject, "preheader": preheader, "intro": intro}
    words = {key: value.replace("\r\n", "\n").strip() for key, value in given.items() if value is not None}
    problems = Problems(wishes_path(week))
    check_values(words, "", problems)
    if problems.found:
        raise AuthorError(sorted(problems.found))

    def change(tree: Any) -> None:  # noqa: ANN401 - both parsers' trees
        for key, value in words.items():
            if value:
                tree[key] = value
            else:
                tree.pop(key, None)

    _rewrite(folder, week, change)


def _pin(tree: Any, slot: WishKind, wish: str) -> None:  # noqa: ANN401 - both parsers' trees
    table = tree.setdefault(slot, {})
    if slot == "items":
        _add(table, "pin", wish)
    else:
        table["pin"] = wish
    _remove(table, "ban", wish)


def _ban(tree: Any, slot: WishKind, wish: str) -> None:  # noqa: ANN401 - as above
    table = tree.setdefault(slot, {})
    if slot == "items":
        _remove(table, "pin", wish)
    elif table.get("pin") == wish:
        table["pin"] = ""
    _add(table, "ban", wish)


def _add(table: Any, key: str, wish: str) -> None:  # noqa: ANN401 - as above
    if all(_name(each) != _name(wish) for each in table.setdefault(key, [])):
        table[key].append(wish)


def _remove(table: Any, key: str, wish: str) -> None:  # noqa: ANN401 - as above
    for each in [each for each in table.get(key, ()) if _name(each) == _name(wish)]:
        table[key].remove(each)


def _name(wish: str) -> str:
    """Read a wish so that two spellings of one link are the same; slugs stay as they are."""
    return name_wish(wish) or wish.strip()


def write_approval(folder: Path, week: str, digest: str) -> None:
    """Approve the letter that has this digest; raises as `write_pin` does."""

    def change(tree: Any) -> None:  # noqa: ANN401 - both parsers' trees
        tree.setdefault("approval", {})["digest"] = digest

    _rewrite(folder, week, change)


def _rewrite(folder: Path, week: str, change: Callable[[Any], None]) -> None:
    """Apply a change to the file and prove that nothing else in it changed."""
    text = load_text(folder, week)
    wanted = parse_text(text, week)
    problems = Problems(wishes_path(week))
    check_keys(wanted, text, problems)
    wrong = [problem for problem in problems.found if problem.rule == WISHES_TYPE]
    if wrong:
        raise AuthorError(sorted(wrong))
    change(wanted)
    try:
        tree = tomlkit.parse(text)
        change(tree)
        changed = tomlkit.dumps(tree)
        is_right = tomllib.loads(changed) == wanted
    except (TOMLKitError, tomllib.TOMLDecodeError, RecursionError):
        is_right = False
    if not is_right:
        problems.add(
            WISHES_FORM,
            0,
            "the file is laid out in a way that this command cannot change",
            "write it by hand: words at the top, wishes under `[term]`, `[tip]`, `[items]` or `[approval]`",
        )
        raise AuthorError([problems.found[-1]])
    replace_file(folder / wishes_path(week), changed)
