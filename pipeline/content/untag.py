"""HTML in somebody's text, made Markdown; what is no tag of HTML stays a word. Pure.

A glossary about prompts writes `<document>` and `<b>` as words too: what stands in code is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

_EMPHASIS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
_BLOCKS = frozenset(
    ("p", "div", "table", "tr", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol")
)
_SILENT = frozenset(("span", "u", "sup", "sub", "font", "center", "img", "td", "th", "tbody", "thead"))
_KNOWN = _BLOCKS | _SILENT | _EMPHASIS.keys() | {"br", "code", "pre", "li", "a"}
_ATTRIBUTES = r"""(?:\s(?:"[^"]*"|'[^']*'|[^'"<>])*)?/?"""
_TAG = re.compile(rf"<(?P<end>/?)(?P<tag>{'|'.join(sorted(_KNOWN))})(?P<more>{_ATTRIBUTES})>", re.IGNORECASE)
_DROPPED = re.compile(
    rf"<(script|style|iframe){_ATTRIBUTES}>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_PAIR = re.compile(
    rf"<(?P<tag>strong|b|em|i){_ATTRIBUTES}>(?P<lead>\s*)(?P<words>(?:(?!\n\s*\n|<(?:strong|b|em|i)\b).)+?)"
    r"(?P<tail>\s*)</(?P=tag)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_SPAN = re.compile(rf"<code{_ATTRIBUTES}>(.*?)</code\s*>", re.DOTALL | re.IGNORECASE)
_BLOCK = re.compile(
    rf"<pre{_ATTRIBUTES}>\s*(?:<code{_ATTRIBUTES}>)?\n?(.*?)\n?(?:</code\s*>\s*)?</pre\s*>",
    re.DOTALL | re.IGNORECASE,
)
_CODE = re.compile(
    r"^(?P<fence>```+|~~~+).*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
_WEB = re.compile(r"(?:https?://|mailto:)[^\s()<>]+", re.IGNORECASE)
_MERGE_TAG = re.compile(r"\{%.*?%\}|\*\|[A-Z0-9_:]+\|\*|%%\w+%%|\{%|</?mj-[a-z-]+[^<>]*>?", re.IGNORECASE)
_LINK = re.compile(r"(?<!\\)(?<!!)\[(?P<words>[^\[\]]*)\]\((?P<url>[^()\s]+)\)")
_VAGUE = frozenset(("", "click here", "click", "here", "link", "more", "read more", "this"))
_LOOKS_LIKE_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_GAPS = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


def untag(text: str) -> str:
    """Make Markdown of the HTML in a text; a text without a tag stays what it is."""
    code = list(_CODE.finditer(text))
    prose = list(_prose(text, code))
    if not any(_TAG.search(piece) or _DROPPED.search(piece) for piece in prose):
        return text
    written = [_write(prose[0])]
    for found, piece in zip(code, prose[1:], strict=True):
        written += [found[0], _write(piece)]
    lines = [line if line.endswith("\\") else line.rstrip() for line in "".join(written).split("\n")]
    return _GAPS.sub("\n\n", "\n".join(lines)).strip().removesuffix("\\")


def make_markdown(text: str) -> str:
    """Make Markdown that a letter can show: no HTML, merge tags as code, links that say where they lead."""
    made = untag(text)
    code = list(_CODE.finditer(made))
    prose = [
        _LINK.sub(_mend_link, _MERGE_TAG.sub(lambda found: f"`{found[0]}`", piece))
        for piece in _prose(made, code)
    ]
    return prose[0] + "".join(found[0] + piece for found, piece in zip(code, prose[1:], strict=True))


def has_merge_tag(words: str) -> bool:
    """Whether words hold what looks like a template's own mark left over."""
    return _MERGE_TAG.search(words) is not None


def _mend_link(link: re.Match[str]) -> str:
    """Leave the words of a link that leads nowhere; name the host where the words do not say it."""
    words, url = link["words"].strip(), link["url"]
    host = _host(url) if _WEB.fullmatch(url) else ""
    if url.startswith("mailto:") and words:
        return link[0]
    if "." not in host or host.replace(".", "").isdigit():
        return words
    misleads = _LOOKS_LIKE_URL.fullmatch(words) and _host(words) != host
    return f"[{host}]({url})" if misleads or words.casefold() in _VAGUE else link[0]


def _host(url: str) -> str:
    try:
        host = urlsplit(url if "://" in url else f"https://{url}").hostname
    except ValueError:
        return ""
    return (host or "").removeprefix("www.")


def plain_words(text: str) -> str:
    """Take tags and character references out of a name."""
    if "<" not in text and "&" not in text:
        return text
    return " ".join(unescape(_TAG.sub(" ", _DROPPED.sub(" ", text))).split())


def _prose(text: str, code: list[re.Match[str]]) -> Iterator[str]:
    at = 0
    for found in code:
        yield text[at : found.start()]
        at = found.end()
    yield text[at:]


def _write(html: str) -> str:
    """Write what is not Markdown's code yet."""
    html = _DROPPED.sub("", html)
    html = _BLOCK.sub(lambda found: _fence(unescape(found[1])), html)
    html = _SPAN.sub(lambda found: _span(unescape(_TAG.sub("", found[1]))), html)
    if "`" in html:  # code that was just made must not be read as HTML again
        code = list(_CODE.finditer(html))
        prose = [_write_tags(piece) for piece in _prose(html, code)]
        return prose[0] + "".join(found[0] + piece for found, piece in zip(code, prose[1:], strict=True))
    return _write_tags(html)


def _fence(code: str) -> str:
    return f"\n\n```\n{_TAG.sub('', code) if '</span>' in code else code}\n```\n\n"


def _span(code: str) -> str:
    words = " ".join(code.split())
    return f"`{words}`" if words and "`" not in words else words


def _write_tags(html: str) -> str:
    while (paired := _PAIR.sub(_emphasize, html)) != html:
        html = paired
    out: list[str] = []
    lists: list[int | None] = []
    links: list[str] = []
    at = 0
    for tag in _TAG.finditer(html):
        out += [html[at : tag.start()], _mark(tag, lists, links)]
        at = tag.end()
    return "".join([*out, html[at:]])


def _emphasize(found: re.Match[str]) -> str:
    mark = _EMPHASIS[found["tag"].lower()]
    return f"{found['lead']}{mark}{found['words']}{mark}{found['tail']}"


def _mark(tag: re.Match[str], lists: list[int | None], links: list[str]) -> str:
    """Say what a tag is in Markdown; remembers the open lists and links."""
    name, is_end = tag["tag"].lower(), bool(tag["end"])
    if name == "a":
        return _link(tag, links)
    if name in ("ul", "ol"):
        return _list(name, lists, is_end=is_end)
    if name == "li":
        return "" if is_end else _item(lists)
    if name in _EMPHASIS:
        return tag[0]  # alone it marks nothing: somebody writes about the tag
    mark = {"br": "\\\n", "blockquote": "\n\n> "}.get(name, "\n\n" if name in _BLOCKS else "")
    if is_end or not name[1:].isdigit():
        return mark.removesuffix("> ") if is_end else mark
    return f"{mark}### "


def _link(tag: re.Match[str], links: list[str]) -> str:
    if tag["end"]:
        url = links.pop() if links else ""
        return f"]({url})" if url else ""
    found = _HREF.search(tag["more"])
    url = unescape(next(filter(None, found.groups()), "")) if found else ""
    links.append(url if _WEB.fullmatch(url) else "")
    return "[" if links[-1] else ""


def _list(name: str, lists: list[int | None], *, is_end: bool) -> str:
    if is_end:
        if lists:
            lists.pop()
    else:
        lists.append(0 if name == "ol" else None)
        return "\n\n" if len(lists) == 1 else ""
    return "" if lists else "\n\n"


def _item(lists: list[int | None]) -> str:
    indent = "   " * max(len(lists) - 1, 0)
    number = lists[-1] if lists else None
    if number is None:
        return f"\n{indent}- "
    lists[-1] = number + 1
    return f"\n{indent}{number + 1}. "
