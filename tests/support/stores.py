"""What several tests need: readers in a real store, a frozen issue, a transport that answers by script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline.deliver.engine import deliver
from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.progress import Progress
from pipeline.deliver.transport import BeforeHandover, TransportError
from pipeline.model.delivery import AttemptOutcome, Claim, Envelope, FailureClass, Verdict
from pipeline.store.deliveries import DeliveryLedger
from pipeline.store.issues import Freezing, FrozenLetter, Issues
from pipeline.store.reading import FrozenIssue
from subscribers.addresses import parse_address
from subscribers.model import Proof
from subscribers.store.people import People
from support.databases import make_rows
from support.letterheads import make_letterhead

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = bytes(range(32))
PROOF = Proof("a test", NOW, "Send me the weekly letter")

LETTERHEAD = make_letterhead("Test Weekly", tagline="For tests", audience="prompt engineers")

SENT = AttemptOutcome(Verdict.SENT, code=250)
DEFERRED = AttemptOutcome(Verdict.DEFERRED, code=451, detail="greylisted")
REFUSED = AttemptOutcome(Verdict.FAILED, FailureClass.HARD, 550, "5.1.1", "no such user")
POLICY = AttemptOutcome(Verdict.FAILED, FailureClass.POLICY, 554, "5.7.1", "not wanted")
UNKNOWN = AttemptOutcome(Verdict.UNKNOWN, detail="connection lost after the dot")
LOST = AttemptOutcome(Verdict.NOT_SENT, detail="connection lost in the body")


def by_number(table: dict[int, AttemptOutcome], otherwise: AttemptOutcome = SENT):
    """Return a script that answers by the number in the address of the reader."""
    return lambda address, _attempt: table.get(int(address[1:].split("@")[0]), otherwise)


def people_of(engine) -> People:
    return People(engine, suppression_key=KEY)


def add_readers(engine, count: int) -> list[int]:
    """Add active readers `r0@example.org` …; returns their public ids in order."""
    people = people_of(engine)
    return [
        people.add_with_proof(
            parse_address(f"r{n}@example.org"), name=f"Reader {n}", proof=PROOF, now=NOW
        ).public_id
        for n in range(count)
    ]


def freezing(week: str = "2026-W48", number: int = 1, variants: Sequence[str] = ("ordinary",)) -> Freezing:
    return Freezing(
        week=week,
        number=number,
        subject=f"Letter {number}",
        digest="0" * 64,
        past=f'{{"week": "{week}"}}',
        letterhead=LETTERHEAD,
        letters=tuple(FrozenLetter(name, "<p>hello</p>", "hello", f"[{name}]") for name in variants),
    )


@dataclass
class Newsroom:
    """A store with readers and one frozen issue."""

    engine: object
    readers: int
    issues: Issues = field(init=False)
    issue: FrozenIssue = field(init=False)
    counting: DeliveryLedger | None = None

    def open(self) -> Newsroom:
        """Write the readers and the issue to a database with the tables and no row."""
        return self._open(("frozen", self.readers), self._freeze)

    def open_sent(self) -> Newsroom:
        """Write them as they are after a run in which the server accepted every letter."""

        def make() -> tuple[list[int], FrozenIssue]:
            made = self._freeze()
            self.public_ids, self.issue = made
            self.send(ScriptedTransport())
            return made

        return self._open(("sent", self.readers), make)

    def _open(self, key: object, make: Callable[[], tuple[list[int], FrozenIssue]]) -> Newsroom:
        self.issues = Issues(self.engine)
        public_ids, self.issue = make_rows(self.engine, key, make)
        self.public_ids = list(public_ids)
        return self

    def _freeze(self) -> tuple[list[int], FrozenIssue]:
        return add_readers(self.engine, self.readers), self.issues.freeze(freezing(), NOW)

    def counts(self) -> dict[str, int]:
        if self.counting is None or self.counting.issue_id != self.issue.id:
            self.counting = self.issues.ledger(self.issue.id)
        return {state.word: count for state, count in self.counting.counts().items() if count}

    def send(
        self,
        transport,
        *,
        now: datetime = NOW,
        rules: DeliveryOptions | None = None,
        resend: bool = False,
        **earlier: object,
    ) -> Progress:
        """Make one run of the engine: take over, queue what is due again, deliver."""

        ledger = self.issues.ledger(self.issue.id)
        ledger.take_over(now, resend_unknown=resend)
        ledger.requeue_due(now)
        self.issues.begin(self.issue.id, now)

        async def run() -> Progress:
            return await deliver(
                ledger,
                transport,
                fill,
                rules=rules or DeliveryOptions(connections=2),
                backoff_s=0,
                clock=lambda: now,
                stop=asyncio.Event(),
                has_sent=0 < self.counts().get("sent", 0) >= self.counts().get("queued", 0),
                **earlier,
            )

        return asyncio.run(run())


def fill(claim: Claim) -> tuple[Envelope, bytes]:
    return Envelope("letter@news.example.org", claim.email, f"2026-W48.{claim.public_id}"), b"hello\r\n"


Answer = AttemptOutcome | TransportError
Script = Callable[[str, int], Answer]
"""Says what the server answers to an address at its n-th attempt (from 1)."""


class ScriptedTransport:
    """Answers by script, in memory; keeps what the server accepted, and when the dot was asked for."""

    def __init__(
        self,
        script: Script = lambda _address, _attempt: SENT,
        opening: Sequence[TransportError] = (),
        *,
        refuses_after_the_dot: bool = False,
    ) -> None:
        self.refuses_after_the_dot = refuses_after_the_dot
        self.script = script
        self.opening = list(opening)
        self.accepted: list[str] = []
        self.attempts: dict[str, int] = {}
        self.opened = 0

    async def open(self):
        self.opened += 1
        if self.opening:
            raise self.opening.pop(0)
        return _ScriptedSession(self)


class _ScriptedSession:
    usable = True

    def __init__(self, server: ScriptedTransport) -> None:
        self.server = server

    async def send(
        self, envelope: Envelope, message: bytes, before_handover: BeforeHandover
    ) -> AttemptOutcome:
        assert message.endswith(b"\r\n")
        server = self.server
        address = envelope.recipient
        server.attempts[address] = server.attempts.get(address, 0) + 1
        answer = server.script(address, server.attempts[address])
        await asyncio.sleep(0)
        if isinstance(answer, TransportError):
            self.usable = False
            raise answer
        if answer.verdict in (Verdict.SENT, Verdict.UNKNOWN) or server.refuses_after_the_dot:
            await before_handover()
        if answer.verdict in (Verdict.SENT, Verdict.UNKNOWN):
            server.accepted.append(address)
        self.usable = answer.verdict not in (Verdict.UNKNOWN, Verdict.NOT_SENT)
        return answer

    async def close(self) -> None:
        self.usable = False
