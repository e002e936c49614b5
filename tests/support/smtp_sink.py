"""An SMTP server to run as a program: it takes every message and logs it."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import signal
import threading
from pathlib import Path

from support.smtp_server import Accepted, ScriptedServer, say


def main() -> None:
    """Take every message and append `rcpt TAB message-id TAB sha256` to a log before saying yes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before the answer to the dot")
    options = parser.parse_args()
    log = os.open(options.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def note(letter: Accepted) -> None:
        found = re.search(rb"^Message-ID:\s*(\S+)", letter.message, re.IGNORECASE | re.MULTILINE)
        name = found[1].decode() if found else "-"
        digest = hashlib.sha256(letter.message).hexdigest()
        os.write(log, f"{letter.rcpt}\t{name}\t{digest}\n".encode())

    answer = say(b"250 2.0.0 queued", delay_s=options.delay)
    server = ScriptedServer({"dot": answer}, on_accept=note).start(options.port)
    part = options.port_file.with_suffix(".part")
    part.write_text(str(server.port))
    part.replace(options.port_file)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    over.wait()
    server.stop()


if __name__ == "__main__":
    main()
