"""Reads what providers send without trusting its form: every getter is total. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import getaddresses
from typing import Any

from pipeline.bounces.parse.reply import ServerWords, classify_failure, find_words
from pipeline.model.returned import Returned, ReturnKind, ReturnReport
from pipeline.webhooks.webhook import WebhookRefusedError

LONGEST_TEXT = 1000
"""Characters that are read of any value: an SMTP reply line has at most 512 (RFC 5321, 4.5.3.1.5)."""

REFERENCE_KEY = "newsletter_ref"
"""The key of our reference in the metadata of providers that have keys."""

_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_GAP = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]+")


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - what it is is looked at piece by piece
    """Parse a JSON body; raises WebhookRefusedError."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise WebhookRefusedError("the body is not valid JSON") from None


def parse_events(body: bytes) -> Iterator[dict[str, Any]]:
    """Yield the events of a body: one JSON object, or a list of them; what else a list has is left out."""
    data = parse_json(body)
    if not isinstance(data, dict | list):
        raise WebhookRefusedError("the body has no events")
    for event in [data] if isinstance(data, dict) else data:
        if isinstance(event, dict):
            yield event


def get(data: Any, *path: str) -> Any:  # noqa: ANN401 - as above
    """Return the value at a path of keys; None where there is none."""
    for key in path:
        if not isinstance(data, dict):
            return None
        data = data.get(key)
    return data


def text(data: Any, *path: str) -> str:  # noqa: ANN401 - as above
    """Return the text or number at a path as one line; empty where there is none."""
    value = get(data, *path)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _GAP.sub(" ", str(value)[:LONGEST_TEXT]).strip()


def items(data: Any, *path: str) -> list[Any]:  # noqa: ANN401 - as above
    """Return the list at a path; empty where there is none."""
    value = get(data, *path)
    return value if isinstance(value, list) else []


def header(headers: list[Any], name: str) -> str:
    """Return a header out of a list of `{"name": …, "value": …}`; empty where there is none."""
    return next((text(each, "value") for each in headers if text(each, "name").lower() == name.lower()), "")


def address(value: str) -> str:
    """Return the bare address out of `Ada <ada@example.org>`; empty where there is none."""
    return next((bare for _, bare in getaddresses([value]) if "@" in bare), "")


def from_epoch(value: Any) -> datetime | None:  # noqa: ANN401 - as above
    """Return the instant of seconds since 1970, a number or a text; None when it is neither."""
    try:
        return datetime.fromtimestamp(float(value), tz=UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def from_stamp(value: str) -> datetime | None:
    """Return the instant of the time that is signed: digits, and nothing else that `float` would read.

    In the signed text the time is next to other text; only digits show where it ends.
    """
    return from_epoch(value) if value.isascii() and value.isdigit() else None


def from_iso(value: str) -> datetime | None:
    """Return the instant of an ISO 8601 text; None when it is not one. Without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def enhanced(*texts: str) -> str:
    """Return the first enhanced status code in texts; empty where there is none."""
    return next((found[1] for each in texts if (found := _ENHANCED.search(each))), "")


def make_returned(
    kind: ReturnKind,
    *,
    to: str,
    at: datetime | None,
    references: Iterable[str] = (),
    status: str = "",
    detail: str = "",
    is_classified: bool = True,
) -> Returned:
    """Build what is reported about one reader; a bounce means what the server said.

    Providers call many refusals permanent that are about the letter or the sender. `detail` is the server's
    reply; `status` may be any text with an enhanced code in it, for replies without one. `is_classified` is
    False for a bounce that the provider calls neither permanent nor temporary: the reply alone decides, and
    without one the bounce is soft.
    """
    words = find_words(detail)
    code = words.enhanced or enhanced(status)
    if kind in (ReturnKind.HARD, ReturnKind.SOFT):
        kind = _judge_bounce(kind if is_classified else None, replace(words, enhanced=code))
    return Returned(
        kind,
        references=tuple(each for each in references if each),
        recipients=(address(to),) if address(to) else (),
        code=words.code,
        status=code,
        detail=detail,
        at=at,
    )


def make_report(source: str, event_id: str, *returned: Returned) -> ReturnReport:
    """Build the report of one event. `event_id` is the same when the event comes again."""
    return ReturnReport(f"{source}/{event_id}", source, returned, is_authenticated=True)


def _judge_bounce(kind: ReturnKind | None, words: ServerWords) -> ReturnKind:
    """Return what the server's reply means, where it is clearer than the provider's classification."""
    said = classify_failure(words, status=words.enhanced)
    if kind is None:
        return said
    is_ours = said in (ReturnKind.POLICY, ReturnKind.CONTENT)
    is_passing = said is ReturnKind.SOFT and (words.enhanced or words.code // 100 == 4)  # noqa: PLR2004 - RFC 5321, 4.2.1
    return said if is_ours or is_passing else kind
