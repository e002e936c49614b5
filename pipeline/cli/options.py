"""What every command shares: the newsletter's folder, the time, messages, and exit codes of errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from pipeline import exits
from pipeline.resources import describe_missing
from subscribers.instants import YEARS, parse_instant

if TYPE_CHECKING:
    from pipeline.model.problem import Problem
    from pipeline.wiring import Newsletter


_PREFIX = "shared_"


@dataclass(slots=True)
class Common:
    """The options that stand before or after a command; after wins."""

    folder: Path | None = None
    config: Path | None = None
    as_of: datetime | None = None
    verbose: bool = False
    quiet: bool = False

    def take(self, values: dict[str, Any]) -> None:
        """Move the shared options out of a command's arguments; those given here win."""
        for name in [name for name in values if name.startswith(_PREFIX)]:
            value = values.pop(name)
            if value:
                setattr(self, name.removeprefix(_PREFIX), value)

    @property
    def newsletter_folder(self) -> Path:
        """The folder that is given, that of the settings that are given, or the present one."""
        return self.folder or (self.config.parent if self.config else Path())

    @property
    def talks(self) -> bool:
        """Whether to report progress on stderr: with --verbose, or on a terminal."""
        return not self.quiet and (self.verbose or sys.stderr.isatty())


class InstantParam(click.ParamType[datetime]):
    """An instant such as `2026-11-24T09:00Z`; without a zone it is UTC."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse ISO 8601."""
        if isinstance(value, datetime):
            return value
        try:
            instant = parse_instant(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a valid instant; write one such as 2026-11-24T09:00Z", param, ctx)
        if not YEARS[0] <= instant.year <= YEARS[1]:
            self.fail(f"{value!r} is outside the years {YEARS[0]} to {YEARS[1]}", param, ctx)
        return instant


class DateParam(click.ParamType[date]):
    """A day such as `2025-01-31`."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse ISO 8601."""
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(f"{value!r} is not a date; write year, month and day like 2025-01-31.", param, ctx)


class WeekParam(click.ParamType[str]):
    """An ISO week such as `2026-W48`, as it was written."""

    name = "week"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Parse an ISO week."""
        from pipeline.weeks import Week

        try:
            return str(Week.parse(str(value)))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


def shared_options() -> list[click.Option]:
    """Return the options that every command takes."""
    folder = click.Path(file_okay=False, path_type=Path)
    file = click.Path(dir_okay=False, path_type=Path)
    return [
        click.Option(
            ["-C", "shared_folder"], type=folder, metavar="DIR", help="The newsletter's folder.  [default: .]"
        ),
        click.Option(
            ["--config", "shared_config"],
            type=file,
            metavar="FILE",
            help="Settings.  [default: DIR/weekly.toml]",
        ),
        click.Option(
            ["--as-of", "shared_as_of"],
            type=InstantParam(),
            metavar="INSTANT",
            help="Act as if the time were this instant.",
        ),
        click.Option(["-v", "--verbose", "shared_verbose"], is_flag=True, help="Report more on stderr."),
        click.Option(["-q", "--quiet", "shared_quiet"], is_flag=True, help="Report errors only."),
    ]


class Command(click.Command):
    """A command that also takes the shared options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature
        super().__init__(*args, **kwargs)
        self.params.extend(shared_options())

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - whatever the callback returns
        """Move the shared options out of the callback's way."""
        ctx.ensure_object(Common).take(ctx.params)
        return super().invoke(ctx)


class Group(Command, click.Group):
    """A group whose commands take the shared options, and which takes them itself."""

    command_class = Command
    group_class = type


def command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """Declare a command with the shared options."""
    return click.command(name, cls=Command)


def group(name: str | None = None) -> Callable[[Callable[..., Any]], Group]:
    """Declare a group whose commands have the shared options."""
    return click.group(name, cls=Group)


week_option = click.option("--week", type=WeekParam(), metavar="WEEK", help="An ISO week such as 2026-W48.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Output for people, for programs, or as GitHub annotations.",
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would happen and change nothing.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


def open_newsletter() -> Newsletter:
    """Open the newsletter that the options name."""
    from pipeline.wiring import Newsletter

    context = click.get_current_context()
    common = context.ensure_object(Common)
    newsletter = Newsletter(
        folder=common.newsletter_folder,
        config=common.config,
        as_of=common.as_of,
        environ=os.environ,
        tell=lambda message: _tell_watcher(common, message),
        say=say,
    )
    context.call_on_close(newsletter.close)
    return newsletter


def open_editors_newsletter() -> Newsletter:
    """Open the newsletter that the options name; refuse a folder that is not one."""
    from pipeline.content.scaffold import check_folder

    newsletter = open_newsletter()
    check_folder(newsletter.folder)
    return newsletter


def common() -> Common:
    """Get the shared options of the running command."""
    return click.get_current_context().ensure_object(Common)


def tell(message: str) -> None:
    """Print a message on stderr when progress is shown."""
    _tell_watcher(common(), message)


def _tell_watcher(common: Common, message: str) -> None:
    if common.talks:
        click.echo(message, err=True)


def say(message: str) -> None:
    """Print a message on stderr, under cron too, unless --quiet is given."""
    if not common().quiet:
        click.echo(message, err=True)


def open_input(file: Path, kind: str) -> AbstractContextManager[BinaryIO]:
    """Open a file to import, or stdin for `-`; raises FileError, which asks for a file of this kind."""
    from pipeline.errors import FileError

    if str(file) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as error:
        raise FileError(file, error, f"give the path of a {kind} file") from error


def say_problems(problems: Iterable[Problem]) -> None:
    """Print problems on stderr, each with its severity."""
    for problem in problems:
        say(f"{problem.severity}: {problem}")


def confirm(question: str, *, yes: bool) -> None:
    """Ask before doing something that cannot be undone; without a terminal `--yes` is required."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} There is no terminal to ask on: give --yes.")
    click.confirm(question, abort=True, err=True)


def fail(error: BaseException) -> int:
    """Print an error and return the exit code; only a fault of the program shows a traceback."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        click.echo("stopped", err=True)
        return 130
    if isinstance(error, ImportError) and (words := describe_missing(error)):
        click.echo(f"weekly: {words}", err=True)
        return exits.FAILED
    return _fail_known(error)


def _fail_known(error: BaseException) -> int:
    from pipeline import errors
    from subscribers.errors import AddressError

    if type(error).__module__.startswith(("sqlalchemy", "sqlite3", "psycopg")):
        from pipeline.store.errors import describe_store_error

        error = describe_store_error(error)
    for kind, code in (
        (errors.AuthorError, exits.INVALID),
        (errors.SettingsError, exits.INVALID),
        (errors.SchemaTooNew, exits.INVALID),
        (errors.StoreUnusable, exits.LOOK),
        (errors.ChecksFailed, exits.CHECKS),
        (errors.TryLater, exits.LATER),
        (errors.ArgumentError, exits.USAGE),
        (errors.PipelineError, exits.FAILED),
    ):
        if isinstance(error, kind):
            click.echo(f"weekly: {error}", err=True)
            return code
    if isinstance(error, AddressError):
        click.echo(f"weekly: the address cannot be used: {error}; write it like ada@example.org", err=True)
        return exits.USAGE
    if type(error).__module__.startswith("subscribers."):
        click.echo(f"weekly: {error}", err=True)
        return exits.FAILED
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"weekly: {place}{error.strerror.lower()}", err=True)
        return exits.FAILED
    raise error
