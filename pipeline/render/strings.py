"""Reads the labels of the templates: one TOML file per language, the newsletter's own over the shipped."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from pipeline.errors import AuthorError
from pipeline.files import read_if_there
from pipeline.issue.labels import PLACE, Strings
from pipeline.model.problem import TEMPLATE_RULES, Problem
from pipeline.model.suggest import did_you_mean
from pipeline.model.toml_words import describe_toml_error
from pipeline.plugins.sections import find_section, news_sections
from pipeline.render.jinja import folders_of

STRINGS = TEMPLATE_RULES.error(
    "strings", "A label that is missing or wrong would leave a hole in the letter."
)


FALLBACK = "en"
MONTHS = "dates.months"

_YEAR = 12

_Entries = dict[str, Any]


def read_strings(env: Environment, language: str) -> Strings:
    """Read the labels of a language: `pt-BR` from its own file, else from that of `pt`, else in English.

    An own English file changes single sentences; every other language needs all of them.

    Raises AuthorError with every key that is missing, unknown or wrong, and its file.
    """
    folders = folders_of(env)
    english, problems = _read(folders, FALLBACK)
    headings = _read_headings()
    texts = english = headings | english
    name = find_language(env, language)
    if name and name != FALLBACK:
        texts, found = _read(folders, name)
        texts = headings | texts
        problems += [*found, *_missing(texts, english, _path(folders, name))]
    problems += _wrong(texts, headings | _shipped_english(folders), _path(folders, name or FALLBACK))
    if problems:
        raise AuthorError(problems)
    months = tuple(texts.get(MONTHS, ()))
    return Strings({key: text for key, text in texts.items() if isinstance(text, str)}, months)


def _read_headings() -> _Entries:
    """Return the headings of sections that installed packages add; a file of words goes before them."""
    specs = map(find_section, news_sections())
    return {f"news.{spec.name}": spec.heading for spec in specs if spec.heading}


def find_language(env: Environment, language: str) -> str:
    """Return the name of a language's file of labels, such as `pt` for `pt-BR`; empty when there is none."""
    folders = folders_of(env)
    names = (language, language.partition("-")[0])
    return next((each for each in names if any(_file(one, each).is_file() for one in folders)), "")


def _file(folder: Path, name: str) -> Path:
    return folder / "email" / f"strings.{name}.toml"


def _path(folders: list[Path], name: str) -> str:
    """Return the file's path for messages: the newsletter's own where there is one."""
    folder = next((each for each in folders if _file(each, name).is_file()), Path("templates"))
    return f"{folder.name}/email/strings.{name}.toml"


def _read(folders: list[Path], name: str) -> tuple[_Entries, list[Problem]]:
    """Read the files of one language, the first folder's last, so that it wins."""
    entries: _Entries = {}
    problems: list[Problem] = []
    for folder in reversed(folders):
        raw = read_if_there(_file(folder, name)) or b""
        try:
            found = _parse(raw)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            path = f"{folder.name}/email/strings.{name}.toml"
            fix = 'write `key = "value"`, with text in straight quotes'
            problems.append(
                STRINGS.problem(f"this is not valid TOML: {describe_toml_error(error)}", fix, path=path)
            )
            continue
        entries |= found
    return entries, problems


@lru_cache(maxsize=16)
def _parse(raw: bytes) -> Mapping[str, Any]:
    """Parse the labels of a file: every letter reads the same ones several times."""
    return dict(_flat(tomllib.loads(raw.decode("utf-8-sig"))))


def _flat(tree: Mapping[str, Any], table: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{table}{key}.")
        else:
            yield f"{table}{key}", value


def _shipped_english(folders: list[Path]) -> _Entries:
    """Return the shipped labels: the keys that exist, and what each can fill in."""
    return _read(folders[-1:], FALLBACK)[0]


def _missing(texts: _Entries, english: _Entries, path: str) -> Iterator[Problem]:
    for key in english:
        if key not in texts:
            fix = f"write it; in English it is {english[key]!r}"
            yield STRINGS.problem(f"there is no `{key}`", fix, path=path)


def _wrong(texts: _Entries, known: _Entries, path: str) -> Iterator[Problem]:
    """Check every label; a table that is not shipped is the newsletter's own, for its own templates."""
    tables = {key.partition(".")[0] for key in known}
    for key, text in texts.items():
        if key == MONTHS:
            is_year = (
                isinstance(text, list) and len(text) == _YEAR and all(isinstance(each, str) for each in text)
            )
            mistakes = [] if is_year else [("is not a list of twelve names", "write all twelve")]
        elif not isinstance(text, str) or not text.strip():
            mistakes = [("is not a text", "write it in quotes")]
        elif key not in known and key.partition(".")[0] in tables:
            mistakes = [("is not known", did_you_mean(key, known) or "remove it: no template asks for it")]
        else:
            mistakes = list(_strange_places(text, known.get(key, text)))
        for message, fix in mistakes:
            yield STRINGS.problem(f"`{key}` {message}", fix, path=path)


def _strange_places(text: str, shipped: str) -> Iterator[tuple[str, str]]:
    filled = PLACE.findall(shipped)
    for place in sorted(set(PLACE.findall(text)) - set(filled)):
        fills = ", ".join(f"{{{each}}}" for each in filled) or "nothing"
        yield f"cannot fill in {{{place}}}", f"it fills in {fills}"
