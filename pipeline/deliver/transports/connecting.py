"""Finds the addresses of a mail server and connects to the first that answers."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from pipeline.deliver.transports.wire import Wire


async def connect(host: str, port: int, timeout_s: float) -> Wire:
    """Connect to the first address of `host` that answers; each has `timeout_s`.

    Raises:
        OSError: none does (`TimeoutError` is one), or the name is unknown.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await _resolve(host, port, timeout_s)
    except UnicodeError as error:
        raise OSError(f"{host} is not a valid host name") from error
    problem: OSError = OSError(f"{host} has no address")
    for family, _, proto, _, address in found:
        try:
            async with asyncio.timeout(timeout_s):
                _, wire = await loop.create_connection(
                    Wire, str(address[0]), port, family=family, proto=proto
                )
        except OSError as error:
            problem = error
        else:
            return wire
    raise problem


async def _resolve(host: str, port: int, timeout_s: float) -> list[Any]:
    """Look up the addresses of a host; a numeric one needs no thread."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        async with asyncio.timeout(timeout_s):
            loop = asyncio.get_running_loop()
            return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
