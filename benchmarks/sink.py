"""An SMTP server that takes everything and costs as little as possible: one thread, no parsing of letters.

For our own client: a command never comes in two pieces, and nothing comes behind DATA before its answer.
Usage: python benchmarks/sink.py PORT_FILE; it ends with SIGTERM.
"""

from __future__ import annotations

import selectors
import socket
import sys
from pathlib import Path

READY = b"220 sink ESMTP\r\n"
HELLO = b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
OK, GO, BYE = b"250 2.0.0 ok\r\n", b"354 go\r\n", b"221 bye\r\n"
ANSWERS = {b"EHLO": HELLO, b"DATA": GO, b"QUIT": BYE}


class Client:
    __slots__ = ("in_body", "socket", "tail")

    def __init__(self, sock: socket.socket) -> None:
        self.socket, self.tail, self.in_body = sock, b"", False

    def take(self, data: bytes) -> bool:
        """Answer what came; False when the client is done."""
        if self.in_body:
            self.tail = (self.tail + data)[-5:]
            if self.tail == b"\r\n.\r\n":
                self.in_body = False
                self.socket.sendall(OK)
            return True
        answers = []
        for line in data.split(b"\r\n")[:-1]:
            verb = line[:4].upper()
            answers.append(ANSWERS.get(verb, OK))
            if verb == b"DATA":
                self.in_body, self.tail = True, b""
        self.socket.sendall(b"".join(answers))
        return answers[-1] is not BYE


def main() -> None:
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    selector.register(listener, selectors.EVENT_READ, None)
    Path(sys.argv[1]).write_text(str(listener.getsockname()[1]))
    while True:
        for key, _ in selector.select():
            if key.data is None:
                sock, _ = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.sendall(READY)
                selector.register(sock, selectors.EVENT_READ, Client(sock))
                continue
            data = key.fileobj.recv(1 << 20)
            if not data or not key.data.take(data):
                selector.unregister(key.fileobj)
                key.fileobj.close()


if __name__ == "__main__":
    main()
