"""HTML in imported text, converted to Markdown; what is not an HTML tag stays text. Pure.

A glossary about prompts writes `<document>` and `<b>` as words too: what stands in code is left alone.
"""

from __future__ import annotations

import re
from html import unescape

WEB = re.compile(r"(?:https?://|mailto:)[^\s()<>]+", re.IGNORECASE)
"""An address that a letter can link to."""

_EMPHASIS = {"strong": "**", "b": "**", "em": "*", "i": "*"}
_BLOCK_NAMES = (
    "p div table tr hr h1 h2 h3 h4 h5 h6 blockquote ul ol dl article aside details summary figure figcaption "
    "footer header main nav section caption address"
)
_SILENT_NAMES = "span u sup sub font center td th tbody thead tfoot colgroup col wbr"
_UNWRAPPED_NAMES = (
    "abbr bdi bdo big del dfn ins mark meter ruby rt rp small strike tt var kbd q aside details figure "
    "figcaption address caption"
)
_PROMPT_NAMES = (
    "article section header footer nav main summary data form label cite time s samp button "
    "picture video audio"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SILENT = frozenset(_SILENT_NAMES.split())
_UNWRAPPED = frozenset(_UNWRAPPED_NAMES.split())
"""Their words are kept. They are tags only in pairs: a single `<kbd>` is a word about the tag."""

_PROMPT_LIKE = frozenset(_PROMPT_NAMES.split())
"""What prompts mark their parts with, too: tags only in a text that is HTML beyond doubt."""

_KNOWN = (
    _BLOCKS | _SILENT | _UNWRAPPED | _PROMPT_LIKE | _EMPHASIS.keys() | {"br", "li", "a", "img", "dt", "dd"}
)
_ATTRIBUTES = r"""(?:\s(?:"[^"]*"|'[^']*'|[^'"<>])*)?/?"""
_TAG = re.compile(rf"<(?P<end>/?)(?P<tag>{'|'.join(sorted(_KNOWN))})(?P<more>{_ATTRIBUTES})>", re.IGNORECASE)
_DROPPED = re.compile(
    rf"<(?P<tag>script|style|iframe|svg){_ATTRIBUTES}>.*?</(?P=tag)\s*>"
    r"|(?<!\\)<!--.*?-->",
    re.DOTALL | re.IGNORECASE,
)
_PAIR = re.compile(
    rf"<(?P<tag>strong|b|em|i){_ATTRIBUTES}>(?P<lead>\s*)(?P<words>(?:(?!\n\s*\n|<(?:strong|b|em|i)\b).)+?)"
    r"(?P<tail>\s*)</(?P=tag)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_SPAN = re.compile(
    rf"<(?P<tag>code|kbd|samp|tt){_ATTRIBUTES}>(?P<code>.*?)</(?P=tag)\s*>", re.DOTALL | re.IGNORECASE
)
_BLOCK = re.compile(
    rf"<pre{_ATTRIBUTES}>\s*(?:<code{_ATTRIBUTES}>)?\n?(.*?)\n?(?:</code\s*>\s*)?</pre\s*>",
    re.DOTALL | re.IGNORECASE,
)
_SCRIPT = re.compile(
    rf"<(?P<tag>sup|sub){_ATTRIBUTES}>(?P<words>(?:(?!<su[bp]\b).)*?)</(?P=tag)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_RAISED = dict(zip("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎", strict=True))
_TABLE = re.compile(
    rf"<table{_ATTRIBUTES}>(?P<rows>(?:(?!<table\b).)*?)</table\s*>", re.DOTALL | re.IGNORECASE
)
_ROW = re.compile(rf"<tr{_ATTRIBUTES}>(?P<cells>.*?)(?=<tr\b|\Z)", re.DOTALL | re.IGNORECASE)
_CELL = re.compile(
    rf"<t[dh]{_ATTRIBUTES}>(?P<words>.*?)(?=</?t(?:[dhr]|body|head|foot)\b|\Z)", re.DOTALL | re.IGNORECASE
)
_TERM_END = re.compile(rf"\s*(?:</dt\s*>)?\s*<dd{_ATTRIBUTES}>\s*", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""", re.IGNORECASE)
_IMAGE = re.compile(rf"<img(?P<more>{_ATTRIBUTES})>", re.IGNORECASE)
_STARTS = {
    "br": "\\\n",
    "blockquote": "\n\n> ",
    "dt": "\n- ",
    "q": "“",
    "td": " ",
    "th": " ",
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "\n\n### "),
}
_ENDS = {"q": "”", "dt": "", "td": "", "th": ""} | dict.fromkeys(
    ("blockquote", "h1", "h2", "h3", "h4", "h5", "h6"), "\n\n"
)
_GAPS = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


def html_to_markdown(text: str) -> str:
    """Convert the HTML in a text to Markdown; a text without a tag stays what it is."""
    codes = CodePlaceholders()
    prose = codes.put_code_away(text)
    if not any(pattern.search(prose) for pattern in (_TAG, _BLOCK, _SPAN, _DROPPED)):
        return text
    written = _write(_DROPPED.sub("", prose), codes)
    lines = [line if line.endswith("\\") else line.rstrip() for line in written.split("\n")]
    return codes.fill(_GAPS.sub("\n\n", "\n".join(lines)).strip().removesuffix("\\"))


def find_losses(text: str) -> tuple[str, ...]:
    """List what a letter has no form for and the conversion leaves out: comments, scripts, mute pictures."""
    if "<" not in text:
        return ()
    prose = CodePlaceholders().put_code_away(text)
    lost = [
        f"`<{found['tag'].lower()}>`" if found["tag"] else "a comment" for found in _DROPPED.finditer(prose)
    ]
    lost += ["a picture without words" for found in _IMAGE.finditer(prose) if not _read(_ALT, found["more"])]
    return tuple(dict.fromkeys(lost))


def plain_words(text: str) -> str:
    """Take tags and character references out of a name."""
    if "<" not in text and "&" not in text:
        return text
    scripted = _SCRIPT.sub(lambda found: _set_script(found, ""), _DROPPED.sub(" ", text))
    return " ".join(unescape(_TAG.sub(" ", scripted)).split())


def _write(html: str, codes: CodePlaceholders) -> str:
    """Write what is not Markdown's code yet; code that is made is set aside."""
    html = _BLOCK.sub(lambda found: f"\n\n{codes.put(_fence(unescape(found[1])))}\n\n", html)
    html = _SPAN.sub(lambda found: _set_span_aside(found["code"], codes), html)
    while (scripted := _SCRIPT.sub(lambda found: _set_script(found, "\\"), html)) != html:
        html = scripted
    while (listed := _TABLE.sub(lambda found: _list_rows(found["rows"]), html)) != html:
        html = listed
    return _write_tags(html)


def _fence(code: str) -> str:
    return f"```\n{_TAG.sub('', code) if '</span>' in code else code}\n```"


def _set_span_aside(code: str, codes: CodePlaceholders) -> str:
    span = make_span(unescape(_TAG.sub("", codes.fill(code))))
    return codes.put(span) if span else ""


def _set_script(found: re.Match[str], escape: str) -> str:
    """Raise or lower letters where Unicode can, else with `^` or `_`, as formulas are typed."""
    words = " ".join(_TAG.sub("", found["words"]).split())
    is_raised = found["tag"].lower() == "sup"
    letters = _RAISED if is_raised else _LOWERED
    if all(letter in letters for letter in words):
        return "".join(letters[letter] for letter in words)
    mark = "^" if is_raised else f"{escape}_"
    return f"{mark}{words}" if words.isalnum() else f"{mark}({words})"


def _list_rows(rows: str) -> str:
    """Write a table's rows as the items of a list, because no letter can show columns on a phone."""
    head = _write_line(_ROW.split(rows, maxsplit=1)[0])
    lines = [
        [_write_line(cell["words"]) for cell in _CELL.finditer(row["cells"])] for row in _ROW.finditer(rows)
    ]
    items = [f"- {' | '.join(words or '–' for words in cells)}" for cells in lines if any(cells)]
    return "\n".join(["\n", head, "", *items, "\n"])


def _write_line(html: str) -> str:
    return " ".join(_write_tags(html).replace("\\\n", " ").split())


def _show_words(image: re.Match[str]) -> str:
    words = " ".join(_read(_ALT, image["more"]).split())
    return f"({words})" if words else ""


def _write_tags(html: str) -> str:
    html = _IMAGE.sub(_show_words, html)
    while (paired := _PAIR.sub(_emphasize, html)) != html:
        html = paired
    html = _TERM_END.sub(lambda found: ": " if "</dt" in found[0].lower() else "\n- ", html)
    words = _find_words(html)
    out: list[str] = []
    lists: list[int | None] = []
    links: list[str] = []
    at = 0
    for tag in _TAG.finditer(html):
        is_word = tag["tag"].lower() in words
        out += [html[at : tag.start()], tag[0] if is_word else _mark(tag, lists, links)]
        at = tag.end()
    return "".join([*out, html[at:]])


def _find_words(html: str) -> frozenset[str]:
    """List the names of tags that are words here, as in a text about prompts."""
    tags = [(tag["tag"].lower(), bool(tag["end"])) for tag in _TAG.finditer(html)]
    closed = {name for name, is_end in tags if is_end}
    words = frozenset(_UNWRAPPED - closed)
    is_html = any(name not in words | _PROMPT_LIKE | _EMPHASIS.keys() for name, _ in tags)
    return words | (_PROMPT_LIKE - closed if is_html else _PROMPT_LIKE)


def _emphasize(found: re.Match[str]) -> str:
    mark = _EMPHASIS[found["tag"].lower()]
    return f"{found['lead']}{mark}{found['words']}{mark}{found['tail']}"


def _mark(tag: re.Match[str], lists: list[int | None], links: list[str]) -> str:
    """Return a tag as Markdown; remembers the open lists and links."""
    name, is_end = tag["tag"].lower(), bool(tag["end"])
    if name == "a":
        return _link(tag, links)
    if name in ("ul", "ol"):
        return _list(name, lists, is_end=is_end)
    if name == "li":
        return "" if is_end else _item(lists)
    if name in _EMPHASIS:
        return tag[0]  # a single one marks nothing: it is a word about the tag
    if is_end and name in _ENDS:
        return _ENDS[name]
    return _STARTS.get(name, "\n\n" if name in _BLOCKS else "")


def _read(attribute: re.Pattern[str], attributes: str) -> str:
    found = attribute.search(attributes)
    return unescape(next(filter(None, found.groups()), "")) if found else ""


def _link(tag: re.Match[str], links: list[str]) -> str:
    if tag["end"]:
        url = links.pop() if links else ""
        return f"]({url})" if url else ""
    url = _read(_HREF, tag["more"])
    links.append(url if WEB.fullmatch(url) else "")
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


_CODE = re.compile(
    r"^(?P<fence>```+|~~~+).*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
_PLACE = re.compile("\x02(\\d+)\x03")
_MARKS = str.maketrans("", "", "\x02\x03")


class CodePlaceholders:
    """Pieces of code, each with a place that holds it in the text."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, code: str) -> str:
        """Set code aside; return the placeholder for it."""
        self._pieces.append(code)
        return f"\x02{len(self._pieces) - 1}\x03"

    def put_code_away(self, markdown: str) -> str:
        """Set aside all code that Markdown marks in a text."""
        return _CODE.sub(lambda found: self.put(found[0]), markdown.translate(_MARKS))

    def fill(self, text: str) -> str:
        """Put the code back into its places; two pieces that touch are parted by a blank."""
        parted = text.replace("\x03\x02", "\x03 \x02")
        return _PLACE.sub(lambda found: self._pieces[int(found[1])], parted)


def make_span(code: str) -> str:
    """Write words as code within a line; empty when there are none."""
    words = " ".join(code.split())
    if not words:
        return ""
    ticks = "`"
    while ticks in words:
        ticks += "`"
    pad = " " if words[0] == "`" or words[-1] == "`" else ""
    return f"{ticks}{pad}{words}{pad}{ticks}"
