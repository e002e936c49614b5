"""Installs a package as an installer would, without one: modules in a folder, metadata beside them."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path


def install(source: Path, target: Path) -> None:
    """Install a project: every module and package beside its pyproject.toml, and its entry points."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for each in source.iterdir():
        if each.suffix == ".py":
            shutil.copy(each, target)
        elif (each / "__init__.py").exists():
            shutil.copytree(each, target / each.name)
    write_metadata(target, project["name"], project["version"], project["entry-points"])


def write_metadata(target: Path, name: str, version: str, groups: Mapping[str, Mapping[str, str]]) -> None:
    """Write the `.dist-info` folder that names a package's entry points."""
    info = target / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines: list[str] = []
    for group, points in groups.items():
        lines += [f"[{group}]", *(f"{point} = {value}" for point, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
