"""The first text of a new term or tip: every key and section, each with a note on what belongs there.

Pure. The notes are comments, which no letter shows, and what is still to be written is empty, so that the
check lists it.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.content.document import HIDDEN
from pipeline.content.read import GLOSSARY, TIPS
from pipeline.content.slugs import EntryKind, find_namesake, is_reserved, is_slug, make_slug
from pipeline.errors import FileError, PipelineError
from pipeline.model.content import Catalogue

LISTED = 24
"""How many names a note lists at most."""

_WIDTH = 100  # of a hint: what an editor shows without scrolling beside its file list
_UNDECODED = re.compile("[\ud800-\udfff]")  # bytes of the command line that are not UTF-8
_NOTES = "Notes like this one never reach readers: keep them or delete them."


def term_scaffold(
    title: str,
    slug: str,
    *,
    category: str = "",
    difficulty: int | None = None,
    categories: Sequence[str] = (),
    neighbours: Sequence[str] = (),
    words: int = 70,
) -> str:
    """Write the file of a term that is yet to be written.

    `categories` are those in use, `neighbours` the slugs of terms it may be related to; notes list
    them. `words` is the length from which the check warns of a long definition.
    """
    front = [
        _key("title", _scalar(title), "What everybody calls it: the headline."),
        _key("slug", slug, "The file's name. Do not change it once the term was sent."),
        _key("full_name", "", "What an abbreviation stands for. Empty when the title says it."),
        _key("aliases", "[]", "Other names in use: [context length, context size]"),
        _key("category", _scalar(category), _listing("One word or two. In use", categories)),
        _key(
            "difficulty",
            str(difficulty or ""),
            "1 for newcomers, 2 for practitioners, 3 for experts. Required.",
        ),
        _key(
            "related",
            "[]",
            f"Slugs of terms to read on, the nearest first: [token, embedding]"
            f"{_listing('. In the same category', neighbours) if neighbours else ''}",
        ),
        _key("prerequisites", "[]", "Slugs of terms that readers must have had before; mostly none to two."),
        _key("seasons", "[]", "Only for a time of the year: [{start: 11-15, end: 01-06}]"),
        _key("sources", "[]", 'Papers and specifications behind facts: ["Authors, Title, https://…"]'),
        _key(
            "related_links",
            "[]",
            'Pages to read on, for a website: ["/glossary/token"]. The letter has none.',
        ),
        _key("without", "[]", "Sections that this term needs none of: [Example]. Delete their headings too."),
        _key("faqs", "[]", 'For a website, not the letter: [{question: "…", answer: "…"}]'),
    ]
    return _document(front, _term_sections(words))


def _term_sections(words: int) -> list[str]:
    return [
        _note(
            "Definition: one or two sentences that a newcomer understands.",
            f"45 words read well; the check warns above {words}.",
            _NOTES,
        ),
        "## Example",
        _note("One case that readers can picture: real words, numbers or a prompt; not a list of uses."),
        "## Why It Matters",
        _note("Two to four sentences: what goes wrong, or costs more, for people who do not know it."),
        "## How It Works",
        _note(
            "120 to 350 words: the real mechanism, step by step. `### ` headings and lists may divide it.",
            "The letter leaves it out; it is for those who read on.",
        ),
        "## Common Mistakes",
        _note(
            "Two or three that people really make, each with a fix that can be acted on.",
            "The letter shows one of them with its fix, another one each time.",
        ),
        "-\n  **Fix:**",
        "-\n  **Fix:**",
        "## Career Relevance",
        _note("Two to four sentences that will be true in two years: no salaries, no rankings, no trends."),
    ]


def tip_scaffold(
    title: str,
    slug: str,
    *,
    tags: Sequence[str] = (),
    terms: Sequence[str] = (),
    tags_in_use: Sequence[str] = (),
    words: int = 120,
) -> str:
    """Write the file of a tip that is yet to be written; a note lists the tags in use.

    `words` is the length from which the check warns.
    """
    front = [
        _key("title", _scalar(title), "What to do, as an imperative: the headline."),
        _key("slug", slug, "The file's name. Do not change it once the tip was sent."),
        _key("tags", _sequence(tags), _listing("One or two. In use", tags_in_use)),
        _key("terms", _sequence(terms), "Slugs of the terms it belongs to: it goes out with one of them."),
    ]
    sections = [
        _note(
            "One idea: what to do today, and why it works.",
            f"90 words read well; the check warns above {words}.",
            _NOTES,
        ),
        "## Before",
        _note("The prompt as people write it, shown word for word.", "No prompt? Delete Before and After."),
        "```text\n\n```",
        "## After",
        _note("The same prompt, with the tip applied."),
        "```text\n\n```",
    ]
    return _document(front, sections)


def _document(front: Sequence[str], sections: Sequence[str]) -> str:
    return "\n".join(["---", *front, "---", "", "\n\n".join(sections), ""])


def _key(name: str, value: str, note: str) -> str:
    lines = textwrap.wrap(note, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "\n".join([*(f"# {line}" for line in lines), f"{name}: {value}".rstrip()])


def _note(*sentences: str) -> str:
    return f"<!-- {f'{chr(10)}     '.join(sentences)} -->"


def _listing(words: str, names: Iterable[str]) -> str:
    known = list(names)
    if not known:
        return f"{words.partition('. ')[0]}."
    more = ", …" if len(known) > LISTED else ""
    return f"{words}: {', '.join(known[:LISTED])}{more}"


def _scalar(text: str) -> str:
    """Write a text on one line so that YAML reads it as that text."""
    if not text:
        return ""
    written = yaml.safe_dump(text, allow_unicode=True, width=10_000)
    return written.removesuffix("\n").removesuffix("\n...")


def _sequence(items: Sequence[str]) -> str:
    return f"[{', '.join(_quoted(item) for item in items)}]"


def _quoted(text: str) -> str:
    """Write a text so that YAML reads it as that text inside of `[…]` too."""
    return yaml.safe_dump([text], allow_unicode=True, width=10_000, default_flow_style=True).strip()[1:-1]


_FOLDERS = {"term": GLOSSARY, "tip": TIPS}


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that can be made; `path` begins with the newsletter's folder."""

    title: str
    slug: str
    path: Path


def plan_file(folder: Path, catalogue: Catalogue, kind: EntryKind, title: str, slug: str = "") -> NewFile:
    """Find the file of a new term or tip; its slug comes from the title unless one is given.

    Raises:
        PipelineError: there is no content folder, the title or slug cannot be used, or something there
            has it already.
    """
    check_folder(folder)
    title = " ".join(title.split())
    if not title or HIDDEN.search(title) or _UNDECODED.search(title):
        raise PipelineError("the title is empty or holds invisible characters; type it again")
    slug = slug or make_slug(title)
    if not slug:
        raise PipelineError(
            f"no slug can be made of “{title}”: it has no ASCII letter or digit; give one with --slug"
        )
    if not is_slug(slug):
        raise PipelineError(f"“{slug}” is not a valid slug: use lower-case letters, digits, single hyphens")
    if is_reserved(slug):
        raise PipelineError(
            f"“{slug}” is the name of a device on Windows, where the folder could not be checked out: give "
            "another slug with --slug"
        )
    namesake = find_namesake(catalogue, kind, title, slug)
    if namesake is not None:
        raise PipelineError(
            f"“{title}” exists already: {folder / namesake.path} (“{namesake.title}”); nothing was changed"
        )
    path = folder / _FOLDERS[kind] / f"{slug}.md"
    if path.exists():
        raise _taken(path)
    return NewFile(title, slug, path)


def check_folder(folder: Path) -> None:
    """Refuse a folder that is not a newsletter's, so that nothing is made or looked for in a wrong place.

    Raises:
        PipelineError: there is no content folder.
    """
    if not (folder / "content").is_dir():
        raise PipelineError(
            f"{folder} is not a newsletter folder: there is no folder content in it; name it with -C, or "
            "make one with `weekly init DIR`"
        )


def write_file(path: Path, text: str) -> None:
    """Write a file that does not exist yet, making its folder.

    Raises:
        PipelineError: it exists by now.
        FileError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            try:
                file.write(text)
                file.flush()
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise FileError(path, error, "check the folder's permissions and the free space") from error


def _taken(path: Path) -> PipelineError:
    return PipelineError(f"{path} exists already; nothing was changed; to choose another name give --slug")
