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
    "init": ("init:init", "Make a newsletter folder."),
    "issue": ("issue:issue", "Build, look at and check the letter of a week."),
    "preview": ("preview:preview", "Show the next letter in the browser."),
    "render": ("preview:render", "Write a letter as files: HTML, text, .eml."),
    "send": ("send:send", "Send test copies to addresses you name."),
    "status": ("deliveries:status", "Show what became of every delivery of an issue."),
    "retry": ("deliveries:retry", "Queue failed and expired deliveries again."),
    "resolve": ("deliveries:resolve", "Settle deliveries whose fate nobody can tell."),
    "pause": ("deliveries:pause", "Stop sending an issue until it is resumed."),
    "resume": ("deliveries:resume", "Let a paused issue go on with the next run."),
    "cancel": ("deliveries:cancel", "Give up what an issue still owes."),
    "content": ("content:content", "Write, list, show and check terms and tips."),
    "templates": ("templates:templates", "List the templates, and copy those to change."),
    "feeds": ("feeds:feeds", "Add, fetch and monitor feeds."),
    "jobs": ("jobs:jobs", "Bring jobs in, see which a letter could have."),
    "simulate": ("simulate:simulate", "Play the coming weeks and check what is promised of them."),
    "subscribers": ("subscribers:subscribers", "Add, import, list, count readers."),
    "web": ("web:web", "Serve the public pages: confirm, unsubscribe."),
    "db": ("db:db", "Check and upgrade the database."),
    "config": ("config:config", "Show the settings in force."),
}
"""Every command, where it lives and its one-line help; the help needs no import."""


class Weekly(Group):
    """Finds commands by name and imports the one that is called."""

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
            raise TypeError(f"{cmd_name} is no command")
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
        # Whoever read our output has gone; nothing can be said any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except BaseException as error:  # noqa: BLE001 - every end of the program becomes an exit code here
        code = fail(error)
    sys.exit(code if isinstance(code, int) else 0)
