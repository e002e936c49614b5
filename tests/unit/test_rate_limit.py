"""Refusals about the rate as real servers word them, and which limit each speaks of."""

from __future__ import annotations

import pytest

from pipeline.deliver.rate_limit import find_rate_limit
from pipeline.deliver.transports.reply import take_reply
from pipeline.model.delivery import RateLimit

REPLIES = {
    RateLimit.DAY: """
        550 5.4.5 Daily user sending limit exceeded. See Gmail sending limits - gsmtp
        550-5.4.5 Daily SMTP relay limit exceeded for customer.
        454 Throttling failure: Daily message quota exceeded.
        554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message
        550 5.1.90 Your message can't be sent because you've reached your limit for recipients
        550 5.7.232 Your message can't be sent because your trial tenant has exceeded its limit
        450 4.7.1 You have reached your limit of 500 messages per 24 hours
        550 5.7.1 Monthly sending limit reached
    """,
    RateLimit.HOUR: """
        550 send spam mail rejected: exceeded hour limit
        550 Domain news.example.org has exceeded the max emails per hour (40/40 (100%)) allowed.
        451 4.7.1 hourly limit of 200 messages reached
        552 Message would take you over your relay quota of 40
        550 5.7.1 <jane@example.org>: Recipient address rejected: Email Sending Quota Exceeded
    """,
    RateLimit.CONNECTIONS: """
        432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending
        432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded
        421 4.7.0 sender.example Error: too many connections from 203.0.113.5
        421 Too many concurrent SMTP connections; please try again later.
        421 4.3.2 Too many open sessions from your host
    """,
    RateLimit.SESSION: """
        452 4.5.3 Too many recipients
        452 4.5.3 Too many recipients: Too many messages sent
        450 too many messages on this connection
        421 4.7.0 message limit per session reached
    """,
    RateLimit.PACE: """
        454 Throttling failure: Maximum sending rate exceeded.
        421 4.7.28 Our system has detected an unusual rate of unsolicited mail
        451 4.7.500 Server busy. Please try again later from [203.0.113.5].
        450 4.7.1 Error: too many recipients from sender.example[203.0.113.5]
        450 4.7.1 Error: too much mail from 203.0.113.5
        450 4.7.1 Error: too many messages, limit per minute
        421 4.7.0 [TSS04] Messages from 203.0.113.5 temporarily deferred due to unexpected volume
        421 4.7.1 Connection rate limit exceeded
    """,
}


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        pytest.param(line.strip(), limit, id=line.strip()[:60])
        for limit, lines in REPLIES.items()
        for line in lines.strip().splitlines()
    ],
)
def test_which_limit_a_reply_speaks_of(said, limit):
    reply = take_reply(bytearray(said.replace("-", " ", 1).encode() + b"\r\n"))
    assert find_rate_limit(reply.code, reply.enhanced, reply.text) is limit
