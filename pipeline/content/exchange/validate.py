"""Which entries may become terms, and under which slug; why the others may not. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from pipeline.content.exchange.html_to_markdown import plain_words
from pipeline.content.exchange.sanitize import has_merge_tag, make_markdown
from pipeline.content.exchange.source_entry import SourceEntry, name_kind
from pipeline.content.markdown import to_plain
from pipeline.content.normalize import normalize_line
from pipeline.content.slugs import SLUG, fold_name, is_reserved, make_slug

TITLE_LETTERS = 150

_SLUG_LETTERS = 100
_NOTHING = frozenset(("none", "null", "nan", "undefined", "n/a", "tbd", "-", "—"))


def read_text(value: object) -> str | None:
    """Read a text or a list of paragraphs; empty when it says that there is nothing, None when it is none."""
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
    title = plain_words(entry.values["term"])
    owner = names.get(fold_name(title), slug)
    return (
        slug,
        "" if owner == slug else f"the term `{owner}` is called `{title}` already: rename one of the two",
    )


def slug_of(entry: SourceEntry) -> str:
    """Find the slug of an entry: its own, made to fit, or one made of its name."""
    given = str(entry.values.get("slug") or "").strip()
    return fit_slug(given or plain_words(str(entry.values.get("term") or "")))


def fit_slug(name: str) -> str:
    """Make a slug of a name, always the same; a name without Latin letters gets a number of its own."""
    if is_reserved(make_slug(name)):
        return f"{make_slug(name)}-term"
    if SLUG.fullmatch(name) and len(name) <= _SLUG_LETTERS:
        return name
    return make_slug(name) or f"term-{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def _refuse(entry: SourceEntry) -> str:
    """Say why an entry cannot become a term; empty when it can."""
    values = entry.values
    try:
        json.dumps(dict(values), ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return "a text holds half of a character: type it anew"
    except ValueError:
        return "a number is infinite or none at all: write null instead"
    if isinstance(values.get("slug"), dict | list):
        return f"`slug` is {name_kind(values['slug'])}, not text: leave it out, and one is made of the term"
    reason = _refuse_text("term", values.get("term")) or _refuse_text("definition", values.get("definition"))
    if reason:
        return reason
    title = normalize_line(plain_words(values["term"]))
    if has_merge_tag(title):
        return "`term` holds a mark of templates, which no letter may show: write what it stands for"
    return f"`term` has more than {TITLE_LETTERS} letters: shorten it" if len(title) > TITLE_LETTERS else ""


def _refuse_text(key: str, value: object) -> str:
    """Say what is wrong with a text that every entry must have; empty when nothing is."""
    if value is None:
        return f"it has no `{key}`: write one, or leave the entry out"
    text = read_text(value)
    if text is None or (key == "term" and not isinstance(value, str)):
        return f"`{key}` is {name_kind(value)}, not text: put it in quotes"
    if not to_plain(make_markdown(text)):
        return f"`{key}` has no words that a letter could show: write some, or leave the entry out"
    return ""


class Spelling:
    """How categories are written: one that differs from another by capitals alone is written like that."""

    def __init__(self, categories: Iterable[str]) -> None:
        self._known = set(categories)
        self._folded = {fold_name(each): each for each in sorted(self._known, reverse=True)}

    def find(self, category: str) -> str:
        """Give a category as it is written already, or as it is here when it is new."""
        is_known = category in self._known
        return category if is_known else self._folded.setdefault(fold_name(category), category)
