"""Opens sessions with an SMTP relay: connect, secure, greet, log in.

Never shows the password, and never sends it in the clear over a network.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import Stage, TransportContext, TransportError, TransportSpec
from pipeline.deliver.transports.connecting import connect
from pipeline.deliver.transports.host_names import is_loopback
from pipeline.deliver.transports.opening import ExpiredError, Opening
from pipeline.deliver.transports.port_identity import SMTP, Spoken, identify
from pipeline.deliver.transports.relay_facts import RelayFacts
from pipeline.deliver.transports.smtp_session import SmtpSession
from pipeline.deliver.transports.timeouts import SmtpTimeouts
from pipeline.deliver.transports.token_command import TokenCommand
from pipeline.files import resolve

_HOST_NAME = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}")


class SmtpTransport:
    """Opens sessions with one relay.

    `ca_file` replaces the system's authorities; a relative one and `token_command` start at `folder`.
    """

    def __init__(
        self,
        settings: SmtpOptions,
        *,
        timeouts: SmtpTimeouts | None = None,
        ca_file: Path | None = None,
        folder: Path = Path(),
        say: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self._settings = settings
        self._timeouts = timeouts or SmtpTimeouts()
        self._ca_file = ca_file or (resolve(folder, settings.ca_file) if settings.ca_file else None)
        self._tokens = TokenCommand(settings.token_command, folder) if settings.token_command else None
        self._say, self._has_said = say, False
        self._where = f"the mail server {settings.host}:{settings.port}"
        self._tls: ssl.SSLContext | None = None
        self._name = settings.ehlo_name
        self._refused: set[str] = set()
        self._is_known = False

    async def open(self, facts: RelayFacts | None = None) -> SmtpSession:
        """Connect, secure, greet and log in; `TransportError` at any of these.

        `facts` is filled with what the relay shows on the way, also when that ends early.
        """
        settings = self._settings
        if settings.username and not self._may_log_in():
            raise TransportError(
                f"the password for {self._where} would cross the network in the clear; "
                "set security to starttls or tls",
                stage=Stage.AUTH,
                temporary=False,
            )
        context = self._tls_context() if settings.security != "none" else None
        name = await self._own_name()
        facts = facts or RelayFacts()
        try:
            return await self._open_known(context, name, facts)
        except ExpiredError:
            # A new connection, for some servers close the first one.
            return await self._open(context, name, facts)

    async def _open_known(self, context: ssl.SSLContext | None, name: str, facts: RelayFacts) -> SmtpSession:
        """Open a session; where no greeting comes at all, find out once whether the port speaks SMTP."""
        opening = asyncio.ensure_future(self._open(context, name, facts))
        try:
            if not self._is_known:
                await asyncio.wait({opening}, timeout=self._timeouts.identify_after_s)
                is_mute = not (opening.done() or facts.banner)
                self._is_known = True
                if is_mute and await self._speaks_otherwise(facts):
                    raise TransportError(
                        f"{self._where} speaks {facts.spoken.protocol}{' over TLS' * facts.spoken.has_tls}; "
                        "check smtp.port and security",
                        stage=Stage.GREETING,
                        temporary=False,
                    )
            return await opening
        finally:
            opening.cancel()

    async def _speaks_otherwise(self, facts: RelayFacts) -> bool:
        facts.spoken = await identify(self._settings.host, self._settings.port)
        is_as_set = facts.spoken == Spoken(SMTP, has_tls=self._settings.security == "tls")
        return bool(facts.spoken.protocol) and not is_as_set

    async def _open(self, context: ssl.SSLContext | None, name: str, facts: RelayFacts) -> SmtpSession:
        settings = self._settings
        try:
            with self._word_when_slow():
                wire = await connect(settings.host, settings.port, self._timeouts.connect_s)
        except OSError as error:
            # asyncio puts the address into `strerror`; the number names the cause alone.
            cause = error.strerror or "no answer in time"
            if error.errno and not isinstance(error, socket.gaierror):
                cause = os.strerror(error.errno)
            raise TransportError(
                f"{self._where} cannot be reached: {cause.lower()}", stage=Stage.CONNECT, temporary=True
            ) from error
        wire.limit(self._timeouts.total_s)
        opening = Opening(wire, settings, self._timeouts, where=self._where, name=name, facts=facts)
        try:
            with self._word_when_slow():
                await opening.greet(context)
            extensions = await opening.run(context, self._tokens, self._refused)
        except BaseException:
            await wire.close()
            raise
        return SmtpSession(wire, self._timeouts, self._where, extensions)

    @contextmanager
    def _word_when_slow(self) -> Iterator[None]:
        """Print one message if the relay lets this process wait, the first time that it does."""
        timer = asyncio.get_running_loop().call_later(self._timeouts.slow_greeting_s, self._tell_slow)
        try:
            yield
        finally:
            timer.cancel()

    def _tell_slow(self) -> None:
        if not self._has_said:
            self._has_said = True
            most_s = self._timeouts.greeting_s
            waiting = f"waiting for it up to {most_s / 60:.0f} minutes"
            self._say(
                f"{self._where} has not answered for {self._timeouts.slow_greeting_s:.0f} seconds; {waiting}"
            )

    def _may_log_in(self) -> bool:
        settings = self._settings
        return settings.security != "none" or is_loopback(settings.host) or settings.login == "cram-md5"

    def _tls_context(self) -> ssl.SSLContext:
        """Load the authorities once; certificate and host name are always verified."""
        if self._tls is None:
            try:
                context = ssl.create_default_context(cafile=self._ca_file)
            except OSError as error:  # ssl.SSLError is one
                why = (
                    "it holds no certificates in PEM form"
                    if isinstance(error, ssl.SSLError)
                    else error.strerror
                )
                raise TransportError(
                    f"smtp.ca_file: {self._ca_file} cannot be used: {why}",
                    stage=Stage.TLS,
                    temporary=False,
                ) from error
            # Without renegotiation writing never has to wait for reading.
            context.options |= ssl.OP_NO_RENEGOTIATION
            self._tls = context
        return self._tls

    async def _own_name(self) -> str:
        if not self._name:
            self._name = await asyncio.get_running_loop().run_in_executor(None, socket.getfqdn)
        if not _HOST_NAME.fullmatch(self._name) or not ("." in self._name or self._settings.ehlo_name):
            return ""
        return self._name


def _build(options: SmtpOptions, context: TransportContext) -> SmtpTransport:
    return SmtpTransport(options, folder=context.folder, say=context.say)


TRANSPORT = TransportSpec("smtp", _build)
