"""Runs the command that prints an access token for the relay; neither its output nor the token is shown."""

from __future__ import annotations

import shlex
import subprocess
import threading
from pathlib import Path

TIMEOUT_S = 60
"""A token endpoint answers within seconds; a command that asks a person on a terminal never ends."""


class TokenCommandError(Exception):
    """There is no token; `temporary` when calling the command again may help."""

    def __init__(self, message: str, *, temporary: bool) -> None:
        self.temporary = temporary
        super().__init__(message)


class TokenCommand:
    """Runs `command` in `folder`, without a shell, and keeps its token until it is refused; thread-safe."""

    def __init__(self, command: str, folder: Path) -> None:
        self._command, self._folder = command, folder
        self._lock = threading.Lock()
        self._token = ""

    def get(self) -> tuple[str, bool]:
        """Return the token, and whether the command was run for it now; raises TokenCommandError."""
        with self._lock:
            if self._token:
                return self._token, False
            self._token = self._run()
            return self._token, True

    def forget(self, token: str) -> None:
        """Drop a token that was refused, unless it was replaced already."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _run(self) -> str:
        try:
            words = shlex.split(self._command)
            done = subprocess.run(  # noqa: S603 - the operator's own command, from weekly.toml
                words,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT_S,
                check=False,
            )
        except (ValueError, IndexError) as error:
            raise TokenCommandError(
                "cannot be read as a command line: check its quotes", temporary=False
            ) from error
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise TokenCommandError(f"cannot be started: {words[0]}: {why}", temporary=False) from error
        except subprocess.TimeoutExpired:
            # The exception holds the output, which may be a token.
            raise TokenCommandError(f"did not end within {TIMEOUT_S} seconds", temporary=True) from None
        if done.returncode:
            how = f"exit code {done.returncode}" if done.returncode > 0 else f"signal {-done.returncode}"
            raise TokenCommandError(f"failed with {how}; run it by hand to see why", temporary=True)
        token = done.stdout.strip()
        if not token or len(token.split()) != 1 or not token.isascii():
            raise TokenCommandError("must print one access token and nothing else", temporary=False)
        return token.decode("ascii")
