"""What the words of a server mean: a reply code, an enhanced code, or what people wrote into the text. Pure.

The enhanced code inside the reply decides, then the words, then the reply code. The `Status` field of a
report comes last and never shows alone that an address does not exist: Exim writes 5.0.0 for everything,
sendmail 5.1.1 for a bare 550 (docs/reference/returned-mail.md has the servers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.model.delivery import FailureClass
from pipeline.model.returned import ReturnKind

WORDS_CHARS = 2000
"""What is looked at of a reply: servers write a few lines, and the patterns below take time by the square."""

_REPLY = re.compile(
    r"(?<![\w.#-])([45][0-9]{2})(?:[- ]+#?([45]\.[0-9]{1,3}\.[0-9]{1,3})(?![\w.]))?(?=[- ;:,)\]]|$)", re.ASCII
)
_ENHANCED = re.compile(r"(?<![\w.])([45]\.[0-9]{1,3}\.[0-9]{1,3})(?![\w.])", re.ASCII)
_NAMES = re.compile(r"\S*(?:@|://)\S*|\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b")
"""Addresses, links and hosts: not a part of the reason."""

REFUSED = {
    FailureClass.HARD: ReturnKind.HARD,
    FailureClass.SOFT: ReturnKind.SOFT,
    FailureClass.POLICY: ReturnKind.POLICY,
    FailureClass.CONTENT: ReturnKind.CONTENT,
}
"""What refusals during the send are called when they come back."""

_FULL = re.compile(
    r"\bfull\b|quota|insufficient (?:disk|storage|system)|exceeded.{0,20}storage|out of (?:disk|storage)"
    r"|\bvoll\b|überfüllt|\bpleine?\b|\bllen[ao]\b|\bpien[ao]\b|\bcheia\b|満杯|一杯|容量"
)
_RATE = re.compile(r"at a rate|too quickly|too many messages|receiving (?:mail|email) too")
_UNKNOWN = re.compile(
    r"""unknown\ (?:user|recipient|mailbox|local|address|account)
    | (?:user|recipient|mailbox|address|account)\S*\ (?:is\ )?(?:unknown|inactive|disabled|closed)
    | (?:user|recipient|mailbox|address|account)\S*\ (?:is\ )?(?:deactivated|suspended)
    | no\ such\ (?:user|person|recipient|mailbox|address|account|member)
    | no\ (?:mailbox|account|user)\ (?:here|by\ that|with)
    | (?:does\ not|doesn.?t|not|no\ longer)\ (?:exist|have\ a\b.{0,40}account)
    | (?:user|recipient|mailbox|account|address)\S*\ (?:was\ )?(?:not\ (?:found|available)|invalid)
    | (?:user|recipient|mailbox|account|address)\S*\ unavailable
    | invalid\ (?:user|recipient|mailbox|address)
    | recipient\ (?:address\ )?(?:rejected|not\ found)
    | ^\W*address\ rejected | bad\ (?:destination\ )?(?:mailbox|address) | unrouteable\ address
    | recip(?:ient)?notfound | not\ a\ valid\ (?:mailbox|user|recipient|address)
    | no\ longer\ (?:valid|available)
    | not\ our\ customer | not\ listed\ in | undeliverable\ address
    | accepts?\ (?:any\ )?(?:e-?)?mail(?!\ from) | null\ ?mx
    | unbekannt | existiert\ nicht | nicht\ gefunden | kein\ (?:postfach|benutzer|empfänger)
    | inconnue?\b | n'existe\ pas | destinataire\ invalide | \bno\ existe | desconocid[oa]
    | inesistente | sconosciut[oa] | non\ esiste | inexistente | não\ existe | onbekend | bestaat\ niet
    | nie\ istnieje | не\ (?:существует|найден) | 存在しません | 見つかりません | 不存在""",
    re.VERBOSE,
)
"""Besides English the languages of large European and Asian mail providers."""
_NO_SUCH = re.compile(r"no such (?:user|mailbox)|(?:user|mailbox) (?:unknown|not found)|unknown user")
_CLOSED = re.compile(r"\binactiv")
_POLICY = re.compile(
    r"""spam | unsolicited | black ?list | block(?:ed|list|\ list) | \brbl\b | reputation | \bpolic(?:y|ies)\b
    | \bdmarc\b | \bdkim\b | \bspf\b | authenticat | relay | sender | client\ host | virus | malware | phish
    | user\ complaints | unexpected\ volume | rate.?limit | throttl | suspicious | banned | prohibited
    | not\ permitted | not\ authori[sz]ed
    | too\ many\ (?:messages|connections|recipients) | message\ rejected | content\ rejected
    | absender | exp[eé]diteur | remitente | mittente | afzender | отправител | 送信者 | 发件人""",
    re.VERBOSE,
)
_SIZE = re.compile(
    r"message (?:size|is too|too) (?:large|big|long|exceeds)|exceeds.{0,30}(?:size|maximum)|line too long"
)
_AFTER_DATA = re.compile(r"end of data|after data|in reply to (?:end of )?data|>>> (?:data|bdat|\.)")

_BY_SUBJECT = {
    "1": ReturnKind.HARD,
    "1.7": ReturnKind.POLICY,
    "1.8": ReturnKind.POLICY,
    "2.1": ReturnKind.HARD,
    "2.2": ReturnKind.SOFT,
    "2.3": ReturnKind.CONTENT,
    "3.4": ReturnKind.CONTENT,
    "4": ReturnKind.SOFT,
    "6": ReturnKind.CONTENT,
    "7": ReturnKind.POLICY,
}
"""The enhanced codes (RFC 3463, 3) that say whose fault it is, without their first digit."""


@dataclass(frozen=True, slots=True)
class ServerWords:
    """What a server said. `code` is 0 and `enhanced` empty where it gave none."""

    code: int
    enhanced: str
    text: str

    @property
    def plain(self) -> str:
        """The words alone, in lower case, without addresses, links and hosts."""
        return _NAMES.sub(" ", self.text[:WORDS_CHARS].replace("\u2019", "'")).lower()


def find_words(text: str) -> ServerWords:
    """Find the first reply in the beginning of a text; a text without any has only its words."""
    text = text[:WORDS_CHARS]
    reply = _REPLY.search(text)
    if reply:
        return ServerWords(int(reply[1]), reply[2] or _enhanced_after(text[reply.end() :], reply[1]), text)
    enhanced = _ENHANCED.search(text)
    return ServerWords(0, enhanced[1] if enhanced else "", text)


def classify_failure(words: ServerWords, *, status: str, transcript: str = "") -> ReturnKind:
    """Return what a failed delivery means: HARD, SOFT, POLICY or CONTENT.

    `transcript` is the text around the reply, which shows whether the message itself was refused.
    """
    plain = words.plain
    if words.code // 100 == 4 or (not words.code and words.enhanced.startswith("4")):  # noqa: PLR2004 - RFC 5321, 4.2.1
        return ReturnKind.POLICY if _POLICY.search(plain) else ReturnKind.SOFT
    by_code = _BY_SUBJECT.get(words.enhanced[2:]) or _BY_SUBJECT.get(words.enhanced[2:3])
    if words.enhanced and by_code is not None and words.enhanced[2:] != "1.0":
        return _doubted(by_code, words.enhanced, plain)
    return _by_words(words, plain, transcript) or _by_status(status)


def classify_refusal(failure: FailureClass, code: int, detail: str) -> ReturnKind:
    """Return what a refusal during the send means for the reader; `failure` is one of `REFUSED`.

    A bare 550 is how a server refuses an address and how it refuses a sender, so the words decide.
    """
    if failure is FailureClass.HARD:
        return classify_failure(find_words(f"{code} {detail}"), status="")
    return REFUSED[failure]


def is_about_mailbox(code: int, detail: str) -> bool:
    """Return whether a "try later" was about this mailbox, full or busy, and not about sender or server."""
    words = find_words(f"{code} {detail}")
    return code // 100 == 4 and (words.enhanced[2:3] == "2" or bool(_FULL.search(words.plain)))  # noqa: PLR2004


def _doubted(kind: ReturnKind, enhanced: str, plain: str) -> ReturnKind:
    """Return the kind that a code means, unless its words are clearly of another one."""
    if kind is ReturnKind.HARD and _RATE.search(plain):
        return ReturnKind.SOFT
    if kind is ReturnKind.HARD and _POLICY.search(plain) and not _CLOSED.search(plain):
        return ReturnKind.POLICY
    # Microsoft refuses unknown recipients with 5.4.1 "Recipient address rejected".
    if enhanced == "5.4.1" and _UNKNOWN.search(plain):
        return ReturnKind.HARD
    # Yandex refuses them with 5.7.1 "No such user!".
    if kind is ReturnKind.POLICY and _NO_SUCH.search(plain) and not _POLICY.search(plain):
        return ReturnKind.HARD
    return kind


def _by_words(words: ServerWords, plain: str, transcript: str) -> ReturnKind | None:
    for pattern, kind in (
        (_FULL, ReturnKind.SOFT),
        (_SIZE, ReturnKind.CONTENT),
        (_POLICY, ReturnKind.POLICY),
        (_UNKNOWN, ReturnKind.HARD),
    ):
        if pattern.search(plain):
            return kind
    if words.enhanced == "5.1.0":
        return ReturnKind.HARD
    if _AFTER_DATA.search(transcript.lower()) or words.code == 554:  # noqa: PLR2004 - "transaction failed"
        return ReturnKind.POLICY
    # Refused without a reason: perhaps the address, perhaps us.
    return ReturnKind.SOFT if words.code else None


def _by_status(status: str) -> ReturnKind:
    kind = _BY_SUBJECT.get(status[2:]) or _BY_SUBJECT.get(status[2:3], ReturnKind.SOFT)
    return ReturnKind.SOFT if kind is ReturnKind.HARD else kind


def _enhanced_after(rest: str, code: str) -> str:
    """Find the enhanced code of a reply whose first line has none: of the same class, in its next lines.

    Those are looked for in the next 200 characters, two or three lines as servers fold them.
    """
    found = re.match(
        rf".{{0,200}}?(?<![\w.]){code}[- ]+#?({code[0]}\.[0-9]{{1,3}}\.[0-9]{{1,3}})(?![\w.])",
        rest,
        re.DOTALL,
    )
    return found[1] if found else ""
