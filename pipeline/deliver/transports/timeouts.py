"""How long each stage of an SMTP connection may wait."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SmtpTimeouts:
    """Seconds without progress after which a stage is given up (RFC 5321, 4.5.3.2).

    `total_s` ends what trickles: it holds for the opening, for a transaction up to the dot, and again
    for the answer to the dot, which is given its time because losing it leaves a delivery unknown.
    A greeting that takes longer than `slow_greeting_s` is worth a word: servers wait up to that long on
    purpose (sendmail's greet_pause), and a minute and more where they look up names in a DNS that is away.
    After `identify_after_s`, longer than those, another connection finds out what the port speaks.
    `connect_s` is shorter than the two minutes that Linux tries by itself, so that every address of a host
    has its turn within a call of cron; `quit_s` is short because every letter has its answer by then.
    """

    connect_s: float = 30
    slow_greeting_s: float = 5
    identify_after_s: float = 10
    greeting_s: float = 300
    mail_s: float = 300
    rcpt_s: float = 300
    data_s: float = 120
    body_s: float = 180
    dot_s: float = 600
    quit_s: float = 5
    total_s: float = 900
