"""What an import asks about a list before it writes anything, with the answers ready to paste. Pure."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import PurePath

from subscribers.importing.dates import is_date
from subscribers.importing.survey import ColumnSurvey
from subscribers.importing.words import compact, read_answer

CELL_CHARS = 40
"""How much of a cell a question repeats: a word of a state is shorter."""
CELLS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a list does not tell, and the options that answer it."""

    column: str
    """Empty when it is about the whole file."""
    text: str
    choices: tuple[str, ...]


def option(name: str, value: str) -> str:
    """Write an option as it can be pasted into a shell."""
    return f"--{name} {shlex.quote(value)}"


def show_cells(column: ColumnSurvey) -> str:
    """Show the most frequent cells of a column with their counts; never an address."""
    cells = column.filled
    shown = ", ".join(f"{hide(cell)} ({column.cells[cell]:,})" for cell in cells[:CELLS_SHOWN])
    more = len(cells) - CELLS_SHOWN
    return f"{shown}, and {more:,} more" if more > 0 else shown


def hide(cell: str) -> str:
    """Return a cell as it may be shown: on one line, shortened, and not if it holds an address."""
    if "@" in cell:
        return "(an address)"
    line = " ".join(cell.split())
    return f"{line[:CELL_CHARS]}…" if len(line) > CELL_CHARS else line


def about_column(name: str, column: ColumnSurvey) -> Question:
    """Ask about a column whose name or cells may speak of consent."""
    cells = column.filled
    if not cells:
        text = f"{name!r} may be about consent, and every cell is empty"
        return Question(name, text, (option("ignore", name),))
    text = f"{name!r} may be about consent: {show_cells(column)}"
    usable = [cell.strip() for cell in cells[:CELLS_SHOWN] if "@" not in cell and len(cell) <= CELL_CHARS]
    are_answers = all(read_answer(compact(cell)) is not None for cell in usable)
    if all(is_date(cell.strip()) for cell in cells[:CELLS_SHOWN]):
        choices: tuple[str, ...] = (option("map", f"{name}=opted-out:*"), option("map", f"{name}=opted-in:*"))
    elif are_answers or not usable:
        word = next((cell for cell in usable if read_answer(compact(cell))), "true")
        choices = tuple(option("map", f"{name}={kind}:{word}") for kind in ("opted-out", "opted-in"))
    else:
        choices = tuple(option("map", f"{name}={kind}:{usable[0]}") for kind in ("opted-out", "opted-in"))
    return Question(name, text, (*choices, option("ignore", name)))


def about_value(name: str, column: ColumnSurvey) -> Question:
    """Ask about a column of other things in which a cell speaks of consent."""
    cell = hide(column.spoken)
    text = f"{name!r} has a cell that speaks of consent: {cell}"
    word = column.spoken.strip()
    choices = (
        (option("map", f"{name}=opted-out:{word}"),) if "@" not in word and len(word) <= CELL_CHARS else ()
    )
    return Question(name, text, (*choices, option("ignore", name)))


def about_mark(line: int, word: str) -> Question:
    """Ask about a heading between the rows, or a note beside an address, that speaks of consent."""
    text = (
        f"line {line} speaks of consent outside the columns: {hide(word)}; make one file of each part, and "
        "give the file of those who left with its --state. If it says nothing of consent: --state per-row"
    )
    return Question("", text, ("--state unsubscribed", "--state per-row"))


def about_order(name: str, column: ColumnSurvey) -> Question:
    """Ask which number of a date is the day."""
    both = column.order.day_first and column.order.month_first
    why = "has dates in both orders" if both else "has dates that could be either, such as 03/04/2025"
    return Question(name, f"{name!r} {why}", ("--dates day-first", "--dates month-first"))


def about_future_dates(name: str, column: ColumnSurvey) -> Question:
    """Ask about a column of consent dates that lie in the future."""
    counts = f"{column.future_dates:,} of {column.dates:,}"
    text = f"{name!r} holds dates in the future ({counts}), which cannot be when consent was given"
    return Question(name, text, (option("ignore", name), "--dates day-first", "--dates month-first"))


_NAMED_STATES = (
    ("complained", re.compile(r"complain|spam|abuse|beschwerde")),
    ("bounced", re.compile(r"cleaned|bounce|undeliver|unzustell|invalid")),
    (
        "suppressed",
        re.compile(r"suppress|blocklist|blacklist|blocked|donot|denylist|sperr|banned|optoutlist"),
    ),
    (
        "unsubscribed",
        re.compile(
            r"unsub|optout|optedout|nonsubscri|notsubscri|inactiv|inaktiv|disabled|deleted|removed|archived|churned"
            r"|cancel|abgemeld|abmeld|ausgetragen|gekundigt|desabonn|desinscri|inactif|baja|descadastr|disiscri"
            r"|uitgeschreven|afgemeld|avregistr|avprenum|unconfirmed|unverified|pending|bestatigung|dormant|transactional"
        ),
    ),
)


def find_state_in_name(path: str) -> str:
    """Return the state that the name of a file suggests, `bounced` for `cleaned_members.csv`; or empty."""
    name = compact(PurePath(path).stem)
    return next((state for state, pattern in _NAMED_STATES if pattern.search(name)), "")


def about_file(path: str, state: str) -> Question:
    """Ask about a file whose name suggests that everybody in it has left."""
    name = PurePath(path).name
    return Question(
        "", f"the name {name} suggests that its people are {state}", (f"--state {state}", "--state per-row")
    )
