"""Checks terms, tips and job postings together, for `content check`."""

from __future__ import annotations

from pathlib import Path

from pipeline.content.lint.options import StyleOptions
from pipeline.content.lint.run import Review, lint
from pipeline.jobs.read import read_jobs


def read_reviewed(root: Path, options: StyleOptions) -> Review:
    """Read terms, tips and jobs and run every rule on them; problems are sorted by place.

    Raises:
        FileError: the newsletter folder itself cannot be read.
    """
    jobs, problems = read_jobs(root)
    return lint(root, options, problems, jobs=len(jobs))
