"""A transport that keeps what it is given and answers as it is told; for tests and dry runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.deliver.transport import BeforeHandover, TransportError
from pipeline.model.delivery import AttemptOutcome, Envelope, Verdict

Answer = AttemptOutcome | TransportError

_AFTER_THE_DOT = {Verdict.SENT, Verdict.UNKNOWN}


class RecordingTransport:
    """Delivers into `delivered`, as pairs of envelope and bytes in the order of delivery.

    `answers` scripts the attempts for a recipient, one after the other; when they are used up the message
    is sent. A sent or unknown message has seen `before_handover`, any other answer comes earlier. `openings`
    scripts the first attempts to open a session; None opens. `keep_at_most` bounds `delivered`, for `count`
    counts them all.
    """

    def __init__(
        self,
        answers: Mapping[str, Iterable[Answer]] | None = None,
        *,
        openings: Iterable[TransportError | None] = (),
        keep_at_most: int | None = None,
    ) -> None:
        self.delivered: list[tuple[Envelope, bytes]] = []
        self.count = 0
        self.opened = 0
        self._keep_at_most = keep_at_most
        self._answers = {recipient: iter(script) for recipient, script in (answers or {}).items()}
        self._openings = iter(openings)

    async def open(self) -> RecordingSession:
        """Open a session, or raise the next scripted trouble."""
        if trouble := next(self._openings, None):
            raise trouble
        self.opened += 1
        return RecordingSession(self)

    def script(self, recipient: str, answers: Iterable[Answer]) -> None:
        """Script the next attempts for a recipient."""
        self._answers[recipient] = iter(answers)

    def answer(self, recipient: str) -> Answer:
        """Take the next scripted answer for a recipient."""
        return next(self._answers.get(recipient, iter(())), AttemptOutcome(Verdict.SENT, code=250))

    def keep(self, envelope: Envelope, message: bytes) -> None:
        """Record one delivery."""
        self.count += 1
        if self._keep_at_most is None or len(self.delivered) < self._keep_at_most:
            self.delivered.append((envelope, message))


class RecordingSession:
    """Unusable after a lost message or an exception, as a real connection is."""

    def __init__(self, transport: RecordingTransport) -> None:
        self._transport = transport
        self.usable = True

    async def send(
        self, envelope: Envelope, message: bytes, before_handover: BeforeHandover
    ) -> AttemptOutcome:
        """Deliver one message, or answer as scripted."""
        if not self.usable:
            return AttemptOutcome(Verdict.NOT_SENT, detail="the connection is closed")
        self.usable = False
        answer = self._transport.answer(envelope.recipient)
        if isinstance(answer, TransportError):
            raise answer
        if answer.verdict in _AFTER_THE_DOT:
            await before_handover()
        if answer.verdict is Verdict.SENT:
            self._transport.keep(envelope, message)
        self.usable = answer.verdict not in (Verdict.NOT_SENT, Verdict.UNKNOWN)
        return answer

    async def close(self) -> None:
        """Be of no more use."""
        self.usable = False
