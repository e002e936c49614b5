"""A letter that was rendered and checked, as the steps of the edition pass it on. A pure value."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model.issue import Issue
from pipeline.model.problem import Problem
from pipeline.model.rendered import Rendered


@dataclass(frozen=True, slots=True)
class CheckedLetter:
    """A composed issue, its rendering, and everything that the checks found in it."""

    issue: Issue
    rendered: Rendered
    findings: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The findings that stop a send."""
        return tuple(finding for finding in self.findings if finding.is_error)
