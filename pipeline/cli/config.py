"""`weekly config …`: the settings in force."""

from __future__ import annotations

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
    """Show the settings in force."""


@config.command()
@json_option
def show(*, as_json: bool) -> None:
    """Print every setting with where it comes from: weekly.toml, the environment, or the default.

    Secrets are never printed. Example: weekly config show --json
    """
    newsletter = open_newsletter()
    settings = newsletter.settings.model_dump(mode="json", by_alias=True)
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


def _origin(section: str, key: str, written: dict[str, dict[str, object]]) -> str:
    name = f"WEEKLY_{section}__{key}".upper()
    if name in (variable.upper() for variable in os.environ):
        return name
    return "weekly.toml" if key in written.get(section, {}) else "default"
