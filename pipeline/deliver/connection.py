"""The connection of a worker: opened when it is needed, renewed when it has served, counted by the run."""

from __future__ import annotations

from pipeline.deliver.shared import Run
from pipeline.deliver.transport import Session


class WorkerConnection:
    """At most one open session; `messages` counts what it carried."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._session: Session | None = None
        self.messages = 0

    async def get(self) -> Session:
        """Return a session that may carry another message; raises TransportError as `Transport.open` does."""
        if self._session is not None and (
            not self._session.usable or self.messages >= self._run.rules.messages_per_connection
        ):
            await self.close()
        if self._session is None:
            self.messages = 0
            self._run.sessions += 1
            try:
                self._session = await self._run.transport.open()
            finally:
                self._run.sessions -= self._session is None
        return self._session

    async def close(self) -> None:
        """Close the session, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            self._run.sessions -= 1
            await session.close()
