"""Write the pages of docs/reference from the program itself: `make reference`."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import click

from pipeline import exits
from pipeline.check.rules import CHECKS
from pipeline.check.standards import CLIENTS, TARGETS
from pipeline.cli import weekly
from pipeline.cli.documents import DOCUMENTS
from pipeline.cli.schemas import FILES, document_schema, file_schema
from pipeline.content.lint.autofix import FIXABLE
from pipeline.content.lint.options import HYPE, WEASEL
from pipeline.content.lint.rules.wording import KNOWN_ACRONYMS
from pipeline.model.problem import (
    CONTENT_RULES,
    FEED_RULES,
    IMPORT_RULES,
    JOB_RULES,
    TEMPLATE_RULES,
    WEEK_RULES,
)
from pipeline.rules import all_rules

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
    yield "Passwords are in no file of settings: `WEEKLY_SMTP__PASSWORD`, `WEEKLY_IMAP__PASSWORD`, or such as"
    yield "`WEEKLY_SMTP__PASSWORD_FILE` with the path of a file that holds it, or the file `.secrets`."
    for name, table in schema["properties"].items():
        yield from settings_table(schema, [name], resolve(schema, table))


def settings_table(schema, path, table):
    """One table, and then the tables in it."""
    tables = {}
    yield f"\n## [{'.'.join(path)}]\n\n{table['description']}\n"
    if not table["properties"]:
        more = table.get("additionalProperties")
        if not isinstance(more, dict):
            yield "No keys: only its secret is needed."
        elif "$ref" in more:
            yield "Its keys are names of your own:"
            yield from settings_table(schema, [*path, "NAME"], resolve(schema, more))
        else:
            yield "Its keys are names of your own."
        return
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


CONTENT_HEAD = """\
# The rules of content

`weekly content check` lists what it finds with file, line, suggested fix and one of these ids.
An **error** would break a letter: it stops every run until it is fixed, and cannot be switched off.
A **warning** never stops one; `[content] rules` in weekly.toml can switch it off, or make it an error of the
check alone: `rules = { stale-year = "off", hype = "error" }`.
What is marked *fixes* is fixed by `weekly content check --fix`; `--fix --dry-run` only shows it.
Code is exempt from the rules of wording, and quotations from those of hype, fillers and stale claims.
"""

LETTER_HEAD = """\
# The rules of a letter

`weekly issue check` renders a letter and lists what it finds, each with its place, a suggested fix, the
file to edit and one of these ids; every run and the preview use the same rules.
An **error** stops the send (exit code 5), a **warning** never does.
The severity here is the worst that a rule reports; some of its findings are milder.
`[checks] rules` in weekly.toml gives a rule another level: `rules = { contrast = "warning", vml = "off" }`.
A *required* rule guards the letter itself, or the law, and stays an error.
Mistakes in MJML never come this far: rendering refuses them with file and line (exit code 4).
The rules `link-broken`, `link-moved`, `link-trouble` and `link-unasked` need answers:
`weekly issue check --links` requests each link once.

| rule | severity | why | fixed in |
|---|---|---|---|
"""

OTHER_RULES = """
# The rules of what a letter is made from

The other files of a newsletter are checked whenever they are read.
An **error** stops the command that met it, and stays an error; a **warning** can be switched off in
`[checks] rules`, too: `rules = { template-unused = "off" }`.
"""

CLIENTS_HEAD = """
## Mail programs

`unsupported-feature` adds up which readers cannot see something, by the data of
[caniemail.com](https://www.caniemail.com) of {day} (MIT, reduced to its newest answers).
What MJML's own components use is left out, and so are ornaments such as round corners.
`[checks] clients` replaces these weights; only those that it names count:

| name | mail program | weight |
|---|---|---|
"""


def content_rules_page():
    """Every rule of content, with its severity and its reason, and the lists of words."""
    groups = (CONTENT_RULES, JOB_RULES, IMPORT_RULES)
    tables = "".join(rules_table(group, FIXABLE, ", *fixes*") for group in groups)
    lists = (
        ("Hype", "`hype`", HYPE),
        ("Fillers and unnamed authorities", "`weasel`", WEASEL),
        ("Acronyms that need no explanation", "`known_acronyms` adds to them", sorted(KNOWN_ACRONYMS)),
    )
    words = "".join(f"\n## {title}\n\nSetting: {key}.\n\n{', '.join(of)}\n" for title, key, of in lists)
    yield f"\n{CONTENT_HEAD}{tables}{words}".removesuffix("\n")


def letter_rules_page():
    """Every rule of letters and of the files of a week, with its severity and its reason."""
    rows = "".join(
        f"| `{rule}` | {rule.severity}{', *required*' if rule.is_required else ''} "
        f"| {rule.why} | {f'`{rule.fix_in}`' if rule.fix_in else '–'} |\n"
        for rule in CHECKS
    )
    clients = "".join(
        f"| `{name}` | {shown} | {TARGETS.get(name, 0):g} |\n" for name, shown in CLIENTS.items()
    )
    day = json.loads(files("pipeline.check").joinpath("support.json").read_bytes())["updated"]
    others = "".join(rules_table(group) for group in (WEEK_RULES, FEED_RULES, TEMPLATE_RULES))
    yield f"\n{LETTER_HEAD}{rows}{CLIENTS_HEAD.format(day=day)}{clients}{OTHER_RULES}{others}".removesuffix(
        "\n"
    )


def rules_table(group, marked=(), mark=""):
    """A section of the rules of a group, errors first; `marked` rules get the mark."""
    rules = [rule for rule in all_rules().values() if rule.group == group]
    rows = "".join(
        f"| `{rule}` | {rule.severity}{mark if rule in marked else ''} | {rule.why} |\n"
        for rule in sorted(rules, key=lambda rule: (rule.severity, rule))
    )
    return f"\n## {group.title}\n\n| rule | severity | why |\n|---|---|---|\n{rows}"


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
PAGES = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "json.md": json_page,
    "content-rules.md": content_rules_page,
    "letter-rules.md": letter_rules_page,
}


def render(name):
    """Make a whole page."""
    return "\n".join([NOTE, *PAGES[name]()]) + "\n"


if __name__ == "__main__":
    for name in PAGES:
        (FOLDER / name).write_text(render(name), encoding="utf-8")
