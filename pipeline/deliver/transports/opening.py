"""The dialogue with an SMTP relay before the first letter: greeting, TLS, EHLO, login.

Never shows the password, and never sends it in the clear over a network.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime

from pipeline.deliver.login_need import find_need
from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import Stage, TransportError
from pipeline.deliver.transports.host_names import address_literal, is_loopback
from pipeline.deliver.transports.login import (
    ACCEPTED,
    CRAM_MD5,
    XOAUTH2,
    Credentials,
    find_mechanisms,
    log_in,
)
from pipeline.deliver.transports.masking import mask
from pipeline.deliver.transports.port_identity import SMTP, UNKNOWN, find_protocol
from pipeline.deliver.transports.relay_facts import RelayFacts, TlsFacts
from pipeline.deliver.transports.reply import MalformedError, Reply, WireError
from pipeline.deliver.transports.run_refusal import refused_run
from pipeline.deliver.transports.timeouts import SmtpTimeouts
from pipeline.deliver.transports.token_command import TokenCommand, TokenCommandError
from pipeline.deliver.transports.wire import Wire

_MAYBE_SMTP = ("", SMTP, UNKNOWN)
_ADVICE = "write smtp_password into .secrets, or set WEEKLY_SMTP__PASSWORD"


class ExpiredError(TransportError):
    """A token that was good for an earlier connection is refused."""


class Opening:
    """The dialogue from the greeting to the login."""

    def __init__(
        self,
        wire: Wire,
        settings: SmtpOptions,
        timeouts: SmtpTimeouts,
        *,
        where: str,
        name: str,
        facts: RelayFacts,
    ) -> None:
        self._wire, self._settings, self._where = wire, settings, where
        self._timeout_s = timeouts.greeting_s
        self._name = name or address_literal(wire.own_ip)
        self._facts = facts
        self._secrets: set[str] = set()
        wire.secrets = lambda: self._secrets
        facts.own_name = self._name

    async def greet(self, context: ssl.SSLContext | None) -> None:
        """Wait for the greeting, with TLS from the first byte where the settings want it."""
        if context and self._settings.security == "tls":
            await self._secure(context, Stage.TLS)
        reply = await self._reply(Stage.GREETING, None)
        self._facts.banner = mask(reply.text)
        self._expect(Stage.GREETING, reply, 220)

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
                raise self._error(Stage.STARTTLS, "does not offer STARTTLS; nothing secret was sent")
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
        self._facts.hello = mask(reply.lines[0])
        self._facts.offers = {keyword.upper(): rest.upper() for keyword, _, rest in words}
        return self._facts.offers

    async def _secure(self, context: ssl.SSLContext, stage: Stage) -> None:
        try:
            await self._wire.start_tls(context, self._settings.host, self._timeout_s)
        except ssl.SSLCertVerificationError as error:
            why = f"has a certificate that cannot be trusted: {error.verify_message}"
            raise self._error(stage, why) from error
        except ssl.SSLError as error:
            why = f"does not speak TLS as we do ({error.reason}); check port and security"
            raise self._error(stage, why) from error
        except WireError as error:
            temporary = not isinstance(error, MalformedError)
            # Plaintext behind the answer to STARTTLS is an attack or a broken proxy: for a person to look at.
            raise self._error(stage, f"broke off: {error}", temporary=temporary) from error
        self._facts.tls = _describe_tls(self._wire.tls)

    async def _log_in(
        self, offers: Mapping[str, str], tokens: TokenCommand | None, refused: set[str]
    ) -> None:
        settings, offered = self._settings, offers.get("AUTH", "").split()
        password = settings.password.get_secret_value()
        if not (password or tokens):
            raise self._error(
                Stage.AUTH, f"cannot be logged in to: smtp.username is set and no password; {_ADVICE}"
            )
        mechanisms = find_mechanisms(
            [name for name in offered if name not in refused],
            settings.login,
            has_password=bool(password),
            has_token=tokens is not None,
            is_private=settings.security != "none" or is_loopback(settings.host),
        )
        if not mechanisms:
            told = f"offers no way to log in that can be used here; it offers {', '.join(offered) or 'none'}"
            raise self._error(Stage.AUTH, told)
        for mechanism in mechanisms:
            if tokens and mechanism == XOAUTH2:
                await self._log_in_by_token(tokens)
                self._facts.login = mechanism
                return
            reply = await self._try_login(mechanism, Credentials(settings.username, password))
            # Servers that keep only a hash of the password may offer CRAM-MD5 and refuse every answer to it.
            if mechanism != CRAM_MD5 or reply.code // 100 != 5 or mechanism == mechanisms[-1]:  # noqa: PLR2004
                self._expect(Stage.AUTH, reply, ACCEPTED)
                self._facts.login = mechanism
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
                raise ExpiredError("the token has expired", stage=Stage.AUTH, temporary=True)
        self._expect(Stage.AUTH, reply, ACCEPTED)

    async def _try_login(self, mechanism: str, who: Credentials) -> Reply:
        self._secrets.update((who.password, who.token))
        try:
            return await log_in(lambda line: self._reply(Stage.AUTH, line), mechanism, who)
        except MalformedError as error:
            raise self._error(Stage.AUTH, f"cannot be logged in to: {error}") from error

    async def _reply(self, stage: Stage, line: bytes | None) -> Reply:
        """Send a command, if any, and return the reply."""
        if stage is Stage.AUTH and line:
            self._secrets.add(line.rpartition(b" ")[2].decode("ascii"))
        try:
            if line is None:
                return await self._wire.read_reply(self._timeout_s)
            return await self._wire.ask(line, self._timeout_s)
        except WireError as error:
            # What greets in another protocol will not speak SMTP by the next run.
            is_foreign = stage is Stage.GREETING and find_protocol(self._wire.unread) not in _MAYBE_SMTP
            advice = "; check smtp.port and security" if is_foreign else ""
            raise self._error(stage, f"broke off: {error}{advice}", temporary=not is_foreign) from error

    def _expect(self, stage: Stage, reply: Reply, wanted: int) -> None:
        if reply.code == wanted:
            return
        self._facts.need = find_need(reply.code, reply.enhanced, reply.text)
        # A reply to AUTH may repeat the credentials.
        raise refused_run(self._where, stage, reply, reply.enhanced if stage is Stage.AUTH else None)

    def _error(self, stage: Stage, why: str, *, temporary: bool = False) -> TransportError:
        return TransportError(f"{self._where} {why} (at {stage})", stage=stage, temporary=temporary)


def _describe_tls(tls: ssl.SSLObject | None) -> TlsFacts | None:
    if tls is None:
        return None
    certificate, cipher = tls.getpeercert() or {}, tls.cipher()
    end = certificate.get("notAfter")
    expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(end)), UTC) if end else None
    names: dict[str, str] = dict(part for parts in certificate.get("issuer", ()) for part in parts)  # type: ignore[misc]
    issuer = names.get("organizationName") or names.get("commonName") or ""
    return TlsFacts(tls.version() or "", cipher[0] if cipher else "", expires_at, issuer)
