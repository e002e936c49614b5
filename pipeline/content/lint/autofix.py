"""Fix what can be fixed automatically: one-way relations, http links. Pure.

Every other character of a file stays as it was, and a fixed file is not changed again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import yaml

from pipeline.content.lint.page import make_page
from pipeline.content.lint.rules.links import LINK_HTTP, PLAIN_HTTP, read_address
from pipeline.content.lint.rules.references import RELATION_ONE_WAY, find_one_way
from pipeline.model.content import Catalogue
from pipeline.model.frozen import dataclass

_FRONT = re.compile(r"\A(\ufeff?---[ \t]*(?:\r\n|\n))(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_LONE_RETURN = re.compile(r"\r(?!\n)")


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
    """List, by path, the slugs that a term should name as related because those terms name it."""
    missing: dict[str, set[str]] = {}
    for term, other in find_one_way(catalogue):
        missing.setdefault(other.path, set()).add(term.slug)
    return {path: tuple(sorted(slugs)) for path, slugs in missing.items()}


def fix_page(
    path: str, text: str, relations: Sequence[str], *, links: bool
) -> tuple[str, tuple[FixedFile, ...]]:
    """Fix a file's text, which has its own line ends; return the new text and what was changed."""
    if _LONE_RETURN.search(text):
        return text, ()
    new, done = _fix_links(path, text) if links else (text, [])
    added = _add_related(new, relations) if relations else None
    if added is not None:
        new, line = added
        done += [
            FixedFile(path, line, RELATION_ONE_WAY, f"added `{each}` to `related`") for each in relations
        ]
    return new, tuple(done)


def _fix_links(path: str, text: str) -> tuple[str, list[FixedFile]]:
    """Write https for http in front matter and prose; code keeps its links."""
    page = make_page("", text.removeprefix("\ufeff"))
    mark = text[: len(text) - len(page.text)]
    pieces, done, at = [], [], 0
    for match in PLAIN_HTTP.finditer(mark + page.linked):
        pieces += [text[at : match.start()], "https://"]
        at = match.end()
        line = text.count("\n", 0, match.start()) + 1
        done.append(FixedFile(path, line, LINK_HTTP, f"made it https://{read_address(text, at)}"))
    return "".join((*pieces, text[at:])), done


def _add_related(text: str, slugs: Sequence[str]) -> tuple[str, int] | None:
    """Add slugs to `related`; return the new text and the line, or None when its form is not a safe one."""
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
    """Find what to replace in the front matter, from and until, and what to replace it with."""
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
    """Whether YAML reads what was there before and the slugs, and nothing else."""
    try:
        olds, news = (yaml.load(keys, Loader=yaml.BaseLoader) for keys in (before, after))  # noqa: S506 - strings and lists alone
    except yaml.YAMLError:
        return False
    if not isinstance(news, dict):
        return False
    were = olds.pop("related", None)
    wanted = [*(were if isinstance(were, list) else []), *slugs]
    return bool(news.pop("related", None) == wanted and olds == news)


def _compose(front: str) -> yaml.Node | None:
    """Parse front matter; None when it is not valid YAML."""
    try:
        return yaml.compose(front, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None


def _quote(slug: str) -> str:
    """Write a slug so that YAML reads text: `no`, `null` and `12` would be something else."""
    kind = _compose(slug)
    return slug if kind is not None and kind.tag.endswith(":str") else f'"{slug}"'
