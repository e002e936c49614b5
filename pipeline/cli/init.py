"""`weekly init`: a newsletter folder to start from."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import command, dry_run_option, say


@command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--example", is_flag=True, help="Include the example terms and tips.")
@dry_run_option
def init(*, folder: Path, example: bool, dry_run: bool) -> None:
    """Create a newsletter folder: settings, content, a workflow that checks both. Nothing is overwritten.

    Example: weekly init my-letter --example
    """
    from pipeline.project.scaffold import make_folder, plan_folder

    if dry_run:
        for path in plan_folder(example=example):
            click.echo(path)
        return
    made = make_folder(folder, example=example)
    say(f"{folder}: {made} files made")
    say(f"next: weekly -C {folder} preview")
