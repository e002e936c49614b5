"""The modules of this repository as trees, each parsed once in a process."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from support.environment import REPO

MODULES = tuple(
    sorted(path for package in ("pipeline", "subscribers") for path in (REPO / package).rglob("*.py"))
)
TESTS = tuple(sorted((REPO / "tests").rglob("*.py")))


@functools.cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def parse(path: Path) -> ast.Module:
    return ast.parse(read(path))


@functools.cache
def list_nodes(path: Path) -> tuple[ast.AST, ...]:
    """List every node of a module."""
    return tuple(ast.walk(parse(path)))


def list_texts(path: Path) -> Iterator[str]:
    """Yield the texts that a module writes out."""
    for node in list_nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
