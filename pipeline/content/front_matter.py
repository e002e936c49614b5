"""Front matter, key by key: a value of the right type, or a problem with its line. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from itertools import count
from typing import TypeVar

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from pipeline.content.document import CONTROL_CHARACTER, HIDDEN
from pipeline.content.slugs import SLUG
from pipeline.model.content import Faq, Season
from pipeline.model.problem import CONTENT_RULES, Problems, Rule
from pipeline.model.suggest import did_you_mean

KEY_UNKNOWN = CONTENT_RULES.warning("key-unknown", "A misspelt key would silently have no effect.")
KEY_MISSING = CONTENT_RULES.error("key-missing", "A letter, a link or a choice would have a hole there.")
KEY_REPEAT = CONTENT_RULES.warning("key-repeat", "A name given twice would be shown or counted twice.")
KEY_TYPE = CONTENT_RULES.error(
    "key-type", "YAML reads unquoted dates, numbers and yes or no as something else than text."
)
SLUG_FORM = CONTENT_RULES.error(
    "slug-form", "Slugs become addresses and references, which must be the same on every machine."
)
SLUG_FILE_NAME = CONTENT_RULES.error(
    "slug-file-name", "An editor who knows a slug must be able to open its file."
)
DIFFICULTY_RANGE = CONTENT_RULES.error(
    "difficulty-range", "The choice leads from easy to hard and needs a number for that."
)
SEASON_FORM = CONTENT_RULES.error("season-form", "A season that is not a span of days would never come.")

_Part = TypeVar("_Part", Season, Faq)
_STRING = "tag:yaml.org,2002:str"
_KINDS = {
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "timestamp": "a date",
    "null": "nothing",
}
_DIFFICULTIES = {"1": 1, "2": 2, "3": 3}
_LEAP_YEAR = 2000
"""Any leap year: a season may begin or end on 29 February."""
_DEPTH = 20
_MOST = 20_000
"""Levels and values of `extra`, far more than other programs keep; YAML aliases can repeat without end."""
_JSON_TAGS = frozenset({"int", "float", "bool", "null"})


class Front:
    """The keys of one file; asking for a value notes what is wrong with it."""

    def __init__(
        self, keys: Mapping[str, tuple[int, yaml.Node]], known: Collection[str], problems: Problems
    ) -> None:
        self._keys = keys
        self._problems = problems
        for key, (line, _) in keys.items():
            if key not in known:
                fix = did_you_mean(key, known) or f"known keys are {', '.join(sorted(known))}"
                problems.add(KEY_UNKNOWN, line, f"there is no key `{key[:40]}`; it is ignored", fix)

    def text(self, key: str, *, required: bool = False) -> str:
        """Get a text on one line; empty when it is absent or wrong."""
        value = self._find(key)
        text = "" if value is None else self._read_text(key, value)
        if required and text == "":
            self._problems.add(KEY_MISSING, self._line(key), f"`{key}` is missing", f"write `{key}: …`")
        return text or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Get a list of texts without repeats, in the author's order; empty when it is absent."""
        texts: list[str] = []
        for item in self._items(key):
            text, line = self._read_text(key, item), _line_of(item)
            if text and text not in texts:
                texts.append(text)
            elif text == "":
                self._problems.add(KEY_MISSING, line, f"`{key}` has an empty item", "write it or delete it")
            elif text:
                self._problems.add(KEY_REPEAT, line, f"`{key}` names `{text}` twice", "delete one of the two")
        return tuple(texts)

    def slug(self, stem: str) -> str:
        """Get the slug, which must be the file's name without `.md`."""
        slug = self.text("slug", required=True)
        if not slug:
            return ""
        line = self._keys["slug"][0]
        if not SLUG.fullmatch(slug):
            self._problems.add(
                SLUG_FORM,
                line,
                f"`{slug}` is not a valid slug",
                "use lower-case letters, digits and single hyphens",
            )
        elif slug != stem:
            self._problems.add(
                SLUG_FILE_NAME,
                line,
                f"the slug is `{slug}` and the file `{stem}.md`",
                f"rename the file to `{slug}.md` or the slug to the file's name",
            )
        return slug

    def difficulty(self) -> int:
        """Get the difficulty, 1 to 3."""
        found = self._find("difficulty")
        if isinstance(found, yaml.ScalarNode) and found.value in _DIFFICULTIES:
            return _DIFFICULTIES[found.value]
        self._problems.add(
            DIFFICULTY_RANGE,
            self._line("difficulty"),
            "`difficulty` is missing" if found is None else "`difficulty` is not 1, 2 or 3",
            "write `difficulty: 1` for newcomers, 2, or 3 for experts",
        )
        return 0

    def sections_left_out(self, known: Sequence[str]) -> tuple[str, ...]:
        """Get the headings that the author does without."""
        by_folded = {heading.casefold(): heading for heading in known}
        found = []
        for item in self._items("without"):
            heading = by_folded.get((self._read_text("without", item) or "").casefold())
            if heading:
                found.append(heading)
                continue
            names = ", ".join(known)
            self._problems.add(
                KEY_TYPE, _line_of(item), "`without` names no section", f"it may hold: {names}"
            )
        return tuple(found)

    def seasons(self) -> tuple[Season, ...]:
        """Get the seasons, in the author's order."""
        message = "this season has no start and end that are days of the year"
        fix = "write `- {start: 11-15, end: 01-06}`, month first"
        return self._parse_items("seasons", _parse_season, SEASON_FORM, message, fix)

    def faqs(self) -> tuple[Faq, ...]:
        """Get questions and answers, in the author's order."""
        message = "this item of `faqs` is not a question with its answer"
        fix = 'write `- {question: "…", answer: "…"}`, both as text'
        return self._parse_items("faqs", _parse_faq, KEY_TYPE, message, fix)

    def extra(self) -> Mapping[str, object]:
        """Get what another program keeps with the term, as JSON values."""
        found = self._find("extra")
        if found is None:
            return {}
        try:
            value = read_value(found)
        except ValueError as error:
            message, fix = f"`extra` cannot be kept: {error}", "keep to texts, numbers, lists and mappings"
        else:
            if isinstance(value, dict):
                return value
            message, fix = "`extra` is not a mapping", "write `extra: {name: value}`"
        self._problems.add(KEY_TYPE, _line_of(found), message, fix)
        return {}

    def _find(self, key: str) -> yaml.Node | None:
        if key not in self._keys:
            return None
        _, value = self._keys[key]
        return None if value.tag.endswith(":null") else value

    def _line(self, key: str) -> int:
        """Get the line of a key; 1 when it is not there."""
        return self._keys[key][0] if key in self._keys else 1

    def _items(self, key: str) -> list[yaml.Node]:
        """List the items of a list; empty when it is absent or wrong."""
        value = self._find(key)
        if value is None:
            return []
        if isinstance(value, yaml.SequenceNode):
            return list(value.value)
        self._problems.add(KEY_TYPE, _line_of(value), f"`{key}` must be a list", f"write `{key}: [one, two]`")
        return []

    def _parse_items(
        self, key: str, parse: Callable[[yaml.Node], _Part | None], rule: Rule, message: str, fix: str
    ) -> tuple[_Part, ...]:
        """Parse the items of a list, noting those that `parse` returns None for."""
        parts = []
        for item in self._items(key):
            part = parse(item)
            if part is None:
                self._problems.add(rule, _line_of(item), message, fix)
            else:
                parts.append(part)
        return tuple(parts)

    def _read_text(self, key: str, value: yaml.Node) -> str | None:
        """Read a text as one line; None when it is not a text, which is noted."""
        if not isinstance(value, yaml.ScalarNode) or value.tag != _STRING:
            self._problems.add(
                KEY_TYPE,
                _line_of(value),
                f"`{key}` is not text: YAML reads {_describe(value)}",
                "put the value in quotes",
            )
            return None
        text = " ".join(value.value.split())
        hidden = HIDDEN.search(text)
        if hidden:
            self._problems.add(
                CONTROL_CHARACTER,
                _line_of(value),
                f"`{key}` holds U+{ord(hidden[0]):04X}, which is invisible",
                "delete the character or its escape",
            )
        return text


def _line_of(value: yaml.Node) -> int:
    """Get the line of the file where a value begins; front matter begins in line 2."""
    return int(value.start_mark.line) + 2


def _describe(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return f"`{node.value[:40]}` as {_KINDS.get(node.tag.rpartition(':')[2], 'something else')}"
    return "a list or a mapping"


def _parse_season(node: yaml.Node) -> Season | None:
    """Read `{start: MM-DD, end: MM-DD}`; None when it is anything else."""
    pair = _read_pair(node, "start", "end")
    return Season(*pair) if pair and all(map(_is_day, pair)) else None


def _parse_faq(node: yaml.Node) -> Faq | None:
    """Read `{question: …, answer: …}`, two texts that are not empty; None when it is anything else."""
    pair = _read_pair(node, "question", "answer")
    return Faq(*pair) if pair and all(pair) else None


def _read_pair(node: yaml.Node, first: str, second: str) -> tuple[str, str] | None:
    """Read the texts of a mapping that has these two keys and no other."""
    try:
        value = read_value(node)
    except ValueError:
        return None
    if not isinstance(value, dict) or value.keys() != {first, second}:
        return None
    texts = [text.strip() for text in (value[first], value[second]) if isinstance(text, str)]
    return (texts[0], texts[1]) if len(texts) == len(value) else None


def _is_day(text: str) -> bool:
    """Return whether this is `MM-DD` of some year; 02-29 is."""
    if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date(_LEAP_YEAR, int(text[:2]), int(text[3:]))
    except ValueError:
        return False
    return True


def read_value(node: yaml.Node) -> object:
    """Read texts, numbers, true, false, null, lists and mappings; any other value is its text.

    Raises:
        ValueError: it is nested too deeply, too large, names a key twice, or is not a JSON value.
    """
    return _read(node, 0, count())


def _read(node: yaml.Node, depth: int, seen: count[int]) -> object:
    # Aliases make a small file stand for an endless value.
    if depth > _DEPTH or next(seen) > _MOST:
        raise ValueError("it is nested too deeply or too large")
    if isinstance(node, yaml.SequenceNode):
        return [_read(item, depth + 1, seen) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        pairs = [(str(key.value), _read(value, depth + 1, seen)) for key, value in node.value]
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a key is given twice")
        return dict(pairs)
    return _read_scalar(node)


def _read_scalar(node: yaml.Node) -> object:
    if node.tag.rpartition(":")[2] not in _JSON_TAGS:
        return node.value
    try:
        value = SafeConstructor().construct_object(node)
    except (ConstructorError, ValueError, KeyError) as error:
        raise ValueError(f"`{str(node.value)[:40]}` is not a valid value") from error
    if isinstance(value, float) and (value - value) != 0:
        raise ValueError(f"`{node.value}` is not a number that JSON can hold")
    return value
