"""Texts with a form, and rows that several documents have. Null stands for a text that is not there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from pipeline.model.problem import Severity

WeekName = Annotated[str, Field(pattern=r"^\d{4}-W\d{2}$", description="An ISO week, such as `2026-W48`.")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="A SHA-256 hash in hexadecimal.")]
EntryKind = Literal["term", "tip"]
Counts = dict[str, int]


class ProblemRow(TypedDict):
    """A mistake of an author, in one file."""

    path: str
    """The file, relative to the newsletter's folder."""
    line: int | None
    """Counted from 1; null when the whole file is meant."""
    message: str
    fix: str
    """What to do about it."""
    rule: str
    """A stable id, listed in docs/reference/content-rules.md."""
    severity: Severity


class FindingRow(TypedDict):
    """What a rule found in a rendered letter."""

    rule: str
    """A stable id, listed in docs/reference/letter-rules.md."""
    severity: Severity
    where: str
    """`html`, `text`, `subject` or `preheader`, with the line behind a colon where there is one."""
    line: int | None
    """The line in the part that `where` names, counted from 1; null when it is about the whole."""
    message: str
    fix: str
    """What to do about it."""
    selector: str | None
    """A CSS selector of the element that it is about."""
    file: str | None
    """The file to change, or its folder, relative to the newsletter's folder."""
    file_line: int | None
    """The line in `file`, counted from 1."""
