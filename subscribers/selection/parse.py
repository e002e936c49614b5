"""Parses selections.

    selection  := part ("or" part)*          part := term ("and" term)*
    term       := "not" term | "(" selection ")" | state | field operator value

A value ends at a blank or a closing bracket, or is quoted. A quoted field is always an attribute.
Errors point at the mistake.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NoReturn

from subscribers.selection.fields import FIELDS, NOT_KNOWN, STATES, fold_text, read_value
from subscribers.selection.model import (
    EQUAL,
    OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Not,
    Selection,
    SelectionError,
)

TEXT_MAX_CHARS = 4_000
"""Longer than anything that people type; it keeps the statement within the limits of both databases."""
DEPTH_MAX = 40
"""Brackets within brackets; SQLite refuses expressions deeper than 1,000 (sqlite.org/limits.html)."""

_NAME = re.compile(r"[^\W\d][\w.\-]*")
_VALUE = re.compile(r"[^\s()\"']+")
_BLANKS = re.compile(r"\s*")
_FOREIGN = {"&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", ",": "and", ";": "and"}
_NOT_OURS = ("==", "<>", "=<", "=>", "=~")


def parse_selection(text: str, *, now: datetime, zone: tzinfo) -> Selection:
    """Parse a selection; raises SelectionError. Days begin and end in `zone`."""
    if not text.strip():
        raise SelectionError("there is no condition; write one such as tag:mentors", text, 0)
    if len(text) > TEXT_MAX_CHARS:
        raise SelectionError(f"longer than {TEXT_MAX_CHARS:,} characters", text[:60], 0)
    if unusable := re.search(r"[\x00\ud800-\udfff]", text):
        raise SelectionError("a character that no text holds", text, unusable.start())
    parser = _Parser(text, now, zone)
    found = parser.parse_any(0)
    if parser.at < len(text):
        parser.refuse_rest()
    return found


def suggest(word: str, known: tuple[str, ...]) -> str:
    """Return `did you mean …?` for the most alike of the known words; empty if none is alike."""
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.7)
    return f"did you mean `{close[0]}`?" if close else ""


@dataclass(slots=True)
class _Parser:
    text: str
    now: datetime
    zone: tzinfo
    at: int = 0

    def parse_any(self, depth: int) -> Selection:
        def parse_all() -> Selection:
            return self._parse_list("and", lambda: self._parse_term(depth), AllOf)

        found = self._parse_list("or", parse_all)
        self._skip()
        return found

    def _parse_list(
        self,
        word: str,
        parse: Callable[[], Selection],
        join: Callable[[tuple[Selection, ...]], Selection] = AnyOf,
    ) -> Selection:
        parts = [parse()]
        while self._take_word(word):
            parts.append(parse())
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _parse_term(self, depth: int) -> Selection:
        if depth > DEPTH_MAX:
            raise SelectionError(f"more than {DEPTH_MAX} levels of brackets", self.text, self.at)
        if self._take_word("not"):
            return Not(self._parse_term(depth + 1))
        self._skip()
        start = self.at
        if self.text[start : start + 1] == "(":
            self.at += 1
            found = self.parse_any(depth + 1)
            if self.text[self.at : self.at + 1] != ")":
                if self.at < len(self.text):
                    self.refuse_rest()
                raise SelectionError("this bracket is not closed", self.text, start)
            self.at += 1
            return found
        return self._parse_comparison()

    def _parse_comparison(self) -> Comparison:
        start = self.at
        field, is_quoted = self._take_field()
        length = self.at - start
        self._skip()
        operator = next((each for each in OPERATORS if self.text.startswith(each, self.at)), "")
        if not operator:
            self.at = start + length
            return self._as_state(field, start, is_quoted=is_quoted)
        self._refuse_foreign_operator()
        operator_at = self.at
        name = field if is_quoted else field.lower()
        is_attribute = is_quoted or name not in FIELDS
        if is_attribute:
            self._refuse_slip(field, start, is_quoted=is_quoted)
        elif operator not in FIELDS[name]:
            usable = " ".join(FIELDS[name])
            raise SelectionError(f"`{name}` takes {usable}", self.text, operator_at, len(operator))
        self.at += len(operator)
        raw, value_at = self._take_value(name, operator)
        sign = "=" if operator in EQUAL else operator
        if is_attribute:
            return Comparison(field, sign, fold_text(raw), is_attribute=True, start=start)
        return self._compare(name, sign, raw, (start, value_at))

    def _compare(self, name: str, sign: str, raw: str, places: tuple[int, int]) -> Comparison:
        start, value_at = places
        try:
            value = read_value(name, raw, now=self.now, zone=self.zone)
        except ValueError as error:
            hint = (suggest(raw, STATES) if name == "state" else "") or str(error)
            kind = {"state": "a state", "import": "an import", "received": "a week", "tag": "a tag"}.get(
                name, "a date"
            )
            message = f"`{raw}` is not {kind}: {hint}"
            raise SelectionError(message, self.text, value_at, self.at - value_at) from None
        if value is None and sign not in ("=", "!="):
            raise SelectionError("`never` takes = and !=", self.text, value_at, self.at - value_at)
        return Comparison(name, sign, value, start=start)

    def _as_state(self, word: str, start: int, *, is_quoted: bool) -> Comparison:
        length = self.at - start
        if is_quoted:
            message = "an operator is missing after this name; write for example = or ~ and a value"
            raise SelectionError(message, self.text, start, length)
        if word.lower() in STATES:
            return Comparison("state", "=", word.lower(), start=start)
        if word.lower() in ("and", "or"):
            raise SelectionError(f"there is nothing before `{word}`", self.text, start, length)
        if word.lower() in FIELDS:
            message = f"`{word}` needs an operator and a value, such as {word.lower()}:{_example(word)}"
            raise SelectionError(message, self.text, start, length)
        hint = suggest(word, (*STATES, *FIELDS)) or f"write field:value, such as tag:{word}"
        raise SelectionError(f"`{word}` is not a condition: {hint}", self.text, start, length)

    def _refuse_slip(self, field: str, start: int, *, is_quoted: bool) -> None:
        """Refuse a name that is all but one of ours: as an attribute it must be quoted."""
        if '"' in field:
            raise SelectionError("a name cannot hold quotes", self.text, start, self.at - start)
        if is_quoted:
            return
        if field.lower() in NOT_KNOWN:
            message = f"`{field}` is not recorded: letters are not tracked; known is received:2026-W48"
            raise SelectionError(message, self.text, start, len(field))
        if hint := suggest(field, tuple(FIELDS)):
            message = f'unknown field `{field}`: {hint} An attribute of that name is written "{field}"'
            raise SelectionError(message, self.text, start, len(field))

    def _refuse_foreign_operator(self) -> None:
        for foreign in _NOT_OURS:
            if self.text.startswith(foreign, self.at):
                ours = {"==": "=", "<>": "!=", "=<": "<=", "=>": ">=", "=~": "~"}[foreign]
                raise SelectionError(f"write {ours} for {foreign}", self.text, self.at, len(foreign))

    def _take_field(self) -> tuple[str, bool]:
        char = self.text[self.at : self.at + 1]
        if char and char in "\"'":
            return self._take_quoted(), True
        if match := _NAME.match(self.text, self.at):
            self.at = match.end()
            return match[0], False
        if char:
            self.refuse_rest()
        last = max(0, len(self.text.rstrip()) - 1)
        raise SelectionError("the condition ends too early", self.text, last)

    def _take_value(self, name: str, operator: str) -> tuple[str, int]:
        self._skip()
        start = self.at
        char = self.text[start : start + 1]
        if char and char in "\"'":
            return self._take_quoted(), start
        match = _VALUE.match(self.text, start)
        if match is None:
            message = f"a value is missing after {operator}, such as {name}{operator}{_example(name)}"
            raise SelectionError(message, self.text, max(0, start - 1))
        self.at = match.end()
        return match[0], start

    def _take_quoted(self) -> str:
        start, quote = self.at, self.text[self.at]
        made: list[str] = []
        place = start + 1
        while place < len(self.text):
            char = self.text[place]
            if char == quote:
                self.at = place + 1
                return "".join(made)
            if char == "\\" and self.text[place + 1 : place + 2] in (quote, "\\"):
                place += 1
                char = self.text[place]
            made.append(char)
            place += 1
        raise SelectionError("this quote is not closed", self.text, start)

    def _take_word(self, word: str) -> bool:
        self._skip()
        match = _NAME.match(self.text, self.at)
        if match is None or match[0].lower() != word:
            return False
        self.at = match.end()
        return True

    def _skip(self) -> None:
        match = _BLANKS.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def refuse_rest(self) -> NoReturn:
        """Raise the error for text that nothing can begin or go on with."""
        rest = self.text[self.at :]
        for foreign, ours in _FOREIGN.items():
            if rest.startswith(foreign):
                raise SelectionError(f"write `{ours}` for {foreign}", self.text, self.at, len(foreign))
        if rest[0] == ")":
            raise SelectionError("this bracket was not opened", self.text, self.at)
        if word := _NAME.match(rest):
            message = f"write `and` or `or` before `{word[0]}`, or quotes around a value with blanks"
            raise SelectionError(message, self.text, self.at, len(word[0]))
        raise SelectionError("this is not a condition; write field:value, such as tag:x", self.text, self.at)


def _example(name: str) -> str:
    examples = {"state": "active", "tag": "mentors", "import": "3", "received": "2026-W48", "email": "ada@"}
    examples |= dict.fromkeys(("joined", "confirmed", "left"), "2026-01-31")
    examples["domain"] = "example.org"
    return examples.get(name.lower(), "Ada" if "name" in name.lower() else "text")
