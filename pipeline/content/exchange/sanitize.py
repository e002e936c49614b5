"""Imported text as a letter may show it: no HTML, no template marks, links that name their target. Pure."""

from __future__ import annotations

import re

from pipeline.content.exchange.html_to_markdown import WEB, CodePlaceholders, html_to_markdown, make_span
from pipeline.content.exchange.merge_tags import MERGE_TAGS, VAGUE
from pipeline.news.urls import LOOKS_LIKE_URL, find_host

_LINK = re.compile(r"(?<!\\)(?<!!)\[(?P<words>[^\[\]]*)\]\((?P<url>[^()\s]+)\)")
_IMAGE = re.compile(r"(?<!\\)!\[(?P<words>[^\[\]]*)\]\((?:[^()\s]*)(?:\s+\"[^\"]*\")?\)")


def make_markdown(text: str) -> str:
    """Return Markdown that a letter can show: no HTML, merge tags as code, links that name their target."""
    codes = CodePlaceholders()
    prose = codes.put_code_away(html_to_markdown(text))
    marked = MERGE_TAGS.sub(lambda found: codes.put(make_span(found[0])), prose)
    return codes.fill(_LINK.sub(_fix_link, _IMAGE.sub(_fix_image, marked)))


def _fix_image(image: re.Match[str]) -> str:
    words = image["words"].strip()
    return f"({words})" if words else ""


def _fix_link(link: re.Match[str]) -> str:
    """Keep only the words of a link without a public host; name the host where the words hide it."""
    words, url = link["words"].strip(), link["url"]
    host = find_host(url) if WEB.fullmatch(url) else ""
    if url.startswith("mailto:") and words:
        return link[0]
    if "." not in host or host.replace(".", "").isdigit():
        return words
    misleads = LOOKS_LIKE_URL.fullmatch(words) and find_host(words) != host
    return f"[{host}]({url})" if misleads or words.casefold() in {"", *VAGUE} else link[0]
