"""The options that select readers: `--where`, `--segment`, and `--state` and `--tag` as shorthands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.selection.model import Selection

_Function = Callable[..., Any]

STATES = ("pending", "active", "paused", "unsubscribed", "bounced", "complained", "erased")

state_option = click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
tag_option = click.option("--tag", default="", help="Only those with this tag.")
where_option = click.option(
    "--where", default=None, metavar="SELECTION", help="Only those selected: 'tag:mentors and joined>30d'."
)
segment_option = click.option(
    "--segment", default=None, metavar="NAME", help="Only those of a segment of weekly.toml."
)


@dataclass(frozen=True, slots=True)
class Selecting:
    """What a command was asked to select by."""

    where: str | None = None
    segment: str | None = None
    state: str | None = None
    tag: str = ""

    @property
    def is_everyone(self) -> bool:
        """Whether nothing was asked for."""
        return self == Selecting()

    @property
    def words(self) -> str:
        """The selection in one line, for the record."""
        parts = {"": self.where, "segment ": self.segment, "state:": self.state, "tag:": self.tag}
        return " and ".join(f"{name}{text}" for name, text in parts.items() if text)


def selecting_options(*options: Callable[[_Function], _Function]) -> Callable[[_Function], _Function]:
    """Declare options of a selection, which the command takes as one `asked`."""

    def declare(function: _Function) -> _Function:
        @wraps(function)
        def call(*args: Any, **values: Any) -> Any:  # noqa: ANN401 - the command's own arguments
            names = [field.name for field in fields(Selecting) if field.name in values]
            return function(*args, asked=Selecting(**{name: values.pop(name) for name in names}), **values)

        for option in reversed(options):
            option(call)  # notes the option on the function
        return call

    return declare


selected = selecting_options(where_option, segment_option)
"""For commands that act on one reader, or on a selection."""
listed = selecting_options(where_option, segment_option, state_option, tag_option)
"""For commands that list readers."""


def read_selection(newsletter: Newsletter, asked: Selecting) -> Selection:
    """Return the selection that was asked for; raises UsageError with a caret under a mistake."""
    from subscribers.model import SubscriberState
    from subscribers.selection.model import by_state, by_tag, join_all

    parts = []
    if asked.where is not None:
        parts.append(parse_where(newsletter, asked.where, "--where"))
    if asked.segment is not None:
        parts.append(read_segment(newsletter, asked.segment))
    if asked.state:
        parts.append(by_state(SubscriberState[asked.state.upper()]))
    if asked.tag:
        parts.append(by_tag(asked.tag))
    return join_all(*parts)


def read_segment(newsletter: Newsletter, name: str) -> Selection:
    """Return the selection that is saved under a name; raises UsageError for an unknown one."""
    from pipeline.model.suggest import did_you_mean

    texts = newsletter.settings.segments.texts
    if name not in texts:
        known = (
            f"segments of weekly.toml are {', '.join(texts)}" if texts else "weekly.toml has no [segments]"
        )
        hint = did_you_mean(name, texts)
        raise click.UsageError(f"There is no segment {name!r}: {hint or known}.")
    return parse_where(newsletter, texts[name], f"segment {name}")


def parse_where(newsletter: Newsletter, text: str, source: str) -> Selection:
    """Return the selection that a text means, its attributes looked up in the database."""
    from subscribers.selection.model import SelectionError
    from subscribers.selection.parse import parse_selection

    try:
        found = parse_selection(text, now=newsletter.clock.now(), zone=newsletter.schedule.zone)
        return newsletter.people.selected.resolve(found, text) if newsletter.has_store() else found
    except SelectionError as error:
        raise click.UsageError(f"{source}: {error}") from error
