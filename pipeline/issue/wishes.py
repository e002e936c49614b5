"""The editor's wishes for one week: `content/issues/<week>.toml`, read and checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.content.document import HIDDEN
from pipeline.errors import AuthorError
from pipeline.files import read_if_there
from pipeline.model.content import Catalogue
from pipeline.model.locations import wishes_path
from pipeline.model.problem import WEEK_RULES, Problem, Problems
from pipeline.model.suggest import did_you_mean
from pipeline.model.toml_words import describe_toml_error
from pipeline.model.wishes import PREHEADER_CHARS, SUBJECT_CHARS, ItemWishes, Wishes
from pipeline.news.story_ref import parse_name

WISHES_ENCODING = WEEK_RULES.error(
    "wishes-encoding", "Bytes that are not UTF-8 would reach readers as wrong letters."
)
WISHES_SYNTAX = WEEK_RULES.error("wishes-syntax", "A file that is not valid TOML cannot be followed.")
WISHES_UNKNOWN_KEY = WEEK_RULES.error("wishes-unknown-key", "A misspelt key would silently have no effect.")
WISHES_TYPE = WEEK_RULES.error("wishes-type", "A value of another kind than expected cannot be followed.")
WISHES_HIDDEN_CHARACTER = WEEK_RULES.error(
    "wishes-hidden-character", "An invisible character can break a header or a reader's screen."
)
WISHES_LINE_BREAK = WEEK_RULES.error(
    "wishes-line-break", "Subject and preheader are one line in every mailbox."
)
WISHES_LENGTH = WEEK_RULES.error("wishes-length", "Mailboxes cut longer lines off anywhere.")
WISHES_PIN_BANNED = WEEK_RULES.error(
    "wishes-pin-banned", "What is pinned and banned at once cannot be followed."
)
WISHES_UNKNOWN_SLUG = WEEK_RULES.error(
    "wishes-unknown-slug", "A term or tip that does not exist can be neither sent nor banned."
)
WISHES_ITEM = WEEK_RULES.error(
    "wishes-item", "Only a link, or an id that `weekly issue explain` shows, names a story."
)
WISHES_FORM = WEEK_RULES.error("wishes-form", "A file in an unexpected layout cannot be changed safely.")
WISH_UNHEARD = WEEK_RULES.error(
    "wish-unheard", "A letter must not go out with a choice that the editor has changed since."
)


_TEXT, _LIST, _TABLE = "text in quotes", "a list of texts in quotes", "a table"
FORM: Mapping[str, Mapping[str, str]] = {
    "": {
        "subject": _TEXT,
        "preheader": _TEXT,
        "intro": _TEXT,
        "segment": _TEXT,
        "term": _TABLE,
        "tip": _TABLE,
        "items": _TABLE,
        "approval": _TABLE,
    },
    "items": {"pin": _LIST, "ban": _LIST},
    "term": {"pin": _TEXT, "ban": _LIST},
    "tip": {"pin": _TEXT, "ban": _LIST},
    "approval": {"digest": _TEXT},
}
_SURROGATE = re.compile("[\ud800-\udfff]")
"""What an argument of a command has for a byte that is not UTF-8; no file can hold it."""

_QUOTES = re.compile(r"[\s\"']")
ONE_LINE_CHARS: Mapping[str, int] = {"subject": SUBJECT_CHARS, "preheader": PREHEADER_CHARS}


def read_wishes(folder: Path, week: str) -> Wishes:
    """Read the wishes of a week below a newsletter folder; empty ones when there is no file.

    Raises:
        AuthorError: the file is not valid TOML, or holds unknown keys, wrong values or a pin that is banned.
        FileError: the file is there and cannot be read.
    """
    text = load_text(folder, week)
    tree = parse_text(text, week)
    problems = Problems(wishes_path(week))
    check_keys(tree, text, problems)
    if not problems.found:
        check_values(tree, text, problems)
    if problems.found:
        raise AuthorError(sorted(problems.found))
    term, tip = tree.get("term", {}), tree.get("tip", {})
    return Wishes(
        term_pin=term.get("pin", "").strip(),
        term_ban=tuple(slug.strip() for slug in term.get("ban", ())),
        tip_pin=tip.get("pin", "").strip(),
        tip_ban=tuple(slug.strip() for slug in tip.get("ban", ())),
        subject=tree.get("subject", "").strip(),
        preheader=tree.get("preheader", "").strip(),
        intro=tree.get("intro", "").strip(),
        segment=tree.get("segment", "").strip(),
        approval_digest=tree.get("approval", {}).get("digest", "").strip(),
        items=ItemWishes(
            pin=tuple(each.strip() for each in tree.get("items", {}).get("pin", ())),
            ban=tuple(each.strip() for each in tree.get("items", {}).get("ban", ())),
        ),
    )


def check_wishes(wishes: Wishes, catalogue: Catalogue, week: str) -> tuple[Problem, ...]:
    """List the pins and bans of what the catalogue does not have."""
    problems = Problems(wishes_path(week))
    wanted = (
        ("term", (wishes.term_pin, *wishes.term_ban), catalogue.term_by_slug),
        ("tip", (wishes.tip_pin, *wishes.tip_ban), catalogue.tip_by_slug),
    )
    for kind, slugs, known in wanted:
        for slug in slugs:
            if slug and slug not in known:
                fix = did_you_mean(slug, known) or f"`weekly content list` shows every {kind}"
                problems.add(WISHES_UNKNOWN_SLUG, 0, f"there is no {kind} `{slug}`", fix)
    return tuple(problems.found)


def load_text(folder: Path, week: str) -> str:
    """Read the file as it is, empty when there is none; raises AuthorError and FileError."""
    raw = read_if_there(folder / wishes_path(week)) or b""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message, fix = "the file is not UTF-8", "save it as UTF-8 in your editor"
        raise AuthorError(
            [WISHES_ENCODING.problem(message, fix, path=wishes_path(week), line=line)]
        ) from error


def parse_text(text: str, week: str) -> dict[str, Any]:
    """Read TOML; raises AuthorError with the line when it is invalid."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = re.search(r"\(at line (\d+)", str(error))
        line = int(at[1]) if at else text.rstrip().count("\n") + 1
        cause = re.sub(r" \(at .*", "", describe_toml_error(error)).lower()
        fix = 'write `key = "value"`, with text in straight quotes'
        raise AuthorError(
            [
                WISHES_SYNTAX.problem(
                    f"this is not valid TOML: {cause}", fix, path=wishes_path(week), line=line
                )
            ]
        ) from error


def check_keys(tree: Mapping[str, Any], text: str, problems: Problems, table: str = "") -> None:
    """Report every unknown key, and every value of the wrong type."""
    form = FORM[table]
    for key, value in tree.items():
        name = f"{table}.{key}" if table else key
        line = find_key_line(text, table, key)
        if key not in form:
            fix = did_you_mean(key, form) or f"known keys here are {', '.join(form)}"
            problems.add(WISHES_UNKNOWN_KEY, line, f"there is no key `{name}`", fix)
        elif not _has_form(value, form[key]):
            problems.add(WISHES_TYPE, line, f"`{name}` is not {form[key]}", f"make it {form[key]}")
        elif form[key] == _TABLE:
            check_keys(value, text, problems, key)


def _has_form(value: object, form: str) -> bool:
    if form == _LIST:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str if form == _TEXT else dict)


def check_values(tree: Mapping[str, Any], text: str, problems: Problems) -> None:
    """Report every value that no letter can have, of known keys with the right type."""
    for key in ("subject", "preheader", "intro"):
        value, line = tree.get(key, "").strip(), find_key_line(text, "", key)
        if HIDDEN.search(value.replace("\r\n", "\n")) or _SURROGATE.search(value):
            problems.add(WISHES_HIDDEN_CHARACTER, line, f"`{key}` holds an invisible character", "delete it")
        if key in ONE_LINE_CHARS and "\n" in value:
            problems.add(WISHES_LINE_BREAK, line, f"`{key}` has more than one line", "write it on one line")
        if len(value) > ONE_LINE_CHARS.get(key, len(value)):
            limit = ONE_LINE_CHARS[key]
            problems.add(
                WISHES_LENGTH,
                line,
                f"`{key}` has {len(value)} characters",
                f"shorten it to {limit} or fewer",
            )
    _check_items(tree.get("items", {}), text, problems)
    for slot in ("term", "tip"):
        table = tree.get(slot, {})
        pin = table.get("pin", "").strip()
        if pin and pin in [slug.strip() for slug in table.get("ban", ())]:
            line = find_key_line(text, slot, "pin")
            problems.add(WISHES_PIN_BANNED, line, f"`{pin}` is pinned and banned", "delete one of the two")


def _check_items(table: Mapping[str, Any], text: str, problems: Problems) -> None:
    for key in ("pin", "ban"):
        for wish in table.get(key, ()):
            if not parse_name(wish):
                line = find_key_line(text, "items", key)
                fix = "write the link as it is, or the id from `weekly issue explain`"
                problems.add(WISHES_ITEM, line, f"`{wish[:80]}` is neither a link nor an id", fix)
    for wish in sorted({parse_name(each) for each in table.get("pin", ())} - {""}):
        if wish in {parse_name(each) for each in table.get("ban", ())}:
            line = find_key_line(text, "items", "pin")
            problems.add(WISHES_PIN_BANNED, line, f"`{wish}` is pinned and banned", "delete one of the two")


def find_key_line(text: str, table: str, key: str) -> int:
    """Find the line of a key as people write it; 0 when it is written in a rarer way."""
    wanted, here = f"{table}.{key}".strip("."), ""
    for number, line in enumerate(text.split("\n"), 1):
        header, entry = re.match(r"\s*\[([^\[\]]+)\]", line), re.match(r"([^=#\[]+)=", line)
        here = header[1] if header else here
        name = here if header else f"{here}.{entry[1]}" if entry else ""
        if f"{_QUOTES.sub('', name).strip('.')}.".startswith(f"{wanted}."):
            return number
    return 0
