"""Opens sessions with an SMTP relay: connect, secure, greet, log in.

Never shows the password, and never sends it in the clear over a network.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.rate_limit import find_rate_limit
from pipeline.deliver.refusal import find_about
from pipeline.deliver.transport import Stage, TransportContext, TransportError, TransportSpec
from pipeline.deliver.transports.host_names import address_literal, is_loopback
from pipeline.deliver.transports.login import (
    ACCEPTED,
    CRAM_MD5,
    XOAUTH2,
    Credentials,
    find_mechanisms,
    log_in,
)
from pipeline.deliver.transports.reply import MalformedError, Reply, WireError
from pipeline.deliver.transports.smtp_session import SmtpSession, SmtpTimeouts
from pipeline.deliver.transports.token_command import TokenCommand, TokenCommandError
from pipeline.deliver.transports.wire import Wire, connect
from pipeline.model.delivery import About

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
        tell: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self._settings = settings
        self._timeouts = timeouts or SmtpTimeouts()
        self._ca_file = ca_file or (folder / settings.ca_file if settings.ca_file else None)
        self._tokens = TokenCommand(settings.token_command, folder) if settings.token_command else None
        self._tell = tell
        self._where = f"the mail server {settings.host}:{settings.port}"
        self._tls: ssl.SSLContext | None = None
        self._name = settings.ehlo_name
        self._refused: set[str] = set()

    async def open(self) -> SmtpSession:
        """Connect, secure, greet and log in; `TransportError` at any of these."""
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
        try:
            return await self._open(context, name)
        except _ExpiredError:
            return await self._open(context, name)  # a new connection, for some servers close the first one

    async def _open(self, context: ssl.SSLContext | None, name: str) -> SmtpSession:
        settings = self._settings
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
        opening = _Opening(wire, settings, self._timeouts, self._where, name)
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
        after_s = self._timeouts.slow_greeting_s
        words = f"{self._where} has not greeted for {after_s:.0f} seconds, still waiting"
        timer = asyncio.get_running_loop().call_later(after_s, self._tell, words)
        try:
            yield
        finally:
            timer.cancel()

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


class _ExpiredError(TransportError):
    """A token that was good for an earlier connection is refused."""


class _Opening:
    """The dialogue from the greeting to the login."""

    def __init__(
        self, wire: Wire, settings: SmtpOptions, timeouts: SmtpTimeouts, where: str, name: str
    ) -> None:
        self._wire, self._settings, self._where = wire, settings, where
        self._timeout_s = timeouts.greeting_s
        self._name = name or address_literal(wire.own_ip)

    async def greet(self, context: ssl.SSLContext | None) -> None:
        """Wait for the greeting, with TLS from the first byte where the settings want it."""
        if context and self._settings.security == "tls":
            await self._secure(context, Stage.TLS)
        self._expect(Stage.GREETING, await self._reply(Stage.GREETING, None), 220)

    async def run(
        self, context: ssl.SSLContext | None, tokens: TokenCommand | None, refused: set[str]
    ) -> Mapping[str, str]:
        """Return what the server offers: keyword in capitals → its parameters.

        `refused` has the mechanisms that earlier connections were refused with.
        """
        settings = self._settings
        offers = await self._introduce()
        if context and settings.security == "starttls":
            if "STARTTLS" not in offers:
                raise self._trouble(Stage.STARTTLS, "does not offer STARTTLS; nothing secret was sent")
            self._expect(Stage.STARTTLS, await self._reply(Stage.STARTTLS, b"STARTTLS"), 220)
            await self._secure(context, Stage.STARTTLS)
            offers = await self._introduce()  # what was sent in the clear does not count (RFC 3207, 4.2)
        if settings.username:
            await self._log_in(offers, tokens, refused)
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

    async def _log_in(
        self, offers: Mapping[str, str], tokens: TokenCommand | None, refused: set[str]
    ) -> None:
        settings, offered = self._settings, offers.get("AUTH", "").split()
        password = settings.password.get_secret_value()
        mechanisms = find_mechanisms(
            [name for name in offered if name not in refused],
            settings.login,
            has_password=bool(password),
            has_token=tokens is not None,
            is_private=settings.security != "none" or is_loopback(settings.host),
        )
        if not mechanisms:
            told = f"offers no way to log in that can be used here; it offers {', '.join(offered) or 'none'}"
            raise self._trouble(Stage.AUTH, told)
        for mechanism in mechanisms:
            if tokens and mechanism == XOAUTH2:
                await self._log_in_by_token(tokens)
                return
            reply = await self._try_login(mechanism, Credentials(settings.username, password))
            # Servers that keep only a hash of the password may offer CRAM-MD5 and refuse every answer to it.
            if mechanism != CRAM_MD5 or reply.code // 100 != 5 or mechanism == mechanisms[-1]:  # noqa: PLR2004
                self._expect(Stage.AUTH, reply, ACCEPTED)
                return
            refused.add(mechanism)

    async def _log_in_by_token(self, tokens: TokenCommand) -> None:
        loop = asyncio.get_running_loop()
        try:
            token, is_new = await loop.run_in_executor(None, tokens.get)
        except TokenCommandError as error:
            told = f"smtp.token_command {error}"
            raise TransportError(told, stage=Stage.AUTH, temporary=error.temporary) from error
        reply = await self._try_login(XOAUTH2, Credentials(self._settings.username, token=token))
        if reply.code // 100 == 5:  # noqa: PLR2004 - the first digit of RFC 5321, 4.2.1
            tokens.forget(token)
            if not is_new:
                raise _ExpiredError("the token has expired", stage=Stage.AUTH, temporary=True)
        self._expect(Stage.AUTH, reply, ACCEPTED)

    async def _try_login(self, mechanism: str, who: Credentials) -> Reply:
        try:
            return await log_in(lambda line: self._reply(Stage.AUTH, line), mechanism, who)
        except MalformedError as error:
            raise self._trouble(Stage.AUTH, f"cannot be logged in to: {error}") from error

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
        about = find_about(stage, reply.code, reply.enhanced, reply.text)
        temporary = reply.code // 100 != 5 or about is About.RATE  # noqa: PLR2004 - a first digit
        raise TransportError(
            f"{self._where} answered {reply.code} {said} (at {stage})",
            stage=stage,
            temporary=temporary,
            code=reply.code,
            about=about,
            limit=find_rate_limit(reply.code, reply.enhanced, reply.text),
        )

    def _trouble(self, stage: Stage, why: str, *, temporary: bool = False) -> TransportError:
        return TransportError(f"{self._where} {why} (at {stage})", stage=stage, temporary=temporary)


def _build(options: SmtpOptions, context: TransportContext) -> SmtpTransport:
    return SmtpTransport(options, folder=context.folder, tell=context.tell)


TRANSPORT = TransportSpec("smtp", _build)
