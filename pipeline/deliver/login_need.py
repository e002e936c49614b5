"""Whether a refusal asks for a login, or for TLS before it, by its codes and words. Pure."""

from __future__ import annotations

import re
from enum import StrEnum


class Need(StrEnum):
    """What a server wants first."""

    NOTHING = ""
    LOGIN = "login"
    TLS = "tls"


_AUTHENTICATION_REQUIRED, _ENCRYPTION_REQUIRED = 530, 538
"""RFC 4954, 6; 530 is also the answer to a client that must use STARTTLS first (RFC 3207, 4)."""

_BY_ENHANCED = {
    "5.7.10": Need.TLS,
    "5.7.11": Need.TLS,
    "5.7.57": Need.LOGIN,
}
"""Encryption needed (RFC 5248's registry), encryption needed for this way to log in (RFC 4954, 6), and
Exchange's "client was not authenticated"."""

_WANTS_TLS = re.compile(
    r"""
    \bstarttls\b
    | \b(?: tls | ssl | encrypt\w* | secure\ connection )\b [^.;]{0,40}
        \b(?: required | needed | first | mandatory | necessary | must )\b
    | \b(?: must | requires? | need\w* | only | use | please | without )\b [^.;]{0,40}
        \b(?: tls | ssl | encrypt\w* )\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

_WANTS_LOGIN = re.compile(
    r"""
    \b(?: authenticat\w+ | authori[sz]ation | auth | log-?in | logon | credentials? )\b [^.;]{0,30}
        \b(?: required | needed | first | mandatory | necessary | before )\b
    | \b(?: must | need\ to | please | have\ to | requires? | required\ to | only\ after )\b [^.;]{0,40}
        \b(?: authenticat\w+ | log-?\ ?in | logon | smtp\ auth | auth | credentials? )\b
    | \bnot\ (?: logged\ in | authenticated )
    | \b(?: turn\ on | enable | switch\ on )\b [^.;]{0,20} \bauthentication
    | \bbefore\ authenticat | \bpop\ before\ smtp | \bpop3?\ first
    """,
    re.IGNORECASE | re.VERBOSE,
)

_FILTERED = re.compile(r"spam|virus|polic|black|block|listed|reputation|content|id=", re.IGNORECASE)
"""Words of filters, which use 5.7.0 as well."""


def find_need(code: int, enhanced: str, text: str) -> Need:
    """Return what a refusal up to RCPT asks for first; NOTHING for any other reply."""
    if code // 100 != 5:  # noqa: PLR2004 - the first digit of RFC 5321, 4.2.1
        return Need.NOTHING
    if code == _ENCRYPTION_REQUIRED or _WANTS_TLS.search(text):
        return Need.TLS
    if enhanced in _BY_ENHANCED:
        return _BY_ENHANCED[enhanced]
    is_general = enhanced == "5.7.0" and not _FILTERED.search(text)
    if code == _AUTHENTICATION_REQUIRED or is_general or _WANTS_LOGIN.search(text):
        return Need.LOGIN
    return Need.NOTHING
