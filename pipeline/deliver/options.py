"""How letters are delivered, `[delivery]` and `[smtp]` of weekly.toml. Pure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from pipeline.model.delivery import MIN_SENT
from pipeline.model.option_values import check_host
from pipeline.model.options import Duration, Line, Options

Letters = Annotated[int, Field(ge=0)]
_DOMAIN = re.compile(r"\*|(?:[a-z0-9-]+\.)+[a-z0-9-]+")


def _domains(value: dict[str, int]) -> dict[str, int]:
    lowered = {domain.lower(): connections for domain, connections in value.items()}
    for domain in lowered:
        if not _DOMAIN.fullmatch(domain):
            raise ValueError(f'{domain[:60]!r} is not a domain; write one such as "example.org", or "*"')
    return lowered


class DeliveryOptions(Options):
    """How many connections at once, and what becomes of deliveries with an unknown outcome."""

    connections: Annotated[int, Field(ge=1, le=200)] = 4
    """How many connections to the relay at once."""
    messages_per_connection: Annotated[int, Field(ge=1)] = 100
    """After so many messages a connection is closed and a new one opened."""
    min_sent: Annotated[float, Field(gt=0, le=1)] = MIN_SENT
    """An issue that a smaller share of its readers was sent has problems: the run ends with exit code 6."""
    on_unknown: Literal["hold", "resend"] = "hold"
    """Deliveries with an unknown outcome: hold them for a person, or send them again."""
    per_second: Letters = 0
    """At most so many letters in any second; 0 means no limit. All runs and test copies share the limits."""
    per_minute: Letters = 0
    """At most so many letters in any minute; 0 means no limit."""
    per_hour: Letters = 0
    """At most so many letters in any hour; 0 means no limit."""
    per_day: Letters = 0
    """At most so many letters in any 24 hours; 0 means no limit."""
    warm_up: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """At most so many letters on the first day of a new sender, on the second, and so on:
    `[50, 100, 250, 500]`. A day counts when at least half of its letters were sent."""
    per_domain: Annotated[dict[str, Annotated[int, Field(ge=1)]], AfterValidator(_domains)] = Field(
        default_factory=dict
    )
    """At most so many letters at once to the readers of a domain: `{ "example.org" = 1 }`; `"*"` is for each
    of the others."""
    run_for: Duration = timedelta(minutes=14)
    """The longest time that a run waits for its limits; then it ends, and the next call goes on. By default
    less than the quarter of an hour between two calls of cron."""


class SmtpOptions(Options):
    """The relay. The password comes from the environment, a file named there, or .secrets."""

    host: Annotated[Line, AfterValidator(check_host)] = "localhost"
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
    login: Literal["auto", "cram-md5", "plain", "login"] = "auto"
    """How the password is given; `auto` takes the strongest way that the relay offers. `cram-md5` is also
    for a relay without TLS in your own network: the password itself is not sent."""
    token_command: Line = ""
    """A command that prints an OAuth access token, for relays that want XOAUTH2; it runs in the newsletter's
    folder, without a shell, and again when the token has expired."""
    ca_file: Line = ""
    """A file of certificates (PEM) to trust instead of the system's, for a relay with an authority of your
    own; relative to the newsletter's folder."""
    ehlo_name: Line = ""
    """The name this host greets with; empty means its full name."""

    @model_validator(mode="after")
    def _token_has_owner(self) -> Self:
        if self.token_command and not self.username:
            raise ValueError("token_command needs username, the mailbox that the token is for")
        return self
