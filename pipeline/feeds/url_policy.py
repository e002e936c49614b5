"""Decide which URLs and addresses may be requested, before anything is sent there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

from pipeline.model.frozen import dataclass

URL_CHARS = 2000
"""Old servers and mail programs cut longer URLs."""
PORTS = frozenset({80, 443, 8000, 8008, 8080, 8443, 8888})
"""The usual ports of web servers; a host that the settings allow may use any port."""

NOT_IN_A_LINK = re.compile(
    r"[\x00-\x20\x7f-\x9f\"<>\\^`{|}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Characters that no URL contains unescaped: spaces, controls, markup, and invisible ones."""

_DEFAULT_PORTS = {"http": 80, "https": 443}

_CLOSED = tuple(
    (ip_network(network), kind)
    for network, kind in (
        # https://www.iana.org/assignments/iana-ipv4-special-registry
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a provider"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "the metadata of a cloud"),
        ("169.254.0.0/16", "link-local, or the metadata of a cloud"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "6to4"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        # https://www.iana.org/assignments/iana-ipv6-special-registry
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4 in IPv6"),
        ("::/96", "IPv4 in IPv6"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "for documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_V6 = ip_network("2000::/3")
_NEVER = frozenset({"multicast", "reserved", "this network", "link-local, or the metadata of a cloud"})
"""Kinds that no name may resolve to, allowed or not; the settings must name the address itself."""


_OWN = frozenset({"private", "loopback", "site-local", "shared by a provider"})
_LEAVE = "; if the host is your own, name it in `[feeds] allow_private_hosts`"


class Refused(Exception):
    """A URL that is not fetched; the message is the reason, in words for the editor."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be requested, in its parts. `is_allowed` when the settings name its host."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    is_allowed: bool = False

    @property
    def host_header(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, *, allowed_hosts: Iterable[str] = ()) -> Target:
    """Split a URL that may be fetched into its parts; raises Refused.

    `allowed_hosts` are names or addresses as they stand in URLs, which may lead to private addresses.
    """
    if len(url) > URL_CHARS:
        raise Refused(f"the address is longer than {URL_CHARS} characters")
    if NOT_IN_A_LINK.search(url):
        raise Refused(
            "the address holds a space, a control character, a backslash, or another that no address has"
        )
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise Refused("this is not a web address") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise Refused(f"{parts.scheme or 'an address without a scheme'} is neither http nor https")
    if parts.username is not None or parts.password is not None:
        raise Refused("an address with a user name or a password in it is not fetched")
    name = _to_ascii(host)
    is_allowed = name in {entry.strip("[]").lower() for entry in allowed_hosts}
    number = _DEFAULT_PORTS[parts.scheme] if port is None else port
    if not is_allowed and number not in PORTS:
        raise Refused(f"port {number} is not a usual port of public web servers{_LEAVE}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url, parts.scheme, name, number, path, is_allowed)


def check_redirect(origin: Target, location: str, *, allowed_hosts: Iterable[str] = ()) -> Target:
    """Check where a response redirects to, as `check_url` does; raises Refused.

    Leaving https is refused, and so is a way from the public web to a private host.
    """
    target = check_link(origin, location, allowed_hosts=allowed_hosts)
    if origin.scheme == "https" and target.scheme == "http":
        raise Refused("it redirects from https to http")
    return target


def check_link(origin: Target, link: str, *, allowed_hosts: Iterable[str] = ()) -> Target:
    """Check a URL that a response contains, as `check_url` does; raises Refused.

    The author of a public page must not decide what is requested inside a private network: nothing leads from
    the public web to a private host.
    """
    target = check_url(urljoin(origin.url, link), allowed_hosts=allowed_hosts)
    if target.is_allowed and not origin.is_allowed:
        raise Refused("it leads from the public web to a private host")
    return target


def check_address(target: Target, address: str) -> None:
    """Check that an address which the name resolved to is public; raises Refused.

    For a host that the settings allow, private addresses are fine.
    """
    kind = _closed(address)
    if not kind or (target.is_allowed and (kind not in _NEVER or target.host == address)):
        return
    shown = target.host if target.host == address else f"{target.host} is {address}, which"
    raise Refused(f"{shown} is not public: {kind}{_LEAVE if kind in _OWN else ''}")


def _closed(address: str) -> str:
    """Return the kind of a non-public address; empty when it is public."""
    try:
        ip = ip_address(address.partition("%")[0])
    except (AddressValueError, ValueError):
        return "not an address"
    for network, kind in _CLOSED:
        if ip.version == network.version and ip in network:
            return kind
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL_V6:
        return "reserved"
    return "" if ip.is_global and not ip.is_multicast and not ip.is_reserved else "reserved"


def _to_ascii(host: str) -> str:
    """Return a host name in its ASCII form; an IPv4 address in any but the usual form is refused.

    Resolvers read `0x7f.1`, `2130706433` and `①②⑦.⓪.⓪.①` as 127.0.0.1; no real feed is written like that.
    """
    if ":" in host:
        return host.lower()
    try:
        name = host.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError as error:
        raise Refused("the host's name cannot be resolved") from error
    if not name:
        raise Refused("the address names no host")
    last = name.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        try:
            return str(IPv4Address(name))
        except AddressValueError as error:
            raise Refused(f"{host} is an unusual way to write an address") from error
    return name
