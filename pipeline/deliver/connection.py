"""The connection of a worker: opened when it is needed, renewed when it has served, counted by the run."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from pipeline.deliver.shared import Run
from pipeline.deliver.transport import Announces, BeforeHandover, Session, TakesParts
from pipeline.model.delivery import AttemptOutcome, Envelope


class WorkerConnection:
    """At most one open session; `messages` counts what it carried."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._session: Session | None = None
        self._announces: Announces | None = None
        self._takes_parts: TakesParts | None = None
        self.messages = 0

    async def get(self) -> None:
        """Have a session for another message; raises TransportError as `Transport.open` does."""
        if self._session is not None and (
            not self._session.usable or self.messages >= self._run.rules.messages_per_connection
        ):
            await self.close()
        if self._session is None:
            self.messages = 0
            self._run.sessions += 1
            try:
                self._session = await self._run.transport.open()
                self._announces = self._session if isinstance(self._session, Announces) else None
                self._takes_parts = self._session if isinstance(self._session, TakesParts) else None
            finally:
                self._run.sessions -= self._session is None

    def send(
        self, envelope: Envelope, message: bytes | Sequence[bytes], before_handover: BeforeHandover
    ) -> Awaitable[AttemptOutcome]:
        """Send a message through the session that `get` has opened; in parts where it takes them."""
        session = self._session
        assert session is not None  # noqa: S101 - the caller has called `get`
        if isinstance(message, bytes):
            return session.send(envelope, message, before_handover)
        if self._takes_parts is not None:
            return self._takes_parts.send_parts(envelope, message, before_handover)
        return session.send(envelope, b"".join(message), before_handover)

    @property
    def may_announce(self) -> bool:
        """Whether the session can begin the message after the present one, and may carry it."""
        return self._announces is not None and self.messages + 2 <= self._run.rules.messages_per_connection

    def announce(self, envelope: Envelope | None) -> None:
        """Name the next message to the session, where `may_announce`."""
        if self._announces is not None:
            self._announces.announce(envelope)

    async def close(self) -> None:
        """Close the session, if there is one."""
        session, self._session, self._announces = self._session, None, None
        if session is not None:
            self._run.sessions -= 1
            await session.close()
