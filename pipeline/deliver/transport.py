"""The port through which letters leave; one contract suite holds everything that implements it.

The engine opens one session per worker and sends one message at a time through it. A transport is an entry
of `transports/registry.py`, or of an installed package: docs/develop/add-a-transport.md has the steps.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pipeline.model.delivery import About, AttemptOutcome, Envelope, RateLimit, Verdict
from pipeline.model.frozen import dataclass

if TYPE_CHECKING:
    from pipeline.model.options import Options

BeforeHandover = Callable[[], Awaitable[None]]
"""Called once per message, immediately before the other side can accept it.

With SMTP that is after the whole body and before the terminating dot; with an HTTP API, before the request
is sent; with a folder, before the rename. The engine commits `handed` in it. When it raises, the message must
not be handed over, the session is closed and the exception goes on to the engine.
"""


class Stage(StrEnum):
    """Where something failed. SMTP uses all but `WRITE`.

    An HTTP API uses CONNECT, TLS, AUTH (401, 403), MAIL (the sender is refused), DATA (this message is
    refused before it was handed over) and DOT (after that); a folder uses WRITE.
    """

    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"
    WRITE = "write"

    @property
    def is_message_refused(self) -> bool:
        """Whether the letter itself was refused: no other reader would get it, and it stays refused."""
        return self in (Stage.DATA, Stage.DOT)


class TransportError(Exception):
    """The run cannot go on as it is; no reader is at fault.

    `temporary` is true for what time resolves (relay away, 421, 4xx) and false for what a person must resolve
    (wrong password, certificate, sender refused, message too big). `code` is the other side's, 0 without one.
    With `about=About.RATE` the other side asks to send less, more slowly or over fewer connections: this is
    temporary whatever the code says, and `limit` is what it speaks of.
    """

    def __init__(
        self,
        message: str,
        *,
        stage: Stage,
        temporary: bool,
        code: int = 0,
        enhanced: str = "",
        about: About = About.UNCLEAR,
        limit: RateLimit = RateLimit.PACE,
    ) -> None:
        self.stage = stage
        self.temporary = temporary
        self.code = code
        self.enhanced = enhanced
        self.about = about
        self.limit = limit
        super().__init__(message)

    @property
    def is_about_rate(self) -> bool:
        """Whether the other side asks to send less or more slowly."""
        return self.about is About.RATE


class Session(Protocol):
    """One connection, used by one worker, never by two at once."""

    @property
    def usable(self) -> bool:
        """Whether another message may be sent through it; otherwise close it and open a new one."""
        ...

    async def send(
        self, envelope: Envelope, message: bytes, before_handover: BeforeHandover
    ) -> AttemptOutcome:
        """Send one message and return what became of it.

        `message` is complete: 7-bit, CRLF line ends, ends with CRLF, no line starts with a dot.
        The outcome is UNKNOWN when the message was handed over and the answer was lost. A refusal that is
        about the rate is raised; one about the sender is an outcome with `about=About.SENDER`, which the
        engine compares with other readers' answers.

        Raises:
            TransportError: the fault is the run's, not the reader's; the message was not sent and is still
                owed, also when `before_handover` was called already.
        """
        ...

    async def close(self) -> None:
        """Close within a few seconds; never raises."""
        ...


@runtime_checkable
class Announces(Protocol):
    """A session that can begin the next message together with handing over the present one: optional."""

    def announce(self, envelope: Envelope | None) -> None:
        """Take the envelope of the next message; called in `before_handover`, None takes it back.

        The session may use it or not. If it does and the next `send` has another envelope, that outcome is
        NOT_SENT and `unbegun`.
        """
        ...


@runtime_checkable
class TakesParts(Protocol):
    """A session that can write a message without joining its parts: optional.

    Nearly all of a letter is the same for every reader; not copied, it stays in the processor's cache.
    """

    async def send_parts(
        self, envelope: Envelope, parts: Sequence[bytes], before_handover: BeforeHandover
    ) -> AttemptOutcome:
        """Do what `send` does with the message that the parts make together."""
        ...


class Transport(Protocol):
    """Opens sessions."""

    async def open(self) -> Session:
        """Connect, secure, greet and log in, as far as there is something to do before a message.

        Raises:
            TransportError: at any of these; no reader is touched.
        """
        ...


@runtime_checkable
class Recalls(Protocol):
    """A transport that can find out afterwards what became of a message: optional.

    After a process died, the next run asks it about every delivery that was handed over and never answered;
    without this capability those deliveries are `unknown`. A folder has it, and an HTTP API that finds
    messages by the reference that they were sent with; SMTP has not.
    """

    async def recall(self, ref: str) -> Verdict | None:
        """Return what became of the message with this `Envelope.ref`; the sending process is dead.

        SENT when it was accepted. NOT_SENT when it was not, and can no longer be: it will be sent again, so
        remove what is left of it. None when that cannot be known.

        Raises:
            TransportError: it cannot be asked now; the deliveries stay as they are.
        """
        ...


@runtime_checkable
class WritesFiles(Protocol):
    """A transport that writes letters to files and sends none: optional, so that messages can say where."""

    def find_file(self, ref: str) -> Path:
        """Return the file of the message with this `Envelope.ref`."""
        ...


@dataclass(frozen=True, slots=True)
class TransportContext:
    """What a transport may need to know of the newsletter besides its own options.

    `tell` prints what is worth knowing only to someone who watches, `say` what must be known.
    """

    folder: Path
    user_agent: str
    tell: Callable[[str], None] = lambda _message: None
    say: Callable[[str], None] = lambda _message: None


@dataclass(frozen=True, slots=True)
class TransportSpec:
    """One way in which letters can leave, by the name that `[transport] kind` has for it.

    `build` gets the values of the transport's table in weekly.toml, `[transport.NAME]`: those of `options`,
    which are read when the transport is used. With `is_public`, letters reach readers, and sending is refused
    while sender or postal address are placeholders. `connections` overrules `[delivery] connections`, where
    those would mean nothing.
    """

    name: str
    build: Callable[[Any, TransportContext], Transport]
    options: type[Options] | None = None
    is_public: bool = True
    connections: int = 0
