"""Compiles selections to conditions on `subscriber`: every text of the user is a bound parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, exists, false, func, not_, or_, select, true

from subscribers.model import SubscriberState
from subscribers.selection.model import AllOf, Comparison, Not, Period, Selection
from subscribers.store.dialect_functions import (
    AddressDomain,
    AttributeText,
    FoldedText,
    NumberOrNull,
    TextPosition,
    number_or_none,
)
from subscribers.store.tables import subscriber, subscriber_tag, tag

ForeignFields = Mapping[str, Callable[[str], ColumnElement[bool]]]
"""Conditions on `subscriber` by the field that tables of other packages answer, such as `received`."""

_DATES = {
    "joined": subscriber.c.created_at,
    "confirmed": subscriber.c.confirmed_at,
    "left": subscriber.c.left_at,
}


def compile_selection(selection: Selection, foreign: ForeignFields) -> ColumnElement[bool]:
    """Build the condition of a selection, for a statement whose FROM has the table `subscriber`."""
    if isinstance(selection, Comparison):
        return _compare(selection, foreign)
    if isinstance(selection, Not):
        return not_(compile_selection(selection.part, foreign))
    parts = [compile_selection(part, foreign) for part in selection.parts]
    return and_(true(), *parts) if isinstance(selection, AllOf) else or_(false(), *parts)


def attribute_text(name: str) -> ColumnElement[str]:
    """Return the text of an attribute, empty for readers without it."""
    return AttributeText(subscriber.c.attributes, bindparam(None, name, type_=Text()))


def find_driving_tag(selection: Selection) -> str:
    """Return a tag that every selected reader has, by whose key they are found; empty if there is none."""
    parts = selection.parts if isinstance(selection, AllOf) else (selection,)
    for part in parts:
        if isinstance(part, Comparison) and (part.field, part.operator) == ("tag", "="):
            return str(part.value)
    return ""


def _compare(one: Comparison, foreign: ForeignFields) -> ColumnElement[bool]:
    if one.is_attribute:
        return _compare_attribute(one)
    if one.field in _DATES:
        return _compare_date(one)
    if one.field == "tag":
        found = _has_tag(str(one.value), is_part="~" in one.operator)
    elif one.field == "state":
        found = subscriber.c.state == SubscriberState[str(one.value).upper()]
    elif one.field == "import":
        found = func.coalesce(subscriber.c.act_id, 0) == one.value
    elif one.field in foreign:
        found = foreign[one.field](str(one.value))
    elif one.field == "domain":
        found = _matches(AddressDomain(func.coalesce(subscriber.c.email_key, "")), one)
    else:
        found = _matches(_folded(one.field), one)
    return not_(found) if one.operator in ("!=", "!~") else found


def _folded(field: str) -> ColumnElement[str]:
    return FoldedText(func.coalesce(subscriber.c[field], ""))


def _matches(found: ColumnElement[str], one: Comparison) -> ColumnElement[bool]:
    """Return whether a text is, or holds, the value; a `!` of the operator is left to the caller."""
    value = bindparam(None, one.value, type_=Text())
    return TextPosition(found, value) > 0 if "~" in one.operator else found == value


def _compare_attribute(one: Comparison) -> ColumnElement[bool]:
    stored = attribute_text(one.field)
    folded = FoldedText(stored)
    if one.operator not in ("<", "<=", ">", ">="):
        found = _matches(folded, one)
        return not_(found) if one.operator in ("!=", "!~") else found
    number = number_or_none(str(one.value))
    if number is None:
        # Texts by the alphabet, of which dates like 2026-01-31 are a case; who has none is not compared.
        return and_(stored != "", _in_order(folded, one.operator, bindparam(None, one.value, type_=Text())))
    found = NumberOrNull(stored)
    return and_(found.is_not(None), _in_order(found, one.operator, number))


def _in_order(found: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:  # noqa: ANN401
    return found.bool_op(operator)(value)


def _compare_date(one: Comparison) -> ColumnElement[bool]:
    at = _DATES[one.field]
    if not isinstance(one.value, Period):
        return at.is_(None) if one.operator == "=" else at.is_not(None)
    start, end = one.value.start, one.value.end
    is_within = at == start if start == end else and_(at >= start, at < end)
    conditions: dict[str, ColumnElement[bool]] = {
        "=": is_within,
        "!=": not_(is_within),
        "<": at < start,
        "<=": at <= end if start == end else at < end,
        ">": at > start if start == end else at >= end,
        ">=": at >= start,
    }
    return and_(at.is_not(None), conditions[one.operator])


def _has_tag(slug: str, *, is_part: bool) -> ColumnElement[bool]:
    of_reader = subscriber_tag.c.subscriber_id == subscriber.c.id
    if is_part:
        joined = select(subscriber_tag.c.tag_id).join(tag, tag.c.id == subscriber_tag.c.tag_id)
        like = tag.c.slug.contains(slug, autoescape=True)
        return joined.where(of_reader, like).correlate(subscriber).exists()
    # The tag is looked up once, and its own key answers for each reader.
    tag_id = select(tag.c.id).where(tag.c.slug == slug).scalar_subquery()
    return exists().where(subscriber_tag.c.tag_id == tag_id, of_reader).correlate(subscriber)
