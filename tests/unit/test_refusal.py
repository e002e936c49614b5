"""Replies as real servers word them, and what each is about."""

from __future__ import annotations

import pytest

from pipeline.deliver.refusal import find_about
from pipeline.deliver.transport import Stage
from pipeline.deliver.transports.reply import take_reply
from pipeline.model.delivery import About

REPLIES = {
    About.SENDER: """
        rcpt 550 relay not permitted
        rcpt 454 4.7.1 <jane@example.org>: Relay access denied
        rcpt 554 5.7.1 <jane@example.org>: Relay access denied
        rcpt 554 5.7.1 <sender.example[203.0.113.5]>: Client host rejected: Access denied
        rcpt 550 5.7.1 Unable to relay for jane@example.org
        rcpt 550 5.7.1 Unable to relay
        rcpt 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
        rcpt 550 5.7.64 TenantAttribution; Relay Access Denied
        rcpt 550 5.7.1 <jane@example.org>... Relaying denied
        rcpt 550 5.7.1 jane@example.org... Relaying denied. Proper authentication required.
        rcpt 553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)
        rcpt 550 we do not relay
        rcpt 550 Sorry, you are not allowed to relay through this server
        rcpt 550 Please turn on SMTP Authentication in your mail client.
        rcpt 550 SMTP AUTH is required for message submission on port 587
        rcpt 530 5.7.0 Must issue a STARTTLS command first
        rcpt 530 Authentication required
        rcpt 530 5.7.57 Client not authenticated to send mail.
        rcpt 550 5.7.57 Client was not authenticated to send anonymous mail during MAIL FROM
        rcpt 550 authentication required
        rcpt 503 5.5.1 Error: you must authenticate first
        rcpt 535 5.7.8 Error: authentication failed
        rcpt 553 5.7.1 <letter@news.example>: Sender address rejected: not logged in
        rcpt 553 5.7.1 <letter@news.example>: Sender address rejected: not owned by user letter
        rcpt 550 5.1.8 <letter@news.example>: Sender address rejected: Domain not found
        mail 550 5.7.1 Sender not verified
        mail 501 5.1.7 Bad sender address syntax
        dot 550 5.7.60 SMTP; Client does not have permissions to send as this sender
        dot 554 5.2.252 SendAsDenied; letter@news.example not allowed to send as news@example.org
        dot 554 Message rejected: Email address is not verified.
        dot 554 Message rejected: Email address is not verified. These failed: jane@example.org
        rcpt 554 5.7.1 Service unavailable; Client host [203.0.113.5] blocked using zen.spamhaus.org
        dot 554 Sending paused for this account.
        dot 554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException
        dot 550 5.7.1 Your account has been suspended
        rcpt 550 Relaying to <jane@example.org> prohibited by administrator
        rcpt 551 5.7.1 Not authorised to relay
        rcpt 450 4.7.25 Client host rejected: cannot find your hostname, [203.0.113.5]
        rcpt 504 5.5.2 <news>: Helo command rejected: need fully-qualified hostname
        rcpt 450 4.1.8 <letter@news.example>: Sender address rejected: Domain not found
        dot 550 5.7.1 Sending from your account is suspended
        dot 550 5.7.1 Unconfigured sending domain <news.example>
        mail 550 5.7.1 Invalid credentials for relay [203.0.113.5]: the address is not registered
        rcpt 550 Administrative prohibition, envelope blocked
        mail 451 IP temporarily blacklisted
        mail 554 5.7.0 Blocked - see https://ipcheck.example/?ip=203.0.113.5
        rcpt 550 5.7.25 The sending IP does not have a PTR record
        dot 550 #5.7.1 Your access to submit messages to this system has been rejected
        dot 550 The from address does not match a verified sender
        dot 554 5.7.1 The sender signature you used is not confirmed
        rcpt 553 Sender is not allowed to relay emails
        rcpt 451 Open relay not allowed
    """,
    About.RATE: """
        rcpt 452 4.5.3 Too many recipients
        mail 452 4.5.3 Too many recipients: Too many messages sent
        dot 454 Throttling failure: Maximum sending rate exceeded.
        rcpt 550 5.4.6 Unusual sending activity detected
        mail 450 4.7.0 max defined sending rate reached
        rcpt 554 5.7.1 You have exceeded your messaging limits
        dot 550 Not enough credits to send this message
        mail 523 the maximum number of messages per day was reached
        dot 454 Throttling failure: Daily message quota exceeded.
        dot 432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending
        data 451 4.7.500 Server busy. Please try again later from [203.0.113.5].
        dot 550 5.4.5 Daily user sending limit exceeded. See Gmail sending limits - gsmtp
        dot 421 4.7.28 Our system has detected an unusual rate of unsolicited mail
        mail 450 4.7.1 Error: too much mail from 203.0.113.5
        rcpt 450 4.7.1 Error: too many recipients from sender.example[203.0.113.5]
        dot 450 4.7.1 Error: too many messages, limit per minute
        greeting 421 4.7.0 sender.example Error: too many connections from 203.0.113.5
        greeting 421 Too many concurrent SMTP connections; please try again later.
        rcpt 550 5.7.1 <jane@example.org>: Recipient address rejected: Email Sending Quota Exceeded
        rcpt 550 send spam mail rejected: exceeded hour limit
        rcpt 550 Domain news.example.org has exceeded the max emails per hour (40/40 (100%)) allowed.
        dot 552 Message would take you over your relay quota of 40
        dot 554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException
        rcpt 550 5.1.90 Your message can't be sent because you've reached your daily limit for recipients
        rcpt 450 4.7.1 Rate limit exceeded, try again in 60 seconds
        rcpt 421 4.7.0 [TSS04] Messages from 203.0.113.5 temporarily deferred due to unexpected volume
        mail 451 4.7.651 The mail server [203.0.113.5] has been temporarily rate limited.
        dot 421 4.3.0 slow down
        mail 421 4.7.1 You have exceeded your message rate limit
        rcpt 450 Requested action aborted: sending limit reached
        rcpt 451 Ratelimit for your account
        rcpt 450 4.7.1 Mail quota exceeded for sasl user letter
    """,
    About.GREYLIST: """
        rcpt 450 4.2.0 <jane@example.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.org.html
        rcpt 451 4.7.1 Greylisting in action, please come back in 00:05:00
        rcpt 450 4.7.1 <jane@example.org>: Recipient address rejected: Greylisted for 5 minutes
        rcpt 451 Resources temporarily unavailable. Please try again in 5 minutes
        rcpt 450 4.7.1 graylisted, try again in 300 seconds
        rcpt 451 4.7.1 Temporarily rejected. Try again after 60 seconds.
        dot 451 4.7.1 grey-listed
    """,
    About.READER: """
        rcpt 550 5.1.1 <jane@example.org>: Recipient address rejected: User unknown in local recipient table
        rcpt 550 5.1.1 no such user
        rcpt 550 no such user
        rcpt 550 User unknown
        rcpt 550 Unrouteable address
        rcpt 550 5.1.1 The email account that you tried to reach does not exist.
        rcpt 550 5.2.1 The email account that you tried to reach is inactive
        rcpt 552 5.2.2 mailbox full
        rcpt 452 4.2.2 The recipient's inbox is out of storage space
        rcpt 452 4.2.2 <jane@example.org>: Recipient address rejected: User mailbox quota exceeded
        rcpt 552 Quota exceeded (mailbox for user is full)
        rcpt 552 5.2.2 Over quota
        rcpt 450 4.2.1 The user is receiving mail at a rate that prevents additional messages
        rcpt 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
        rcpt 450 4.1.1 <jane@example.org>: Recipient address rejected: unverified address
        rcpt 553 5.1.2 domain not found
        rcpt 550 Mailbox unavailable
        rcpt 550 5.2.1 This account has been suspended
        rcpt 550 User account is disabled
        rcpt 550 5.1.6 Recipient no longer on server
    """,
    About.UNCLEAR: """
        rcpt 550 Invalid recipient: <jane@example.org>
        rcpt 550 no
        rcpt 554 5.7.1 no
        rcpt 554 5.7.1 blocked
        dot 554 5.7.1 spam
        rcpt 451 4.3.0 later
        rcpt 451 Temporary local problem - please try later
        rcpt 450 4.7.1 try again later
        rcpt 550 5.7.26 unauthenticated
        rcpt 550 5.4.1 Recipient address rejected: Access denied
        rcpt 550 I cannot deliver mail for <jane@example.org>
        rcpt 550 #5.1.0 Address rejected.
        rcpt 452 4.3.1 Insufficient system storage
        dot 552 5.3.4 Message size exceeds fixed maximum message size
        dot 552 5.2.3 Message exceeds maximum fixed size
        data 354 go ahead
        dot 250 2.0.0 Ok: queued, relaying to example.org
    """,
}  # fmt: skip


def replies():
    for about, lines in REPLIES.items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            stage, _, said = line.partition(" ")
            yield pytest.param(
                stage, said.replace("-", " ", 1) if said[3] == "-" else said, about, id=line[:70]
            )


@pytest.mark.parametrize(("stage", "said", "about"), list(replies()))
def test_what_a_reply_is_about(stage, said, about):
    reply = take_reply(bytearray(said.encode() + b"\r\n"))
    assert find_about(Stage(stage), reply.code, reply.enhanced, reply.text) is about
