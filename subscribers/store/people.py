"""The store of readers, past and present: one committed transaction per method, frozen values out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select, update

from subscribers.addresses import Address
from subscribers.consent import shorten_ip
from subscribers.errors import ReaderStoreError
from subscribers.importing.decide import ImportResult, ImportRow
from subscribers.lifecycle import UNSUBSCRIBING
from subscribers.model import ConsentEvent, Event, Proof, Subscriber, SubscriberState
from subscribers.selecting import tag_slugs
from subscribers.selection.model import EVERYONE, Selection
from subscribers.store import acts, changes, statements
from subscribers.store.changes import Newcomer, Witness, witness_of
from subscribers.store.engine import EngineTransactions, make_query, write
from subscribers.store.imports import ReaderImports
from subscribers.store.reading import PAGE_ROWS, ReadPeople
from subscribers.store.selected import SelectedReaders
from subscribers.store.selection import ForeignFields
from subscribers.store.tables import subscriber
from subscribers.suppression import SuppressionReason, email_hmac

T = TypeVar("T")


class People(ReadPeople):
    """The store of subscribers. Raises ReaderStoreError if no reader has a public id.

    `suppression_key` is the secret of the suppression list; with another key no address would be found on it.
    `foreign` are the fields of selections that tables of other packages answer.
    """

    def __init__(
        self, engine: Engine, *, suppression_key: bytes, foreign: ForeignFields | None = None
    ) -> None:
        super().__init__(make_query(engine), suppression_key=suppression_key)
        self.selected = SelectedReaders(engine, foreign or {})
        self._engine = engine
        self._reading = engine.execution_options(reading=True)

    # Joining

    def request(self, address: Address, *, name: str, proof: Proof, now: datetime) -> Subscriber:
        """Record a sign-up: a new reader becomes pending, one who left becomes pending again.

        A pending, active or paused reader keeps state and name; see the state of the result. Links in old
        letters stay valid. SuppressedAddress for an address that bounced, complained or was blocked
        by hand, until that is lifted.
        """
        who = Newcomer(address, self.hmac_of(address), name)
        return self._joined(lambda connection: changes.request(connection, who, witness_of(proof, now)))

    def add_with_proof(self, address: Address, *, name: str, proof: Proof, now: datetime) -> Subscriber:
        """Add an active reader whose consent the operator can prove; a pending one becomes active.

        An active or paused reader stays so. TransitionError for a reader who left, SuppressedAddress for any
        suppressed address, erased ones included: those return only by their own sign-up.
        """
        who = Newcomer(address, self.hmac_of(address), name)
        return self._joined(
            lambda connection: changes.add_with_proof(connection, who, witness_of(proof, now))
        )

    def note_confirm_mailed(self, public_id: int, now: datetime, *, source: str = "") -> None:
        """Record that the confirmation mail was handed over; TransitionError if the reader is not pending."""
        self._change(public_id, Event.CONFIRM_MAILED, Witness(now, source))

    def confirm(self, public_id: int, now: datetime, *, ip: str = "", wording: str = "") -> bool:
        """Activate a pending reader; True if that changed anything, False if they were confirmed already.

        `wording` is what the page said whose button was pressed. Of the visitor's `ip` only the network is
        kept. TransitionError for a reader who left meanwhile.
        """
        network = shorten_ip(ip)
        witness = Witness(now, f"confirm page, {network}" if network else "confirm page", wording)
        return self._write(
            lambda connection: changes.confirm(
                connection, changes.get_standing(connection, public_id), witness
            )
        )

    # Leaving

    def pause(self, public_id: int, now: datetime) -> None:
        """Pause an active reader."""
        self._change(public_id, Event.PAUSED, Witness(now))

    def resume(self, public_id: int, now: datetime) -> None:
        """Resume a paused reader."""
        self._change(public_id, Event.RESUMED, Witness(now))

    def unsubscribe(self, public_id: int, event: Event, now: datetime, *, source: str = "") -> bool:
        """Unsubscribe a reader; False if they had left already. `event` is one of UNSUBSCRIBING."""
        if event not in UNSUBSCRIBING:
            raise ValueError(f"`{event.word}` is not a way to unsubscribe")
        is_gone = self._leave(public_id, event, Witness(now, source))
        kept = self._find_kept(public_id)
        return is_gone if kept is None else self._leave(kept.public_id, event, Witness(now, source))

    def unsubscribe_address(self, address: Address, now: datetime, *, source: str = "") -> bool:
        """Unsubscribe the reader with this address, on request; False if there is none or they had left."""

        def write(connection: Connection) -> bool:
            reader = changes.find_standing_by_address(connection, address)
            witness = Witness(now, source)
            return reader is not None and changes.leave(
                connection, reader, Event.UNSUBSCRIBED_BY_HAND, witness
            )

        return self._write(write)

    def bounce(self, public_id: int, now: datetime, *, source: str = "") -> bool:
        """Record a hard bounce and suppress the address; False if that, or worse, was recorded."""
        return self._leave(public_id, Event.BOUNCED, Witness(now, source))

    def complain(self, public_id: int, now: datetime, *, source: str = "") -> bool:
        """Record a spam complaint and suppress the address; False if that was recorded."""
        return self._leave(public_id, Event.COMPLAINED, Witness(now, source))

    def suppress(
        self, address: Address, reason: SuppressionReason, now: datetime, *, source: str = ""
    ) -> bool:
        """Put an address on the suppression list, whether a reader has it or not; False if it was there.

        A reader who has it bounces, complains or is unsubscribed, as the reason says.
        """
        event = {
            SuppressionReason.BOUNCED: Event.BOUNCED,
            SuppressionReason.COMPLAINED: Event.COMPLAINED,
        }.get(reason, Event.UNSUBSCRIBED_BY_HAND)

        def write(connection: Connection) -> bool:
            reader = changes.find_standing_by_address(connection, address)
            added = changes.suppress(connection, self.hmac_of(address), reason, Witness(now, source))
            if reader is not None:
                changes.leave(connection, reader, event, Witness(now, source))
            return added

        return self._write(write)

    def find_suppression(self, address: Address) -> SuppressionReason | None:
        """Return why an address is suppressed; None if it is not."""
        with self._reading.begin() as connection:
            return changes.find_suppression(connection, self.hmac_of(address))

    def erase(self, public_id: int, now: datetime, *, source: str = "") -> bool:
        """Forget a reader; the record and a suppression of the address stay. False if that was done."""

        def write(connection: Connection) -> bool:
            return changes.erase(
                connection, changes.get_standing(connection, public_id), Witness(now, source)
            )

        return self._write(write)

    def revoke_links(self, public_id: int) -> None:
        """Invalidate every link that was ever sent to a reader, those to unsubscribe included."""

        def write(connection: Connection) -> None:
            reader = changes.get_standing(connection, public_id)
            connection.execute(
                update(subscriber)
                .where(subscriber.c.id == reader.id)
                .values(token_epoch=reader.token_epoch + 1)
            )

        self._write(write)

    def change_tags(
        self, public_id: int, now: datetime, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Add tags to a reader and remove others, as an act; returns those the reader has then, sorted."""
        added, gone = tag_slugs(add), set(tag_slugs(remove))

        def write(connection: Connection) -> tuple[str, ...]:
            reader = changes.get_standing(connection, public_id)
            before = statements.tags_of(connection, [reader.id]).get(reader.id, [])
            is_erased = reader.state is SubscriberState.ERASED
            slugs = () if is_erased else tuple(sorted({*before, *added} - gone))
            if slugs != tuple(before):
                statements.replace_tags(connection, reader.id, slugs)
                act_id = acts.open_act(connection, "tag", now)
                acts.note_change(connection, act_id, reader.id, {"tags": before}, {"tags": slugs})
                acts.finish_act(connection, act_id, now)
            return slugs

        return self._write(write)

    # Asking

    def check(self) -> None:
        """Raise the database's error when it cannot be read and written now; writes nothing."""
        nobody = update(subscriber).where(subscriber.c.id == 0).values(token_epoch=0)
        with self._engine.begin() as connection:
            connection.execute(nobody)

    def find(self, public_id: int) -> Subscriber | None:
        """Find a reader by the number in links; one who was merged has the state of the one who was kept."""
        with self._reading.begin() as connection:
            found = statements.find_subscriber(connection, subscriber.c.public_id == public_id)
        kept = None if found is None else self._find_kept(public_id)
        return replace(found, state=kept.state) if found and kept else found

    def _find_kept(self, public_id: int) -> Subscriber | None:
        """Find the reader into whom another one was merged."""
        merged = select(subscriber.c.merged_into).where(subscriber.c.public_id == public_id)
        with self._reading.begin() as connection:
            return statements.find_subscriber(connection, subscriber.c.id == merged.scalar_subquery())

    def find_by_address(self, address: Address) -> Subscriber | None:
        """Find a reader by address."""
        with self._reading.begin() as connection:
            return statements.find_subscriber(connection, subscriber.c.email_key == address.key)

    def count_beyond_ascii(self) -> int:
        """Count the readers of the next letter whose address needs a relay with SMTPUTF8."""
        with self._reading.begin() as connection:
            conditions = (statements.is_deliverable(), statements.is_beyond_ascii(connection))
            return connection.scalar(select(func.count()).select_from(subscriber).where(*conditions)) or 0

    def page(
        self, *, after: int = 0, limit: int = PAGE_ROWS, where: Selection = EVERYONE
    ) -> list[Subscriber]:
        """Read the next readers in the order of `id`; start again after the last one's `id`."""
        return self.selected.page(after=after, limit=limit, where=where)

    def iterate(self, where: Selection = EVERYONE) -> Iterator[Subscriber]:
        """Yield readers in the order of `id`, read page by page; no transaction stays open in between."""
        return self.selected.iterate(where)

    def events(self, public_id: int) -> tuple[ConsentEvent, ...]:
        """Read a reader's record, oldest first; empty if no reader has the public id."""
        with self._reading.begin() as connection:
            reader = connection.scalar(select(subscriber.c.id).where(subscriber.c.public_id == public_id))
            if reader is None:
                return ()
            rows = connection.execute(statements.read_events(reader)).mappings()
            return tuple(statements.to_event(row) for row in rows)

    def hmac_of(self, address: Address) -> bytes:
        """Hash an address for the suppression list."""
        return email_hmac(self._key, address.key)

    # Importing

    def import_chunks(
        self,
        chunks: Iterable[Sequence[ImportRow]],
        *,
        proof: Proof,
        now: datetime,
        detail: Mapping[str, object] | None = None,
        dry_run: bool = False,
    ) -> ImportResult:
        """Import chunks of a list as one act; see `ReaderImports.import_chunks`."""
        with closing(EngineTransactions(self._engine)) as transactions:
            imports = ReaderImports(transactions, suppression_key=self._key)
            return imports.import_chunks(chunks, proof=proof, now=now, detail=detail, dry_run=dry_run)

    def _write(self, work: Callable[[Connection], T]) -> T:
        return write(self._engine, work)

    def _change(self, public_id: int, event: Event, witness: Witness) -> None:
        def write(connection: Connection) -> None:
            changes.change(connection, changes.get_standing(connection, public_id), event, witness)

        self._write(write)

    def _leave(self, public_id: int, event: Event, witness: Witness) -> bool:
        def write(connection: Connection) -> bool:
            return changes.leave(connection, changes.get_standing(connection, public_id), event, witness)

        return self._write(write)

    def _joined(self, join: Callable[[Connection], int]) -> Subscriber:
        def write(connection: Connection) -> Subscriber:
            public_id = join(connection)
            found = statements.find_subscriber(connection, subscriber.c.public_id == public_id)
            if found is None:
                raise ReaderStoreError("the subscriber that was just written cannot be read")
            return found

        return self._write(write)
