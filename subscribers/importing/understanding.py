"""Decides what each column of a list is. What speaks of consent is understood or asked about. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from subscribers.errors import UnreadableImport
from subscribers.importing import column_names as names
from subscribers.importing import questions as ask
from subscribers.importing.dates import DateOrder
from subscribers.importing.exporters import WHOLE_FILE, Exporter, find_exporter
from subscribers.importing.meanings import GRANTS, TRIGGERS, Meanings, flag, status
from subscribers.importing.questions import Question
from subscribers.importing.roles import ListOptions, Roles, column_names, find_roles, place_of
from subscribers.importing.survey import CLOSED_WORDS, ColumnSurvey, ColumnUses, TableSurvey, survey_table
from subscribers.importing.words import ConsentVerdict, answers, compact, read_answer, read_data, state_words
from subscribers.sheets.table import Table


@dataclass(frozen=True, slots=True)
class ConsentColumn:
    """A column that decides about consent."""

    place: int
    name: str
    meanings: Meanings


@dataclass(frozen=True, slots=True)
class ListReading:
    """How a list is read."""

    table: Table
    header: tuple[str, ...]
    exporter: str
    fields: Mapping[str, int]
    consent: tuple[ConsentColumn, ...]
    state: ConsentVerdict
    """What the file itself says of everybody."""
    order: DateOrder | None
    several: str
    unused: tuple[str, ...]
    questions: tuple[Question, ...]
    survey: TableSurvey


def understand(table: Table, options: ListOptions, now: datetime) -> ListReading:
    """Read a list once and decide what its columns are.

    Raises UnreadableImport when no column holds addresses, or an option names a column that is not there.
    """
    header = column_names(table)
    exporter = find_exporter(header, options.exporters)
    roles = find_roles(header, table, exporter, options)
    uses = _choose_uses(roles, table.width)
    survey = survey_table(table, uses, now, roles.fields["email"])
    asked: list[Question] = []
    _check_ignored(header, survey, options)
    consent = [ConsentColumn(place, header[place], each) for place, each in sorted(roles.consent.items())]
    for place in range(table.width):
        if place in roles.certain and place not in roles.smells:
            continue
        column = survey.columns[place]
        found, question = _judge(place, header[place], roles, column, headerless=not table.header)
        if found is not None:
            consent.append(ConsentColumn(place, header[place], found))
        if question is not None:
            asked.append(question)
    state = _find_state(table, exporter, options, asked, _list_verdicts(consent, survey))
    if survey.mark and not options.state:
        asked.append(ask.about_mark(*survey.mark))
    order = _find_order(header, roles, survey, options, asked)
    taken = {*roles.fields.values(), *(each.place for each in consent)}
    return ListReading(
        table=table,
        header=header,
        exporter=exporter.name if exporter else "",
        fields=roles.fields,
        consent=tuple(consent),
        state=state,
        order=order,
        several=exporter.several if exporter else "",
        unused=tuple(name for place, name in enumerate(header) if place not in taken and name),
        questions=tuple(asked),
        survey=survey,
    )


def _choose_uses(roles: Roles, width: int) -> ColumnUses:
    quiet = {
        place for name, place in roles.fields.items() if name in {"email", "name", "first name", "last name"}
    }
    counted = {*roles.consent, *roles.statuses, *roles.flags, *roles.smells, *roles.unused}
    watched = set(range(width)) - quiet - set(roles.consent) - (roles.certain & roles.unused)
    dates = {roles.fields["consent date"]} if "consent date" in roles.fields else set()
    return ColumnUses(
        counted, watched, dates | {place for place, kind in roles.flags.items() if kind in GRANTS}
    )


def _judge(
    place: int, name: str, roles: Roles, column: ColumnSurvey, *, headerless: bool
) -> tuple[Meanings | None, Question | None]:
    """Return what a column means for consent, or what must be asked; neither if it is about other things."""
    found: tuple[Meanings | None, Question | None] = (None, None)
    is_field = place in roles.fields.values()
    if place in roles.statuses:
        found = _judge_status(name, column)
    elif place in roles.flags:
        has_status = bool(roles.statuses or roles.consent)
        found = _judge_flag(name, roles.flags[place], column, has_status=has_status)
    elif place in roles.smells:
        found = _judge_smell(name, column)
    elif place not in roles.consent and column.spoken:
        found = None, ask.about_value(name, column)
    elif not (
        is_field or place in roles.consent or place in roles.unused or names.is_other_channel(name)
    ) and _has_closed_words(name, column, headerless=headerless):
        found = None, ask.about_column(name, column)
    return found


def _has_closed_words(name: str, column: ColumnSurvey, *, headerless: bool) -> bool:
    """Return whether all cells are states, or answers to a question that nobody can read from the name."""
    words = {compact(cell) for cell in column.filled}
    if not words or len(words) > CLOSED_WORDS:
        return False
    if all(read_answer(word) is not None for word in words):
        is_asked = headerless or names.is_question(name) or names.is_about_mail(name)
        return not words <= {"0", "1"} and is_asked
    return _are_states(words)


def _are_states(words: Collection[str]) -> bool:
    denials = [word for word in words if state_words().get(word, ConsentVerdict.ACTIVE)]
    return bool(denials) and all(word in state_words() or read_answer(word) is not None for word in words)


def _judge_smell(name: str, column: ColumnSurvey) -> tuple[Meanings | None, Question | None]:
    if _are_states([compact(cell) for cell in column.filled]):
        return status(), None
    filled = sum(column.cells[cell] for cell in column.filled)
    if names.is_reference(name) and filled in {0, column.cells.total()}:
        # The same for everybody: it tells nobody from anybody.
        return None, None
    return None, ask.about_column(name, column)


def _judge_status(name: str, column: ColumnSurvey) -> tuple[Meanings | None, Question | None]:
    words = [compact(cell) for cell in column.filled]
    if not words:
        return None, None
    has_states = any(word in state_words() for word in words)
    places = [word for word in words if word in _places()]
    if names.is_place_name(name) and not has_states and len(places) * 2 >= len(words):
        return None, None
    meanings = status()
    # 1 and 0 are a yes and a no; among other numbers they are codes that only their tool knows.
    is_code = any(word.isdigit() and word not in {"0", "1"} for word in words)
    is_known = any(meanings.read(cell) is not ConsentVerdict.UNKNOWN for cell in column.filled)
    return (meanings, None) if is_known and not is_code else (None, ask.about_column(name, column))


def _judge_flag(
    name: str, kind: str, column: ColumnSurvey, *, has_status: bool
) -> tuple[Meanings | None, Question | None]:
    meanings = flag(kind)
    filled = column.filled
    if not filled:
        # Everybody without a yes, or a column that its tool never fills: the list does not tell which.
        return (None, None) if kind in TRIGGERS or has_status else (None, ask.about_column(name, column))
    if all(meanings.read(cell) is ConsentVerdict.UNKNOWN for cell in filled):
        return None, ask.about_column(name, column)
    return meanings, None


def _check_ignored(header: Sequence[str], survey: TableSurvey, options: ListOptions) -> None:
    """Refuse to ignore a column that is understood and keeps somebody out."""
    for column in options.ignored:
        place = place_of(header, column)
        name, found = header[place], survey.columns[place]
        kind = names.find_flag(name)
        if names.is_status_name(name):
            meanings = _judge_status(name, found)[0]
        else:
            meanings = _judge_flag(name, kind, found, has_status=True)[0] if kind else None
        if meanings is None:
            continue
        denied = sum(
            count for cell, count in found.cells.items() if meanings.read(cell) > ConsentVerdict.PAUSED
        )
        advice = (
            f"say so: {ask.option('map', f'{name}=opted-in:*')}"
            if kind
            else "delete the column from the list"
        )
        if denied:
            raise UnreadableImport(
                f"{name!r} keeps {denied:,} people out and cannot be ignored; if it is not about "
                f"the consent to mail, {advice}"
            )


def _list_verdicts(consent: Sequence[ConsentColumn], survey: TableSurvey) -> set[ConsentVerdict]:
    """Return what the cells of the columns say, each once."""
    return {each.meanings.read(cell) for each in consent for cell in survey.columns[each.place].cells}


def _find_state(
    table: Table,
    exporter: Exporter | None,
    options: ListOptions,
    asked: list[Question],
    told: Collection[ConsentVerdict],
) -> ConsentVerdict:
    said = WHOLE_FILE.get(options.state, ConsentVerdict.ACTIVE)
    own = WHOLE_FILE[exporter.state] if exporter and exporter.state else ConsentVerdict.ACTIVE
    heading = table.header if table.width == 1 else ()  # what stands above a list of lines
    named = next((name for name in (table.name, table.part, *heading) if ask.find_state_in_name(name)), "")
    hint = ask.find_state_in_name(named)
    # A file that has the state of its name in a column tells it row by row.
    if hint and not options.state and own is ConsentVerdict.ACTIVE and WHOLE_FILE[hint] not in told:
        asked.append(ask.about_file(named, hint))
    return max(said, own)


def _find_order(
    header: Sequence[str], roles: Roles, survey: TableSurvey, options: ListOptions, asked: list[Question]
) -> DateOrder | None:
    if "consent date" not in roles.fields:
        dated = [
            place for place, kind in roles.flags.items() if kind in GRANTS and survey.columns[place].dates
        ]
        if not dated:
            return options.order
        roles.fields["consent date"] = dated[0]
    place = roles.fields["consent date"]
    column = survey.columns[place]
    if column.future_dates * 2 > column.dates:
        asked.append(ask.about_future_dates(header[place], column))
    if options.order or not column.order.is_ambiguous:
        return options.order or column.order.order
    asked.append(ask.about_order(header[place], column))
    return None


def _places() -> frozenset[str]:
    return frozenset(map(compact, read_data("places.toml")["places"])) - answers("nothing")  # type: ignore[call-overload] # the shape of our own file
