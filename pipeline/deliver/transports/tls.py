"""TLS over memory buffers, so that what waits for the socket can be counted."""

from __future__ import annotations

import contextlib
import ssl


class Tls:
    """The client side of TLS over two memory buffers."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self._incoming, self.outgoing, server_hostname=host)
        self._established = False

    def handshake(self) -> bool:
        """Go one step; False while bytes of the other side are wanted."""
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self._established = True
        return True

    def receive(self, data: bytes, into: bytearray) -> None:
        """Decrypt ciphertext and append it to `into`; nothing before the handshake is over."""
        self._incoming.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            while self._established:
                part = self.object.read(65536)
                if not part:
                    raise ssl.SSLZeroReturnError
                into += part

    def encrypt(self, data: bytes) -> bytes:
        """Return the ciphertext of `data`, with the records that TLS itself has to send."""
        rest = memoryview(data)
        while rest:
            rest = rest[self.object.write(rest) :]
        return self.outgoing.read()

    def goodbye(self) -> bytes:
        """Return the notice that nothing more comes."""
        with contextlib.suppress(ssl.SSLError):
            self.object.unwrap()
        return self.outgoing.read()
