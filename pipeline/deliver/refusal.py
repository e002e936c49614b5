"""What a refusal is about, by its codes and words: the reader, the sender, the rate, a first attempt. Pure.

Codes and wordings are those of Postfix, Exim, OpenSMTPD, sendmail, qmail, Exchange and Microsoft 365, Gmail,
Amazon SES, Yahoo, cPanel and the common greylisters. What none of them shows is `UNCLEAR`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pipeline.deliver.transport import Stage
from pipeline.model.delivery import About

_BY_CODE = {432: About.RATE, 530: About.SENDER, 534: About.SENDER, 535: About.SENDER, 538: About.SENDER}
"""Codes with one meaning at every stage: 432 of Microsoft 365 (too many connections), 53x of RFC 4954."""

_BY_ENHANCED = {
    "4.5.3": About.RATE,
    "4.7.28": About.RATE,
    "5.4.5": About.RATE,
    "5.7.28": About.RATE,
    "5.1.90": About.RATE,
    "5.7.232": About.RATE,
    "5.7.233": About.RATE,
    "5.1.7": About.SENDER,
    "5.1.8": About.SENDER,
    "5.7.3": About.SENDER,
    "5.7.8": About.SENDER,
    "5.7.9": About.SENDER,
    "5.7.11": About.SENDER,
    "5.7.54": About.SENDER,
    "5.7.57": About.SENDER,
    "5.7.60": About.SENDER,
    "5.7.64": About.SENDER,
    "5.7.705": About.SENDER,
    "5.7.708": About.SENDER,
    "5.7.750": About.SENDER,
}
"""RFC 3463 and 4954; x.4.5, x.7.28, 5.1.90 and 5.7.23x are limits of Gmail and Microsoft 365, 4.5.3 the end
of a connection at OpenSMTPD; 5.7.54 to 5.7.750 are Exchange's refusals of the sending side."""

_READER_CODES = re.compile(r"[45]\.1\.(?:[1236]|10)|[45]\.2\.[12]")
"""No such mailbox, domain or syntax (x.1.1, x.1.2, x.1.3), moved (x.1.6), null MX (5.1.10), closed, full."""

_NAMES_MAILBOX = re.compile(
    r"""
    \b(?: user | recipient | address | mailbox | account | alias | addressee ) s? \b
        [^.;]{0,40}
        \b(?: unknown | not\ found | not\ exist | disabled | inactive | unavailable | suspended )\b
    | \b(?: unknown | no\ such | non-?existent )\ (?: local\ )?
        (?: user | mailbox | recipient | address | account | person | domain )
    | \b(?: does\ not | doesn['’]?t | not )\ exist\b
    | \bnot\ our\ customer\b | \bno\ mailbox\b | \bdomain\ not\ found\b | \bunrouteable\b | \bnull\ mx\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

_IS_FULL = re.compile(
    r"""
    \b(?: mailbox | inbox | maildrop | storage | disk | recipient )\b [^.;]{0,40}
        \b(?: full | over\ ?quota | over\ its | out\ of )\b
    | \b(?: mailbox | inbox | maildrop | storage | disk )\b [^.;]{0,40} \b(?: quota | exceed | limit )
    | \b(?: quota | size | storage )\b [^.;]{0,40} \b(?: mailbox | inbox | storage )\b
    | \b(?: user | recipient | account )\b [^.;]{0,20} \bis\ (?: over | full ) | \bover\ ?quota\b
    | \bis\ receiving\ (?: mail\ )? (?: at\ a\ rate | too )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Full, or receiving too much: the limit of a mailbox, not ours."""

_ASKS_FOR_LESS = re.compile(
    r"""
    \btoo\ (?: many | much )\ (?: concurrent\ | open\ | simultaneous\ | new\ | smtp\ | bulk\ )*
        (?: connection | session | message | mail | e-?mail | recipient | deliver | request | letter )
    | \b(?: rate | connection | connections | sending | send | message | messages | mail | mails | e-?mails?
        | recipients? | submission | relay | hourly | daily | monthly | hour | day | minute | concurrent
        | concurrency | traffic | outgoing | outbound | account | messaging )
        [-\ ]* (?: user\ | sending\ | message\ | messages\ | mail\ | mails\ | e-?mail\ | recipients?\ )*
        (?: limit | limits | limited | limiting | quota | ratelimit | allowance ) \b
    | \brate-?limit | \bthrottl | QuotaExceeded | \bsubmissionquota
    | \b(?: exceed | exceeded | exceeds | exceeding | over | reached | surpassed )\b [^.;]{0,60}
        \b(?: per\ (?: second | minute | hour | day )
        | (?: hour | hourly | day | daily | minute )\b [^.;]{0,20} limit )
    | \b(?: limit | quota )\ per\ (?: second | minute | hour | day )
    | \bmax (?: imum )? \b [^.;]{0,30}
        \b(?: rate | number\ of\ (?: message | mail | e-?mail | recipient )s? | credits? )\b
        [^.;]{0,30} \b(?: reached | exceeded )
    | \b(?: not\ enough | insufficient | no | out\ of )\ credits?
    | \bcredits?\ (?: exceeded | exhausted | used )
    | \bunusual\ (?: rate | volume | amount | sending | activity ) | \bunexpected\ volume
    | \b(?: slow\ down | sending\ too\ fast | too\ fast | too\ quickly | too\ frequent )\b
    | \bserver\ (?: is\ )? busy\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

_REFUSES_SENDER = re.compile(
    r"""
    \brelay (?: ing )? \b [^.;]{0,30}
        \b(?: denied | permitted | allowed | prohibited | forbidden | refused | rejected | restricted )\b
    | \b(?: unable | not\ (?: permitted | allowed | authori[sz]ed ) | cannot | can['’]?t | don['’]?t | do\ not
        | won['’]?t | will\ not | no | never | open )\ (?: to\ )? relay
    | \brelaying\b | \brcpthosts\b | \bnot\ a\ (?: mail\ )? relay\b | \bnot\ (?: in\ )? my\ list\b
    | \b(?: authentication | authorization | auth | login | log\ in | credentials? )\b [^.;]{0,20}
        \b(?: required | needed | first | mandatory | necessary )\b
    | \b(?: must | need\ to | please | have\ to )\b [^.;]{0,30}
        \b(?: authenticate | log\ in | login | smtp\ auth | starttls )
    | \bnot\ (?: logged\ in | authenticated ) | \bunauthenticated\ (?: sender | client | mail )
    | \b(?: sender | client | helo | ehlo | from | return-?path )\b [^.;]{0,40}
        \b(?: rejected | refused | denied | blocked | blacklisted | blocklisted
        | not\ (?: allowed | permitted | authori[sz]ed | owned | verified | local ) )\b
    | \b(?: not\ (?: allowed | permitted | authori[sz]ed ) | no\ permissions? | permissions? )\ to\ send\b
    | \b(?: address | domain | identity | sender ) \b [^.;]{0,20} \bnot\ verified\b
    | \b(?: your | sending | sender )\b [^.;]{0,30} \b(?: suspended | deactivated | disabled | paused )\b
    | \b(?: unconfigured | unverified | invalid | unauthori[sz]ed )\ (?: sending | sender | from )\b
    | \b(?: sender | from )\b [^.;]{0,40} \b(?: not\ (?: confirmed | authenticated ) | not\ match )
    | \bcredentials\ for\ relay | \benvelope\ blocked | \bblocked\ senders?\b | \baccess\ to\ submit
    | \bIP\b [^.;]{0,30} \b(?: black-?listed | block-?listed | blocked | banned )
    | \bPTR\ record | \breverse\ (?: dns | host ) | \bblocked\ -\ see\b
    | \bblocked\ using\b | \bSendAsDenied\b | \bTenantAttribution\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

_GREYLISTS = re.compile(
    r"""
    \bgr[ae]y-?\ ?list | \bpostgrey\b | \bgreyd\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

_COME_BACK = re.compile(
    r"""
    \b(?: come\ back | try\ again | retry | try\ later | again )\b \ (?: in | after )\ (?: about\ )? \d
    | \bfirst\ (?: time | attempt | contact )\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def find_about(stage: Stage, code: int, enhanced: str, text: str) -> About:
    """Return what a 4xx or 5xx reply is about; UNCLEAR for any other reply.

    Codes that have one meaning come first. Then the words decide, because servers put 5.7.1 and a plain 550
    in front of everything. The rate comes before the sender: quotas are refused with "sender rejected", too.
    """
    kind = code // 100
    if kind not in (4, 5):
        return About.UNCLEAR
    if code in _BY_CODE:
        return _BY_CODE[code]
    consistent = enhanced if enhanced[:1] == str(kind) else ""
    if consistent in _BY_ENHANCED:
        return _BY_ENHANCED[consistent]
    for is_meant, about in _BY_WORDS:
        if is_meant(stage, kind, text):
            return about
    return About.READER if _READER_CODES.fullmatch(consistent) else About.UNCLEAR


_OWN_MAILBOX_IS_FULL = re.compile(r"STOREDRV\.Submission\.Exception:QuotaExceeded", re.IGNORECASE)
"""At Microsoft 365 the mailbox that sends keeps every letter; when it is full, it may send none."""

_BY_WORDS: Sequence[tuple[Callable[[Stage, int, str], object], About]] = (
    (lambda _, kind, text: kind == 4 and _GREYLISTS.search(text), About.GREYLIST),  # noqa: PLR2004 - a first digit
    (lambda _, __, text: _OWN_MAILBOX_IS_FULL.search(text), About.SENDER),
    (lambda _, __, text: _IS_FULL.search(text), About.READER),
    (lambda _, __, text: _ASKS_FOR_LESS.search(text), About.RATE),
    (lambda _, __, text: _REFUSES_SENDER.search(text), About.SENDER),
    (lambda stage, _, text: stage is Stage.RCPT and _NAMES_MAILBOX.search(text), About.READER),
    (lambda _, kind, text: kind == 4 and _COME_BACK.search(text), About.GREYLIST),  # noqa: PLR2004
)
"""The first that is meant counts."""
