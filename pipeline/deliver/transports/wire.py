"""One SMTP connection: commands out, complete replies in, a limit on every wait. Knows no SMTP command."""

from __future__ import annotations

import asyncio
import os
import re
import select
import ssl
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import cast

from pipeline.deliver.transports.reply import MalformedError, Reply, WireError, take_reply
from pipeline.deliver.transports.tls import Tls

MAX_REPLY_BYTES = 64 * 1024
"""More than this at once is not a reply, and would only fill the memory."""


_GATHERS = hasattr(os, "writev")
"""Whether the system writes several pieces of memory at once; Windows does not."""


class ClosedError(WireError):
    """The other side closed or reset the connection."""


class TimedOutError(WireError):
    """Nothing moved for as long as this stage may wait."""


class Wire(asyncio.Protocol):
    """One connection, used by one task. After a `WireError` only `abort` and `close` make sense.

    TLS runs over memory buffers on the bare transport and not through `loop.start_tls`: asyncio's own
    TLS transport hides how many bytes still wait for the socket, and that is what `drain` must know.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._poll = select.poll()
        self._buffer = bytearray()
        self._broken: WireError | None = None
        self._tls: Tls | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._latest = float("inf")
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self.secrets: Callable[[], Collection[str]] = tuple

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; a write counts as pending until the socket took its last byte."""
        self._transport = transport = cast("asyncio.Transport", transport)  # uvloop's is none by name
        transport.set_write_buffer_limits(high=0)
        self._descriptor = transport.get_extra_info("socket").fileno()
        self._poll.register(self._descriptor, select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Keep what came, decrypted."""
        if self._tls:
            self._decrypt(data)
        else:
            self._buffer += data
        if len(self._buffer) > MAX_REPLY_BYTES:
            self._break(MalformedError("the answer never ends"))
            self._transport.abort()
        self._wake()

    def eof_received(self) -> None:
        """Treat the end of input as the end: SMTP has no half-closed connections."""
        self._break(ClosedError("the server closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Record the reason, and cancel the timer."""
        self._break(ClosedError("the connection was reset" if exc else "the connection is closed"))
        if self._timer:
            self._timer.cancel()
        if not self._lost.done():
            self._lost.set_result(None)

    def resume_writing(self) -> None:
        """Go on, for the socket took everything."""
        self._wake()

    # what a session calls

    @property
    def own_ip(self) -> str:
        """The address of this end of the connection."""
        name = self._transport.get_extra_info("sockname")
        return str(name[0]) if name else "127.0.0.1"

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS of this connection, once it is established."""
        return self._tls.object if self._tls else None

    @property
    def unasked(self) -> bool:
        """Whether unexpected bytes or the end have arrived, as far as the loop has read."""
        return bool(self._buffer) or self.is_over

    @property
    def unread(self) -> bytes:
        """What came and was not taken as a reply."""
        return bytes(self._buffer)

    @property
    def is_over(self) -> bool:
        """Whether the connection has ended, as far as the loop has read."""
        return self._broken is not None or self._transport.is_closing()

    async def answered_early(self) -> bool:
        """Let the loop read what the socket holds, then return whether anything unexpected came."""
        if self.unasked:
            return True
        # One look at the socket costs a fraction of a turn of the loop, and nearly always finds nothing.
        if not self._poll.poll(0):
            return False
        await self._turn()
        return self.unasked

    async def _turn(self) -> None:
        """Let the loop read: its first turn only polls the socket, and the second reads what it found."""
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def limit(self, total_s: float) -> None:
        """Let all waits from now on end within `total_s`, however slowly bytes trickle."""
        self._latest = self._loop.time() + total_s

    def check(self) -> None:
        """Raise what keeps anything from being written: the end, or unexpected bytes."""
        if self._broken or self._transport.is_closing():
            raise self._broken or ClosedError("the connection is closed")
        if self._buffer:
            raise MalformedError("an unexpected reply came")

    def write(self, data: bytes) -> None:
        """Hand `data` to the socket without waiting; when it raises as `check` does, nothing was written."""
        self.check()
        self._transport.write(self._tls.encrypt(data) if self._tls else data)

    async def put(self, parts: Sequence[bytes], timeout_s: float) -> None:
        """Write, and wait until the socket took everything; return when an answer or the end comes first.

        The parts are not joined where that can be avoided.

        Raises:
            WireError: as `write`.
            TimedOutError: the socket took nothing for `timeout_s`.
        """
        self.check()
        rest = self._gather(parts)
        if not rest:
            return
        if len(rest) < sum(map(len, parts)):
            await self._turn()  # what the loop reads now would be lost if the next write failed
        if not self.unasked:
            self.write(rest)
            await self.drain(timeout_s)

    def _gather(self, parts: Sequence[bytes]) -> bytes:
        """Write the parts as they lie in memory, and return what the socket did not take."""
        if self._tls or not _GATHERS or self._transport.get_write_buffer_size():
            return b"".join(parts)
        try:
            written = os.writev(self._descriptor, parts)
        except OSError:
            written = 0  # the socket is full, or has ended: the transport finds out
        for place, part in enumerate(parts):
            if written < len(part):
                return b"".join((part[written:], *parts[place + 1 :]))
            written -= len(part)
        return b""

    async def drain(self, timeout_s: float) -> None:
        """Wait until the socket took everything; return at once when an answer or the end comes first.

        Raises:
            TimedOutError: the socket took nothing for `timeout_s`.
        """
        while (left := self._transport.get_write_buffer_size()) and not self.unasked:
            try:
                await self._progress(timeout_s)
            except TimedOutError:
                if self._transport.get_write_buffer_size() >= left or self._loop.time() >= self._latest:
                    raise

    async def read_reply(self, timeout_s: float) -> Reply:
        """Return the next complete reply, one that came before the connection was lost included.

        Raises:
            WireError: the end, `timeout_s` without a byte, or something that is not a reply.
        """
        while not self._buffer or (reply := take_reply(self._buffer)) is None:
            if self._broken:
                raise self._broken
            await self._progress(timeout_s)
        return reply if reply.code < 400 else replace(reply, secrets=self.secrets)  # noqa: PLR2004 - RFC 5321, 4.2.1

    async def take(self, expected: re.Pattern[bytes], timeout_s: float) -> bool:
        """Wait for bytes, and take them if they are what is expected and no more; else `read_reply` has them.

        Raises as `read_reply`.
        """
        if not self._buffer and not self._broken:
            await self._progress(timeout_s)
        if not expected.fullmatch(self._buffer):
            return False
        self._buffer.clear()
        return True

    async def ask(self, line: bytes, timeout_s: float) -> Reply:
        """Send one command and return its reply; raises as `write` and `read_reply`."""
        self.write(line + b"\r\n")
        return await self.read_reply(timeout_s)

    async def start_tls(self, context: ssl.SSLContext, host: str, timeout_s: float) -> None:
        """Secure the connection and verify that the other side is `host`.

        Raises:
            MalformedError: plaintext waits already; it could be an attacker's, answered as if it were secure.
            ssl.SSLError: the handshake failed, `ssl.SSLCertVerificationError` for the certificate.
            WireError: the connection was lost meanwhile.
        """
        if self._buffer:
            raise MalformedError("bytes came before the TLS handshake")
        tls = self._tls = Tls(context, host)
        try:
            while not tls.handshake():
                self._transport.write(tls.outgoing.read())
                if self._broken:
                    raise self._broken
                await self._progress(timeout_s)
        finally:
            self._transport.write(tls.outgoing.read())
        self._decrypt(b"")  # the greeting may have come in one packet with the end of the handshake

    def abort(self) -> None:
        """Close the connection at once, whatever was still to be written."""
        self._break(ClosedError("the connection is closed"))
        self._transport.abort()

    async def close(self) -> None:
        """Close the connection and wait until the socket is free; never raises."""
        if self._tls and not self._broken:
            self._transport.write(self._tls.goodbye())
        self.abort()
        await asyncio.shield(self._lost)

    # inside

    def _decrypt(self, data: bytes) -> None:
        """Take ciphertext; what was said before TLS broke off is kept."""
        assert self._tls  # noqa: S101 - only called with TLS
        try:
            self._tls.receive(data, self._buffer)
        except ssl.SSLError:
            self._break(ClosedError("the server closed the connection"))
        if answer := self._tls.outgoing.read():
            self._transport.write(answer)

    async def _progress(self, timeout_s: float) -> None:
        """Wait until bytes, the end, or room to write come; the clock starts again with every call."""
        self._waiter = self._loop.create_future()
        self._deadline = min(self._loop.time() + timeout_s, self._latest)
        # One timer serves many waits: it is moved only to fire earlier, and sees the deadline when it fires.
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._expire)
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _expire(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._expire)
        else:
            self._waiter.set_exception(TimedOutError("the server did not answer in time"))

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _break(self, why: WireError) -> None:
        self._broken = self._broken or why
        self._wake()
