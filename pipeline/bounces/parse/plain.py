"""Bounces in words alone, such as qmail's: flufl.bounce finds the addresses, the text has the reason."""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Iterator

from flufl.bounce import all_failures

from pipeline.bounces.parse.parts import MAX_PART_BYTES, OpenedMail
from pipeline.bounces.parse.reply import classify_failure, find_words
from pipeline.model.returned import Returned, ReturnKind

# It would print a traceback of every mail that one of its detectors cannot read.
logging.getLogger("flufl.bounce").disabled = True

SAID_CHARS = 500
"""What is passed on of a reply: more than is kept of it, because addresses and links are taken out first."""

_DAEMON = re.compile(
    r"mailer.?daemon|mdaemon|postmaster|mail delivery|mail-daemon|microsoftexchange"
    r"|(?:system|mail) administrator|\bmail (?:system|server)\b",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^(?:-+ ?(?:below this line is|this is) a copy of|-+ ?(?:original|returned) message"
    r"|-+ ?the header of the original|return-path:|received: ?(?:from|by)\b|dkim-signature:)",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the text of the bounce ends and the letter begins."""


def is_from_daemon(mail: OpenedMail) -> bool:
    """Return whether a mail server wrote it, by the sender."""
    return bool(_DAEMON.search(mail.text("from")))


def read_plain(mail: OpenedMail, raw: bytes) -> Iterator[Returned]:
    """Yield the failure or delay of each address that a bounce in words names."""
    text = "\n".join(part.text for part in mail.parts if part.kind in ("text/plain", "text/html"))
    reasons = text[: copy.start()] if (copy := _COPY.search(text)) else text
    delayed, failed = _find_addresses(raw)
    failed |= {one.strip() for value in mail.values("x-failed-recipients") for one in value.split(",")}
    for address in sorted(filter(None, failed)):
        place = reasons.lower().find(address.lower())
        behind = reasons[place + len(address) :].lstrip(">: \r\n") if place >= 0 else reasons
        words = find_words(behind)
        kind = classify_failure(words, status="", transcript=reasons)
        yield Returned(
            kind,
            recipients=(address,),
            code=words.code,
            status=words.enhanced,
            detail=words.text[:SAID_CHARS],
        )
    for address in sorted(delayed - failed):
        yield Returned(ReturnKind.DELAYED, recipients=(address,))
    words = find_words(reasons)
    if not failed and not delayed and (words.code // 100 == 5 or words.enhanced.startswith("5")):  # noqa: PLR2004 - refused
        # It names no address: the reference shows whose letter it was, or nothing does.
        kind = classify_failure(words, status="", transcript=reasons)
        yield Returned(kind, code=words.code, status=words.enhanced, detail=words.text[:SAID_CHARS])


def _find_addresses(raw: bytes) -> tuple[set[str], set[str]]:
    try:
        # In ASCII: its detectors expect headers that are texts.
        plain = raw[:MAX_PART_BYTES].decode("ascii", "replace").replace("\ufffd", "?")
        # It would also find addresses of the letter.
        head, gap, body = plain.replace("\r\n", "\n").partition("\n\n")
        text = body[: copy.start()] if (copy := _COPY.search(body)) else body
        delayed, failed = all_failures(email.message_from_string(f"{head}{gap}{text}"))
    except Exception:  # noqa: BLE001 - they are regular expressions over whatever came
        return set(), set()
    # An address with other letters than ASCII is not read here: the reference names the letter.
    return (
        {text for one in delayed if "?" not in (text := _text(one))},
        {text for one in failed if "?" not in (text := _text(one))},
    )


def _text(address: bytes | str) -> str:
    return address.decode("ascii", "replace") if isinstance(address, bytes) else address
