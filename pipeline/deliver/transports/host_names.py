"""Names and addresses of hosts: which stay on this machine, how one is written in EHLO. Pure."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether a connection to a host does not leave this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_literal(ip: str) -> str:
    """Write an IP address as EHLO wants it from a host without a name (RFC 5321, 4.1.3)."""
    bare = ip.partition("%")[0]
    return f"[IPv6:{bare}]" if ":" in bare else f"[{bare}]"
