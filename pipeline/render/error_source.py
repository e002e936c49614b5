"""Finds the own file of a newsletter that a mistake is in, when it shows only in the composed letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from pipeline.model.problem import TEMPLATE_RULES, Problem

TEMPLATE = TEMPLATE_RULES.error("template", "A template that fails has no letter to show.")

THEME = "email/theme.mjml.j2"

_LACKS = re.compile(r"has no attribute '(\w+)'")
_NAMED = re.compile(r"^text `([^`]+)|(</?[A-Za-z][\w-]*)")
"""The word, or the beginning of the tag, that a message is about."""

_ALIKE = 0.5
"""From here on a line of a template is taken for the one that a line of the letter was made of."""


def locate_in_theme(folders: Sequence[Path], message: str, line: str) -> Problem | None:
    """Find the entry that an own theme lacks, when that made a template fail in `line`."""
    *own, shipped = folders
    theme = next((folder / THEME for folder in own if (folder / THEME).is_file()), None)
    lacks = _LACKS.search(message)
    if theme is None or lacks is None:
        return None
    key = lacks[1]
    is_whole = "TemplateModule" in message
    place = re.search(rf"\b(light|dark)(?:\.{key}\b|\[[\"']{key}[\"']\])", line)
    wanted = rf"set {key}\b" if is_whole else rf"[\"']{key}[\"']"
    if not (is_whole or place) or not re.search(wanted, (shipped / THEME).read_text("utf-8")):
        return None
    home = "" if is_whole or place is None else place[1]
    text = theme.read_text("utf-8", "replace")
    start = re.search(rf"set {home}\b", text) if home else None
    number = text.count("\n", 0, start.start()) + 1 if start else 0
    where = f" in `{home}`" if home else ""
    path = f"{theme.parent.parent.name}/{THEME}"
    return TEMPLATE.problem(
        f"there is no `{key}`{where}", "copy it from the shipped theme", path=path, line=number
    )


def locate_in_own_template(folders: Sequence[Path], source: str, problem: Problem) -> Problem:
    """Find the own file and line that a mistake in a letter's MJML comes from; unchanged without one.

    Shipped templates have no mistakes, and the composed MJML that lines were counted in is not a file.
    """
    own = list(_own_files(folders, ".mjml.j2"))
    lines = source.split("\n")
    if not own or not 0 < problem.line <= len(lines):
        return problem
    best = max((_liken(lines[problem.line - 1], problem.message, name, text) for name, text in own))
    if best[0] >= _ALIKE:
        return replace(problem, path=best[1], line=-best[2])
    return replace(problem, path=own[0][0], line=0) if len(own) == 1 else problem


def locate_in_footer(folders: Sequence[Path], problem: Problem, word: str) -> Problem:
    """Name the own footer when it lacks a word that the shipped one has."""
    ending = problem.path.rpartition("/")[2].partition(".")[2]
    for name, text in _own_files(folders, ending):
        if name.endswith(f"/blocks/footer.{ending}") and word not in text:
            return replace(problem, path=name)
    return problem


def _own_files(folders: Sequence[Path], ending: str) -> Iterator[tuple[str, str]]:
    for folder in folders[:-1]:
        for path in sorted(folder.rglob(f"email/**/*{ending}")):
            yield f"{folder.name}/{path.relative_to(folder).as_posix()}", path.read_text("utf-8", "replace")


def _liken(line: str, message: str, name: str, text: str) -> tuple[float, str, int]:
    """Return the similarity of the line of a file most like the composed one, and its number, negated."""
    named = _NAMED.search(message)
    needle = (named[1] or named[2]) if named else ""
    best = (0.0, name, 0)
    for number, each in enumerate(text.split("\n"), 1):
        if needle in each:
            best = max(best, (SequenceMatcher(None, line.strip(), each.strip()).ratio(), name, -number))
    return best
