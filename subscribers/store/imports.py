"""Imports lists of readers: chunk by chunk, and as one act that is visible when it is finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine, select

from subscribers.importing.decide import ImportResult, ImportRow
from subscribers.model import Proof
from subscribers.store import acts, bulk
from subscribers.store.engine import write
from subscribers.store.planning import Carried, ChunkPlan, ReaderChunk, plan_chunk
from subscribers.suppression import email_hmac


class ReaderImports:
    """Plans imports and carries them out; see `People.import_chunks`."""

    def __init__(self, engine: Engine, *, suppression_key: bytes) -> None:
        self._engine = engine
        self._reading = engine.execution_options(reading=True)
        self._key = suppression_key

    def plan(self, chunks: Iterable[Sequence[ImportRow]]) -> ImportResult:
        """Find out what an import would do."""
        result, carried = ImportResult(), Carried()
        with self._reading.connect() as connection:
            for rows in chunks:
                with connection.begin():
                    plan = plan_chunk(connection, self._chunk(rows, 0), carried)
                carried.add(plan)
                _add(result, plan)
        return result

    def carry_out(
        self, chunks: Iterable[Sequence[ImportRow]], proof: Proof, now: datetime, detail: Mapping[str, object]
    ) -> ImportResult:
        """Import each chunk in a transaction of its own."""

        def begin(connection: Connection) -> int:
            return acts.open_act(
                connection,
                acts.IMPORT,
                now,
                source=proof.source,
                wording=proof.wording,
                given_at=proof.given_at,
                detail=detail,
            )

        # SQLite checkpoints its log whenever the last connection closes: one stays open throughout.
        with self._reading.connect() as connection:
            connection.execute(select(1))
            connection.rollback()
            result = ImportResult(act_id=write(self._engine, begin))
            for rows in chunks:
                chunk = self._chunk(rows, result.act_id)
                _add(
                    result, write(self._engine, partial(bulk.import_chunk, chunk=chunk, proof=proof, now=now))
                )
            found = {**detail, "counts": dict(result.counts), "kept_out": dict(result.kept_out)}
            write(self._engine, lambda each: acts.finish_act(each, result.act_id, now, found))
        return result

    def _chunk(self, rows: Sequence[ImportRow], act_id: int) -> ReaderChunk:
        return ReaderChunk(rows, [email_hmac(self._key, row.address.key) for row in rows], act_id)


def _add(result: ImportResult, plan: ChunkPlan) -> None:
    result.counts.update(plan.counts)
    result.kept_out.update(plan.kept_out)
