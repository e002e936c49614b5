"""JSON Schemas of the files that an editor writes, for completion while typing; the readers decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from pipeline.cli.schemas import DIALECT, DescribedSchema, Schema, strip_titles
from pipeline.content.read import TERM_SECTIONS
from pipeline.content.slugs import SLUG
from pipeline.issue.wishes import FORM as WISHES
from pipeline.issue.wishes import ONE_LINE_CHARS
from pipeline.jobs.posting import REMOTE
from pipeline.jobs.salary import PERIODS
from pipeline.plugins.sections import news_sections
from pipeline.settings.tables import Settings

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_SLUG = {"type": "string", "pattern": f"^{SLUG.pattern}$"}
_DAY = {"type": "string", "format": "date"}
_DAY_OF_YEAR = {"type": "string", "pattern": r"^\d\d-\d\d$"}
_AMOUNT = {"type": "number", "exclusiveMinimum": 0}
_SPAN = {"type": "string", "pattern": r"^\s*\d+\s*[A-Za-z]+\s*$", "examples": ["14 days"]}
_OTHER = {"type": "object", "description": "What another program keeps here; it stays as it is."}


def _table(keys: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(keys),
        "required": list(required),
        "additionalProperties": False,
    }


def _about(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


TERM = _table(
    {
        "title": _about(_TEXT, "The term as readers see it."),
        "slug": _about(_SLUG, "The name of the file without `.md`."),
        "full_name": _about(_TEXT, "What an abbreviation stands for."),
        "category": _about(_TEXT, "The group of the glossary it belongs to."),
        "difficulty": {"enum": [1, 2, 3], "description": "1 for newcomers, 3 for experts."},
        "aliases": _about(_TEXTS, "Other names."),
        "related": _about(_TEXTS, "Slugs of terms that go with it."),
        "prerequisites": _about(_TEXTS, "Slugs of terms to know first."),
        "seasons": {
            "type": "array",
            "items": _table({"start": _DAY_OF_YEAR, "end": _DAY_OF_YEAR}, ("start", "end")),
            "description": "Spans of the year it suits, as MM-DD, both ends included.",
        },
        "sources": _about(_TEXTS, "Where the facts come from."),
        "related_links": _about(_TEXTS, "Paths or addresses to read on."),
        "faqs": {
            "type": "array",
            "items": _table({"question": _TEXT, "answer": _TEXT}, ("question", "answer")),
            "description": "Questions with their answers.",
        },
        "without": {
            "type": "array",
            "items": {"enum": list(TERM_SECTIONS)},
            "description": "Sections that the term needs none of.",
        },
        "extra": _OTHER,
    },
    ("title", "slug", "category", "difficulty"),
)
TIP = _table(
    {
        "title": _about(_TEXT, "The tip in a line."),
        "slug": _about(_SLUG, "The name of the file without `.md`."),
        "tags": _about(_TEXTS, "Kinds of tips it belongs to."),
        "terms": _about(_TEXTS, "Slugs of terms it is about."),
    },
    ("title", "slug"),
)
JOB = _table(
    {
        "title": _TEXT,
        "company": _TEXT,
        "url": _about({"type": "string", "pattern": "^https?://"}, "The page of the job."),
        "place": _TEXT,
        "remote": {"enum": list(REMOTE)},
        "salary_min": _AMOUNT,
        "salary_max": _AMOUNT,
        "salary_currency": _about(_TEXT, "A code of ISO 4217, such as EUR."),
        "salary_period": {"enum": list(PERIODS)},
        "level": _TEXT,
        "skills": _TEXTS,
        "posted": _about(_DAY, "When it was posted."),
        "expires": _about(_DAY, "The last day it is open."),
        "first_seen": _about(_DAY, "When it came to the newsletter; an import writes it once."),
        "source": _about(_TEXT, "Where it was found."),
        "id": _about(_TEXT, "What it is called there."),
        "extra": _OTHER,
    },
    ("title", "company", "url"),
)
_FEED = _table(
    {
        "slug": _about(_TEXT, "A short name of its own."),
        "url": _about({"type": "string", "pattern": "^https?://"}, "The address of the feed."),
        "section": {"enum": list(news_sections()), "description": "The section of the letter it is for."},
        "title": _about(_TEXT, "How readers know it; otherwise what it says itself."),
        "weight": {"type": "number", "minimum": 0.01, "maximum": 100, "description": "2 counts twice."},
        "title_strip": _about(_TEXT, "A pattern that is taken out of every title."),
        "language": _about(_TEXT, "Where the feed does not say it, such as `en`."),
        "cap": {"type": "integer", "minimum": 1, "description": "At most so many items in a section."},
        "max_age": _about(_SPAN, "How old an item may be, such as `14 days`."),
        "hidden": {"type": "boolean", "description": "Keep it here and use nothing of it."},
    },
    ("slug", "url", "section"),
)
FEEDS = _table({"feed": {"type": "array", "items": _FEED}})


def _wishes(table: str = "") -> Schema:
    kinds: dict[str, Schema] = {"text in quotes": _TEXT, "a list of texts in quotes": _TEXTS}
    keys = {key: kinds[kind] if kind in kinds else _wishes(key) for key, kind in WISHES[table].items()}
    for key, most in ONE_LINE_CHARS.items():
        if key in keys:
            keys[key] = {**keys[key], "maxLength": most}
    return _table(keys)


class _SettingsSchema(DescribedSchema):
    """Writes times and spans as weekly.toml has them."""

    def timedelta_schema(self, schema: Any) -> Schema:  # noqa: ANN401, ARG002 - pydantic's hook
        return dict(_SPAN)

    def time_schema(self, schema: Any) -> Schema:  # noqa: ANN401, ARG002 - as above
        return {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d$"}

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401 - as above
        if isinstance(dft, timedelta):
            return f"{dft.days} days"
        return f"{dft:%H:%M}" if isinstance(dft, time) else super().encode_default(dft)


def _settings() -> Schema:
    """Make the schema of weekly.toml; the password is no part of it, for it does not belong there."""
    made = Settings.model_json_schema(schema_generator=_SettingsSchema)
    del made["$defs"]["SmtpOptions"]["properties"]["password"]
    return dict(strip_titles(made))


FILES: Mapping[str, tuple[str, Any]] = {
    "weekly.toml": ("The settings of a newsletter.", _settings),
    "term": ("The front matter of a term, content/glossary/*.md.", lambda: TERM),
    "tip": ("The front matter of a tip, content/tips/*.md.", lambda: TIP),
    "job": ("The front matter of a job, content/jobs/*.md.", lambda: JOB),
    "feeds": ("The feeds that are followed, content/feeds.toml.", lambda: FEEDS),
    "wishes": ("The wishes of a week, content/issues/WEEK.toml.", _wishes),
}
"""What each kind of file is, and what makes its schema."""


def file_schema(name: str) -> Schema:
    """Make the schema of a kind of file; raises KeyError for another name."""
    description, make = FILES[name]
    return {"$schema": DIALECT, **make(), "title": name, "description": description}
