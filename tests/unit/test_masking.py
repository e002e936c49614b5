"""What a relay repeats of us and of a reader, in every way of writing, and what is left of it."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import quote

import pytest

from pipeline.deliver.transports.masking import find_tokens, mask
from pipeline.deliver.transports.reply import take_reply

PASSWORD = "S3cret pässword/+"
SHORT = "hunter2"
TOKEN = "AQAAAAAAAAB7AAAAmX3kQ9_b-Zr4pLs1"
ADDRESS = "jane.doe@example.org"
SECRETS = (PASSWORD, SHORT, TOKEN, ADDRESS)
PLAIN = base64.b64encode(f"\0letter\0{PASSWORD}".encode()).decode()

ECHOES = [
    PASSWORD,
    PASSWORD.upper(),
    f"password={quote(PASSWORD)}",
    quote(PASSWORD, safe=""),
    base64.b64encode(PASSWORD.encode()).decode(),
    PASSWORD.encode().hex(),
    SHORT,
    base64.b64encode(SHORT.encode()).decode(),
    f"you sent AUTH PLAIN {PLAIN}",
    f"blocked link https://news.example.org/u/{TOKEN}",
    f"blocked link {quote('https://news.example.org/u/' + TOKEN, safe='')}",
    f"link https://news.example.org/u/{TOKEN[:20]}…",
    base64.b64encode(TOKEN.encode()).decode(),
    f"for <{ADDRESS}>: no",
    f"for {quote(ADDRESS, safe='')}",
]


@pytest.mark.parametrize("echo", ECHOES)
def test_an_echo_is_masked_and_the_rest_is_shown(echo):
    shown = mask(f"5.7.1 refused: {echo} ;see the log", (*SECRETS, PLAIN))
    assert shown.startswith("5.7.1 refused:")
    assert shown.endswith("the log")
    for secret in (PASSWORD, SHORT, TOKEN[:16], ADDRESS, "jane.doe", PLAIN[:16], "pässword", "hunter2"):
        for form in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()[:10]):
            assert form.casefold() not in shown.casefold()


@pytest.mark.parametrize("cut", range(1, len(TOKEN)))
def test_a_secret_that_is_split_over_two_lines_is_found(cut):
    data = f"554-5.7.1 spam /u/{TOKEN[:cut]}\r\n554 5.7.1 {TOKEN[cut:]} end\r\n".encode()
    reply = replace(take_reply(bytearray(data)), secrets=lambda: SECRETS)
    assert reply.detail == "5.7.1 spam /u/<secret> end"


@pytest.mark.parametrize("cut", range(1, len(ADDRESS)))
def test_an_address_that_is_split_over_two_lines_is_found(cut):
    data = f"550-5.1.1 <{ADDRESS[:cut]}\r\n550 5.1.1 {ADDRESS[cut:]}> unknown\r\n".encode()
    reply = replace(take_reply(bytearray(data)), secrets=lambda: SECRETS)
    assert reply.detail == "5.1.1 <address> unknown"


def test_the_tokens_of_a_letter_are_found_through_its_soft_breaks():
    message = (
        f"List-Unsubscribe: <https://news.example.org/u/{TOKEN}>\r\n\r\n"
        f"https://news.example.org/p?t=3D{TOKEN[::-1][:9]}=\r\n{TOKEN[::-1][9:]}\r\n"
    ).encode()
    assert {TOKEN, TOKEN[::-1]} <= set(find_tokens(message))


def test_ordinary_words_of_a_server_are_not_touched():
    words = "5.7.1 Relay access denied; see https://relay.example/help#relaying (in reply to RCPT TO)"
    assert mask(words, SECRETS) == words
