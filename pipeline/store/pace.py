"""Keeps the book of the pace of sending, one for each relay and sender, shared by all processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.deliver.pace import PaceBook
from pipeline.errors import StoreError
from pipeline.store.tables import pace

T = TypeVar("T")


class StoredPaceLedger:
    """The book of one scope, one committed transaction per method."""

    def __init__(self, engine: Engine, scope: str) -> None:
        self._engine = engine
        self._scope = scope

    def read(self) -> PaceBook:
        """Return the book; an empty one when nothing was sent yet."""
        with self._engine.execution_options(reading=True).connect() as connection:
            text = connection.execute(select(pace.c.book).where(pace.c.scope == self._scope)).scalar()
        return _parse(text)

    def change(self, change: Callable[[PaceBook], tuple[PaceBook, T]]) -> T:
        """Replace the book by what `change` makes of it, while no other process can; return the rest."""
        try:
            return self._change(change)
        except IntegrityError:
            # Another process on PostgreSQL wrote the first book in the same moment.
            return self._change(change)

    def _change(self, change: Callable[[PaceBook], tuple[PaceBook, T]]) -> T:
        with self._engine.begin() as connection:
            statement = select(pace.c.book).where(pace.c.scope == self._scope).with_for_update()
            text = connection.execute(statement).scalar()
            book, more = change(_parse(text))
            written = book.model_dump_json(exclude_defaults=True)
            if text is None:
                connection.execute(insert(pace).values(scope=self._scope, book=written))
            elif written != text:
                connection.execute(update(pace).where(pace.c.scope == self._scope).values(book=written))
        return more


def _parse(text: str | None) -> PaceBook:
    try:
        return PaceBook.model_validate_json(text) if text else PaceBook()
    except ValidationError as error:
        raise StoreError(
            "the table `pace` of the database is damaged, or a newer version wrote it; "
            "delete its rows to begin to count again"
        ) from error
