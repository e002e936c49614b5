"""JSON Schemas (draft 2020-12) of what the program prints, made of the types in `pipeline.cli.documents`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import get_original_bases, is_typeddict

from pipeline.cli.documents import DOCUMENTS
from pipeline.cli.outputs import SCHEMA
from pipeline.model.absence import ABSENT_WHEN_ZERO

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
    """Make the schema of what a command prints with `--json`; raises KeyError when it prints none."""
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
    """Say of every text that it is not empty, and of every value that may be absent that it may be null."""
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
