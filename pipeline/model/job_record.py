"""What a snapshot keeps of a job, as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from pipeline.model.news import Job

_TEXTS = ("company", "place", "remote", "salary_currency", "salary_period", "level")
_AMOUNTS = ("salary_min", "salary_max")
_DAYS = ("posted_on", "expires_on")


def job_to_tree(job: Job) -> dict[str, Any]:
    """Write what is known of a job; what is not is left out."""
    tree = asdict(job) | {"skills": list(job.skills)}
    tree |= {name: day.isoformat() for name in _DAYS if (day := getattr(job, name)) is not None}
    return {name: value for name, value in tree.items() if value}


def job_from_tree(tree: object) -> Job:
    """Read a job as `job_to_tree` wrote it; raises ValueError and names the key that is wrong."""
    if not isinstance(tree, dict):
        raise ValueError("`job` is not a JSON object")  # noqa: TRY004 - as the other faults of a line
    unknown = tree.keys() - {field.name for field in fields(Job)}
    if unknown:
        raise ValueError(f"`job` has the unknown key `{min(unknown)}`")
    skills = tree.get("skills", [])
    if not isinstance(skills, list) or not all(isinstance(skill, str) for skill in skills):
        raise ValueError("`skills` of a job must be a list of texts")
    values: dict[str, Any] = {name: _read(tree, name, str, "") for name in _TEXTS}
    values |= {name: _read(tree, name, (int, float), 0) for name in _AMOUNTS}
    values |= {name: _read_day(tree, name) for name in _DAYS}
    return Job(**values, skills=tuple(skills))


def _read(tree: Mapping[str, Any], name: str, kind: Any, default: object) -> Any:  # noqa: ANN401 - JSON
    value = tree.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"`{name}` of a job is of the wrong kind")  # noqa: TRY004 - as above
    return value


def _read_day(tree: Mapping[str, Any], name: str) -> date | None:
    text = _read(tree, name, str, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"`{name}` of a job is not a date") from error
