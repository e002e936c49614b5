"""How letters are delivered, `[delivery]` and `[smtp]` of weekly.toml. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from pipeline.model.options import Line, Options


class DeliveryOptions(Options):
    """How many connections at once, and what becomes of deliveries with an unknown outcome."""

    connections: Annotated[int, Field(ge=1, le=200)] = 4
    """How many connections to the relay at once."""
    messages_per_connection: Annotated[int, Field(ge=1)] = 100
    """After so many messages a connection is closed and a new one opened."""
    on_unknown: Literal["hold", "resend"] = "hold"
    """Deliveries with an unknown outcome: hold them for a person, or send them again."""


class SmtpOptions(Options):
    """The relay. The password comes from the environment, a file named there, or .secrets."""

    host: Line = "localhost"
    """The relay's host."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """The relay's port."""
    security: Literal["none", "starttls", "tls"] = "starttls"
    """`starttls` (port 587) and `tls` (465, TLS from the first byte) check the relay's certificate; `none` is
    for a relay on this machine."""
    username: Line = ""
    """Empty means without authentication."""
    password: SecretStr = SecretStr("")
    """Only from the environment or .secrets, never from weekly.toml."""
    ehlo_name: Line = ""
    """The name this host greets with; empty means its full name."""
