"""Values of any shape in front matter, as JSON would hold them. Pure."""

from __future__ import annotations

from itertools import count

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from pipeline.content.fast_path import Value

_DEPTH = 20
_MOST = 20_000
_PLAIN = frozenset({"str", "int", "float", "bool", "null"})


def read_value(node: Value) -> object:
    """Read texts, numbers, true, false, null, lists and mappings; any other value is its text.

    Raises:
        ValueError: it is nested too deeply, too large, names a key twice, or is no JSON value.
    """
    if isinstance(node, str):
        return node
    return list(node) if isinstance(node, list | tuple) else _read(node, 0, count())


def _read(node: yaml.Node, depth: int, seen: count[int]) -> object:
    # Aliases make a small file stand for an endless value.
    if depth > _DEPTH or next(seen) > _MOST:
        raise ValueError("it is nested too deeply or too large")
    if isinstance(node, yaml.SequenceNode):
        return [_read(item, depth + 1, seen) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        pairs = [(str(key.value), _read(value, depth + 1, seen)) for key, value in node.value]
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key is given twice")
        return dict(pairs)
    return _read_scalar(node)


def _read_scalar(node: yaml.Node) -> object:
    if node.tag.rpartition(":")[2] not in _PLAIN or node.tag.endswith(":str"):
        return node.value
    try:
        value = SafeConstructor().construct_object(node)
    except (ConstructorError, ValueError, KeyError) as error:
        raise ValueError(f"`{str(node.value)[:40]}` is no value") from error
    if isinstance(value, float) and (value - value) != 0:
        raise ValueError(f"`{node.value}` is no number that JSON knows")
    return value
