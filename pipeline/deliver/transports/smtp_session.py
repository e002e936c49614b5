"""Letters over one SMTP connection, one transaction at a time, true to the stage of every fault.

Never writes the dot before `handed` is on record, and never takes a lost answer for a yes or a no.
The commands before a letter travel together once the connection has shown that it works (RFC 2920).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.deliver.rate_limit import find_rate_limit
from pipeline.deliver.refusal import find_about
from pipeline.deliver.transport import BeforeHandover, Stage, TransportError
from pipeline.deliver.transports.classify import classify
from pipeline.deliver.transports.mailbox import to_mailbox
from pipeline.deliver.transports.masking import find_tokens
from pipeline.deliver.transports.relay_facts import ProbeAnswer, read_answer
from pipeline.deliver.transports.reply import MalformedError, Reply, WireError
from pipeline.deliver.transports.wire import Wire
from pipeline.model.delivery import About, AttemptOutcome, Envelope, FailureClass, Verdict

_START_INPUT, _CLOSING, _BAD_SEQUENCE = 354, 421, 503

MAX_ERRORS = 8
"""Errors on one connection after which another is opened: Postfix sleeps at each after the tenth, and Exim
ends a connection at its eleventh RSET (both measured). DATA behind a refused RCPT is an error of its own."""


@dataclass(frozen=True, slots=True)
class SmtpTimeouts:
    """Seconds without progress after which a stage is given up (RFC 5321, 4.5.3.2).

    `total_s` ends what trickles: it holds for the opening, for a transaction up to the dot, and again
    for the answer to the dot, which is given its time because losing it leaves a delivery unknown.
    A greeting that takes longer than `slow_greeting_s` is worth a word: servers wait up to that long on
    purpose (sendmail's greet_pause), and a minute and more where they look up names in a DNS that is away.
    """

    connect_s: float = 30
    slow_greeting_s: float = 5
    greeting_s: float = 300
    mail_s: float = 300
    rcpt_s: float = 300
    data_s: float = 120
    body_s: float = 180
    dot_s: float = 600
    quit_s: float = 5
    total_s: float = 900


class SmtpSession:
    """One connection that has been greeted; `SmtpTransport.open` makes it."""

    def __init__(self, wire: Wire, timeouts: SmtpTimeouts, where: str, offers: Mapping[str, str]) -> None:
        self._wire, self._timeouts, self._where = wire, timeouts, where
        self._may_pipeline = "PIPELINING" in offers
        self._knows_utf8 = "SMTPUTF8" in offers
        size = offers.get("SIZE", "").partition(" ")[0]
        self._max_bytes = int(size) if size.isdecimal() else 0
        self._in_step = True
        self._needs_reset = False
        self._is_fresh = True
        self._errors = 0
        self._login = wire.secrets

    @property
    def usable(self) -> bool:
        """Whether another message may be sent; a new session must be opened otherwise."""
        return self._can_speak and self._errors < MAX_ERRORS

    @property
    def _can_speak(self) -> bool:
        return self._in_step and not self._wire.unasked

    async def send(
        self, envelope: Envelope, message: bytes, before_handover: BeforeHandover
    ) -> AttemptOutcome:
        """Send one message; whatever interrupts this, `before_handover` included, ends the connection."""
        commands = self._write_commands(envelope)
        if isinstance(commands, AttemptOutcome):
            return commands
        if 0 < self._max_bytes < len(message):
            why = f"takes messages of {self._max_bytes} bytes at most, and this one has {len(message)}"
            raise self._error(Stage.DATA, why)
        self._wire.limit(self._timeouts.total_s)
        self._wire.secrets = lambda: (*self._login(), envelope.recipient, *find_tokens(message))
        try:
            outcome = await self._transact(commands, message, before_handover)
        except BaseException:
            self._give_up()
            raise
        if not self._in_step:
            self._give_up()
        self._is_fresh = False
        return outcome

    async def probe(self, sender: str, recipient: str) -> tuple[ProbeAnswer, ...]:
        """Ask with MAIL and RCPT whether a letter would be taken, and take that back with RSET.

        Raises:
            TransportError: the connection was lost, or an address cannot be written into a command.
        """
        commands = self._write_commands(Envelope(sender, recipient, ""))
        if isinstance(commands, AttemptOutcome):
            raise self._error(Stage.RCPT, f"was not asked: {commands.detail}")
        answers: list[ProbeAnswer] = []
        self._wire.limit(self._timeouts.total_s)
        try:
            for stage, command in zip((Stage.MAIL, Stage.RCPT), commands, strict=False):
                reply = await self._wire.ask(command, self._timeouts.rcpt_s)
                answers.append(read_answer(stage, reply))
                if not answers[-1].is_accepted:
                    break
            await self._reset()
        except WireError as error:
            self._give_up()
            raise self._error(Stage.RCPT, f"broke off: {error}", temporary=True) from error
        return tuple(answers)

    async def close(self) -> None:
        """Send QUIT and close the connection; never raises."""
        can_speak, self._in_step = self._can_speak, False
        try:
            if can_speak:
                self._wire.limit(self._timeouts.quit_s)
                await self._wire.ask(b"QUIT", self._timeouts.quit_s)
        except WireError:
            pass  # every message has its answer already
        finally:
            await self._wire.close()

    async def _transact(
        self, commands: Sequence[bytes], body: bytes, before_handover: BeforeHandover
    ) -> AttemptOutcome:
        wire = self._wire
        try:
            refusal = await self._introduce(commands) or await self._put_body(body)
            if refusal:
                return refusal
        except WireError as error:
            return self._lost(Verdict.NOT_SENT, error)
        await before_handover()
        # An answer or the end that came meanwhile proves that nothing was accepted. Between this look and the
        # dot the loop does not turn.
        if await wire.answered_early():
            return await self._early()
        try:
            wire.write(b".\r\n")
        except WireError as error:
            return self._lost(Verdict.NOT_SENT, error)
        wire.limit(self._timeouts.total_s)
        try:
            reply = await wire.read_reply(self._timeouts.dot_s)
        except WireError as error:
            return self._lost(Verdict.UNKNOWN, error)
        return self._judge(Stage.DOT, reply)

    def _write_commands(self, envelope: Envelope) -> tuple[bytes, ...] | AttemptOutcome:
        """Return MAIL, RCPT and DATA, or the failure of a reader whose address cannot stand in them."""
        recipient = to_mailbox(envelope.recipient)
        if recipient is None:
            why = "the address cannot be written into an SMTP command"
            return AttemptOutcome(Verdict.FAILED, FailureClass.ADDRESS, detail=why)
        sender = to_mailbox(envelope.sender) if envelope.sender else (b"", False)
        if sender is None or (sender[1] and not self._knows_utf8):
            raise self._error(
                Stage.MAIL, "was not asked: the sender's address cannot be written into a command"
            )
        needs_utf8 = recipient[1] or sender[1]
        if needs_utf8 and not self._knows_utf8:
            why = "the address needs SMTPUTF8, which the mail server does not offer"
            return AttemptOutcome(Verdict.FAILED, FailureClass.ADDRESS, detail=why)
        # A header that repeats such an address has 8-bit text (RFC 6531, 3.4 and 3.6).
        options = b" BODY=8BITMIME SMTPUTF8" if needs_utf8 else b""
        return b"MAIL FROM:<" + sender[0] + b">" + options, b"RCPT TO:<" + recipient[0] + b">", b"DATA"

    async def _introduce(self, commands: Sequence[bytes]) -> AttemptOutcome | None:
        """Go from MAIL to the leave to send the body; None when it was given.

        On a connection that has served a letter before, the three commands travel in one packet. On a
        fresh one each waits for its answer: what breaks there is known to the stage, so a reader whose
        address ends every connection is distinguished from a relay that ends old ones.
        """
        ahead = 3 if self._may_pipeline and not self._is_fresh else 1
        if outcome := await self._mail(commands[:ahead]):
            return outcome
        wire, timeouts = self._wire, self._timeouts
        if ahead == 1:
            wire.write(commands[1] + b"\r\n")
        reply = await wire.read_reply(timeouts.rcpt_s)
        if reply.code // 100 != 2:  # noqa: PLR2004 - the first digit of RFC 5321, 4.2.1
            return await self._refused(reply, data_was_asked=ahead > 1)
        if ahead == 1:
            wire.write(b"DATA\r\n")
        reply = await wire.read_reply(timeouts.data_s)
        return self._judge(Stage.DATA, reply) if reply.code != _START_INPUT else None

    async def _refused(self, reply: Reply, *, data_was_asked: bool) -> AttemptOutcome:
        """Classify a refused reader; a DATA that was sent along has a reply of its own, which must be no."""
        outcome = self._judge(Stage.RCPT, reply)
        if data_was_asked and self._in_step:
            try:
                answer = await self._wire.read_reply(self._timeouts.data_s)
                # A server that would take a letter without recipients is left: it would get an empty one.
                self._in_step = answer.code // 100 in (4, 5) and answer.code != _CLOSING
                self._errors += 1
            except WireError:
                self._in_step = False
        return outcome

    async def _mail(self, commands: Sequence[bytes]) -> AttemptOutcome | None:
        """Begin a transaction; the server may have closed a connection that was used before."""
        wire, timeouts = self._wire, self._timeouts
        try:
            await wire.answered_early()
            wire.check()
            if self._needs_reset:
                await self._reset()
            reply = await wire.ask(b"\r\n".join(commands), timeouts.mail_s)
        except WireError as error:
            if self._is_fresh:
                raise self._error(Stage.MAIL, f"broke off: {error}", temporary=True) from error
            self._in_step = False
            return AttemptOutcome(Verdict.NOT_SENT, detail=str(error), unbegun=True)
        if reply.code // 100 == 2:  # noqa: PLR2004
            return None
        if not self._is_fresh and (reply.code // 100 == 4 or reply.code == _BAD_SEQUENCE):  # noqa: PLR2004
            # Enough letters on this connection (421, 452), or out of step with it: a new one tells.
            self._in_step = False
            said = (reply.code, reply.enhanced, reply.detail)
            return AttemptOutcome(Verdict.NOT_SENT, FailureClass.NONE, *said, unbegun=True)
        raise self._refused_run(Stage.MAIL, reply)

    async def _reset(self) -> None:
        reply = await self._wire.ask(b"RSET", self._timeouts.mail_s)
        if reply.code // 100 != 2:  # noqa: PLR2004
            raise MalformedError("the server did not accept RSET")
        self._needs_reset = False

    async def _put_body(self, body: bytes) -> AttemptOutcome | None:
        """Write everything but the dot; the outcome, when the server answers before it."""
        self._wire.write(body)
        await self._wire.drain(self._timeouts.body_s)
        return await self._early() if self._wire.unasked else None

    async def _early(self) -> AttemptOutcome:
        """Classify a reply that came before the dot: whatever it is, the message was not accepted."""
        self._in_step = False
        try:
            return self._judge(Stage.BODY, await self._wire.read_reply(self._timeouts.data_s))
        except WireError as error:
            return self._lost(Verdict.NOT_SENT, error)

    def _judge(self, stage: Stage, reply: Reply) -> AttemptOutcome:
        """Turn a complete reply into an outcome, and note whether the next message may follow."""
        verdict, failure = classify(stage, reply.code, reply.enhanced)
        if verdict is Verdict.SENT:
            return AttemptOutcome(verdict, code=reply.code)
        about = find_about(stage, reply.code, reply.enhanced, reply.text)
        if about is About.RATE and stage is not Stage.BODY:
            raise self._refused_run(stage, reply)
        if about is About.SENDER and failure is FailureClass.HARD:
            failure = FailureClass.POLICY  # "550 relay not permitted" does not mean that the reader is gone
        if failure is FailureClass.CONTENT:
            why = f"refuses the letter itself: {reply.code} {reply.detail}"
            raise self._error(Stage.DOT if stage is Stage.DOT else Stage.DATA, why, code=reply.code)
        if reply.code == _CLOSING or verdict in (Verdict.UNKNOWN, Verdict.NOT_SENT):
            self._in_step = False
        # Postfix keeps the transaction open after a refusal by smtpd_end_of_data_restrictions, too.
        self._needs_reset = True
        self._errors += 1
        return AttemptOutcome(verdict, failure, reply.code, reply.enhanced, reply.detail, about)

    def _lost(self, verdict: Verdict, error: WireError) -> AttemptOutcome:
        self._in_step = False
        return AttemptOutcome(verdict, detail=str(error))

    def _give_up(self) -> None:
        self._in_step = False
        self._wire.abort()

    def _refused_run(self, stage: Stage, reply: Reply) -> TransportError:
        """Build the error of a reply that is about the run, whichever reader it was given for."""
        about = find_about(stage, reply.code, reply.enhanced, reply.text)
        return TransportError(
            f"{self._where} answered {reply.code} {reply.detail} (at {stage})",
            stage=stage,
            temporary=about is About.RATE or reply.code // 100 != 5,  # noqa: PLR2004
            code=reply.code,
            enhanced=reply.enhanced,
            about=about,
            limit=find_rate_limit(reply.code, reply.enhanced, reply.text),
        )

    def _error(self, stage: Stage, why: str, *, temporary: bool = False, code: int = 0) -> TransportError:
        return TransportError(
            f"{self._where} {why} (at {stage})", stage=stage, temporary=temporary, code=code
        )
