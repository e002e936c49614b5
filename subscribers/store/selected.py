"""Reads the readers of a selection, page by page and in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, select

from subscribers.model import Subscriber, SubscriberState
from subscribers.selection.fields import FIELDS
from subscribers.selection.model import (
    EVERYONE,
    AllOf,
    AnyOf,
    Comparison,
    Not,
    Selection,
    SelectionError,
    list_comparisons,
)
from subscribers.selection.parse import suggest
from subscribers.store import statements
from subscribers.store.reading import PAGE_ROWS
from subscribers.store.selection import ForeignFields, attribute_text, compile_selection, find_driving_tag
from subscribers.store.tables import subscriber, tag

NAMES_SHOWN = 12
"""Attributes that an error names; more would not be read."""


class SelectedReaders:
    """Reads selections; `foreign` are the fields that tables of other packages answer."""

    def __init__(self, engine: Engine, foreign: ForeignFields) -> None:
        self._reading = engine.execution_options(reading=True)
        self._foreign = foreign

    def condition(self, selection: Selection) -> ColumnElement[bool]:
        """Build the condition of a selection on `subscriber`."""
        return compile_selection(selection, self._foreign)

    def page(
        self, *, after: int = 0, limit: int = PAGE_ROWS, where: Selection = EVERYONE
    ) -> list[Subscriber]:
        """Read the next readers in the order of `id`; start again after the last one's `id`."""
        with self._reading.begin() as connection:
            statement = self._page(connection, after, limit, where)
            return [] if statement is None else statements.read_subscribers(connection, statement)

    def iterate(self, where: Selection = EVERYONE) -> Iterator[Subscriber]:
        """Yield readers in the order of `id`, read page by page; no transaction stays open in between."""
        after = 0
        while page := self.page(after=after, where=where):
            yield from page
            after = page[-1].id

    def count_by_state(self, where: Selection) -> Mapping[str, int]:
        """Count the selected readers by state word; every state is there."""
        counted = select(subscriber.c.state, func.count()).where(self.condition(where))
        with self._reading.begin() as connection:
            found = {row[0].word: row[1] for row in connection.execute(counted.group_by(subscriber.c.state))}
        return {state.word: found.get(state.word, 0) for state in SubscriberState}

    def count_deliverable(self, where: Selection = EVERYONE) -> int:
        """Count the selected readers who would receive a letter now."""
        counted = select(func.count()).select_from(subscriber)
        with self._reading.begin() as connection:
            found = connection.scalar(counted.where(statements.is_deliverable(), self.condition(where)))
        return int(found or 0)

    def resolve(self, selection: Selection, text: str) -> Selection:
        """Find the attributes that a selection names, in whatever case; SelectionError for an unknown one."""
        names = {each.field: each.start for each in list_comparisons(selection) if each.is_attribute}
        if not names:
            return selection
        known: tuple[str, ...] | None = None
        spelled: dict[str, str] = {}
        with self._reading.begin() as connection:
            for name, start in names.items():
                has_name = select(subscriber.c.id).where(
                    subscriber.c.attributes != "", attribute_text(name) != ""
                )
                if connection.execute(has_name.limit(1)).first() is not None:
                    continue
                known = _list_attributes(connection) if known is None else known
                alike = [each for each in known if each.casefold() == name.casefold()]
                if not alike:
                    raise SelectionError(_describe_unknown(name, known), text, start, len(name))
                spelled[name] = alike[0]
        return _respell(selection, spelled) if spelled else selection

    def _page(self, connection: Connection, after: int, limit: int, where: Selection) -> Select[Any] | None:
        """Build the statement of a page; None for a tag that does not exist."""
        slug, tag_id = find_driving_tag(where), None
        if slug:
            tag_id = connection.scalar(select(tag.c.id).where(tag.c.slug == slug))
            if tag_id is None:
                return None
        condition = None if where == EVERYONE else self.condition(where)
        return statements.read_page(after, limit, condition, tag_id)


def _list_attributes(connection: Connection) -> tuple[str, ...]:
    """Return the names of all attributes, most often used first."""
    found: dict[str, int] = {}
    wanted = select(subscriber.c.attributes).where(subscriber.c.attributes != "")
    for stored in connection.execution_options(yield_per=PAGE_ROWS).execute(wanted).scalars():
        for name in json.loads(stored):
            found[name] = found.get(name, 0) + 1
    return tuple(sorted(found, key=lambda name: (-found[name], name)))


def _describe_unknown(name: str, known: tuple[str, ...]) -> str:
    lowered = {each.lower(): each for each in (*known, *FIELDS)}
    hint = suggest(name, tuple(lowered)) or f"fields are {', '.join(FIELDS)}"
    shown = ", ".join(known[:NAMES_SHOWN]) if known else "none"
    return f"unknown field `{name}`: {hint} (attributes of readers: {shown})"


def _respell(selection: Selection, spelled: Mapping[str, str]) -> Selection:
    if isinstance(selection, Comparison):
        is_other = selection.is_attribute and selection.field in spelled
        return replace(selection, field=spelled[selection.field]) if is_other else selection
    if isinstance(selection, Not):
        return Not(_respell(selection.part, spelled))
    parts = tuple(_respell(part, spelled) for part in selection.parts)
    return AllOf(parts) if isinstance(selection, AllOf) else AnyOf(parts)
