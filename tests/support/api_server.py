"""An HTTP API on loopback that takes messages by POST, and can be told to misbehave."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class ApiServer:
    """Keeps every message it accepted in `accepted`, as `(recipient, body)`.

    `answers` has the status of the next requests; 0 takes the message and closes without an answer.
    """

    def __init__(self, *answers: int) -> None:
        self.accepted: list[tuple[str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self._answers = list(answers)
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = owner._answers.pop(0) if owner._answers else 202
                owner.headers.append(dict(self.headers))
                if status == 0 or status < 300:
                    owner.accepted.append((self.headers["X-To"], body))
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer_next(self, *statuses: int) -> None:
        """Answer the next requests with these statuses."""
        self._answers = list(statuses)

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
