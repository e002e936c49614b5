"""Opens what commands only read: without SQLAlchemy and pydantic where nothing is in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.keyring import mail_passwords, require_keys
from pipeline.settings.parse import resolve_database
from pipeline.settings.plain import read_plain_settings
from pipeline.store.reading import ReadIssues, open_current
from pipeline.store.schema import HEAD, check_schema
from subscribers.store.reading import ReadPeople, SqliteQuery

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.importing.exporters import Exporter
    from subscribers.model import Subscriber
    from subscribers.selection.model import Selection
    from subscribers.store.imports import ReaderImports
    from subscribers.store.people import People
    from subscribers.store.reading import Query, WaitingAct


def read_issues(newsletter: Newsletter) -> ReadIssues | None:
    """Open the frozen issues; None where there is no database.

    Raises StoreError for another schema, StoreUnusable where the database of the history is missing.
    """
    query = _open_plainly(newsletter)
    if query is not None:
        return ReadIssues(query)
    if newsletter.has_store():
        return newsletter.issues
    refuse_lost_store(newsletter)
    return None


def read_people(newsletter: Newsletter) -> ReadPeople | None:
    """Open the readers; None as above. Raises SettingsError for keys that are not theirs."""
    query = _open_plainly(newsletter)
    if query is not None:
        people = ReadPeople(query, suppression_key=newsletter.secrets.suppression_key)
        require_keys(are_known=people.knows_key())
        return people
    if newsletter.has_store():
        return newsletter.people
    refuse_lost_store(newsletter)
    return None


@dataclass(frozen=True, slots=True)
class ListedReaders:
    """The readers of a newsletter, for lists and exports."""

    newsletter: Newsletter

    def iterate(self, where: Selection) -> Iterator[Subscriber]:
        """Yield the readers of a selection in the order in which they joined; none without a database."""
        from subscribers.selection.model import EVERYONE

        if where == EVERYONE:
            people = read_people(self.newsletter)
            return people.iterate_all() if people else iter(())
        return self.newsletter.people.iterate(where) if self.newsletter.has_store() else iter(())


def open_imports(newsletter: Newsletter) -> ReaderImports | People:
    """Open what imports readers: a file of SQLite by itself, any other database through the full store.

    A missing database is made, an older one upgraded. Raises SettingsError for keys that are not theirs.
    """
    from subscribers.store.bulk import CACHE_KIB
    from subscribers.store.imports import ReaderImports
    from subscribers.store.raw import SqliteTransactions

    query = _open_plainly(newsletter)
    if not isinstance(query, SqliteQuery):
        return newsletter.people
    key = newsletter.secrets.suppression_key
    require_keys(are_known=ReadPeople(query, suppression_key=key).knows_key())
    return ReaderImports(SqliteTransactions(query.path, cache_kib=CACHE_KIB), suppression_key=key)


def needs_no_upgrade(newsletter: Newsletter) -> bool:
    """Return whether the database is at the present schema, or not there yet."""
    return check_schema(newsletter.engine) in (None, HEAD)


def find_own_exporters(newsletter: Newsletter) -> tuple[Exporter, ...]:
    """Return the tools that the settings describe; settings that are read plainly describe none."""
    if read_plain_settings(newsletter.config, newsletter.environ) is not None:
        return ()
    return newsletter.settings.exporters.build()


def refuse_lost_store(newsletter: Newsletter) -> None:
    """Raise StoreUnusable when the database is not the one that the history speaks of."""
    from pipeline.store.lost import refuse_lost

    refuse_lost(newsletter.engine, newsletter.folder)


def has_current_store(newsletter: Newsletter) -> bool:
    """Return whether there is a database at the present schema; raises SchemaTooNew for a newer one."""
    return check_schema(newsletter.engine) == HEAD


def find_waiting_acts(newsletter: Newsletter) -> Sequence[WaitingAct]:
    """Return the imports that are not finished and have readers; none without a database."""
    people = read_people(newsletter)
    return people.waiting_acts() if people else ()


def _open_plainly(newsletter: Newsletter) -> Query | None:
    """Open a file of SQLite at the present schema; None where only the full settings and store can judge."""
    mail_passwords(newsletter.folder, newsletter.environ)  # refuses unreadable ones, as the full settings do
    settings = read_plain_settings(newsletter.config, newsletter.environ)
    if settings is None:
        return None
    return open_current(resolve_database(settings["store.url"], newsletter.folder))
