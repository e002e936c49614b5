"""A mailbox on an IMAP server. Mails are looked at without marking them, and marked when they are counted."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from typing import Any

from imapclient import SEEN, IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from pipeline.bounces.ingest import StoredMail
from pipeline.bounces.options import ImapOptions
from pipeline.bounces.parse.parts import MAX_BYTES
from pipeline.errors import PipelineError, TryLater

CONNECT_S = 15.0
"""Long enough for three lost packets of the handshake (RFC 6298: after 1, 3 and 7 seconds)."""
ANSWER_S = 60.0
"""A server on a bad day answers within seconds; a run must not wait for one that is gone."""
FETCHED = 10
"""Mails a request: one at a time would wait for the network each time, and all of them are held in memory."""
LEFT = "WeeklyLeft"
"""The keyword of mails that are for a person, so that the next run does not read them again."""

_BODY = f"BODY.PEEK[]<0.{MAX_BYTES}>"


class ImapMailbox:
    """One folder of an account. Raises TryLater when the server is away, PipelineError when it refuses."""

    name = "imap"

    def __init__(
        self, options: ImapOptions, *, again: bool = False, context: ssl.SSLContext | None = None
    ) -> None:
        self._options = options
        self._again = again
        self._context = context
        self._client: IMAPClient | None = None
        self._can_keep = False
        self.waiting = 0

    def read(self) -> Iterator[StoredMail]:
        """Yield the unread mails, except those that were left before."""
        with _Explained(self._options.host):
            client = self._open()
            wanted = ["UNSEEN"] if self._again else ["UNSEEN", "UNKEYWORD", LEFT]
            numbers = client.search(wanted)
            self.waiting = 0 if self._again else len(client.search(["UNSEEN", "KEYWORD", LEFT]))
        for start in range(0, len(numbers), FETCHED):
            with _Explained(self._options.host):
                found = client.fetch(numbers[start : start + FETCHED], [_BODY])
            for number in sorted(found):
                yield StoredMail(
                    str(number), _body_of(found[number]), f"{self._options.folder}, message {number}"
                )

    def finish(self, done: Sequence[str], left: Sequence[str]) -> None:
        """Mark what is done as read, or move it; what is left gets a keyword where the server has them."""
        client = self._client
        if client is None:
            return
        with _Explained(self._options.host):
            if done:
                client.add_flags([int(key) for key in done], [SEEN], silent=True)
                if self._options.done_folder:
                    _move(client, [int(key) for key in done], self._options.done_folder)
            if left and self._can_keep:
                client.add_flags([int(key) for key in left], [LEFT], silent=True)

    def close(self) -> None:
        """Log out; ignore a connection that is already closed."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.logout()
            except (IMAPClientError, OSError):
                client.shutdown()

    def _open(self) -> IMAPClient:
        options = self._options
        context = self._context or ssl.create_default_context()
        is_tls = options.security == "tls"
        client = IMAPClient(
            options.host,
            options.port,
            ssl=is_tls,
            ssl_context=context if is_tls else None,
            timeout=SocketTimeout(CONNECT_S, ANSWER_S),
        )
        self._client = client
        if options.security == "starttls":
            client.starttls(context)
        client.login(options.username, options.password.get_secret_value())
        selected = client.select_folder(options.folder)
        self._can_keep = b"\\*" in selected.get(b"PERMANENTFLAGS", ())
        if options.done_folder and not client.folder_exists(options.done_folder):
            client.create_folder(options.done_folder)
        return client


class _Explained:
    """Turns the errors of library and network into ours, without a password or an address."""

    def __init__(self, host: str) -> None:
        self._host = host

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Raise ours in place of theirs."""
        where = f"the mailbox on {self._host}"
        if isinstance(error, LoginError):
            advice = "check `[imap] username` and WEEKLY_IMAP__PASSWORD"
            raise PipelineError(f"{where}: the server refuses the login; {advice}") from error
        if isinstance(error, ssl.SSLCertVerificationError):
            raise PipelineError(
                f"{where}: the server's certificate is not trusted: {error.verify_message}"
            ) from error
        if isinstance(error, OSError):
            raise TryLater(
                f"{where} cannot be reached: {error.strerror or error}; try again later"
            ) from error
        if isinstance(error, IMAPClientAbortError):
            raise TryLater(f"{where}: the connection was lost: {error}; try again later") from error
        if isinstance(error, IMAPClientError):
            raise PipelineError(f"{where}: {error}; check `[imap] folder` and `done_folder`") from error


def _move(client: IMAPClient, numbers: Sequence[int], folder: str) -> None:
    if client.has_capability("MOVE"):
        client.move(numbers, folder)
        return
    client.copy(numbers, folder)
    client.delete_messages(numbers, silent=True)
    # Without UIDPLUS everything deleted would go, also what a person has only marked: that waits for them.
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(numbers)


def _body_of(answer: Any) -> bytes:  # noqa: ANN401 - the library's dictionary
    return next((value for key, value in answer.items() if key.startswith(b"BODY[]")), b"")
