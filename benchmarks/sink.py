"""An SMTP server that takes everything and costs as little as possible: one thread, no parsing of letters.

For our own client: nothing comes behind DATA before its answer.
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
        data, answers = self.tail + data, []
        if self.in_body:
            end = data.find(b"\r\n.\r\n")
            if end < 0:
                self.tail = data[-4:]
                return True
            self.in_body, data = False, data[end + 5 :]
            answers.append(OK)
        # Behind the dot may come the commands of the next letter.
        *lines, self.tail = data.split(b"\r\n")
        for line in lines:
            verb = line[:4].upper()
            answers.append(ANSWERS.get(verb, OK))
            self.in_body = verb == b"DATA"
        if answers:
            self.socket.sendall(b"".join(answers))
        return not answers or answers[-1] is not BYE


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
