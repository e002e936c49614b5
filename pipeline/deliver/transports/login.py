"""The dialogue of a login: XOAUTH2 with a token, CRAM-MD5, PLAIN or LOGIN with a password.

Never says a password or a token in the clear over a network, and repeats nothing that a server answers.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from pipeline.deliver.transports.reply import MalformedError, Reply

Ask = Callable[[bytes], Awaitable[Reply]]
"""Sends one line without its end and returns the reply."""

XOAUTH2, CRAM_MD5 = "XOAUTH2", "CRAM-MD5"
_BY_PASSWORD = (CRAM_MD5, "PLAIN", "LOGIN")
"""Strongest first: CRAM-MD5 (RFC 2195) does not send the password."""

ACCEPTED = 235
_GO_ON = 334


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in, and with what."""

    username: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


def find_mechanisms(
    offered: Collection[str], wanted: str, *, has_password: bool, has_token: bool, is_private: bool
) -> tuple[str, ...]:
    """Return the mechanisms that can be used, the best first.

    `wanted` is a mechanism in lower case, or `auto`. `is_private` is whether no one between can listen: the
    connection has TLS, or does not leave this machine. Without it only CRAM-MD5 is left.
    """
    by_token = (XOAUTH2,) if has_token else ()
    by_password = _BY_PASSWORD if has_password or not has_token else ()
    return tuple(
        name
        for name in (*by_token, *by_password)
        if name in offered and wanted in ("auto", name.lower()) and (is_private or name == CRAM_MD5)
    )


async def log_in(ask: Ask, mechanism: str, who: Credentials) -> Reply:
    """Log in by one mechanism and return the server's last word: 235 when it accepts.

    Raises:
        MalformedError: the server's challenge is not base64.
    """
    user, secret = who.username.encode(), who.password.encode()
    if mechanism == XOAUTH2:
        bearer = b"user=" + user + b"\x01auth=Bearer " + who.token.encode() + b"\x01\x01"
        reply = await ask(b"AUTH XOAUTH2 " + b64encode(bearer))
        # A refusal comes as a challenge that wants an empty answer, and only then as a code.
        return await ask(b"") if reply.code == _GO_ON else reply
    if mechanism == "PLAIN":
        return await ask(b"AUTH PLAIN " + b64encode(b"\0" + user + b"\0" + secret))
    reply = await ask(b"AUTH " + mechanism.encode("ascii"))
    if reply.code != _GO_ON:
        return reply
    if mechanism == "LOGIN":
        reply = await ask(b64encode(user))
        return await ask(b64encode(secret)) if reply.code == _GO_ON else reply
    try:
        challenge = b64decode(reply.lines[0].encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise MalformedError("the challenge of CRAM-MD5 is not base64") from error
    return await ask(b64encode(user + b" " + hmac.new(secret, challenge, "md5").hexdigest().encode()))
