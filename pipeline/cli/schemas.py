"""JSON Schemas (draft 2020-12) of what the program prints, and of the files that an editor writes.

The first are made of the types in `pipeline.cli.documents`; the second help while typing, the readers decide.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import time, timedelta
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import get_original_bases, is_typeddict

from pipeline.cli.documents import DOCUMENTS
from pipeline.cli.outputs import SCHEMA
from pipeline.content.read import TERM_SECTIONS
from pipeline.content.slugs import SLUG
from pipeline.issue.wishes import FORM as WISHES
from pipeline.issue.wishes import ONE_LINE_CHARS
from pipeline.jobs.posting import REMOTE
from pipeline.jobs.salary import PERIODS
from pipeline.model.absence import ABSENT_WHEN_ZERO
from pipeline.model.options import Options
from pipeline.plugins.sections import news_sections
from pipeline.settings.tables import Settings
from pipeline.webhooks.registry import find_webhook, webhook_names

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


class DescribedSchema(GenerateJsonSchema):
    """Takes the descriptions of fields from the docstrings below them."""

    def typed_dict_schema(self, schema: Any) -> Schema:  # noqa: ANN401, D102 - pydantic's hook
        return _describe(schema["cls"], super().typed_dict_schema(schema))

    def dataclass_schema(self, schema: Any) -> Schema:  # noqa: ANN401, D102 - as above
        made = _describe(schema["cls"], super().dataclass_schema(schema))
        for field in fields(schema["cls"]):
            if field.metadata == ABSENT_WHEN_ZERO:
                made["properties"][field.name]["default"] = None
        return {**made, "required": list(made.get("properties", ()))}

    def model_schema(self, schema: Any) -> Schema:  # noqa: ANN401, D102 - as above
        return _describe(schema["cls"], super().model_schema(schema))


def document_schema(command: str) -> Schema:
    """Build the schema of what a command prints with `--json`; raises KeyError when it prints none."""
    adapter: TypeAdapter[Any] = TypeAdapter(DOCUMENTS[command])
    made = adapter.json_schema(mode="serialization", schema_generator=DescribedSchema)
    roots = [made["$defs"][each["$ref"].rpartition("/")[2]] for each in made.get("anyOf", ())] or [made]
    for root in roots:
        number = {"const": SCHEMA, "description": "Version of the document."}
        root["properties"] = {"schema": number, **root["properties"]}
        root["required"] = ["schema", *root["required"]]
    return {"$schema": DIALECT, **_tidy(made), "title": f"weekly {command} --json"}


def field_docs(cls: type) -> dict[str, str]:
    """Collect the docstrings below the fields of a class and of those it inherits from, by field."""
    found: dict[str, str] = {}
    for base in get_original_bases(cls) if is_typeddict(cls) else reversed(cls.__mro__[1:-1]):
        if isinstance(base, type) and base.__module__.partition(".")[0] in ("pipeline", "subscribers"):
            found |= field_docs(base)
    return found | dict(_own_docs(cls))


def _own_docs(cls: type) -> Iterator[tuple[str, str]]:
    try:
        source = textwrap.dedent(inspect.getsource(cls))
    except (OSError, TypeError):  # made by a call, and so without lines of its own
        return
    (tree,) = ast.parse(source).body
    for field, below in pairwise(tree.body if isinstance(tree, ast.ClassDef) else ()):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            match below:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield field.target.id, " ".join(text.split())


def _describe(cls: type, made: Schema) -> Schema:
    docs = field_docs(cls)
    names = {field.alias: name for name, field in getattr(cls, "__pydantic_fields__", {}).items()}
    for key, value in made.get("properties", {}).items():
        if text := docs.get(names.get(key, key) or key):
            value["description"] = text
    return made


def strip_titles(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave out the titles that pydantic makes of names."""
    if isinstance(value, list):
        return [strip_titles(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: strip_titles(each) for key, each in value.items() if key != "title" or not isinstance(each, str)
    }


def _tidy(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Note of every text that it is not empty, and of every value that may be absent that it may be null."""
    if isinstance(value, list):
        return [_tidy(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    made = {key: _tidy(each) for key, each in value.items() if key not in ("title", "default")}
    if "properties" in value:
        made["properties"] = {key: _tidy(each) for key, each in value["properties"].items()}
    if "description" in made and isinstance(made["description"], str):
        made["description"] = " ".join(made["description"].split())
    if made.get("type") == "string" and not made.keys() & {"enum", "const", "format", "pattern"}:
        made["minLength"] = 1
    if "default" in value and value["default"] in ("", None) and "anyOf" not in made:
        described = {key: made.pop(key) for key in ("description",) if key in made}
        made = {"anyOf": [made, {"type": "null"}], **described}
    return made


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
            whole_days = dft % timedelta(days=1) == timedelta(0)
            return f"{dft.days} days" if whole_days else f"{dft // timedelta(minutes=1)} minutes"
        return f"{dft:%H:%M}" if isinstance(dft, time) else super().encode_default(dft)


def _settings() -> Schema:
    """Build the schema of weekly.toml; the password is no part of it, for it does not belong there."""
    made = Settings.model_json_schema(schema_generator=_SettingsSchema)
    del made["$defs"]["SmtpOptions"]["properties"]["password"]
    for name in webhook_names():
        table = (find_webhook(name).options or Options).model_json_schema(schema_generator=_SettingsSchema)
        made["$defs"]["WebhooksSection"]["properties"][name] = table
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
    """Build the schema of a kind of file; raises KeyError for another name."""
    description, make = FILES[name]
    return {"$schema": DIALECT, **make(), "title": name, "description": description}
