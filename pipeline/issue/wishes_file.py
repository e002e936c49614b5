"""Change single wishes in a week's file; comments and everything else in it stay as they are."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

from pipeline.errors import AuthorError
from pipeline.issue.wishes import FORM, WISHES_FORM, WISHES_TYPE, check_keys, parse_text
from pipeline.model.locations import wishes_path
from pipeline.model.problem import Problems

WishKind = Literal["term", "tip", "items"]
"""The table of a wish; all news share one, by link or by the id of an item."""

WishValue = str | tuple[str, ...] | None
"""What the file has for a key such as `term.pin`: a text, a list, or nothing."""

WishValues = Mapping[str, WishValue]
"""The wishes of a file by key, as they are written there."""


def read_values(text: str, week: str) -> dict[str, WishValue]:
    """Read the wishes that a file has; `week` is for messages.

    Raises:
        AuthorError: the text is not valid TOML, or has a value of the wrong type where a wish belongs.
    """
    tree = parse_text(text, week)
    problems = Problems(wishes_path(week))
    check_keys(tree, text, problems)
    wrong = [problem for problem in problems.found if problem.rule == WISHES_TYPE]
    if wrong:
        raise AuthorError(sorted(wrong))
    found: dict[str, WishValue] = {}
    for name, value in tree.items():
        if isinstance(value, str) and name in FORM[""]:
            found[name] = value
        elif isinstance(value, dict) and name in FORM:
            known = {key: each for key, each in value.items() if key in FORM[name]}
            for key, each in known.items():
                found[f"{name}.{key}"] = tuple(each) if isinstance(each, list) else each
    return found


def rewrite(text: str, week: str, values: WishValues) -> str:
    """Return the file with these values in it, None taking a key out, and prove that nothing else changed.

    Where a comment stands in a list or table that is emptied, it stays there, empty.

    Raises AuthorError when the file is laid out in a way that cannot be changed without harm.
    """
    import tomlkit  # noqa: PLC0415 - what only reads wishes does not need it
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    wanted = parse_text(text, week)
    try:
        tree = tomlkit.parse(text)
        commented = frozenset(_list_commented(tree))
        for key, value in values.items():
            _set(wanted, key, value, commented)
            _set(tree, key, value, commented)
        changed = tomlkit.dumps(tree)
        is_right = tomllib.loads(changed) == wanted
    except (TOMLKitError, tomllib.TOMLDecodeError, RecursionError):
        is_right = False
    if not is_right:
        message = "the file is laid out in a way that this command cannot change"
        fix = "write it by hand: words at the top, wishes under `[term]`, `[tip]`, `[items]` or `[approval]`"
        raise AuthorError([WISHES_FORM.problem(message, fix, path=wishes_path(week))])
    if None in values.values():  # the blank line before a table that is gone
        changed = f"{changed.rstrip()}\n"
    return changed


def _list_commented(tree: Any) -> Iterator[str]:  # noqa: ANN401 - tomlkit's tree
    """Yield the keys of the tables and lists that comments stand in."""
    from tomlkit.items import Array, Comment  # noqa: PLC0415 - as above

    for name, table in tree.items():
        body = getattr(getattr(table, "value", None), "body", ())
        if any(isinstance(each, Comment) for _, each in body):
            yield name
        for key, value in table.items() if isinstance(table, dict) else ():
            if isinstance(value, Array):
                rest = value.as_string()
                for each in value:
                    rest = rest.replace(each.as_string(), "", 1)
                if "#" in rest:
                    yield f"{name}.{key}"


def _set(tree: Any, key: str, value: WishValue, commented: Collection[str]) -> None:  # noqa: ANN401 - both parsers' trees
    table_name, _, name = key.rpartition(".")
    table = tree.setdefault(table_name, {}) if table_name else tree
    if value is None and key in commented:
        _set_list(table[name], ())
    elif value is None:
        table.pop(name, None)
        if table_name and not table and table_name not in commented:
            tree.pop(table_name)
    elif isinstance(value, str):
        table[name] = value
    else:
        _set_list(table.setdefault(name, []), value)


def _set_list(array: Any, values: tuple[str, ...]) -> None:  # noqa: ANN401 - as above
    """Change a list in place, one element at a time, so that the comments between the others stay."""
    for each in [each for each in array if each not in values]:
        array.remove(each)
    for place, value in enumerate(values):
        if place >= len(array) or array[place] != value:
            array.insert(place, value)
    while len(array) > len(values):
        del array[-1]
