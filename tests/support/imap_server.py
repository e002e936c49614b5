"""A small IMAP server (RFC 3501) with one account, in a thread: as much as reading a mailbox needs."""

from __future__ import annotations

import contextlib
import re
import socketserver
import threading
from dataclasses import dataclass, field

PASSWORD = "s3cret"


@dataclass
class Mailbox:
    """What the server holds: folders of mails by number, with their flags."""

    folders: dict[str, dict[int, bytes]] = field(default_factory=lambda: {"INBOX": {}})
    flags: dict[int, set[str]] = field(default_factory=dict)
    keeps_keywords: bool = True
    capabilities: str = "IMAP4rev1 MOVE UIDPLUS"
    drop_after: str = ""
    """The connection is cut when a command begins so, before it is carried out."""
    commands: list[str] = field(default_factory=list)

    def add(self, raw: bytes) -> int:
        number = sum(map(len, self.folders.values())) + 1
        self.folders["INBOX"][number] = raw
        self.flags[number] = set()
        return number


class ImapServer:
    """The server; `port` is where it listens."""

    def __init__(self, mailbox: Mailbox, tls=None) -> None:
        class Handler(_Connection):
            box = mailbox
            context = tls

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Connection(socketserver.StreamRequestHandler):
    box: Mailbox
    context = None

    def setup(self) -> None:
        if self.context is not None:
            self.request = self.context.wrap_socket(
                self.request, server_side=True, do_handshake_on_connect=False
            )
        super().setup()

    def handle(self) -> None:
        # A client that does not trust the certificate hangs up.
        with contextlib.suppress(OSError):
            self._serve()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        self.request.close()

    def _serve(self) -> None:
        self.folder = "INBOX"
        self._say(f"* OK [CAPABILITY {self.box.capabilities}] ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            # A literal: ask for it and put it in its place (LOGIN with special characters).
            while found := re.search(r"\{(\d+)\}$", command):
                self._say("+ go on")
                command = command[: found.start()] + self.rfile.read(int(found[1])).decode()
                command += self.rfile.readline().decode().strip()
            self.box.commands.append(command)
            if self.box.drop_after and command.startswith(self.box.drop_after):
                return
            verb = command.removeprefix("UID ").partition(" ")[0].upper()
            rest = command.removeprefix("UID ").partition(" ")[2]
            answer = getattr(self, f"do_{verb.lower()}")(rest)
            self._say(f"{tag} {answer or 'OK done'}")
            if verb == "LOGOUT":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def do_capability(self, _rest):
        self._say(f"* CAPABILITY {self.box.capabilities}")

    def do_noop(self, _rest):
        return "OK done"

    def do_login(self, rest):
        return "OK in" if PASSWORD in rest else "NO [AUTHENTICATIONFAILED] no"

    def do_logout(self, _rest):
        self._say("* BYE")

    def do_list(self, rest):
        name = rest.split()[-1].strip('"')
        if name in self.box.folders:
            self._say(f'* LIST () "/" "{name}"')

    def do_create(self, rest):
        self.box.folders[rest.strip('"')] = {}

    def do_select(self, rest):
        self.folder = rest.strip('"')
        if self.folder not in self.box.folders:
            return "NO no such folder"
        self._say(f"* {len(self.box.folders[self.folder])} EXISTS")
        kept = r"\Seen \Deleted \*" if self.box.keeps_keywords else r"\Seen \Deleted"
        self._say(f"* OK [PERMANENTFLAGS ({kept})] kept")
        return "OK [READ-WRITE] selected"

    def do_search(self, rest):
        found = []
        for number in self.box.folders[self.folder]:
            flags = self.box.flags[number]
            wanted = "\\Seen" not in flags
            if "UNKEYWORD" in rest:
                wanted = wanted and "WeeklyLeft" not in flags
            elif "KEYWORD" in rest:
                wanted = wanted and "WeeklyLeft" in flags
            if wanted:
                found.append(str(number))
        self._say(f"* SEARCH {' '.join(found)}".rstrip())

    def do_fetch(self, rest):
        most = int(re.search(r"<0\.(\d+)>", rest)[1])
        for number in _numbers(rest):
            raw = self.box.folders[self.folder][number][:most]
            self.wfile.write(
                f"* {number} FETCH (UID {number} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"
            )

    def do_store(self, rest):
        for number in _numbers(rest):
            self.box.flags[number] |= set(re.search(r"\((.*)\)", rest)[1].split())

    def do_move(self, rest):
        return self.do_copy(rest, move=True)

    def do_copy(self, rest, *, move=False):
        target = rest.split()[-1].strip('"')
        for number in _numbers(rest):
            self.box.folders[target][number] = self.box.folders[self.folder][number]
            if move:
                del self.box.folders[self.folder][number]

    def do_expunge(self, rest):
        for number in _numbers(rest):
            if "\\Deleted" in self.box.flags[number]:
                del self.box.folders[self.folder][number]


def _numbers(rest):
    for part in rest.split()[0].split(","):
        first, _, last = part.partition(":")
        yield from range(int(first), int(last or first) + 1)
