"""Mend what can be mended without taste: relations of one side, links without TLS. Pure.

Every other character of a file stays as it was. Mending what is mended changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from pipeline.content.lint.page import make_page
from pipeline.content.lint.rules.links import LINK_HTTP, PLAIN_HTTP
from pipeline.content.lint.rules.references import RELATION_ONE_WAY, find_one_way
from pipeline.model.content import Catalogue

_FRONT = re.compile(r"\A(\ufeff?---[ \t]*(?:\r\n|\n))(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_LONE_RETURN = re.compile(r"\r(?!\n)")
_STRING = "tag:yaml.org,2002:str"


FIXABLE = frozenset({LINK_HTTP, RELATION_ONE_WAY})


@dataclass(frozen=True, slots=True)
class FixedFile:
    """One change of a file: what was done, and for which rule. `line` counts from 1 in the file as it was."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} [{self.rule}]"


def list_missing_relations(catalogue: Catalogue) -> Mapping[str, tuple[str, ...]]:
    """List, by path, the slugs that a term should name as related because they name it."""
    missing: dict[str, list[str]] = {}
    for term, other in find_one_way(catalogue):
        missing.setdefault(other.path, []).append(term.slug)
    return {path: tuple(sorted(set(slugs))) for path, slugs in missing.items()}


def fix_page(
    path: str, text: str, relations: Sequence[str], *, links: bool
) -> tuple[str, tuple[FixedFile, ...]]:
    """Mend a file's text, given with its own line ends; gives the new text and what was done to it."""
    if _LONE_RETURN.search(text):
        return text, ()
    done: list[FixedFile] = []
    new = text
    if links:
        done += _list_links(path, text)
        new = _mend_links(text)
    if relations:
        related = _add_related(new, relations)
        if related is not None:
            new, line = related
            done += [
                FixedFile(path, line, RELATION_ONE_WAY, f"added `{each}` to `related`") for each in relations
            ]
    return new, tuple(done)


def _find_links(text: str) -> Iterator[re.Match[str]]:
    """Go through the links without TLS in front matter and prose; code keeps its own."""
    page = make_page("", text.removeprefix("\ufeff"))
    mark = len(text) - len(page.text)
    return PLAIN_HTTP.finditer(text[:mark] + page.linked)


def _list_links(path: str, text: str) -> Iterator[FixedFile]:
    for match in _find_links(text):
        address = re.match(r"[^\s)>\]\"']*", text[match.end() :])
        shown = address[0][:80] if address else ""
        line = text.count("\n", 0, match.start()) + 1
        yield FixedFile(path, line, LINK_HTTP, f"made it https://{shown}")


def _mend_links(text: str) -> str:
    pieces, at = [], 0
    for match in _find_links(text):
        pieces += [text[at : match.start()], "https://"]
        at = match.end()
    return "".join((*pieces, text[at:]))


def _add_related(text: str, slugs: Sequence[str]) -> tuple[str, int] | None:
    """Add slugs to `related`; None when its form is not one that can be added to safely."""
    front = _FRONT.match(text)
    if front is None:
        return None
    keys, start = front[2], front.start(2)
    root = _compose(keys)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return None
    end = "\r\n" if front[1].endswith("\r\n") else "\n"
    node = next((value for key, value in root.value if key.value == "related"), None)
    cut = _find_cut(keys, node, [_quote(slug) for slug in slugs], end)
    if cut is None:
        return None
    at, until, added = cut
    changed = keys[:at] + added + keys[until:]
    if not _is_only_added(keys, changed, slugs):
        return None
    line = text.count("\n", 0, start + at) + 1
    return text[:start] + changed + text[start + len(keys) :], line


def _find_cut(
    keys: str, node: yaml.Node | None, slugs: Sequence[str], end: str
) -> tuple[int, int, str] | None:
    """Find what to replace in the front matter, from and until, and what by."""
    listed = ", ".join(slugs)
    if node is None:
        return len(keys), len(keys), f"related: [{listed}]{end}"
    at, until = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"):
        return at, until, f" [{listed}]" if at == until else f"[{listed}]"
    if not isinstance(node, yaml.SequenceNode):
        return None
    if not node.value:
        return at, until, f"[{listed}]"
    last = node.value[-1].end_mark.index
    if node.flow_style:
        return last, last, f", {listed}"
    line_end = keys.find("\n", last) + 1 or len(keys)
    indent = " " * node.start_mark.column
    return line_end, line_end, "".join(f"{indent}- {slug}{end}" for slug in slugs)


def _is_only_added(before: str, after: str, slugs: Sequence[str]) -> bool:
    """Tell whether YAML reads what was there before and the slugs, and nothing else."""
    olds, news = _read(_compose(before)), _read(_compose(after))
    listed = [(_STRING, slug) for slug in slugs]
    were = olds.pop("related", None)
    return news.pop("related", None) == [*(were if isinstance(were, list) else []), *listed] and olds == news


def _compose(front: str) -> yaml.Node | None:
    """Parse front matter; None when it is no YAML."""
    try:
        return yaml.compose(front, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None


def _read(root: yaml.Node | None) -> dict[str, object]:
    """Read a mapping as plain values with their YAML kinds, to compare two of them."""
    found = _plain(root)
    return found if isinstance(found, dict) else {}


def _plain(node: yaml.Node | None) -> object:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return None if node is None else (node.tag, node.value)


def _quote(slug: str) -> str:
    """Write a slug so that YAML reads text: `no`, `null` and `12` would be something else."""
    kind = _compose(slug)
    return slug if kind is not None and kind.tag == _STRING else f'"{slug}"'
