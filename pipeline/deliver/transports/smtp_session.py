"""Letters over one SMTP connection, one transaction at a time, true to the stage of every fault.

Never writes the dot before `handed` is on record, and never takes a lost answer for a yes or a no.
The commands before a letter travel together once the connection has shown that it works (RFC 2920).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.deliver.refusal import find_about
from pipeline.deliver.transport import BeforeHandover, Stage, TransportError
from pipeline.deliver.transports.classify import classify
from pipeline.deliver.transports.mailbox import RecipientError, SenderError, write_commands
from pipeline.deliver.transports.masking import find_tokens
from pipeline.deliver.transports.relay_facts import ProbeAnswer, read_answer
from pipeline.deliver.transports.reply import MAY_SEND, MalformedError, Reply, WireError
from pipeline.deliver.transports.run_refusal import refused_run
from pipeline.deliver.transports.timeouts import SmtpTimeouts
from pipeline.deliver.transports.wire import Wire
from pipeline.model.delivery import About, AttemptOutcome, Envelope, FailureClass, Verdict

_START_INPUT, _CLOSING, _BAD_SEQUENCE = 354, 421, 503
_TAKEN = AttemptOutcome(Verdict.SENT, code=250)

MAX_ERRORS = 8
"""Errors on one connection after which another is opened: Postfix sleeps at each after the tenth, and Exim
ends a connection at its eleventh RSET (both measured). DATA behind a refused RCPT is an error of its own."""


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
        self._announced: Envelope | None = None
        self._named = b""
        self._login = wire.secrets

    @property
    def usable(self) -> bool:
        """Whether another message may be sent; a new session must be opened otherwise."""
        return self._errors < MAX_ERRORS and self._can_speak

    @property
    def _can_speak(self) -> bool:
        # The answers for a message that was announced may be there already.
        is_over = self._wire.is_over if self._named else self._wire.unasked
        return self._in_step and not is_over

    async def send(
        self, envelope: Envelope, message: bytes, before_handover: BeforeHandover
    ) -> AttemptOutcome:
        """Send one message; whatever interrupts this, `before_handover` included, ends the connection."""
        return await self.send_parts(envelope, (message,), before_handover)

    async def send_parts(
        self, envelope: Envelope, parts: Sequence[bytes], before_handover: BeforeHandover
    ) -> AttemptOutcome:
        """Do the same with the message that the parts make together."""
        commands = self._named if envelope is self._announced else self._commands_for(envelope)
        if isinstance(commands, AttemptOutcome):
            return commands
        if 0 < self._max_bytes < (size := sum(map(len, parts))):
            why = f"takes messages of {self._max_bytes} bytes at most, and this one has {size}"
            raise self._error(Stage.DATA, why)
        self._wire.limit(self._timeouts.total_s)
        self._wire.secrets = lambda: (*self._login(), envelope.recipient, *find_tokens(b"".join(parts)))
        try:
            outcome = await self._transact(commands, parts, before_handover)
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
        commands = self._commands_for(Envelope(sender, recipient, ""))
        if isinstance(commands, AttemptOutcome):
            raise self._error(Stage.RCPT, f"was not asked: {commands.detail}")
        answers: list[ProbeAnswer] = []
        self._wire.limit(self._timeouts.total_s)
        try:
            for stage, command in zip((Stage.MAIL, Stage.RCPT), commands.splitlines(), strict=False):
                reply = await self._wire.ask(command, self._timeouts.rcpt_s)
                answers.append(read_answer(stage, reply))
                if not answers[-1].is_accepted:
                    break
            await self._reset()
        except WireError as error:
            self._give_up()
            raise self._error(Stage.RCPT, f"broke off: {error}", temporary=True) from error
        return tuple(answers)

    def announce(self, envelope: Envelope | None) -> None:
        """Let the commands for the next message travel with the dot of this one (RFC 2920, 3.1)."""
        if self._may_pipeline and not self._errors:
            commands = self._commands_for(envelope) if envelope else b""
            self._named = commands if isinstance(commands, bytes) else b""
            self._announced = envelope if self._named else None

    async def close(self) -> None:
        """Send QUIT and close the connection; never raises."""
        # Behind the commands of a message that was announced a QUIT would be a line of the message.
        can_speak, self._in_step = self._can_speak and not self._named, False
        try:
            if can_speak:
                self._wire.limit(self._timeouts.quit_s)
                await self._wire.ask(b"QUIT", self._timeouts.quit_s)
        except WireError:
            pass  # every message has its answer already
        finally:
            await self._wire.close()

    async def _transact(
        self, commands: bytes, body: Sequence[bytes], before_handover: BeforeHandover
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
            wire.write(b".\r\n" + self._named)
        except WireError as error:
            return self._lost(Verdict.NOT_SENT, error)
        return await self._read_answer()

    async def _read_answer(self) -> AttemptOutcome:
        """Read the answer to the dot."""
        self._wire.limit(self._timeouts.total_s)
        try:
            reply = await self._wire.read_reply(self._timeouts.dot_s)
        except WireError as error:
            return self._lost(Verdict.UNKNOWN, error)
        if reply.code == _TAKEN.code:
            return _TAKEN
        outcome = self._judge(Stage.DOT, reply)
        # A server may keep the refused transaction open: what was announced could go to both readers.
        self._in_step &= outcome.verdict is Verdict.SENT or not self._named
        return outcome

    def _commands_for(self, envelope: Envelope) -> bytes | AttemptOutcome:
        """Return MAIL, RCPT and DATA, or the failure of a reader whose address cannot stand in them."""
        try:
            return write_commands(envelope, knows_utf8=self._knows_utf8)
        except RecipientError as error:
            return AttemptOutcome(Verdict.FAILED, FailureClass.ADDRESS, detail=str(error))
        except SenderError as error:
            raise self._error(Stage.MAIL, str(error)) from error

    async def _introduce(self, commands: bytes) -> AttemptOutcome | None:
        """Go from MAIL to the leave to send the body; None when it was given.

        On a connection that has served a letter before, the three commands travel in one packet, or went
        out with the last dot. On a fresh one each waits for its answer: what breaks there is known to the
        stage, so a reader whose address ends every connection is distinguished from a relay that ends old
        ones.
        """
        wire, timeouts = self._wire, self._timeouts
        mail, rcpt, data = commands.splitlines(keepends=True)
        is_together = self._may_pipeline and not self._is_fresh
        try:
            if not self._is_named(commands):
                await self._begin(commands if is_together else mail)
            if is_together and await wire.take(MAY_SEND, timeouts.mail_s):
                return None
            reply = await wire.read_reply(timeouts.mail_s)
        except WireError as error:
            return self._broke_off(error)
        if reply.code // 100 != 2:  # noqa: PLR2004 - the first digit of RFC 5321, 4.2.1
            return self._refused_mail(reply)
        if not is_together:
            wire.write(rcpt)
        reply = await wire.read_reply(timeouts.rcpt_s)
        if reply.code // 100 != 2:  # noqa: PLR2004
            return await self._refused(reply, data_was_asked=is_together)
        if not is_together:
            wire.write(data)
        reply = await wire.read_reply(timeouts.data_s)
        return self._judge(Stage.DATA, reply) if reply.code != _START_INPUT else None

    async def _begin(self, commands: bytes) -> None:
        """Write the first commands; the server may have closed a connection that was used before."""
        wire = self._wire
        await wire.answered_early()
        wire.check()
        if self._needs_reset:
            await self._reset()
        wire.write(commands)

    def _is_named(self, commands: bytes) -> bool:
        """Return whether these commands went out with the last dot; nothing else may have."""
        named, self._named, self._announced = self._named, b"", None
        if named and named != commands:
            raise MalformedError("another message was announced")
        return bool(named)

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

    def _broke_off(self, error: WireError) -> AttemptOutcome:
        """Classify a connection that ended before its server took the sender."""
        if self._is_fresh:
            raise self._error(Stage.MAIL, f"broke off: {error}", temporary=True) from error
        self._in_step = False
        return AttemptOutcome(Verdict.NOT_SENT, detail=str(error), unbegun=True)

    def _refused_mail(self, reply: Reply) -> AttemptOutcome:
        """Classify a refusal of MAIL."""
        if not self._is_fresh and (reply.code // 100 == 4 or reply.code == _BAD_SEQUENCE):  # noqa: PLR2004
            # Enough letters on this connection (421, 452), or out of step with it: a new one tells.
            self._in_step = False
            said = (reply.code, reply.enhanced, reply.detail)
            return AttemptOutcome(Verdict.NOT_SENT, FailureClass.NONE, *said, unbegun=True)
        raise refused_run(self._where, Stage.MAIL, reply)

    async def _reset(self) -> None:
        reply = await self._wire.ask(b"RSET", self._timeouts.mail_s)
        if reply.code // 100 != 2:  # noqa: PLR2004
            raise MalformedError("the server did not accept RSET")
        self._needs_reset = False

    async def _put_body(self, body: Sequence[bytes]) -> AttemptOutcome | None:
        """Write everything but the dot; the outcome, when the server answers before it."""
        await self._wire.put(body, self._timeouts.body_s)
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
            raise refused_run(self._where, stage, reply)
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

    def _error(self, stage: Stage, why: str, *, temporary: bool = False, code: int = 0) -> TransportError:
        return TransportError(
            f"{self._where} {why} (at {stage})", stage=stage, temporary=temporary, code=code
        )
