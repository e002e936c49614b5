"""Which limit a refusal about the rate speaks of: seconds, connections, an hour, a day. Pure."""

from __future__ import annotations

import re

from pipeline.model.delivery import RateLimit

_BY_ENHANCED = {
    "4.5.3": RateLimit.SESSION,
    "5.4.5": RateLimit.DAY,
    "5.1.90": RateLimit.DAY,
    "5.7.232": RateLimit.DAY,
    "5.7.233": RateLimit.DAY,
}
"""The end of a connection at OpenSMTPD and others, and the daily limits of Gmail and Microsoft 365."""

_BY_WORDS = (
    (RateLimit.SESSION, r"\b(?:per|on this|in this|this) (?:connection|session)\b"),
    (RateLimit.DAY, r"\bdaily\b|\bday\b|\b24[ -]?h|\bmonth|QuotaExceeded|\bmsg.{0,3}/.{0,3}day"),
    (RateLimit.HOUR, r"\bhourly\b|\bhour\b"),
    (RateLimit.PACE, r"\bmin(?:ute)?s?\b|\bsec(?:ond)?s?\b|\brate\b|\bthrottl"),
    (RateLimit.CONNECTIONS, r"\b(?:connections?|sessions?|concurren\w+)\b"),
    (RateLimit.HOUR, r"\bquota\b|\ballowance\b|\bcredits?\b"),
)
"""The first that is found counts: a daily quota may be called a rate, and a connection rate is a rate."""
_WORDS = tuple((limit, re.compile(pattern, re.IGNORECASE)) for limit, pattern in _BY_WORDS)
_TOO_MANY_CONNECTIONS = 432


def find_rate_limit(code: int, enhanced: str, text: str) -> RateLimit:
    """Return which limit a reply speaks of that is about the rate; PACE when it names none."""
    if code == _TOO_MANY_CONNECTIONS:
        return RateLimit.CONNECTIONS
    if enhanced in _BY_ENHANCED:
        return _BY_ENHANCED[enhanced]
    return next((limit for limit, pattern in _WORDS if pattern.search(text)), RateLimit.PACE)
