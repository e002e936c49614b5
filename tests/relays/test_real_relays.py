"""The real run through real servers: what each refuses, limits or forgets, counted in the mailboxes."""

from __future__ import annotations

import re

import pytest
from support.cli import must, weekly
from support.relays import MAIL, signal_all

pytestmark = [pytest.mark.relays, pytest.mark.long]

READERS = 60


def delivered(count):
    """Return a script that waits until so many letters are in mailboxes."""
    return f"until [ $(ls {MAIL}/all/new 2>/dev/null | wc -l) -ge {count} ]; do sleep 0.02; done"


SOON = "2026-11-24T09:07+00:00"
"""After the first wait of a deferred delivery, with its jitter."""


def all_arrive(letter, *, at=SOON):
    """Send what is owed, after the relay was put right, and see everyone's letter in a mailbox."""
    if "paused" in must(weekly("status", folder=letter.folder)).stdout:
        must(weekly("resume", folder=letter.folder))
    must(letter.ask("run", at=at))
    assert letter.add_up() == {"sent": letter.readers}


# Postfix


def test_postfix_takes_a_list_with_dead_addresses_among_it(postfix, newsletter):
    letter = newsletter(postfix, READERS)
    postfix.write_map("rcpt", "".join(f"r0{n}5@example.org 550 5.1.1 no such user\n" for n in range(6)))
    postfix.start(smtpd_recipient_restrictions="check_recipient_access texthash:/etc/postfix/rcpt")
    must(letter.ask("run"))
    assert letter.add_up() == {"sent": 54, "failed": 6}


@pytest.mark.parametrize(
    "settings",
    [
        {"virtual_mailbox_domains": "", "mynetworks": "10.0.0.0/8"},
        {"smtpd_client_restrictions": "permit_sasl_authenticated,reject"},
        {"smtpd_sender_restrictions": "check_sender_access static:{REJECT not your domain}"},
    ],
    ids=["454 relay access denied", "554 client host rejected", "554 sender rejected"],
)
def test_postfix_that_refuses_this_host_stops_the_run_and_touches_no_reader(postfix, newsletter, settings):
    letter = newsletter(postfix, READERS)
    postfix.start(**settings)
    refused = letter.ask("run")
    assert refused.code not in (0, 2), refused
    assert re.search(r"\b[45]54\b", refused.stderr), refused
    assert letter.add_up() == {"queued": READERS}
    postfix.start()
    all_arrive(letter)


def test_postfix_that_decides_at_the_end_of_the_data_refuses_single_readers_only(postfix, newsletter):
    letter = newsletter(postfix, READERS)
    rules = [
        "r010@example.org REJECT not this one\n",
        "r020@example.org DEFER later\n",
        "r021@example.org DEFER later\n",
    ]
    postfix.write_map("eod", "".join(rules))
    limit = {"smtpd_end_of_data_restrictions": "check_recipient_access texthash:/etc/postfix/eod"}
    postfix.start(**limit)
    assert letter.ask("run").code in (0, 6)
    assert letter.add_up() == {"sent": READERS - 3, "failed": 1, "deferred": 2}
    postfix.write_map("eod", rules[0])
    postfix.box.run("postfix reload")
    letter.ask("run", at=SOON)
    assert letter.add_up() == {"sent": READERS - 1, "failed": 1}


def test_postfix_that_greylists_gets_everyone_again_after_five_minutes(postfix, newsletter):
    letter = newsletter(postfix, READERS)
    postfix.write_map(
        "grey", "example.org 450 4.7.1 Greylisted, see http://postgrey.example/help/example.org.html\n"
    )
    postfix.start(smtpd_recipient_restrictions="check_recipient_access texthash:/etc/postfix/grey")
    letter.ask("run")
    assert letter.add_up() == {"deferred": READERS}
    postfix.write_map("grey", "")
    postfix.box.run("postfix reload")
    all_arrive(letter)


def test_postfix_without_room_in_its_queue_leaves_everyone_queued(postfix, newsletter):
    letter = newsletter(postfix, READERS)
    postfix.start(queue_minfree="900000000000")
    full = letter.ask("run")
    assert (full.code, "452" in full.stderr) == (75, True), full
    assert letter.add_up() == {"queued": READERS}
    postfix.start()
    all_arrive(letter, at="2026-11-24T09:15+00:00")


@pytest.mark.parametrize("hidden", ["", "size"], ids=["announced", "hidden"])
def test_postfix_with_a_small_limit_of_size_refuses_the_letter_and_not_the_readers(
    postfix, newsletter, hidden
):
    letter = newsletter(postfix, READERS)
    postfix.start(message_size_limit="30000", smtpd_discard_ehlo_keywords=hidden)
    small = letter.ask("run")
    assert small.code not in (0, 2), small
    assert letter.add_up() == {"queued": READERS}
    postfix.start()
    all_arrive(letter)


def test_postfix_that_counts_letters_by_time_gets_them_all_more_slowly(postfix, newsletter):
    letter = newsletter(postfix, READERS)
    limits = {"smtpd_client_message_rate_limit": "25", "anvil_rate_time_unit": "3s"}
    postfix.start(smtpd_client_event_limit_exceptions="", **limits)
    slowed = letter.ask("run")
    assert slowed.code == 0, slowed
    assert letter.add_up() == {"sent": READERS}


def test_postfix_that_counts_letters_by_time_is_never_asked_too_fast_within_a_set_pace(postfix, newsletter):
    letter = newsletter(postfix, READERS)
    limits = {"smtpd_client_message_rate_limit": "25", "anvil_rate_time_unit": "3s"}
    postfix.start(smtpd_client_event_limit_exceptions="", **limits)
    postfix.box.run(": > /var/log/postfix.log")
    must(letter.ask("run", DELIVERY__PER_SECOND=6))
    assert "too many messages" not in postfix.read("/var/log/postfix.log")
    assert letter.add_up() == {"sent": READERS}


def test_postfix_that_restarts_in_mid_send_loses_nobody(postfix, newsletter):
    letter = newsletter(postfix, 300)
    postfix.start()
    running = letter.start("run", DELIVERY__CONNECTIONS=2)
    postfix.box.run(delivered(30))
    postfix.box.run("postfix reload")
    postfix.stop()
    postfix.begin()
    letter.wait(running)
    letter.ask("run", at="2026-11-24T09:15+00:00")
    counts = letter.add_up()
    assert counts.get("sent", 0) + counts.get("unknown", 0) == 300
    assert counts.get("unknown", 0) <= 2


# Exim


def test_exim_that_does_not_relay_for_this_host_stops_the_run_and_touches_no_reader(exim, newsletter):
    letter = newsletter(exim, READERS)
    exim.start(relays="", rcpt="  deny message = relay not permitted")
    refused = letter.ask("run")
    assert refused.code not in (0, 2), refused
    assert "relay not permitted" in refused.stderr
    assert letter.add_up() == {"queued": READERS}
    exim.start()
    all_arrive(letter)


def test_exim_without_room_in_its_spool_leaves_everyone_queued(exim, newsletter):
    letter = newsletter(exim, READERS)
    exim.start(main="check_spool_space = 900000000M")
    full = letter.ask("run")
    assert (full.code, "452" in full.stderr) == (75, True), full
    assert letter.add_up() == {"queued": READERS}
    exim.start()
    all_arrive(letter, at="2026-11-24T09:15+00:00")


def test_exim_with_a_small_limit_of_size_refuses_the_letter_and_not_the_readers(exim, newsletter):
    letter = newsletter(exim, READERS)
    exim.start(main="MESSAGE_SIZE_LIMIT = 30K")
    assert letter.ask("run").code not in (0, 2)
    assert letter.add_up() == {"queued": READERS}
    exim.start()
    all_arrive(letter)


def test_exim_passes_on_at_once_only_what_comes_in_short_connections(exim, newsletter):
    letter = newsletter(exim, READERS)
    exim.start()
    assert "[exim-queues]" in must(letter.ask("relay", "check", "--probe", "r000@example.org")).stdout
    must(letter.ask("run", DELIVERY__CONNECTIONS=1))
    exim.box.run(delivered(10))
    assert letter.counts() == {"sent": READERS}
    assert len(exim.letters()) == 10
    assert letter.add_up() == {"sent": READERS}


def test_exim_passes_on_everything_at_once_with_ten_letters_a_connection(exim, newsletter):
    letter = newsletter(exim, READERS)
    exim.start()
    must(letter.ask("run", DELIVERY__MESSAGES_PER_CONNECTION=10))
    assert exim.box.run("exim4 -bp | grep -c 'no immediate delivery'", check=False).strip() == "0"
    exim.box.run(delivered(READERS))
    assert letter.add_up() == {"sent": READERS}


def test_exim_whose_processes_are_killed_in_mid_send_leaves_at_most_one_unknown_a_connection(
    exim, newsletter
):
    letter = newsletter(exim, 300)
    exim.start(main="smtp_accept_queue_per_connection = 0")
    running = letter.start("run", DELIVERY__CONNECTIONS=3)
    exim.box.run(delivered(20))
    exim.stop("KILL")
    exim.begin()
    letter.wait(running)
    letter.ask("run", at="2026-11-24T09:15+00:00")
    counts = letter.add_up()
    assert counts.get("sent", 0) + counts.get("unknown", 0) == 300
    assert counts.get("unknown", 0) <= 3


def test_exim_that_counts_every_reset_is_sent_to_all_the_same(exim, newsletter):
    letter = newsletter(exim, READERS)
    exim.start(rcpt="  deny message = Unrouteable address\n       local_parts = ^r0[0-9]*[13579]\\$\n")
    must(letter.ask("run", DELIVERY__CONNECTIONS=1))
    assert letter.add_up() == {"sent": READERS // 2, "failed": READERS // 2}


# OpenSMTPD


def test_opensmtpd_that_does_not_relay_for_this_host_stops_the_run_and_touches_no_reader(
    opensmtpd, newsletter
):
    letter = newsletter(opensmtpd, READERS)
    opensmtpd.start(takes='for domain "elsewhere.test"')
    refused = letter.ask("run")
    assert refused.code not in (0, 2), refused
    assert "550" in refused.stderr
    assert letter.add_up() == {"queued": READERS}
    opensmtpd.start()
    all_arrive(letter)


def test_opensmtpd_that_ends_a_session_after_a_hundred_letters_gets_the_next_on_a_new_one(
    opensmtpd, newsletter
):
    letter = newsletter(opensmtpd, 300)
    opensmtpd.start()
    must(letter.ask("run", DELIVERY__CONNECTIONS=1, DELIVERY__MESSAGES_PER_CONNECTION=1000))
    assert letter.add_up() == {"sent": 300}


def test_opensmtpd_that_is_killed_in_mid_send_leaves_at_most_one_unknown_a_connection(opensmtpd, newsletter):
    letter = newsletter(opensmtpd, 300)
    opensmtpd.start()
    running = letter.start("run", DELIVERY__CONNECTIONS=2)
    opensmtpd.box.run(delivered(20))
    opensmtpd.box.run(signal_all("smtpd", "KILL"), check=False)
    opensmtpd.begin()
    letter.wait(running)
    letter.ask("run", at="2026-11-24T09:15+00:00")
    counts = letter.add_up()
    assert counts.get("sent", 0) + counts.get("unknown", 0) == 300
    assert counts.get("unknown", 0) <= 2
