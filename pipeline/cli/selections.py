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
    """Return the selection that was asked for; raises ArgumentError with a caret under a mistake."""
    from pipeline.run.segments import find_segment, parse_where
    from subscribers.model import SubscriberState
    from subscribers.selection.model import by_state, by_tag, join_all

    parts = []
    if asked.where is not None:
        parts.append(parse_where(newsletter, asked.where, "--where"))
    if asked.segment is not None:
        parts.append(find_segment(newsletter, asked.segment).selection)
    if asked.state:
        parts.append(by_state(SubscriberState[asked.state.upper()]))
    if asked.tag:
        parts.append(by_tag(asked.tag))
    return join_all(*parts)
