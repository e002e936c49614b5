"""What follows from bounces and where they are read: `[bounces]` and `[imap]` of weekly.toml. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from pipeline.bounces.return_address import check_template
from pipeline.model.options import Line, Options


class BounceOptions(Options):
    """What follows when letters come back, and where they come back to."""

    policy: Literal["in a row", "score"] = "in a row"
    """When bounces take an address off the list: after so many issues `in a row` (`hard_issues`,
    `soft_issues`), or when their `score` reaches `score_limit`, which also finds mailboxes that work now and
    then. Complaints and opt-outs act at once under both."""
    hard_issues: Annotated[int, Field(ge=1, le=20)] = 2
    """An address that does not exist is taken off the list when so many issues in a row came back from it; 1
    acts at once. Two, because large providers have reported living mailboxes as unknown for a day."""
    soft_issues: Annotated[int, Field(ge=1, le=52)] = 4
    """An address is taken off when so many issues in a row came back for any reason of the mailbox: full,
    unreachable. Four weekly issues are three weeks, longer than a holiday."""
    score_limit: Annotated[float, Field(gt=0, le=100)] = 2.0
    """With `policy = "score"`: an address is taken off when its score is as high. Two, so that with no letter
    that arrived in between it acts when the other policy does: after two hard or four soft bounces."""
    hard_score: Annotated[float, Field(ge=0, le=100)] = 1.0
    """What an issue adds to the score when it came back because the address does not exist."""
    soft_score: Annotated[float, Field(ge=0, le=100)] = 0.5
    """What an issue adds when it came back for any other reason of the mailbox: half of a hard one, as in
    Mailman 2.1."""
    arrived_score: Annotated[float, Field(ge=0, le=100)] = 0.5
    """What an issue that arrived takes away again, down to nothing: it outweighs one soft bounce."""
    return_address: Annotated[Line, AfterValidator(check_template)] = ""
    """The envelope sender, such as `bounces+{token}@news.example.org`, `{token}@bounces.example.org` or
    `bounces@example.org`; `{token}` becomes a signed name of the delivery. Empty: the address of `from`."""
    mailbox: Line = ""
    """A Maildir folder or mbox file that `weekly run` reads bounces from; relative to the newsletter's
    folder."""


class ImapOptions(Options):
    """The mailbox that bounces arrive in. The password comes from the environment or .secrets."""

    host: Line = ""
    """The server; while it is empty no mailbox is read by IMAP."""
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    """The server's port."""
    security: Literal["tls", "starttls", "none"] = "tls"
    """`tls` (port 993) and `starttls` (143) check the server's certificate; `none` is for this machine."""
    username: Line = ""
    """The account of the mailbox."""
    password: SecretStr = SecretStr("")
    """Only from the environment or .secrets, never from weekly.toml."""
    folder: Line = "INBOX"
    """The folder that bounces arrive in."""
    done_folder: Line = ""
    """Where reports go once they are counted; empty: they stay and are marked as read."""
