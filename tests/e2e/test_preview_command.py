"""`weekly preview` as the editor starts and stops it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from support.cli import WEEKLY, snapshot, weekly
from support.patience import PATIENCE_S
from support.studio import make_desk

DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


@pytest.fixture
def folder(tmp_path):
    return make_desk(tmp_path / "letter").folder


@contextmanager
def started(folder, *args):
    """Start the studio; gives the process and the address it says."""
    command = [WEEKLY, "-C", folder, "--as-of", "2026-11-23T09:00Z", "preview", "--no-open", *args]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd="/")
    try:
        said = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+\S*(?=;)", said)
        assert found, said + process.stderr.read()
        yield process, found[0]
    finally:
        process.kill()
        process.wait(PATIENCE_S)
        process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_opens_on_this_machine_writes_nothing_and_stops_at_once(folder, number):
    before = snapshot(folder)
    with started(folder, "--port", "0") as (process, url):
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE_S)
        connection.request("GET", "/")
        assert "2026-W48" in connection.getresponse().read().decode()
        connection.request("GET", "/events")
        stream = connection.getresponse()
        assert b"retry" in stream.readline()
        process.send_signal(number)
        assert process.wait(PATIENCE_S) in (0, -signal.SIGTERM)
        assert process.stderr.read() == ""
        stream.close()
        connection.close()
    assert snapshot(folder) == before


def test_a_week_is_in_the_address_it_opens(folder):
    with started(folder, "--port", "0", "--week", "2026-W50") as (_, url):
        assert url.endswith("/?week=2026-W50")


@pytest.mark.parametrize("desktop", [{}, {"DISPLAY": ":99"}, {"BROWSER": "no-such-browser"}])
def test_a_machine_without_a_browser_gets_the_address_and_nothing_else(folder, tmp_path, desktop):
    opener = tmp_path / "bin/xdg-open"
    opener.parent.mkdir()
    opener.write_text('#!/bin/sh\necho "xdg-open: no method available for opening $1" >&2\nexit 3\n')
    opener.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name not in DESKTOP}
    env = {**kept, **desktop, "PATH": f"{opener.parent}:{os.environ['PATH']}"}
    command = [WEEKLY, "-C", folder, "preview", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd="/", env=env)
    try:
        assert "the studio is on http://127.0.0.1:" in process.stderr.readline()
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
    assert process.stderr.read() == ""
    process.stderr.close()


def test_a_port_that_was_asked_for_and_is_taken_is_an_error_that_names_it(folder):
    with started(folder, "--port", "0") as (_, url):
        port = str(urlsplit(url).port)
        ended = weekly("preview", "--no-open", "--port", port, folder=folder)
        assert ended.code == 1
        assert ended.stderr == (
            f"weekly: 127.0.0.1:{port}: address already in use; choose another with --port, or 0 for any\n"
        )


def test_a_folder_that_is_no_newsletter_is_an_error_and_opens_nothing(tmp_path):
    ended = weekly("preview", "--no-open", folder=tmp_path)
    assert ended.code == 4
    assert "weekly.toml does not exist" in ended.stderr
