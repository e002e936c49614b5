"""How a session begins: a slow greeting, and the name that the client gives itself."""

from __future__ import annotations

import threading

import pytest
from support.patience import PATIENCE_S
from support.smtp_login import (
    send,
)
from support.smtp_server import ScriptedServer

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transports.smtp import SmtpTimeouts, SmtpTransport
from pipeline.model.delivery import Verdict


@pytest.mark.parametrize("is_slow", [True, False])
def test_a_slow_greeting_gets_a_word(is_slow):
    told = []
    heard = threading.Event()

    def tell(message):
        told.append(message)
        heard.set()

    def greet(_rcpt):
        if is_slow:
            heard.wait(PATIENCE_S)

    with ScriptedServer({"greeting": greet}) as server:
        options = SmtpOptions(host="127.0.0.1", port=server.port, security="none")
        timeouts = SmtpTimeouts(slow_greeting_s=0 if is_slow else PATIENCE_S)
        way = SmtpTransport(options, timeouts=timeouts, say=tell)
        assert send(way).verdict is Verdict.SENT
    assert [f"{server.port}" in message and "not answered" in message for message in told] == [True] * is_slow


def test_a_host_without_a_name_greets_with_its_address(monkeypatch):
    monkeypatch.setattr("socket.getfqdn", lambda: "localhost")
    with ScriptedServer() as server:
        assert (
            send(SmtpTransport(SmtpOptions(host="127.0.0.1", port=server.port, security="none"))).verdict
            is Verdict.SENT
        )
    assert server.commands[0] == "EHLO [127.0.0.1]"
