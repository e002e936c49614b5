"""The tools that lists come from, as data: their columns and the words of their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from subscribers.importing.column_names import FIELDS
from subscribers.importing.meanings import Meanings
from subscribers.importing.words import ConsentVerdict, compact, read_data, state_words

WHOLE_FILE = {
    "unsubscribed": ConsentVerdict.UNSUBSCRIBED,
    "bounced": ConsentVerdict.BOUNCED,
    "complained": ConsentVerdict.COMPLAINED,
    "suppressed": ConsentVerdict.SUPPRESSED,
}
"""The states that a whole file can have, as `--state` names them."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """One kind of file of one tool. A column that no entry names is judged by its name and its cells."""

    name: str
    columns: tuple[str, ...]
    """The columns by which a file is recognized: all of them are there."""
    without: tuple[str, ...] = ()
    """Columns that a file of this kind does not have."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """By column, the field that it is: one of FIELDS."""
    consent: Mapping[str, Meanings] = field(default_factory=dict)
    """By column, what its cells mean."""
    unused: tuple[str, ...] = ()
    """Columns that look like consent and are not, such as a paid plan."""
    state: str = ""
    """The state of everybody in the file, one of WHOLE_FILE, when the file itself is the state."""
    several: str = ""
    """What separates several values of a cell, in addition to the usual separators."""
    source: str = ""


class ExporterError(ValueError):
    """An entry that cannot be used; the message names the key and the fix."""


@cache
def built_in() -> tuple[Exporter, ...]:
    """Return the tools that come with the program."""
    entries = read_data("exporters.toml")["exporter"]
    return tuple(build_exporter(entry) for entry in entries)  # type: ignore[attr-defined] # the shape of our own file


def find_exporter(header: Sequence[str], more: Sequence[Exporter] = ()) -> Exporter | None:
    """Return the tool whose columns a header has; of several the one with the most of them, `more` first."""
    names = {compact(name) for name in header}
    fitting = [
        each
        for each in (*more, *built_in())
        if names.issuperset(map(compact, each.columns)) and names.isdisjoint(map(compact, each.without))
    ]
    # Of equals the first, so that an entry of the settings wins.
    return max(fitting, key=lambda each: len(each.columns), default=None)


def build_exporter(entry: Mapping[str, object]) -> Exporter:
    """Build a tool from its entry in TOML. Raises ExporterError."""
    columns = entry.get("columns")
    name = str(entry.get("name", ""))
    if not name or not isinstance(columns, list | tuple) or not columns:
        raise ExporterError('needs `name` and `columns`, for example columns = ["Email", "Status"]')
    fields = {compact(column): str(value) for column, value in _table(entry, "fields").items()}
    for column, value in fields.items():
        if value not in FIELDS:
            raise ExporterError(f"fields.{column}: must be one of {', '.join(FIELDS)}")
    state = str(entry.get("state", ""))
    if state and state not in WHOLE_FILE:
        raise ExporterError(f"state: must be one of {', '.join(WHOLE_FILE)}")
    consent = {
        compact(column): _build_meanings(column, words) for column, words in _table(entry, "consent").items()
    }
    return Exporter(
        name=name,
        columns=tuple(map(str, columns)),
        without=_texts(entry, "without"),
        fields=fields,
        consent=consent,
        unused=tuple(map(compact, _texts(entry, "unused"))),
        state=state,
        several=str(entry.get("several", "")),
        source=str(entry.get("source", "")),
    )


def _build_meanings(column: str, words: object) -> Meanings:
    """Build the meanings of a column; the words `yes`, `no`, `*` and "" stand for kinds of cells."""
    if not isinstance(words, Mapping):
        raise ExporterError(
            f'consent.{column}: must be a table, for example {{ active = "active", gone = "unsubscribed" }}'
        )
    made = Meanings(_denials())
    for word, state in words.items():
        made = _add(made, column, str(word), str(state))
    return made


def _add(made: Meanings, column: str, word: str, state: str) -> Meanings:
    try:
        verdict = ConsentVerdict[state.upper().replace(" ", "_").replace("-", "_")]
    except KeyError:
        known = ", ".join(each.word for each in ConsentVerdict)
        raise ExporterError(f"consent.{column}.{word}: must be one of {known}") from None
    least = state_words().get(compact(word), ConsentVerdict.ACTIVE)
    if least > ConsentVerdict.PAUSED >= verdict:
        raise ExporterError(f"consent.{column}.{word}: means {least.word} and cannot be {verdict.word}")
    if word in {"yes", "no"}:
        return made.with_answer(verdict, answer=word == "yes")
    if word == "date":
        return replace(made, date=verdict)
    return made.with_word(word, verdict)


@cache
def _denials() -> Mapping[str, ConsentVerdict]:
    return {word: verdict for word, verdict in state_words().items() if verdict > ConsentVerdict.ACTIVE}


def _table(entry: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = entry.get(key, {})
    if not isinstance(found, Mapping):
        raise ExporterError(f"{key}: must be a table")
    return found


def _texts(entry: Mapping[str, object], key: str) -> tuple[str, ...]:
    found = entry.get(key, ())
    if not isinstance(found, list | tuple):
        raise ExporterError(f"{key}: must be a list of column names")
    return tuple(map(str, found))
