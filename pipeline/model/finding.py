"""A result of the check of a rendered letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.model.problem import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found. `where` is `html`, `html:12`, `text`, `text:7`, `subject` or `preheader`.

    `selector` matches the element of the HTML, when it is about one. `file` is the file to mend below
    the newsletter's folder, when it can be told, and `file_line` the line in it, 0 when it cannot.
    """

    rule: str
    severity: Severity
    where: str
    message: str
    fix: str
    selector: str = ""
    file: str = ""
    file_line: int = 0

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message} ({self.fix}) [{self.rule}]"

    @property
    def line(self) -> int:
        """The line in the part that `where` names, counted from 1; 0 when it is about the whole."""
        return int(self.where.partition(":")[2] or 0)


Findings = Iterator[Finding]
