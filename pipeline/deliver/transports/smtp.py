"""Opens sessions with an SMTP relay: connect, secure, greet, log in.

Never shows the password, and never sends it in the clear over a network.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import os
import re
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import Stage, TransportContext, TransportError, TransportSpec
from pipeline.deliver.transports.reply import MalformedError, Reply, WireError
from pipeline.deliver.transports.smtp_session import SmtpSession, SmtpTimeouts
from pipeline.deliver.transports.wire import Wire, connect

_HOST_NAME = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}")


class SmtpTransport:
    """Opens sessions with one relay; `ca_file` replaces the system's authorities."""

    def __init__(
        self, settings: SmtpOptions, *, timeouts: SmtpTimeouts | None = None, ca_file: Path | None = None
    ) -> None:
        self._settings = settings
        self._timeouts = timeouts or SmtpTimeouts()
        self._ca_file = ca_file
        self._where = f"the mail server {settings.host}:{settings.port}"
        self._tls: ssl.SSLContext | None = None
        self._name = settings.ehlo_name

    async def open(self) -> SmtpSession:
        """Connect, secure, greet and log in; `TransportError` at any of these."""
        settings = self._settings
        if settings.username and settings.security == "none" and not _is_loopback(settings.host):
            raise TransportError(
                f"the password for {self._where} would cross the network in the clear; "
                "set security to starttls or tls",
                stage=Stage.AUTH,
                temporary=False,
            )
        context = self._tls_context() if settings.security != "none" else None
        name = await self._own_name()
        try:
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
        try:
            extensions = await _Opening(wire, settings, self._timeouts, self._where, name).run(context)
        except BaseException:
            await wire.close()
            raise
        return SmtpSession(wire, self._timeouts, self._where, extensions)

    def _tls_context(self) -> ssl.SSLContext:
        """Load the authorities once; certificate and host name are always verified."""
        if self._tls is None:
            try:
                context = ssl.create_default_context(cafile=self._ca_file)
            except OSError as error:  # ssl.SSLError is one
                raise TransportError(
                    f"{self._ca_file} holds no usable certificates: {error.strerror or error}",
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


class _Opening:
    """The dialogue from the greeting to the login."""

    def __init__(
        self, wire: Wire, settings: SmtpOptions, timeouts: SmtpTimeouts, where: str, name: str
    ) -> None:
        self._wire, self._settings, self._where = wire, settings, where
        self._timeout_s = timeouts.greeting_s
        self._name = name or _address_literal(wire.own_ip)

    async def run(self, context: ssl.SSLContext | None) -> Mapping[str, str]:
        """Return what the server offers: keyword in capitals → its parameters."""
        settings = self._settings
        if context and settings.security == "tls":
            await self._secure(context, Stage.TLS)
        self._expect(Stage.GREETING, await self._reply(Stage.GREETING, None), 220)
        offers = await self._introduce()
        if context and settings.security == "starttls":
            if "STARTTLS" not in offers:
                raise self._trouble(Stage.STARTTLS, "does not offer STARTTLS; nothing secret was sent")
            self._expect(Stage.STARTTLS, await self._reply(Stage.STARTTLS, b"STARTTLS"), 220)
            await self._secure(context, Stage.STARTTLS)
            offers = await self._introduce()  # what was sent in the clear does not count (RFC 3207, 4.2)
        if settings.username:
            await self._log_in(offers)
        return offers

    async def _introduce(self) -> Mapping[str, str]:
        name = self._name.encode("ascii")
        reply = await self._reply(Stage.EHLO, b"EHLO " + name)
        plain = self._settings.security == "none" and not self._settings.username
        if reply.code // 100 == 5 and plain:  # noqa: PLR2004 - the first digit of RFC 5321, 4.2.1
            self._expect(Stage.EHLO, await self._reply(Stage.EHLO, b"HELO " + name), 250)
            return {}
        self._expect(Stage.EHLO, reply, 250)
        words = (line.replace("=", " ").partition(" ") for line in reply.lines[1:])
        return {keyword.upper(): rest.upper() for keyword, _, rest in words}

    async def _secure(self, context: ssl.SSLContext, stage: Stage) -> None:
        try:
            await self._wire.start_tls(context, self._settings.host, self._timeout_s)
        except ssl.SSLCertVerificationError as error:
            why = f"has a certificate that cannot be trusted: {error.verify_message}"
            raise self._trouble(stage, why) from error
        except ssl.SSLError as error:
            why = f"does not speak TLS as we do ({error.reason}); check port and security"
            raise self._trouble(stage, why) from error
        except WireError as error:
            temporary = not isinstance(error, MalformedError)
            # Plaintext behind the answer to STARTTLS is an attack or a broken proxy: for a person to look at.
            raise self._trouble(stage, f"broke off: {error}", temporary=temporary) from error

    async def _log_in(self, offers: Mapping[str, str]) -> None:
        mechanisms = offers.get("AUTH", "").split()
        user, secret = (
            text.encode() for text in (self._settings.username, self._settings.password.get_secret_value())
        )
        if "PLAIN" in mechanisms:
            steps = [(b"AUTH PLAIN " + base64.b64encode(b"\0" + user + b"\0" + secret), 235)]
        elif "LOGIN" in mechanisms:
            steps = [
                (b"AUTH LOGIN", 334),
                (base64.b64encode(user), 334),
                (base64.b64encode(secret), 235),
            ]
        else:
            raise self._trouble(Stage.AUTH, "offers no way to log in that we know (PLAIN or LOGIN)")
        for line, wanted in steps:
            self._expect(Stage.AUTH, await self._reply(Stage.AUTH, line), wanted)

    async def _reply(self, stage: Stage, line: bytes | None) -> Reply:
        """Send a command, if any, and return the reply."""
        try:
            if line is None:
                return await self._wire.read_reply(self._timeout_s)
            return await self._wire.ask(line, self._timeout_s)
        except WireError as error:
            raise self._trouble(stage, f"broke off: {error}", temporary=True) from error

    def _expect(self, stage: Stage, reply: Reply, wanted: int) -> None:
        if reply.code == wanted:
            return
        # A reply to AUTH may repeat the credentials.
        said = reply.enhanced if stage is Stage.AUTH else reply.detail
        temporary = reply.code // 100 != 5  # noqa: PLR2004 - the first digit of RFC 5321, 4.2.1
        raise self._trouble(stage, f"answered {reply.code} {said}", temporary=temporary, code=reply.code)

    def _trouble(self, stage: Stage, why: str, *, temporary: bool = False, code: int = 0) -> TransportError:
        return TransportError(
            f"{self._where} {why} (at {stage})", stage=stage, temporary=temporary, code=code
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address_literal(ip: str) -> str:
    """Write an IP address as EHLO wants it from a host without a name (RFC 5321, 4.1.3)."""
    bare = ip.partition("%")[0]
    return f"[IPv6:{bare}]" if ":" in bare else f"[{bare}]"


def _build(options: SmtpOptions, _: TransportContext) -> SmtpTransport:
    return SmtpTransport(options)


TRANSPORT = TransportSpec("smtp", _build)
