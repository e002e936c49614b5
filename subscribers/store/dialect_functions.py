"""Functions of SQL that SQLite and PostgreSQL spell differently, and those that SQLite gets from Python."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Float, FunctionElement, Integer, Text
from sqlalchemy.ext.compiler import compiles

from subscribers.selection.fields import fold_text

NUMBER_MAX_CHARS = 32
"""15 digits, which a float holds exactly (IEEE 754), a sign, a point and 15 more."""
_DIGITS = 15


class SpelledFunction(FunctionElement[Any]):
    """A function by its spelling in each database; `{0}` and `{1}` are its arguments."""

    spellings: ClassVar[dict[str, str]] = {}
    inherit_cache = True


@compiles(SpelledFunction)
def _spell(element: SpelledFunction, compiler: Any, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's hook
    arguments = [compiler.process(each, **options) for each in element.clauses]
    return element.spellings[compiler.dialect.name].format(*arguments)


class FoldedText(SpelledFunction):
    """A text without accents and in lower case, as `fold_text` makes it."""

    type = Text()
    inherit_cache = True
    spellings: ClassVar = {
        "sqlite": "fold_text({0})",
        "postgresql": r"lower(regexp_replace(normalize({0}, NFD), '[\u0300-\u036f]', '', 'g'))",
    }


class NumberOrNull(SpelledFunction):
    """The number that a text is, or null."""

    type = Float()
    inherit_cache = True
    spellings: ClassVar = {
        "sqlite": "number_or_null({0})",
        "postgresql": "CASE WHEN {0} ~ '^-?[0-9]{{1,15}}([.][0-9]{{1,15}})?$' THEN CAST({0} AS float8) END",
    }


class AttributeText(SpelledFunction):
    """The text of an attribute (attributes as stored, name), empty if there is none."""

    type = Text()
    inherit_cache = True
    spellings: ClassVar = {
        "sqlite": "CASE WHEN {0} = '' THEN ''"
        """ ELSE coalesce(json_extract({0}, '$."' || {1} || '"'), '') END""",
        "postgresql": "CASE WHEN {0} = '' THEN '' ELSE coalesce(CAST({0} AS json) ->> {1}, '') END",
    }


class AddressDomain(SpelledFunction):
    """What stands behind the @ of an address as it is compared, which has one."""

    type = Text()
    inherit_cache = True
    spellings: ClassVar = {
        "sqlite": "substr({0}, instr({0}, '@') + 1)",
        "postgresql": "split_part({0}, '@', 2)",
    }


class TextPosition(SpelledFunction):
    """Where a text holds another one, from 1; 0 if it does not."""

    type = Integer()
    inherit_cache = True
    spellings: ClassVar = {"sqlite": "instr({0}, {1})", "postgresql": "strpos({0}, {1})"}


def add_sqlite_functions(connection: Any) -> None:  # noqa: ANN401 - a driver's connection
    """Add the functions that only Python can offer to a connection of SQLite."""
    connection.create_function("fold_text", 1, fold_text_or_none, deterministic=True)
    connection.create_function("number_or_null", 1, number_or_none, deterministic=True)


def fold_text_or_none(text: str | None) -> str | None:
    """Fold a text; None for None."""
    return None if text is None else fold_text(text)


def number_or_none(text: str | None) -> float | None:
    """Return the number that a text is; None if it is not a plain one of at most 15 digits and 15 more."""
    if not text or len(text) > NUMBER_MAX_CHARS or not text.isascii():
        return None
    whole, point, fraction = text.removeprefix("-").partition(".")
    is_number = whole.isdigit() and (fraction.isdigit() or not point)
    return float(text) if is_number and max(len(whole), len(fraction)) <= _DIGITS else None
