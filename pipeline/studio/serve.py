"""Serves the studio on this machine only, until it is stopped."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from pipeline.errors import PipelineError
from pipeline.studio.app import Studio
from pipeline.studio.live_reload import LiveReload

HOST = "127.0.0.1"
"""No other machine may read a draft."""

NEXT_PORTS = 20
"""How many ports are tried after one that is taken."""

_HIGHEST = 65535


class StudioServer(uvicorn.Server):
    """A server that ends the open streams first: they would keep it from stopping."""

    def __init__(self, config: uvicorn.Config, live_reload: LiveReload) -> None:
        super().__init__(config)
        self._live_reload = live_reload

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, streams first."""
        self._live_reload.close()
        await super().shutdown(sockets)


def make_server(studio: Studio) -> StudioServer:
    """Make the server of a studio; it logs errors only."""
    config = uvicorn.Config(
        studio.app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    return StudioServer(config, studio.live_reload)


def listen(port: int, *, or_next: bool) -> socket.socket:
    """Listen on a port of this machine, or the next free one; raises PipelineError when none is free."""
    last = min(port + NEXT_PORTS, _HIGHEST) if or_next and port else port
    while True:
        try:
            return socket.create_server((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and port < last:
                port += 1
                continue
            cause = os.strerror(error.errno or 0).lower()
            raise PipelineError(
                f"{HOST}:{port}: {cause}; choose another with --port, or 0 for any"
            ) from error


def serve(studio: Studio, port: int, *, or_next: bool, ready: Callable[[str], None]) -> None:
    """Serve the studio; `ready` gets its address as soon as it answers."""
    with listen(port, or_next=or_next) as listening:
        ready(f"http://{HOST}:{listening.getsockname()[1]}")
        with suppress(KeyboardInterrupt):  # how a server is stopped from a terminal
            make_server(studio).run(sockets=[listening])
