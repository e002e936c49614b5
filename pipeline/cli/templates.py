"""`weekly templates …`: list templates, and copy them for editing."""

from __future__ import annotations

import click

from pipeline.cli.json_output import print_json
from pipeline.cli.options import dry_run_option, group, json_option, open_newsletter, say


@group()
def templates() -> None:
    """List the templates of letters and pages, and copy them for editing."""


@templates.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List every template with its origin: shipped, an unchanged copy, or your own.

    Example: weekly templates list
    """
    from pipeline.cli.tables import print_table
    from pipeline.project.templates import list_templates
    from pipeline.render.unused_templates import find_unused_templates
    from pipeline.resources import shipped

    newsletter = open_newsletter()
    found = list_templates(newsletter.folder, shipped("templates"))
    if as_json:
        rows = [{"name": template.name, "origin": template.origin} for template in found]
        print_json({"templates": rows})
    else:
        print_table(("template", "origin"), [(template.name, template.origin) for template in found])
    for problem in newsletter.settings.heard(find_unused_templates(newsletter.templates)):
        say(f"warning: {problem}")


@templates.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@dry_run_option
def copy(*, names: tuple[str, ...], dry_run: bool) -> None:
    """Copy shipped templates into templates/, where your copies replace them.

    Example: weekly templates copy email/theme.mjml.j2
    """
    from pipeline.project.templates import copy_templates
    from pipeline.resources import shipped

    made = copy_templates(open_newsletter().folder, shipped("templates"), names, dry_run=dry_run)
    for name in made:
        say(f"{'would copy' if dry_run else 'copied'} templates/{name}")
