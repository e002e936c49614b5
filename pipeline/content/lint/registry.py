"""How the rules of content make their problems, and which of them `--fix` can fix. Pure."""

from __future__ import annotations

from pipeline.model.content import Term, Tip
from pipeline.model.problem import Problem, Rule


def about(what: Term | Tip, key: str, rule: Rule, message: str, fix: str) -> Problem:
    """Make a problem of a term or tip, in the line of one of its keys."""
    return rule.problem(message, fix, path=what.path, line=what.lines.get(key, 0))
