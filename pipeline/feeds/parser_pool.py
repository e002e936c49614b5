"""Parse fetched bytes in child processes, which are replaced when they hang or die."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from types import TracebackType
from typing import Self

from pipeline.feeds.entries import Parsed, load_parsed

CHILDREN = 2
"""Parsing takes milliseconds and fetching seconds: more children would only wait."""
WALL_S = 20.0
"""Several times the CPU seconds that a child may use, because a busy machine gives it little of its time."""
_ANSWER_BYTES = 64 * 1024 * 1024
"""As many entries as are read, each field at its limit and escaped, take a quarter of this."""


class Parsers:
    """A few child processes that parse one feed after another; use it as a context manager.

    A child is started when it is first needed.
    """

    def __init__(self, *, children: int = CHILDREN, wall_s: float = WALL_S) -> None:
        self._wall_s = wall_s
        self._idle: asyncio.LifoQueue[Process | None] = asyncio.LifoQueue()
        for _ in range(children):
            self._idle.put_nowait(None)
        self._children: set[Process] = set()
        self.parsed = 0
        """How many bodies were given to a child, for tests and benchmarks of the cache."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in tuple(self._children):
            await self._end(child)

    async def parse(self, body: bytes, *, content_type: str, base: str) -> Parsed:
        """Parse one body; whatever goes wrong is the `error` of the result."""
        self.parsed += 1
        child = await self._idle.get()
        is_healthy = False
        try:
            if child is None or child.returncode is not None:
                child = await self._start()
            async with asyncio.timeout(self._wall_s):
                parsed = await _ask(child, body, content_type, base)
            is_healthy = True
        except TimeoutError:
            return Parsed(error=f"parsing it takes longer than {self._wall_s:g} seconds")
        except (EOFError, OSError, ValueError, KeyError, TypeError, AttributeError):
            return Parsed(error="parsing it takes more memory or computing than a feed may")
        finally:
            if child is not None and not is_healthy:
                await self._end(child)
            self._idle.put_nowait(child if is_healthy else None)
        return parsed

    async def _start(self) -> Process:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "pipeline.feeds.parser_worker",
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_ANSWER_BYTES,
            # The child finds the same modules as the parent, and nothing else of the environment.
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONSAFEPATH": "1"},
        )
        self._children.add(child)
        return child

    async def _end(self, child: Process) -> None:
        self._children.discard(child)
        with contextlib.suppress(ProcessLookupError):
            if sys.platform == "win32":
                child.kill()
            elif child.returncode is None:
                # Not `child.kill()`: asyncio would then miss the exit status for a task that waits for it.
                os.kill(child.pid, signal.SIGKILL)
        if child.stdin is not None:
            child.stdin.close()
        # Its output is read to the end, unless a task that is being cancelled still reads it.
        with contextlib.suppress(RuntimeError):
            while child.stdout is not None and await child.stdout.read(65536):
                pass
        await child.wait()


async def _ask(child: Process, body: bytes, content_type: str, base: str) -> Parsed:
    if child.stdin is None or child.stdout is None:
        raise EOFError
    asked = {"length": len(body), "content_type": content_type, "base": base}
    child.stdin.write(json.dumps(asked).encode() + b"\n" + body)
    await child.stdin.drain()
    line = await child.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return load_parsed(line)
