"""A source parsed, and an entry of it: what its keys mean here, and whether it may become a term. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.content.exchange.html_to_markdown import plain_words
from pipeline.content.exchange.merge_tags import has_merge_tag
from pipeline.content.exchange.sanitize import make_markdown
from pipeline.content.markdown import to_plain
from pipeline.content.normalize import normalize_line
from pipeline.content.slugs import SLUG, fold_name, is_reserved, make_slug
from pipeline.errors import AuthorError
from pipeline.model.problem import IMPORT_RULES

IMPORT_UNREADABLE = IMPORT_RULES.error(
    "import-unreadable", "A source that cannot be read as a whole is not imported in part."
)


_SHOWN = 50
"""How many letters of a name stand in a message."""

LISTS = ("related_terms", "related_links", "aliases", "prerequisites", "sources")
"""The keys whose values are lists."""

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "term": ("title", "name"),
    "slug": (),
    "category": (),
    "prerequisites": (),
    "seasons": (),
    "full_name": ("full_form", "long_name", "expansion"),
    "definition": ("short_definition", "summary", "description", "what_is_it", "what_it_is"),
    "example": ("examples", "an_example", "for_example", "practical_example"),
    "why_it_matters": ("why_this_matters", "why_does_it_matter", "why_is_it_important", "importance"),
    "in_depth": ("how_it_works", "how_does_it_work", "in_detail", "deep_dive", "explanation"),
    "common_mistakes": ("mistakes", "common_pitfalls", "pitfalls", "common_errors"),
    "career_relevance": ("career", "careers", "for_your_career", "career_impact"),
    "related_terms": ("related", "see_also"),
    "related_links": ("links", "related_pages"),
    "faqs": ("faq", "frequently_asked_questions"),
    "difficulty": ("level",),
    "aliases": ("synonyms", "also_known_as", "aka"),
    "sources": ("references",),
}
PROPER = {name: key for key, names in _SYNONYMS.items() for name in (key, *names)}
"""The key that a name stands for, in any spelling (see `proper_key`)."""


TITLE_LETTERS = 150
"""A longer one is a sentence that slipped into the wrong column; a heading of it would fill a phone."""

_SLUG_LETTERS = 100
"""A slug from elsewhere is kept up to this: with folders and endings its path stays below 255 bytes."""
_NOTHING = frozenset(("none", "null", "nan", "undefined", "n/a", "tbd", "-", "—"))


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One term as it came: values by proper key, and the names of keys that were spelled otherwise.

    `place` is the place for messages, such as `entry 3 “RAG”`. `is_exact` means that an export restores it.
    """

    place: str
    values: Mapping[str, Any]
    names: Mapping[str, str]
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was left out on purpose, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that cannot be read as an entry, and why."""

    place: str
    reason: str


def refuse_source(source: Path | str, line: int, message: str, fix: str) -> AuthorError:
    """Build the error of a source that cannot be read as a whole."""
    return AuthorError([IMPORT_UNREADABLE.problem(message, fix, path=str(source), line=line)])


def decode_source(raw: bytes, source: Path | str) -> str:
    """Decode UTF-8; raises AuthorError with the line of the first byte that is something else."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refuse_source(source, line, "the file is not UTF-8", "save it as UTF-8") from error


def parse_json(text: str, source: Path | str, twice: dict[int, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    """Parse JSON; raises AuthorError. `twice` gets the key that an object has twice, by the object's id."""
    found = {} if twice is None else twice
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _take_pairs(pairs, found))
    except json.JSONDecodeError as error:
        message = f"the file is not valid JSON: {error.msg}"
        raise refuse_source(source, error.lineno, message, "fix it there") from error
    except RecursionError as error:
        message = "the file is nested too deeply"
        raise refuse_source(source, 0, message, "take the inner levels out") from error
    except ValueError as error:  # Python reads no number of more than 4,300 digits
        message = "a number in it has too many digits"
        raise refuse_source(source, 0, message, "write it as text, in quotes") from error


def _take_pairs(pairs: list[tuple[str, Any]], twice: dict[int, str]) -> dict[str, Any]:
    """Build an object, and note one that has a key twice, whose first value would be lost."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice[id(made)] = next(name for name in names if names.count(name) > 1)
    return made


def proper_key(name: str) -> str:
    """Normalize a name in any spelling to a key: `whyItMatters`, and `Why it matters?`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return "_".join(re.findall(r"[^\W_]+", snake.casefold()))


def make_source_entry(place: str, given: Mapping[str, Any], *, is_exact: bool = False) -> SourceEntry:
    """Map every value to its proper key; of two that mean the same, the one with the proper name counts."""
    proper: dict[str, str] = {}
    for name in sorted(given, key=lambda name: name not in _SYNONYMS):
        key = PROPER.get(proper_key(name), "")
        if key and key not in proper.values():
            proper[name] = key
    values = {proper.get(name, name): value for name, value in given.items() if name in proper}
    others = {name: value for name, value in given.items() if name not in proper}
    names = {key: name for name, key in proper.items() if key != name}
    return SourceEntry(place, others | values, names, is_exact)


def name_entry(number: int, given: object) -> str:
    """Name an entry in a message: its number, from 1, and its term if it has one."""
    pairs = given.items() if isinstance(given, dict) else ()
    term = next((value for key, value in pairs if PROPER.get(proper_key(key)) == "term"), "")
    return f"entry {number}{quote_name(term)}"


def quote_name(term: object) -> str:
    """Return the name of a term to go behind its place; empty when it has none."""
    words = " ".join(term.split()) if isinstance(term, str) else ""
    shown = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
    return f" “{shown}”" if words else ""


def name_kind(value: object) -> str:
    """Name the kind of a JSON value."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "a text"),
        (list, "a list"),
        (Mapping, "an object"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


def read_text(value: object) -> str | None:
    """Read a text or a list of paragraphs; empty for a word like `n/a`, None for any other kind of value."""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "\n\n".join(value)
    if value is None:
        return ""
    if not isinstance(value, str):
        return None
    return "" if value.strip().casefold() in _NOTHING else value


def validate_entry(
    entry: SourceEntry, taken: Mapping[str, SourceEntry], names: Mapping[str, str]
) -> tuple[str, str]:
    """Find the slug of an entry, and why it cannot become a term; the reason is empty when it can."""
    reason = _refuse(entry)
    if reason:
        return "", reason
    slug = slug_of(entry)
    if slug in taken:
        return slug, f"the slug `{slug}` is that of {taken[slug].place} too: give one of the two another"
    title = title_of(entry)
    owner = names.get(fold_name(title), slug)
    return (
        slug,
        "" if owner == slug else f"the term `{owner}` is called `{title}` already: rename one of the two",
    )


def title_of(entry: SourceEntry) -> str:
    """Return the name of a term as its file will have it."""
    return normalize_line(plain_words(entry.values["term"]))


def slug_of(entry: SourceEntry) -> str:
    """Find the slug of an entry: its own, made to fit, or one made of its name."""
    given = str(entry.values.get("slug") or "").strip()
    return fit_slug(given or plain_words(str(entry.values.get("term") or "")))


def fit_slug(name: str) -> str:
    """Build a slug from a name, always the same; a name without Latin letters becomes a hash."""
    if is_reserved(make_slug(name)):
        return f"{make_slug(name)}-term"
    if SLUG.fullmatch(name) and len(name) <= _SLUG_LETTERS:
        return name
    return make_slug(name) or f"term-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def _refuse(entry: SourceEntry) -> str:
    """Return why an entry cannot become a term; empty when it can."""
    values = entry.values
    try:
        json.dumps(dict(values), ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return "a text holds half of a character: type it again"
    except ValueError:
        return "a number is infinite or undefined: write null instead"
    if isinstance(values.get("slug"), dict | list):
        return f"`slug` is {name_kind(values['slug'])}, not text: leave it out, and one is made of the term"
    reason = _refuse_text("term", values.get("term")) or _refuse_text("definition", values.get("definition"))
    if reason:
        return reason
    title = title_of(entry)
    if has_merge_tag(title):
        return "`term` holds a template mark, which no letter may show: write what it stands for"
    return f"`term` has more than {TITLE_LETTERS} letters: shorten it" if len(title) > TITLE_LETTERS else ""


def _refuse_text(key: str, value: object) -> str:
    """Return what is wrong with a text that every entry must have; empty when nothing is."""
    if value is None:
        return f"it has no `{key}`: write one, or leave the entry out"
    text = read_text(value)
    if text is None or (key == "term" and not isinstance(value, str)):
        return f"`{key}` is {name_kind(value)}, not text: put it in quotes"
    if not to_plain(make_markdown(text)):
        return f"`{key}` has no words that a letter could show: write some, or leave the entry out"
    return ""
