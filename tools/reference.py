"""Write docs/reference/{commands,settings,json}.md from the program itself: `make reference`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from pipeline import exits
from pipeline.cli import weekly
from pipeline.cli.documents import DOCUMENTS
from pipeline.cli.schemas import FILES, document_schema, file_schema

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
WIDTH = 100
LONG = 60
"""A default of more characters than this is not shown in a table."""

EXIT_CODES = {
    "DONE": "done, nothing to do, or no readers",
    "FAILED": "failed",
    "USAGE": "wrong usage",
    "WAITING": "waiting for approval",
    "INVALID": "settings or content invalid",
    "CHECKS": "a check stops the send",
    "LOOK": "done, but a person must look",
    "LATER": "try later: another run is working, the relay is away, the issue is paused",
}


def walk(command=weekly, parent=None):
    """Yield every command with its context, groups before their commands."""
    context = click.Context(
        command, parent, info_name=command.name, max_content_width=WIDTH, terminal_width=WIDTH
    )
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), context)


def commands_page():
    """Every command with its help, and the exit codes."""
    yield "# Commands\n"
    yield "| code | meaning |\n|---|---|"
    for name, meaning in EXIT_CODES.items():
        yield f"| {getattr(exits, name)} | {meaning} |"
    for context in walk():
        # Click keeps the help option of its first use, which may not have known the names of its parent.
        context.command._help_option = None  # noqa: SLF001 - as above
        help_text = context.command.get_help(context).rstrip()
        yield f"\n## {context.command_path}\n\n```help\n{help_text}\n```"


def settings_page():
    """Every setting, table by table."""
    schema = file_schema("weekly.toml")
    yield "# Settings\n"
    yield "Settings are in `weekly.toml`; the environment variable in the last column wins over the file."
    yield "`weekly config show` prints what is in force, `weekly config schema` the JSON Schema of the file."
    yield "The password of the relay is in no file of settings: `WEEKLY_SMTP__PASSWORD`, or"
    yield "`WEEKLY_SMTP__PASSWORD_FILE` with the path of a file that holds it, or the file `.secrets`."
    for name, table in schema["properties"].items():
        yield from settings_table(schema, [name], resolve(schema, table))


def settings_table(schema, path, table):
    """One table, and then the tables in it."""
    tables = {}
    yield f"\n## [{'.'.join(path)}]\n\n{table['description']}\n"
    yield "| key | type | default | what it is | environment |\n|---|---|---|---|---|"
    for key, value in table["properties"].items():
        found = resolve(schema, value)
        if "properties" in found:
            tables[key] = found
            continue
        default = json.dumps(value["default"], ensure_ascii=False) if "default" in value else "{}"
        shown = f"`{default}`" if len(default) <= LONG else "built in"
        shown = "must be given" if key in table.get("required", ()) else shown
        variable = f"WEEKLY_{path[0]}__{'__'.join([*path[1:], key])}".upper()
        yield row(f"`{key}`", kind(value), shown, found.get("description", ""), f"`{variable}`")
    for key, found in tables.items():
        yield from settings_table(schema, [*path, key], found)


def json_page():
    """Every document that `--json` prints."""
    yield "# JSON documents\n"
    files = ", ".join(f"`{name}`" for name in FILES)
    yield "What a command prints with `--json` is one document. `weekly config schema COMMAND` prints its"
    yield f"JSON Schema (draft 2020-12), and `weekly config schema NAME` that of a file: {files}."
    yield "`schema` is 1 until a key goes or changes its meaning; keys may be added at any time."
    yield "Instants are RFC 3339, UTC: `2026-11-24T09:00:00Z`, days `2026-11-24`; `null` stands for nothing."
    yield "A command that fails prints no document, reports why on stderr, and exits with a code above 0."
    for name in DOCUMENTS:
        schema = document_schema(name)
        yield f"\n## weekly {name}"
        roots = [resolve(schema, each) for each in schema.get("anyOf", ())] or [schema]
        names = [each["$ref"].rpartition("/")[2] for each in schema.get("anyOf", ())]
        for root in roots:
            yield f"\n{root['description']}\n"
            yield from fields(schema, root)
        for nested, found in schema.get("$defs", {}).items():
            if nested not in names and "properties" in found:
                yield f"\n**{nested}**: {found['description']}\n"
                yield from fields(schema, found)


def fields(schema, found):
    """The keys of an object; a reference to a word of a few is written out."""
    yield "| key | type | what it is |\n|---|---|---|"
    for key, value in found["properties"].items():
        full = resolve(schema, value)
        yield row(f"`{key}`", kind(full if "enum" in full else value), full.get("description", ""))


def resolve(schema, value):
    """Follow a reference; what stands beside it goes before what is there."""
    name = value.get("$ref", "").rpartition("/")[2]
    return {**schema["$defs"][name], **value} if name else value


def kind(value):
    """Name the type of a value in a few words."""
    if "$ref" in value:
        return f"**{value['$ref'].rpartition('/')[2]}**"
    if "anyOf" in value:
        return " or ".join(kind(each) for each in value["anyOf"])
    if "enum" in value or "const" in value:
        words = value.get("enum") or [json.dumps(value["const"])]
        return ", ".join(f"`{each}`" for each in words)
    if value.get("type") == "array":
        return f"list of {kind(value['items'])}" if "items" in value else "pair"
    if isinstance(value.get("additionalProperties"), dict):
        return f"object of {kind(value['additionalProperties'])}"
    words = {"date-time": "instant", "date": "day"}
    name = words.get(value.get("format", ""), value.get("type", "anything"))
    limits = {"minimum": "≥", "maximum": "≤", "exclusiveMinimum": ">"}
    return " ".join([name, *(f"{sign} {value[key]:g}" for key, sign in limits.items() if key in value)])


def row(*cells):
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


NOTE = "<!-- Written by `make reference`; edit the program instead. -->"
PAGES = {"commands.md": commands_page, "settings.md": settings_page, "json.md": json_page}


def render(name):
    """Make a whole page."""
    return "\n".join([NOTE, *PAGES[name]()]) + "\n"


if __name__ == "__main__":
    for name in PAGES:
        (FOLDER / name).write_text(render(name), encoding="utf-8")
