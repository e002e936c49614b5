"""Delivery status notifications, RFC 3464 and 6533, and what servers make of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipeline.bounces.parse.parts import MailPart, OpenedMail
from pipeline.bounces.parse.reply import ServerWords, classify_failure, find_words
from pipeline.model.returned import Returned, ReturnKind

STATUS_KINDS = ("returned/delivery-status", "returned/global-delivery-status")
MAX_RECIPIENTS = 50
"""Our letters have one recipient each; a report about more than one comes of a mailbox that forwards."""

TEXT_LINES = 2000
"""Lines of the text for people that are searched for the reply; the longest seen has under a hundred."""

REPLY_LINES = 12
"""Lines of a reply behind its address: 512 characters (RFC 5321, 4.5.3.1.5) fold into seven of 76."""

_DONE = {"delivered": ReturnKind.DELIVERED, "relayed": ReturnKind.DELIVERED, "expanded": ReturnKind.DELIVERED}
_ACTIONS = {*_DONE, "delayed", "failed"}
"""All there are (RFC 3464, 2.3.3)."""
_WHO = ("original-recipient", "final-recipient", "x-actual-recipient")
_CODE_FIELD = re.compile(r"^\s*[A-Za-z0-9_.-]+\s*;\s*")


def read_status(mail: OpenedMail) -> Iterator[Returned]:
    """Yield the result for each recipient of a notification; references are left to the caller."""
    text = "\n".join(part.text for part in mail.parts if part.kind == "text/plain")
    blocks = [
        block
        for part in mail.parts
        if part.kind in STATUS_KINDS
        for block in _blocks(part)
        if "action" in block or any(name in block for name in _WHO)
    ]
    for block in blocks[:MAX_RECIPIENTS]:
        found = _read_block(block, text)
        if found is not None:
            yield found


def _read_block(block: Mapping[str, str], text: str) -> Returned | None:
    """Return the result of one recipient; None where a report is cut off before it says what happened."""
    recipients = tuple(
        address for name in _WHO if name in block and (address := _CODE_FIELD.sub("", block[name]))
    )
    action = block.get("action", "").lower().partition(" ")[0].rstrip(";")
    status = block.get("status", "").partition(" ")[0]
    diagnostic = _CODE_FIELD.sub("", block.get("diagnostic-code", ""))
    evidence = _lines_about(text, recipients)
    words = find_words(diagnostic)
    if not words.code and not words.enhanced and evidence:
        # OpenSMTPD has no diagnostic; the reply stands behind the address in the text.
        said = find_words(evidence)
        words = said if said.code or not diagnostic else ServerWords(said.code, said.enhanced, diagnostic)
    is_refused = words.code // 100 == 5 or words.enhanced.startswith("5")  # noqa: PLR2004 - RFC 5321, 4.2.1
    if action not in _ACTIONS and not status:
        if not is_refused:
            return None
        action = "failed"
    kind = _kind_of(action, status, words, evidence or text)
    return Returned(
        kind, recipients=recipients, code=words.code, status=words.enhanced or status, detail=words.text
    )


def _kind_of(action: str, status: str, words: ServerWords, transcript: str) -> ReturnKind:
    if action in _DONE:
        return _DONE[action]
    if action == "delayed" or (action != "failed" and not status.startswith("5")):
        return ReturnKind.DELAYED
    return classify_failure(words, status=status, transcript=transcript)


def _lines_about(text: str, recipients: tuple[str, ...]) -> str:
    """Return the text behind an address: the rest of its line and the lines that continue it."""
    lines = text.splitlines()[:TEXT_LINES]
    for number, line in enumerate(lines):
        for address in recipients:
            bare = address.strip("<>").lower()
            if bare and bare in line.lower():
                rest = line[line.lower().index(bare) + len(bare) :].lstrip(">: \t")
                more = []
                for following in lines[number + 1 : number + REPLY_LINES]:
                    if not following.startswith((" ", "\t")):
                        break
                    more.append(following.strip())
                found = " ".join((rest, *more)).strip()
                if found:
                    return found
    return ""


def _blocks(part: MailPart) -> Iterator[dict[str, str]]:
    """Yield the groups of fields of a status part; a new recipient begins one even without a blank line."""
    fields: dict[str, str] = {}
    name = ""
    for line in (*part.text.splitlines(), ""):
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t" and name:
            fields[name] += f" {line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            if name == "final-recipient" and name in fields:
                yield fields
                fields = {}
            fields.setdefault(name, value.strip())
