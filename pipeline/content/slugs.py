"""Names of terms and tips: slugs of titles, names that are taken, suggestions for a slug. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.suggest import did_you_mean

EntryKind = Literal["term", "tip"]

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LETTERS = 80
"""How long a slug is at most that is made of a title: a name of a file that is easy to read and to type."""

_SPELLED = str.maketrans(
    {"&": " and ", "@": " at ", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
)
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`]")


def make_slug(title: str) -> str:
    """Build a slug from a title: ASCII, the same everywhere; empty when no letter or digit of it is left."""
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", title).casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    slug = "-".join(re.findall("[a-z0-9]+", _APOSTROPHES.sub("", plain.translate(_SPELLED))))
    if len(slug) <= SLUG_LETTERS:
        return slug
    return slug[: SLUG_LETTERS + 1].rpartition("-")[0] or slug[:SLUG_LETTERS]


def is_reserved(slug: str) -> bool:
    """Return whether Windows takes this name for a device, so that no such file can be checked out there."""
    return re.fullmatch("con|prn|aux|nul|(?:com|lpt)[0-9]", slug) is not None


def is_slug(text: str) -> bool:
    """Return whether a text has the form of a slug and no more letters than one may have."""
    return text == make_slug(text) != ""


def everything(catalogue: Catalogue) -> Iterator[tuple[EntryKind, Term | Tip]]:
    """Yield terms, then tips, each by slug."""
    for term in catalogue.terms:
        yield "term", term
    for tip in catalogue.tips:
        yield "tip", tip


def names_of(what: Term | Tip) -> tuple[str, ...]:
    """List what a term or tip is called: title, full name, aliases."""
    names = (what.title, what.full_name, *what.aliases) if isinstance(what, Term) else (what.title,)
    return tuple(name for name in names if name)


def find_namesake(catalogue: Catalogue, kind: EntryKind, title: str, slug: str) -> Term | Tip | None:
    """Find the existing term or tip that has one of these names already."""
    wanted = {slug, fold_name(title)}
    for of_kind, what in everything(catalogue):
        names = names_of(what)
        taken = {what.slug, *map(make_slug, names), *map(fold_name, names)}
        if of_kind == kind and not wanted.isdisjoint(taken):
            return what
    return None


def suggest(catalogue: Catalogue, word: str) -> str:
    """Suggest the slug that was meant, by slug or by name; empty when none is near."""
    slugs = {what.slug for _, what in everything(catalogue)}
    by_name = {make_slug(name): what.slug for _, what in everything(catalogue) for name in names_of(what)}
    wanted = make_slug(word)
    if wanted in slugs or wanted in by_name:
        return f'did you mean "{wanted if wanted in slugs else by_name[wanted]}"?'
    return did_you_mean(wanted, slugs)


def fold_name(name: str) -> str:
    """Write a name as names are compared: without capitals and with single spaces."""
    return " ".join(name.casefold().split())
