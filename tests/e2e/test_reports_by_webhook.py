"""A letter is sent, a provider reports about it, and the reader is found by what the letter carried."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from email import message_from_bytes

from support.cli import _ENVIRONMENT, DUE, WEEKLY, make_example, must, outbox, query, weekly
from support.patience import PATIENCE_S

SECRET = "weekly:correct-horse-battery"
SETTINGS = {"WEEKLY_WEBHOOKS__ENABLED": '["postmark"]', "WEEKLY_WEBHOOKS__POSTMARK__SECRETS": SECRET}


@contextmanager
def served(folder):
    """Run `weekly web serve`; yields its address."""
    server = subprocess.Popen(
        [WEEKLY, "-C", folder, "--as-of", DUE, "web", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_ENVIRONMENT | SETTINGS,
        text=True,
    )
    alarm = threading.Timer(PATIENCE_S, server.kill)
    alarm.start()
    try:
        lines = []
        for line in server.stdout:
            lines.append(line)
            if found := re.search(r"pages on (http://\S+)", line):
                yield found[1], "".join(lines)
                break
        else:
            raise AssertionError("".join(lines))
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE_S)
        alarm.cancel()


def post(url, event, secret=SECRET):
    word = base64.b64encode(secret.encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {word}"}
    request = urllib.request.Request(url, json.dumps(event).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_complaint_reaches_the_reader_by_the_reference_that_the_letter_carried(tmp_path):
    folder = make_example(tmp_path / "letter")
    must(weekly("run", folder=folder, as_of=DUE, env=SETTINGS))
    name = outbox(folder)[0]
    letter = message_from_bytes((folder / "var" / "outbox" / name).read_bytes())
    reference = letter["X-PM-Metadata-newsletter_ref"]
    assert reference == letter["X-Newsletter-Ref"]
    event = {
        "RecordType": "SpamComplaint",
        "Type": "SpamComplaint",
        "ID": 42,
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Email": letter["To"],
        "BouncedAt": DUE.replace("Z", ":30Z"),
        "Metadata": {"newsletter_ref": reference},
    }
    with served(folder) as (address, printed):
        assert "/hooks/postmark" in printed
        assert post(f"{address}/hooks/postmark", event, "weekly:wrong-horse-battery") == 401
        assert query(folder, "SELECT count(*) FROM returned") == [(0,)]
        assert [post(f"{address}/hooks/postmark", event) for _ in range(2)] == [200, 200]
    assert query(folder, "SELECT count(*) FROM returned") == [(1,)]
    shown = must(weekly("subscribers", "show", letter["To"], folder=folder)).stdout
    assert "complained" in shown
