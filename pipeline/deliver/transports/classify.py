"""What a reply means for one reader: whose fault a refusal is, by stage, code and enhanced code."""

from __future__ import annotations

from pipeline.deliver.transport import Stage
from pipeline.model.delivery import FailureClass, Verdict

_Meaning = tuple[Verdict, FailureClass]

_HARD: _Meaning = (Verdict.FAILED, FailureClass.HARD)
_POLICY: _Meaning = (Verdict.FAILED, FailureClass.POLICY)
_CONTENT: _Meaning = (Verdict.FAILED, FailureClass.CONTENT)
_ADDRESS: _Meaning = (Verdict.FAILED, FailureClass.ADDRESS)
_LATER: _Meaning = (Verdict.DEFERRED, FailureClass.NONE)
_FULL: _Meaning = (Verdict.DEFERRED, FailureClass.SOFT)

BY_ENHANCED: dict[str, _Meaning] = {
    "5.1": _HARD,
    "5.1.7": _POLICY,
    "5.1.8": _POLICY,
    "5.2.1": _HARD,
    "5.2.2": _FULL,
    "5.3.4": _CONTENT,
    "5.6": _CONTENT,
    "5.6.7": _ADDRESS,
    "5.7": _POLICY,
    "4.2.2": _FULL,
}
"""The longer key wins. Meanings from RFC 3463 (section 3) and RFC 6531 (5.6.7: the address needs SMTPUTF8).

5.1.x is a wrong address and 5.2.1 a closed mailbox: the reader's. But 5.1.7 and 5.1.8 speak of the
sender's address, so they are ours. A full mailbox (x.2.2) is empty again one day, whatever the first digit.
"""

BY_CODE: dict[tuple[Stage, int], _Meaning] = {
    (Stage.RCPT, 452): _FULL,
    (Stage.RCPT, 550): _HARD,
    (Stage.RCPT, 551): _HARD,
    (Stage.RCPT, 552): _FULL,
    (Stage.RCPT, 553): _HARD,
    (Stage.BODY, 552): _CONTENT,
    (Stage.DOT, 552): _CONTENT,
}
"""For replies without an enhanced code (RFC 5321, 4.2.3).

552 to RCPT means the mailbox is full and may be sent for 452 (4.5.3.1.10); after DATA it means the
message is too big. A plain 550 to the dot is how content filters refuse, so it is not about the reader.
"""


def classify(stage: Stage, code: int, enhanced: str = "") -> _Meaning:
    """Return what a well-formed reply means for this reader; total over all codes.

    The stage is RCPT, DATA, BODY (in the middle of the body) or DOT (to the terminating dot).

    A refusal that no rule knows is `POLICY`, which is never held against the reader. `CONTENT` means
    that the letter itself is refused: no other reader would get it either.
    """
    kind = code // 100
    if kind == 4:  # noqa: PLR2004 - the first digit of RFC 5321, 4.2.1; also below
        return _known(stage, code, enhanced, otherwise=_LATER)
    if kind == 5:  # noqa: PLR2004
        # A refusal of DATA names no recipient and has seen no content: it is about us (and 554 by the book).
        return _POLICY if stage is Stage.DATA else _known(stage, code, enhanced, otherwise=_POLICY)
    if stage is Stage.DOT:
        accepted = kind == 2  # noqa: PLR2004
        return (Verdict.SENT if accepted else Verdict.UNKNOWN), FailureClass.NONE
    return Verdict.NOT_SENT, FailureClass.NONE


def _known(stage: Stage, code: int, enhanced: str, *, otherwise: _Meaning) -> _Meaning:
    """Look up the enhanced code, or the plain code of a reply that has none or contradicts itself."""
    if enhanced[:1] != str(code // 100):
        return BY_CODE.get((stage, code), otherwise)
    subject = enhanced.rpartition(".")[0]
    return BY_ENHANCED.get(enhanced) or BY_ENHANCED.get(subject, otherwise)
