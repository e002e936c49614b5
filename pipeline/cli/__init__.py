"""The command `weekly`: a command parses, calls, prints and chooses the exit code, and decides nothing.

Commands are imported when they are called, so that `--help` costs nothing but click.
"""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

from pipeline import __version__
from pipeline.cli.options import Group, fail

COMMANDS = {
    "run": ("run:run", "The cron line: send what is due. Safe to repeat."),
    "init": ("project:init", "Create a newsletter folder."),
    "issue": ("issue:issue", "Build, show, check and edit the letter of a week."),
    "preview": ("preview:preview", "Show the next letter in the browser."),
    "render": ("preview:render", "Write a letter as files: HTML, text, .eml."),
    "send": ("preview:send", "Send test copies to the addresses given."),
    "status": ("deliveries:status", "Show the deliveries of an issue by state."),
    "retry": ("deliveries:retry", "Queue failed and expired deliveries again."),
    "resolve": ("deliveries:resolve", "Resolve deliveries with an unknown outcome."),
    "pause": ("deliveries:pause", "Pause sending an issue until it is resumed."),
    "resume": ("deliveries:resume", "Resume a paused issue with the next run."),
    "cancel": ("deliveries:cancel", "Cancel the outstanding deliveries of an issue."),
    "content": ("content:content", "Write, list, show and check terms and tips."),
    "templates": ("project:templates", "List templates, and copy them for editing."),
    "feeds": ("feeds:feeds", "Add, fetch and monitor feeds."),
    "jobs": ("jobs:jobs", "Import jobs, and list those a letter could have."),
    "simulate": ("simulate:simulate", "Simulate the coming weeks and check the promises about them."),
    "bounces": ("bounces:bounces", "Read what comes back: bounces, complaints, delays."),
    "subscribers": ("subscribers:subscribers", "Add, import, list and count readers."),
    "relay": ("relay:relay", "Check the relay that letters leave through, or end its pause."),
    "web": ("web:web", "Serve the public pages and the webhooks."),
    "db": ("project:db", "Create, check and upgrade the database."),
    "config": ("project:config", "Show the settings in force, and print JSON Schemas."),
}
"""Every command, where it lives and its one-line help; the help needs no import."""


class Weekly(Group):
    """Find commands by name and import only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(f"pipeline.cli.{module}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, help_text) in COMMANDS.items()])


@click.command(cls=Weekly, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="weekly")
def weekly() -> None:
    """Send a weekly letter from a folder of content to every confirmed reader, once.

    \b
    weekly init my-letter --example     make a newsletter folder
    weekly -C my-letter preview         look at the next letter
    weekly -C my-letter run             send what is due (the cron line)

    Exit codes: 0 done or nothing to do, 1 failed, 2 usage, 3 waiting for approval, 4 settings or content
    invalid, 5 a check stops the send, 6 done but a person must look, 75 try later.
    """  # noqa: D301 - click wants the character itself


def main() -> None:
    """Run the command line and exit with the code that tells cron what happened."""
    # A cron that closes a stream must not keep the letter from going out.
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as we do
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # The same bytes on every machine: what is printed goes into files, and names have many scripts.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = weekly.main(standalone_mode=False)
    except BrokenPipeError:
        # The reader of our output has gone: there is no one left to report to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except BaseException as error:  # noqa: BLE001 - every end of the program becomes an exit code here
        code = fail(error)
    sys.exit(code if isinstance(code, int) else 0)
