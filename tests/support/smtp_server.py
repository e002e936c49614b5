"""A scripted SMTP server on threads of its own.

`ScriptedServer({"rcpt": say(b"450 4.2.1 later"), ("dot", "jane@example.org"): [DROP, None]})`: a stage, or a
stage and a recipient, has one action for ever, a list used up one by one (None and the end of the list
are the ordinary answer), or a function of the recipient that returns one.

Stages: greeting, tls, ehlo, helo, starttls, auth, mail, rcpt, data, body, dot, rset, quit.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

CHALLENGE = b"<1896.697170952@relay.example>"
EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "ENHANCEDSTATUSCODES")


@dataclass(frozen=True)
class Do:
    """Say something, then `stay`, `close`, `reset` the connection or `hang` until the client leaves.

    `delay_s` waits first; `bytewise` sends every byte apart and waits before each. At the dot `accept`
    takes the message whatever is said; at the body `after` is how many bytes of it are read first.
    """

    say: bytes = b""
    then: str = "stay"
    accept: bool = False
    bytewise: bool = False
    delay_s: float = 0.0
    after: int = 0


def say(line: bytes, then: str = "stay", **how) -> Do:
    """Answer one line; its end is added."""
    return Do(line + b"\r\n", then, **how)


def raw(data: bytes, then: str = "stay", **how) -> Do:
    """Send bytes as they are."""
    return Do(data, then, **how)


def accepting(action: Do) -> Do:
    """Take the message first."""
    return replace(action, accept=True)


DROP, RESET, HANG = Do(then="close"), Do(then="reset"), Do(then="hang")

Action = Do | list[Do | None] | Callable[[str], Do | None]


class Accepted(NamedTuple):
    mail_from: str
    rcpt: str
    message: bytes


class ScriptedServer:
    """Listens on 127.0.0.1 from `start` (or `with`) to `stop`; `accepted` holds messages as they were meant.

    With `explains_tokens` a refused XOAUTH2 gets a challenge first, as at Google; without, the code at once,
    as at Microsoft. `heard` has what came in the clear, `packets` the same as it came, `commands` all
    commands, `connections` how many there were.
    """

    def __init__(
        self,
        script: Mapping[str | tuple[str, str], Action] | None = None,
        *,
        extensions: tuple[str, ...] = EXTENSIONS,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        users: Mapping[str, str] | None = None,
        mechanisms: str = "PLAIN LOGIN",
        explains_tokens: bool = True,
        max_messages: int | None = None,
        on_accept: Callable[[Accepted], None] | None = None,
    ) -> None:
        self.script = {key: list(do) if isinstance(do, list) else do for key, do in (script or {}).items()}
        self.extensions, self.tls, self.implicit_tls = extensions, tls, implicit_tls
        self.users, self.mechanisms, self.max_messages = users, mechanisms, max_messages
        self.on_accept = on_accept
        self.explains_tokens = explains_tokens
        self.challenge_line = b""
        self.accepted: list[Accepted] = []
        self.commands: list[str] = []
        self.heard = bytearray()
        self.packets: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self, port: int = 0) -> ScriptedServer:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept_connections)
        return self

    def stop(self) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exc) -> None:
        self.stop()

    def action(self, stage: str, rcpt: str) -> Do | None:
        with self._lock:
            found = self.script.get((stage, rcpt), self.script.get(stage))
            if isinstance(found, list):
                return found.pop(0) if found else None
        return found(rcpt) if callable(found) else found

    def accept(self, letter: Accepted) -> None:
        with self._lock:
            if self.on_accept:
                self.on_accept(letter)
            else:
                self.accepted.append(letter)

    def adopt(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.add(sock)
        if self.stopping.is_set():
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def disown(self, sock: socket.socket) -> None:
        with self._lock:
            self._open.discard(sock)

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept_connections(self) -> None:
        while not self.stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._spawn(_Talk(self, sock).run)


class _OverError(Exception):
    """The script ended this connection."""


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedServer, sock: socket.socket) -> None:
        self.server, self.sock = server, sock
        self.buffer = bytearray()
        self.sender = self.rcpt = ""
        self.messages = 0
        self.is_secure = self.has_recipient = self.is_open = False
        server.adopt(sock)

    def run(self) -> None:
        try:
            if self.server.implicit_tls:
                self.act("tls", None)
                self.secure()
            self.act("greeting", b"220 relay.example ESMTP")
            while line := self.line():
                self.server.commands.append(line)
                verb, _, rest = line.partition(" ")
                getattr(self, f"on_{verb.lower()}", self.on_unknown)(rest)
        except (_OverError, OSError):
            pass
        finally:
            self.server.disown(self.sock)
            self.sock.close()

    # the dialogue

    def on_ehlo(self, _rest: str) -> None:
        words = list(self.server.extensions)
        if self.server.tls and not self.is_secure:
            words.append("STARTTLS")
        if self.server.users is not None:
            words.append(f"AUTH {self.server.mechanisms}")
        lines = ["relay.example", *words]
        self.act("ehlo", "\r\n".join([f"250-{word}" for word in lines[:-1]] + [f"250 {lines[-1]}"]).encode())

    def on_helo(self, _rest: str) -> None:
        self.act("helo", b"250 relay.example")

    def on_starttls(self, _rest: str) -> None:
        if self.act("starttls", b"220 2.0.0 go ahead").startswith(b"220"):
            self.secure()

    def on_auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        users = self.server.users or {}
        secret = ""
        if mechanism == "PLAIN":
            _, user, secret = base64.b64decode(initial).decode().split("\0")
            is_known = users.get(user) == secret
        elif mechanism == "CRAM-MD5":
            user, _, digest = self.challenge(CHALLENGE).rpartition(" ")
            password = users.get(user, "").encode()
            is_known = hmac.new(password, CHALLENGE, "md5").hexdigest() == digest
        elif mechanism == "XOAUTH2":
            user, bearer = base64.b64decode(initial).decode().rstrip("\x01").split("\x01")
            secret = bearer.removeprefix("auth=Bearer ")
            is_known = users.get(user.removeprefix("user=")) == secret
            if not is_known and self.server.explains_tokens:
                self.challenge(b'{"status":"401"}')
        else:
            user, secret = self.challenge(b"Username:"), self.challenge(b"Password:")
            is_known = users.get(user) == secret
        self.act("auth", b"235 2.7.0 welcome" if is_known else b"535 5.7.8 " + secret.encode() + b" is wrong")

    def challenge(self, prompt: bytes) -> str:
        line = self.server.challenge_line or b"334 " + base64.b64encode(prompt)
        self.sock.sendall(line + b"\r\n")
        return base64.b64decode(self.line()).decode()

    def on_mail(self, rest: str) -> None:
        if self.messages == self.server.max_messages:
            self.sock.sendall(b"421 4.7.0 too many messages on this connection\r\n")
            raise _OverError
        if self.is_open:
            # As Postfix: a refusal leaves the transaction open, by its end-of-data restrictions too.
            self.sock.sendall(b"503 5.5.1 Error: nested MAIL command\r\n")
            return
        self.sender, self.rcpt, self.has_recipient = _path(rest), "", False
        self.is_open = self.act("mail", b"250 2.1.0 ok").startswith(b"2")

    def on_rcpt(self, rest: str) -> None:
        self.rcpt = _path(rest)
        self.has_recipient = self.act("rcpt", b"250 2.1.5 ok").startswith(b"2")

    def on_data(self, _rest: str) -> None:
        ordinary = b"354 go ahead" if self.has_recipient else b"554 5.5.1 no valid recipients"
        if not self.act("data", ordinary).startswith(b"354"):
            return
        self.body_action()
        message = self.body()
        action = self.server.action("dot", self.rcpt) or say(b"250 2.0.0 queued as 4F1")
        if action.accept or action.say.startswith(b"2"):
            self.server.accept(Accepted(self.sender, self.rcpt, message))
            self.messages += 1
            self.is_open = False
        self.do(action)

    def on_rset(self, _rest: str) -> None:
        self.is_open = not self.act("rset", b"250 2.0.0 ok").startswith(b"2")

    def on_quit(self, _rest: str) -> None:
        self.act("quit", b"221 2.0.0 bye")
        raise _OverError

    def on_unknown(self, _rest: str) -> None:
        self.sock.sendall(b"502 5.5.1 unknown\r\n")

    # what it is made of

    def act(self, stage: str, ordinary: bytes | None) -> bytes:
        """Do what the script says, or the ordinary thing; return what was said."""
        action = self.server.action(stage, self.rcpt)
        if action is None:
            action = Do() if ordinary is None else say(ordinary)
        self.do(action)
        return action.say

    def do(self, action: Do) -> None:
        size = 1 if action.bytewise else max(1, len(action.say))
        for start in range(0, max(1, len(action.say)), size):
            if action.delay_s:
                self.server.stopping.wait(action.delay_s)
            self.sock.sendall(action.say[start : start + size])
        if action.then == "stay":
            return
        if action.then == "hang":
            while self.more():
                self.buffer.clear()
        elif action.then == "reset":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_WR)
        raise _OverError

    def body_action(self) -> None:
        action = self.server.action("body", self.rcpt)
        if action is None:
            return
        while len(self.buffer) < action.after and self.more():
            pass
        self.do(action)

    def body(self) -> bytes:
        """Read up to the dot, and give back the message with its dots unstuffed."""
        start = 0
        while not self.buffer.startswith(b".\r\n") and (end := self.buffer.find(b"\r\n.\r\n", start)) < 0:
            start = max(0, len(self.buffer) - 4)
            if not self.more():
                raise _OverError
        message = b"" if self.buffer.startswith(b".\r\n") else bytes(self.buffer[: end + 2])
        del self.buffer[: len(message) + 3]
        if b"\r\n." in message or message.startswith(b"."):
            message = (b"\r\n" + message).replace(b"\r\n.", b"\r\n")[2:]
        return message

    def line(self) -> str:
        while (end := self.buffer.find(b"\r\n")) < 0:
            if not self.more():
                return ""
        line = self.buffer[:end].decode("utf-8", "replace")
        del self.buffer[: end + 2]
        return line

    def more(self) -> bool:
        data = self.sock.recv(1 << 18)
        self.buffer += data
        if not self.is_secure and self.server.on_accept is None:
            self.server.heard += data
            self.server.packets.append(data)
        return bool(data)

    def secure(self) -> None:
        assert self.server.tls
        self.server.disown(self.sock)
        raw_sock = self.sock
        try:
            self.sock = self.server.tls.wrap_socket(raw_sock, server_side=True, do_handshake_on_connect=False)
            self.server.adopt(self.sock)
            self.sock.do_handshake()
        finally:
            self.is_secure = True


def _path(rest: str) -> str:
    found = re.search(r"<(.*)>", rest)
    return found[1] if found else ""
