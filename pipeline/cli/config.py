"""`weekly config …`: the settings in force, and JSON Schemas."""

from __future__ import annotations

import json
import os
import re
import tomllib

import click

from pipeline.cli.json_output import print_json
from pipeline.cli.options import group, json_option, open_newsletter

# What stands between the user and the host of a URL.
_PASSWORD = re.compile(r"(?<=:)(?<!://)[^:/@]+(?=@)")


@group()
def config() -> None:
    """Show the settings in force, and print JSON Schemas."""


@config.command()
@json_option
def show(*, as_json: bool) -> None:
    """Print every setting with its origin: weekly.toml, the environment, or the default.

    Secrets are masked. Example: weekly config show --json
    """
    from pipeline.settings.load import dump_settings

    newsletter = open_newsletter()
    settings = dump_settings(newsletter.settings, newsletter.config.name)
    settings["store"]["url"] = _PASSWORD.sub("***", settings["store"]["url"])
    written = tomllib.loads(newsletter.config.read_bytes().decode("utf-8-sig"))
    origins = {
        section: {key: _origin(section, key, written) for key in values}
        for section, values in settings.items()
    }
    if as_json:
        print_json({"settings": settings, "origin": origins})
        return
    for section, values in settings.items():
        click.echo(f"[{section}]")
        for key, value in values.items():
            click.echo(f"{key} = {value!r:<56} # {origins[section][key]}")


@config.command()
@click.argument("name", nargs=-1, metavar="[NAME]...")
def schema(*, name: tuple[str, ...]) -> None:
    """Print the JSON Schema of weekly.toml, of another file that you write, or of what a command prints.

    NAME is weekly.toml, term, tip, job, feeds or wishes, or a command that takes --json.

    \b
    weekly config schema > weekly.schema.json
    weekly config schema term
    weekly config schema issue show
    """  # noqa: D301 - click wants the character itself
    from pipeline.cli.documents import DOCUMENTS
    from pipeline.cli.file_schemas import FILES, file_schema
    from pipeline.cli.schemas import document_schema
    from pipeline.model.suggest import did_you_mean

    wanted = " ".join(name) or "weekly.toml"
    if wanted not in (*FILES, *DOCUMENTS):
        advice = did_you_mean(wanted, (*FILES, *DOCUMENTS)) or f"files are {', '.join(FILES)}"
        raise click.UsageError(f"There is no schema of {wanted!r}; {advice}.")
    made = file_schema(wanted) if wanted in FILES else document_schema(wanted)
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


def _origin(section: str, key: str, written: dict[str, dict[str, object]]) -> str:
    name = f"WEEKLY_{section}__{key}".upper()
    if name in (variable.upper() for variable in os.environ):
        return name
    return "weekly.toml" if key in written.get(section, {}) else "default"
