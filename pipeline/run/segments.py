"""Segments: selections of readers that weekly.toml saves, looked up by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ArgumentError
from pipeline.model.frozen import dataclass
from pipeline.model.suggest import did_you_mean

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.selection.model import Selection


@dataclass(frozen=True, slots=True)
class Segment:
    """A saved selection; `words` are its name and its text."""

    words: str
    selection: Selection


def get_segment_text(newsletter: Newsletter, name: str) -> str:
    """Return the selection saved under a name, as written; raises ArgumentError for an unknown name."""
    texts = newsletter.settings.segments.texts
    if name not in texts:
        known = f"weekly.toml has {', '.join(texts)}" if texts else "weekly.toml has no [segments]"
        raise ArgumentError(f"there is no segment {name!r}: {did_you_mean(name, texts) or known}")
    return texts[name]


def find_segment(newsletter: Newsletter, name: str) -> Segment:
    """Find a segment by name; raises ArgumentError for an unknown one, or for unknown attributes in it."""
    text = get_segment_text(newsletter, name)
    selection = parse_where(newsletter, text, f"segment {name}")
    return Segment(f"{name}: {' '.join(text.split())}", selection)


def parse_where(newsletter: Newsletter, text: str, source: str) -> Selection:
    """Parse a selection and look its attributes up; raises ArgumentError, with a caret under the mistake."""
    from subscribers.selection.model import SelectionError
    from subscribers.selection.parse import parse_selection

    try:
        found = parse_selection(text, now=newsletter.clock.now(), zone=newsletter.schedule.zone)
        return newsletter.people.selected.resolve(found, text) if newsletter.has_store() else found
    except SelectionError as error:
        raise ArgumentError(f"{source}: {error}") from error


def check_segment(newsletter: Newsletter, segment: str) -> None:
    """Raise ArgumentError for a segment that is not there, or that an approval would make forgotten."""
    if not segment:
        return
    get_segment_text(newsletter, segment)
    if newsletter.settings.schedule.approval:
        raise ArgumentError(
            "--segment is forgotten while a letter waits for approval, and the next run would send it to "
            f'every reader; write `segment = "{segment}"` into the week\'s file in content/issues instead'
        )
