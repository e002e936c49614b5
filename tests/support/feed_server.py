"""A web server on loopback that answers by script: feeds, redirects, bombs, silence."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """One answer: status, headers, body; `drip` sends the body without end, byte by byte."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: bool = False
    endless: bool = False


Route = Answer | Callable[["Asked"], Answer]


@dataclass
class Asked:
    """One request, as it came, and the most requests that were under way with it."""

    path: str
    headers: dict[str, str]
    at_once: int
    is_over: bool = False


class FeedServer:
    """Serves `routes` by path; everything that was asked is in `asked`."""

    def __init__(self, *, context=None) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._busy = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with owner._lock:
                    owner._busy += 1
                    asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, owner._busy)
                    owner.asked.append(asked)
                try:
                    with contextlib.suppress(OSError):
                        owner._answer(self, asked)
                finally:
                    owner._leave(asked)
                    self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that hangs up, or refuses our certificate, is what tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """Be as new: let go whoever is kept waiting, serve nothing, remember nothing."""
        self.closing.set()
        self.closing = threading.Event()
        self.routes, self.asked = {}, []

    def url(self, path: str = "/feed", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def serve(self, path: str, body: bytes | str, **headers: str) -> str:
        """Serve a body with validators, and 304 to whoever shows them; gives the URL."""
        raw = body.encode() if isinstance(body, str) else body
        etag = f'"{sha256(raw).hexdigest()[:16]}"'
        stamp = "Mon, 23 Nov 2026 07:00:00 GMT"
        tags = {"ETag": etag, "Last-Modified": stamp, "Content-Type": "application/rss+xml", **headers}

        def answer(asked: Asked) -> Answer:
            if asked.headers.get("if-none-match") == etag:
                return Answer(304, headers={"ETag": etag})
            return Answer(200, raw, tags)

        self.routes[path] = answer
        return self.url(path)

    def slowly(self, answer: Answer) -> Route:
        """Answer only after a moment in which another question would be noticed."""
        return lambda _asked: self.closing.wait(0.03) or answer

    def _leave(self, asked: Asked) -> None:
        with self._lock:
            self._busy -= not asked.is_over
            asked.is_over = True

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler, asked: Asked) -> None:
        route = self.routes.get(asked.path, Answer(404, b"nothing here"))
        answer = route(asked) if callable(route) else route
        if not (answer.drip or answer.endless):
            # Whoever has the first byte may be content and ask again at once, and is not two.
            self._leave(asked)
        handler.send_response_only(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if not (answer.drip or answer.endless or answer.status == 304):
            handler.send_header("Content-Length", str(len(answer.body)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        if not (answer.drip or answer.endless):
            handler.wfile.write(answer.body)
            return
        closing = self.closing
        handler.wfile.write(answer.body[:1])
        while not closing.wait(0.02 if answer.drip else 0):
            handler.wfile.write(b"x" if answer.drip else answer.body)


def rss(*items: str, title: str = "Example Feed", language: str = "en") -> str:
    """Write an RSS feed around items."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{title}</title><link>https://example.org/</link><description>d</description>"
        f"<language>{language}</language>{''.join(items)}</channel></rss>"
    )


def item(number: int | str, date: str = "Mon, 23 Nov 2026 08:00:00 GMT", **fields: str) -> str:
    """Write one RSS item; fields replace its own, an empty one leaves it out."""
    values = {
        "title": f"Story number {number}",
        "link": f"https://example.org/{number}",
        "guid": f"tag:example.org,{number}",
        "pubDate": date,
        "description": f"What story {number} says.",
        **fields,
    }
    return (
        "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value) + "</item>"
    )
