"""What an editor writes, as values: read it, check it, turn its prose into HTML and text."""

from __future__ import annotations

from pathlib import Path

from pipeline.content.check import check_catalogue
from pipeline.content.model import Catalogue, Problem
from pipeline.content.read import read_catalogue


def check_content(folder: Path) -> tuple[Catalogue, tuple[Problem, ...]]:
    """Read content and run every content rule; gives what can be used, and all problems sorted by place."""
    catalogue, problems = read_catalogue(folder)
    return catalogue, tuple(sorted({*problems, *check_catalogue(catalogue, problems)}))
