"""Own templates without an effect: files that no template opens, and a language without labels."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from jinja2 import Environment

from pipeline.files import read_if_there
from pipeline.model.problem import TEMPLATE_RULES, Problem
from pipeline.render.jinja import folders_of
from pipeline.render.strings import FALLBACK, find_language

TEMPLATE_UNUSED = TEMPLATE_RULES.warning(
    "template-unused", "A file with a misspelt name silently changes nothing."
)
STRINGS_MISSING = TEMPLATE_RULES.warning(
    "strings-missing", "Without its labels a letter mixes two languages."
)


_WORDS = re.compile(r"email/strings\.[A-Za-z0-9-]+\.toml")
_TEMPLATE = (".j2", ".toml")
_ALIKE = 0.7  # the cut-off of `did_you_mean`: one or two letters of a short name


def warn_of_unused_templates(env: Environment, language: str) -> tuple[Problem, ...]:
    """Warn of own files that no letter is made of, and of a language without labels."""
    return (*find_unused_templates(env), *_warn_without_labels(env, language))


def find_unused_templates(env: Environment) -> tuple[Problem, ...]:
    """Find own files that take no shipped template's place and that no own template names."""
    *own, shipped = folders_of(env)
    known = frozenset(_names(shipped))
    return tuple(problem for folder in own for problem in _find_unused(folder, known))


def _names(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())


def _find_unused(folder: Path, known: Collection[str]) -> Iterator[Problem]:
    names = [name for name in _names(folder) if not any(part.startswith(".") for part in name.split("/"))]
    texts = {name: read_if_there(folder / name) or b"" for name in names if name.endswith(_TEMPLATE)}
    for name in names:
        if name in known or _WORDS.fullmatch(name):
            continue
        others = [text for other, text in texts.items() if other != name]
        meant = _find_meant(name, known)
        # A part of one's own is named where it is included, maybe in pieces: `"blocks/" ~ kind ~ ".mjml.j2"`.
        wanted = Path(name).name if meant else Path(name).name.partition(".")[0]
        if any(wanted.encode() in text for text in others) or not (meant or name.endswith(_TEMPLATE)):
            continue
        message = "no template has this name, so it is not used" + (
            f"; did you mean {meant}?" if meant else ""
        )
        fix = "rename it" if meant else "include it in a template of yours, or delete it"
        yield TEMPLATE_UNUSED.problem(message, fix, path=f"{folder.name}/{name}")


def _find_meant(name: str, known: Collection[str]) -> str:
    """Find the template that is called so elsewhere, or nearly so here."""
    place, _, file = name.rpartition("/")
    stem, _, ending = file.partition(".")
    best = (_ALIKE, False, "")
    for each in sorted(known):
        home, _, called = each.rpartition("/")
        its_stem, _, its_ending = called.partition(".")
        is_words = ending.endswith(".toml") and its_ending.endswith(".toml")
        if not is_words and ending not in (its_ending, its_ending.removesuffix(".j2")):
            continue
        alike = difflib.SequenceMatcher(None, stem.casefold(), its_stem).ratio()
        if alike == 1 or home == place:
            best = max(best, (alike, home == place, f"{home}/{its_stem}.{ending}" if is_words else each))
    return best[2]


def _warn_without_labels(env: Environment, language: str) -> Iterator[Problem]:
    if find_language(env, language) or language.partition("-")[0] == FALLBACK:
        return
    name = f"strings.{language.partition('-')[0]}.toml"
    yield STRINGS_MISSING.problem(
        f"there is no such file, so the letter's own words are English in a letter in `{language}`",
        f"`weekly templates copy email/strings.en.toml`, rename the copy to {name} and translate it",
        path=f"templates/email/{name}",
    )
