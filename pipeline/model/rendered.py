"""The rendered letter: HTML and text whose personal slots are still open."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum

from pipeline.model.frozen import dataclass


class PersonalSlot(StrEnum):
    """A place in the letter that is filled late."""

    NAME = "name"
    """How the reader is addressed; filled per reader."""
    UNSUBSCRIBE_URL = "unsubscribe_url"
    """The reader's own link; filled per reader."""
    READERS = "readers"
    """The honest count as a phrase ("1,300+ prompt engineers"); filled once, at freeze."""
    CONFIRM_URL = "confirm_url"
    """The link that confirms a sign-up; filled per confirmation mail, never in an issue."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """HTML and text of one variant; `slots` maps each token found in them to the slot it opens.

    A token is `zq` + hex digits + `qz`: letters that neither escaping, MJML, CSS inlining nor
    quoted-printable change. Line ends are LF. The digest covers what the editor can change and
    therefore neither a reader's values nor the count.
    """

    week: str
    number: int
    subject: str
    preheader: str
    html: str
    text: str
    slots: Mapping[str, PersonalSlot]

    @property
    def html_bytes(self) -> int:
        """Size of the HTML as UTF-8 with the tokens still in it."""
        return len(self.html.encode())

    @property
    def digest(self) -> str:
        """SHA-256 of subject, preheader, HTML and text as 64 hex digits."""
        parts = (self.subject, self.preheader, self.html, self.text)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
