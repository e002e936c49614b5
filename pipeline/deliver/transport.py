"""The port through which messages leave; `outbox` and `smtp` implement it, one contract suite holds them.

The engine opens one session per worker and sends one message at a time through it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from pipeline.model.delivery import AttemptOutcome, Envelope

BeforeDot = Callable[[], Awaitable[None]]
"""Called after the whole body is with the server and before the terminating dot.

Whoever delivers commits `handed` in it; when it raises, the dot is not written, the message
is not sent and the session is closed.
"""


class Session(Protocol):
    """One connection, used by one worker, never by two at once."""

    @property
    def usable(self) -> bool:
        """Whether another message may be sent through it; otherwise close it and open a new one."""
        ...

    async def send(self, envelope: Envelope, message: bytes, before_dot: BeforeDot) -> AttemptOutcome:
        """Send one message and say what became of it.

        `message` is complete: 7-bit, CRLF line ends, ends with CRLF, no line starts with a dot.

        Raises:
            RunTrouble: the fault is the run's, not the reader's; the message was not sent and is still owed,
                also when `before_dot` was called already.
        """
        ...

    async def close(self) -> None:
        """Say goodbye within a few seconds; never raises."""
        ...


class Transport(Protocol):
    """Makes sessions."""

    async def open(self) -> Session:
        """Connect, secure, greet and log in.

        Raises:
            RunTrouble: at any of these; no reader is touched.
        """
        ...


class RunTrouble(Exception):
    """The run cannot go on as it is: connect, TLS, EHLO, AUTH or MAIL failed.

    `temporary` tells trouble that time mends (relay away, 421, 4xx) from trouble that a person must
    mend (wrong password, certificate, sender refused, message too big). `stage` is one of connect,
    tls, greeting, ehlo, starttls, auth, mail, data, dot, write.
    """

    def __init__(self, message: str, *, stage: str, temporary: bool, code: int = 0) -> None:
        self.stage = stage
        self.temporary = temporary
        self.code = code
        super().__init__(message)
