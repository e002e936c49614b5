"""The templates that a newsletter can replace: the shipped ones, its own, and copies to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.errors import PipelineError
from pipeline.files import read_if_there, replace_file
from pipeline.model.suggest import did_you_mean

FOLDER = "templates"


@dataclass(frozen=True, slots=True)
class Template:
    """One template by its name below `templates/`, and its origin."""

    name: str
    origin: Literal["shipped", "copy", "own"]
    """`copy` is the newsletter's own with the text of the shipped one."""


def list_templates(folder: Path, shipped: Path) -> tuple[Template, ...]:
    """List the shipped templates and the newsletter's own ones, by name."""
    own = folder / FOLDER
    names = {name for place in (shipped, own) for name in _names(place)}
    return tuple(Template(name, _origin(name, own, shipped)) for name in sorted(names))


def copy_templates(folder: Path, shipped: Path, names: Sequence[str], *, dry_run: bool) -> tuple[str, ...]:
    """Copy shipped templates into the newsletter's folder, from where they hide the shipped ones.

    Returns the names of the copies; `dry_run` makes none. Raises PipelineError, before anything is
    copied, for a name that is not there and for one that is the newsletter's own already.
    """
    known = _names(shipped)
    wanted = [name.removeprefix(f"{FOLDER}/") for name in names]
    for name in wanted:
        if name not in known:
            advice = did_you_mean(name, known) or "`weekly templates list` shows them all"
            raise PipelineError(f"there is no template {name}; {advice}")
        if (folder / FOLDER / name).exists():
            raise PipelineError(f"{FOLDER}/{name} is your own already; delete it first to start over")
    if not dry_run:
        for name in wanted:
            replace_file(folder / FOLDER / name, (shipped / name).read_text("utf-8"))
    return tuple(wanted)


def _names(place: Path) -> frozenset[str]:
    files = (path for path in place.rglob("*") if path.is_file() and path.suffix in {".j2", ".toml"})
    return frozenset(path.relative_to(place).as_posix() for path in files)


def _origin(name: str, own: Path, shipped: Path) -> Literal["shipped", "copy", "own"]:
    mine = read_if_there(own / name)
    if mine is None:
        return "shipped"
    return "copy" if mine == read_if_there(shipped / name) else "own"
