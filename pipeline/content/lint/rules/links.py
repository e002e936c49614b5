"""Rules of addresses: https, or none. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.content.lint.page import ContentPage
from pipeline.model.problem import CONTENT_RULES, Problem

MARKUP_LINK = CONTENT_RULES.warning(
    "markup-link", "A link without https or mailto leads nowhere from a mailbox; only its text is shown."
)
LINK_HTTP = CONTENT_RULES.warning(
    "link-http", "A link without TLS can be read and changed on its way, and browsers warn of it."
)


PLAIN_HTTP = re.compile(
    r"\bhttp://(?!(?:localhost|127\.|10\.|192\.168\.|\[|www\.w3\.org/\d|[\w.-]+\.(?:test|local|localhost)\b))"
    r"(?=[\w])",
    re.IGNORECASE,
)
"""A link without TLS; links to this machine or network are left alone, and so are XML namespaces."""

_ADDRESS = re.compile(r"[^\s)>\]\"']*")
_LINK = re.compile(r"\]\((?!\s*<?(?:https?://[^/?#\s]|mailto:[^\s]))\s*<?([^)\s>]*)", re.IGNORECASE)


def check_links(pages: Iterable[ContentPage]) -> Iterator[Problem]:
    """Find links that a reader's mail program will warn of, or that lead nowhere from a mailbox."""
    for page in pages:
        if "http://" in page.text or "HTTP://" in page.text:
            yield from _check_http(page)
        if "](" in page.markup:
            for match in _LINK.finditer(page.markup):
                if page.markup[: match.start()].rpartition("[")[0].endswith("!"):
                    continue  # an image, which has a rule of its own
                message = f"the letter cannot link to `{match[1][:60]}` and shows the text alone"
                fix = "write the whole address, beginning with https://"
                yield page.problem(match.start(), MARKUP_LINK, message, fix)


def _check_http(page: ContentPage) -> Iterator[Problem]:
    for match in PLAIN_HTTP.finditer(page.linked):
        shown = read_address(page.text, match.start()) or "http://"
        fix = "write https://, as `weekly content check --fix` does"
        yield page.problem(match.start(), LINK_HTTP, f"`{shown}` is not https", fix)


def read_address(text: str, start: int) -> str:
    """Return the address that begins here, as far as it is shown."""
    address = _ADDRESS.match(text, start)
    return address[0][:80] if address else ""
