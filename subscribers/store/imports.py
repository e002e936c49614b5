"""Imports lists of readers: chunk by chunk, and as one act that is visible when it is finished."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial

from subscribers.importing.decide import ImportResult, ImportRow
from subscribers.model import Proof
from subscribers.store import bulk, raw_acts
from subscribers.store.planning import Carried, ChunkPlan, ReaderChunk, plan_chunk
from subscribers.store.raw import RawCursor, Transactions
from subscribers.suppression import email_hmacs


class ReaderImports:
    """Plans imports and carries them out; see `People.import_chunks`."""

    def __init__(self, transactions: Transactions, *, suppression_key: bytes) -> None:
        self._transactions = transactions
        self._key = suppression_key

    def import_chunks(
        self,
        chunks: Iterable[Sequence[ImportRow]],
        *,
        proof: Proof,
        now: datetime,
        detail: Mapping[str, object] | None = None,
        dry_run: bool = False,
    ) -> ImportResult:
        """Import each chunk in a transaction of its own, all of them as one act, and count the rows.

        Readers whom it adds receive nothing until it is finished: a freeze takes all of them or none.
        `detail` is kept with the act, such as `{"files": ["readers.csv"]}`. A dry run locks and writes
        nothing; it remembers every reader that a chunk would have changed in a temporary file.
        """
        if dry_run:
            return self._plan(chunks)
        return self._carry_out(chunks, proof, now, detail or {})

    def _plan(self, chunks: Iterable[Sequence[ImportRow]]) -> ImportResult:
        result = ImportResult()
        with closing(Carried()) as carried:
            for rows in chunks:
                chunk = self._chunk(rows, 0)
                plan = self._transactions.read(partial(plan_chunk, chunk=chunk, carried=carried))
                carried.add(plan)
                _add(result, plan)
        return result

    def _carry_out(
        self, chunks: Iterable[Sequence[ImportRow]], proof: Proof, now: datetime, detail: Mapping[str, object]
    ) -> ImportResult:
        def begin(cursor: RawCursor) -> int:
            return raw_acts.open_act(
                cursor,
                raw_acts.IMPORT,
                now,
                source=proof.source,
                wording=proof.wording,
                given_at=proof.given_at,
                detail=detail,
            )

        result = ImportResult(act_id=self._transactions.write(begin))
        with _collecting_seldom():
            for rows in chunks:
                chunk = self._chunk(rows, result.act_id)
                work = partial(bulk.import_chunk, chunk=chunk, proof=proof, now=now)
                _add(result, self._transactions.write(work))
                gc.collect()
        found = {**detail, "counts": dict(result.counts), "kept_out": dict(result.kept_out)}

        def finish(cursor: RawCursor) -> None:
            raw_acts.refuse_undone(cursor, result.act_id)
            raw_acts.finish_act(cursor, result.act_id, now, found)

        self._transactions.write(finish)
        return result

    def _chunk(self, rows: Sequence[ImportRow], act_id: int) -> ReaderChunk:
        return ReaderChunk(rows, email_hmacs(self._key, (row.address.key for row in rows)), act_id)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Collect no garbage within a chunk: looking at its rows again and again is a tenth of the cost."""
    was_enabled = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


def _add(result: ImportResult, plan: ChunkPlan) -> None:
    result.counts.update(plan.counts)
    result.kept_out.update(plan.kept_out)
