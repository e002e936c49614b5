"""Guards of the public pages: headers, limits, and the answer when the store is unavailable."""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from pipeline.errors import PipelineError, SettingsError
from pipeline.store.errors import find_cause
from subscribers.errors import ReaderStoreError
from subscribers.tokens import SAMPLE_ID, TOKEN_CHARS

BODY_LIMIT_BYTES = 64 * 1024  # an unsubscription has a few bytes, whatever mail programs add
RETRY_AFTER_S = 120  # a restart or a backup of the database is over by then

_log = logging.getLogger("weekly.web")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_TOO_LARGE = 413
_ENCODED = 3
"""How often a link may be encoded again on its way, by a forwarding program and by a scanner of links."""
_BREAKS = re.compile("=\\r?\\n|[\\s\\u00ad\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2064\\ufeff]+")
# Letters after the token are part of a damaged one, unless a parameter, a quote or markup stands between.
_TOKEN = re.compile(
    rf"([A-Za-z0-9_-]{{{TOKEN_CHARS}}})(?:[^A-Za-z0-9]*|[^A-Za-z0-9]*[&?\"'<>\s].*)", re.DOTALL
)


class Unavailable(Exception):
    """The store cannot answer now; the same request may succeed later. `cause` is one word for monitors."""

    def __init__(self, cause: str = "") -> None:
        self.cause = cause
        super().__init__(cause)


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise Unavailable for errors of a store that is lost, busy, read-only or away.

    The cause is logged for the operator in one line: never values, so never a reader.
    """
    try:
        yield
    except Exception as error:
        # By name, because only the stores import the database library.
        is_ours = isinstance(error, ReaderStoreError | PipelineError)
        if not is_ours and type(error).__module__ != "sqlalchemy.exc":
            raise
        said = error if isinstance(error, PipelineError) else getattr(error, "orig", type(error).__name__)
        _log.warning("the store does not answer: %s", str(said).partition("\n")[0])
        raise Unavailable("keys" if isinstance(error, SettingsError) else find_cause(error)) from error


def headers(
    html: str, *, frames: str = "'none'", framed_by: str = "'none'", forms: str = "'self'"
) -> dict[str, str]:
    """Build the headers of a page: it loads nothing, sends no referrer, is not cached."""
    styles = " ".join(f"'sha256-{_digest(style)}'" for style in _STYLE.findall(html)) or "'none'"
    policy = {
        "default-src": "'none'",
        "style-src": styles,
        "frame-src": frames,
        "form-action": forms,
        "frame-ancestors": framed_by,
        "base-uri": "'none'",
    }
    return {"Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in policy.items()), **plain_headers()}


def plain_headers() -> dict[str, str]:
    """Build the headers of every response."""
    return {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }


async def read_body(request: Request, limit: int = BODY_LIMIT_BYTES) -> bytes:
    """Read a request's body; HTTPException 413 over the limit, and what came so far if the client hung up.

    A mail program that hangs up has sent its request with the address: an opt-out is not lost for its body.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise HTTPException(_TOO_LARGE)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise HTTPException(_TOO_LARGE)
    except ClientDisconnect:
        pass
    return bytes(body)


def find_token(raw: str) -> str:
    """Return the token of a link without what mail programs add to it or put into it; else `raw` itself.

    After it: punctuation and brackets of the text around it, in any encoding, and the parameters of trackers.
    In it: breaks of quoted-printable, spaces and characters without width. What comes back may be no token.
    """
    text = raw
    for _ in range(_ENCODED):
        text = unquote(text)
    for candidate in (text, _BREAKS.sub("", text)):
        if found := _TOKEN.fullmatch(candidate):
            return found[1]
    return raw


TOKEN_BYTES = TOKEN_CHARS * 3 // 4


def is_sample(token: str) -> bool:
    """Return whether a link comes from a preview or a test copy, whose public id no reader has."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) == TOKEN_BYTES and int.from_bytes(raw[2:10], "big") == SAMPLE_ID


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
