"""Read `content/` into a catalogue and a list of problems.

The one place that opens an author's files; a mistake in one of them is a problem, never an exception.
"""

from __future__ import annotations

import codecs
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pipeline.content.common_mistakes import parse_mistakes
from pipeline.content.document import Document, DocumentSection, parse_document
from pipeline.content.front_matter import Front
from pipeline.content.lint.catalogue import FOLDER_MISSING, check_catalogue
from pipeline.content.parse_cache import Entry, EntryVisitor, Parse, ParseCache
from pipeline.errors import FileError
from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.problem import CONTENT_RULES, Problem, Problems
from pipeline.model.suggest import did_you_mean

FILE_UNREADABLE = CONTENT_RULES.error(
    "file-unreadable", "A file that cannot be read would silently be left out of every choice."
)
FILE_ENCODING = CONTENT_RULES.error(
    "file-encoding", "Bytes that are not UTF-8 would reach readers as wrong letters."
)
SECTION_MISSING = CONTENT_RULES.error(
    "section-missing",
    "Readers miss a part that was forgotten; `without` lists those that are left out on purpose.",
)
SECTION_UNKNOWN = CONTENT_RULES.error("section-unknown", "Its text would be shown nowhere.")
SECTION_DUPLICATE = CONTENT_RULES.error("section-duplicate", "One of the two would be lost.")
SECTION_EMPTY = CONTENT_RULES.error("section-empty", "The letter would show a heading without text.")
TEXT_MISSING = CONTENT_RULES.error(
    "text-missing", "The text before the first section is what opens the letter."
)
TIP_BLOCK = CONTENT_RULES.error(
    "tip-block", "Prompts are shown verbatim, and only a code block keeps every character."
)


GLOSSARY = "content/glossary"
TIPS = "content/tips"

_LISTS = {"aliases", "related", "prerequisites", "seasons", "sources", "related_links", "faqs", "without"}
TERM_KEYS = frozenset({"title", "slug", "full_name", "category", "difficulty", "extra"} | _LISTS)
TERM_SECTIONS = ("Example", "Why It Matters", "How It Works", "Common Mistakes", "Career Relevance")
TIP_KEYS = frozenset(("title", "slug", "tags", "terms"))
TIP_SECTIONS = ("Before", "After")


def read_checked(
    root: Path, cache: ParseCache | None = None, *, seen: EntryVisitor | None = None
) -> tuple[Catalogue, tuple[Problem, ...]]:
    """Read content and run every rule; return what can be used, and all problems sorted by place.

    Raises:
        FileError: the newsletter folder itself cannot be read.
    """
    catalogue, problems = read_catalogue(root, cache, seen=seen)
    return catalogue, tuple(sorted({*problems, *check_catalogue(catalogue, problems)}))


def read_catalogue(
    root: Path, cache: ParseCache | None = None, *, seen: EntryVisitor | None = None
) -> tuple[Catalogue, tuple[Problem, ...]]:
    """Read all terms and tips below a newsletter folder, with every problem found, sorted by place.

    Files with an error are left out. Names that begin with `.` or `_`, `README.md` and files that
    do not end in `.md` are not content. `cache` is only used, and is for the caller to save; without one, the
    cache of the folder is used.

    Raises:
        FileError: the newsletter folder itself cannot be read.
    """
    try:
        next(root.iterdir(), None)
    except OSError as error:
        raise FileError(root, error, "give the newsletter folder with -C") from error
    problems: list[Problem] = []
    cache = cache or ParseCache(root)
    cache.start()
    terms = tuple(_read_folder(root, GLOSSARY, cache.wrap(Term, _parse_term, seen), problems))
    tips = tuple(_read_folder(root, TIPS, cache.wrap(Tip, _parse_tip, seen), problems))
    return Catalogue(terms, tips), tuple(sorted(problems))


def parse_term(text: str, path: str) -> tuple[Term | None, tuple[Problem, ...]]:
    """Read the text of a term's file as if it stood at `path`; no term when a problem is an error."""
    return _parse_term(path, text.encode())


def _read_folder(root: Path, folder: str, parse: Parse[Entry], problems: list[Problem]) -> Iterator[Entry]:
    try:
        for path, raw in read_files(root, folder, problems):
            value, mistakes = parse(path, raw)
            problems.extend(mistakes)
            if value is not None:
                yield value
    except OSError as error:
        problems.append(_describe_missing_folder(folder, error))


def read_files(root: Path, folder: str, problems: list[Problem]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every content file of a folder, by name; note those that cannot be read.

    Raises OSError when the folder cannot be listed.
    """
    with os.scandir(root / folder) as listing:
        files = sorted(listing, key=lambda file: file.name)
    for file in files:
        name = file.name
        if name.startswith((".", "_")) or name == "README.md" or not name.endswith(".md"):
            continue
        path = f"{folder}/{os.fsencode(name).decode('utf-8', 'backslashreplace')}"
        found = Problems(path)
        raw = _read_bytes(file, found)
        problems.extend(found.found)
        if raw is not None:
            yield path, raw


def _parse_term(path: str, raw: bytes) -> tuple[Term | None, tuple[Problem, ...]]:
    return _parse(_build_term, path, raw)


def _parse_tip(path: str, raw: bytes) -> tuple[Tip | None, tuple[Problem, ...]]:
    return _parse(_build_tip, path, raw)


def _parse(
    build: Callable[[Document, Problems, str], Entry], path: str, raw: bytes
) -> tuple[Entry | None, tuple[Problem, ...]]:
    """Parse the bytes of a file as if it stood at `path`; no value when a problem is an error."""
    found = Problems(path)
    text = decode_text(raw, found)
    document = None if text is None else parse_document(text, found)
    stem = unicodedata.normalize("NFC", path.rpartition("/")[2].removesuffix(".md"))
    value = None if document is None else build(document, found, stem)
    return None if found.has_errors else value, tuple(found.found)


def _describe_missing_folder(folder: str, error: OSError) -> Problem:
    is_there = not isinstance(error, FileNotFoundError)
    return FOLDER_MISSING.problem(
        f"the folder cannot be read: {(error.strerror or str(error)).lower()}",
        "check that it is a folder and that its permissions let you read it"
        if is_there
        else "make the folder and put a `.md` file into it, or start with `weekly init`",
        path=folder,
        severity="error" if folder == GLOSSARY else "warning",
    )


def _read_bytes(entry: os.DirEntry[str], problems: Problems) -> bytes | None:
    """Read a file as it is; None with a problem when that cannot be done."""
    # Most are plain files, and the listing knows it without another look at the disk.
    if not entry.is_file(follow_symlinks=False) and not Path(entry.path).is_file():
        problems.add(FILE_UNREADABLE, 0, "this is not a file", "move it out of the folder")
        return None
    try:
        return Path(entry.path).read_bytes()
    except OSError as error:
        cause = (error.strerror or str(error)).lower()
        problems.add(FILE_UNREADABLE, 0, f"the file cannot be read: {cause}", "check its permissions")
        return None


def decode_text(raw: bytes, problems: Problems) -> str | None:
    """Decode UTF-8 as NFC with LF line ends; None with a problem when it is something else."""
    raw = raw.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return unicodedata.normalize("NFC", raw.decode())
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(FILE_ENCODING, line, "the file is not UTF-8", "save it as UTF-8 in your editor")
        return None


def _build_term(document: Document, problems: Problems, stem: str) -> Term:
    front = Front(document.keys, TERM_KEYS, problems)
    sections = _take_sections(document, TERM_SECTIONS, problems)
    without = front.sections_left_out(TERM_SECTIONS)
    for heading in TERM_SECTIONS:
        if heading not in sections and heading not in without:
            fix = f"add `## {heading}`, or `without: [{heading}]` where the term needs none"
            problems.add(SECTION_MISSING, 0, f"the section `{heading}` is missing", fix)
    texts = {heading: section.text for heading, section in sections.items()}
    mistakes = sections.get("Common Mistakes")
    return Term(
        slug=front.slug(stem),
        title=front.text("title", required=True),
        category=front.text("category", required=True),
        difficulty=front.difficulty(),
        definition=_take_lead(document, problems),
        example=texts.get("Example", ""),
        why_it_matters=texts.get("Why It Matters", ""),
        how_it_works=texts.get("How It Works", ""),
        mistakes=parse_mistakes(mistakes, problems) if mistakes and mistakes.text else (),
        career_relevance=texts.get("Career Relevance", ""),
        full_name=front.text("full_name"),
        aliases=front.texts("aliases"),
        related=front.texts("related"),
        prerequisites=front.texts("prerequisites"),
        seasons=front.seasons(),
        sources=front.texts("sources"),
        related_links=front.texts("related_links"),
        faqs=front.faqs(),
        extra=front.extra(),
        path=problems.path,
        lines=_list_lines(document, "definition"),
    )


def _build_tip(document: Document, problems: Problems, stem: str) -> Tip:
    front = Front(document.keys, TIP_KEYS, problems)
    sections = _take_sections(document, TIP_SECTIONS, problems)
    blocks = {name: _take_block(section, problems) for name, section in sections.items() if section.text}
    return Tip(
        slug=front.slug(stem),
        title=front.text("title", required=True),
        body=_take_lead(document, problems),
        tags=front.texts("tags"),
        terms=front.texts("terms"),
        before=blocks.get("Before", ""),
        after=blocks.get("After", ""),
        path=problems.path,
        lines=_list_lines(document, "body"),
    )


def _list_lines(document: Document, lead: str) -> Mapping[str, int]:
    lines = {section.heading.casefold(): section.line for section in document.sections}
    for key, (line, _) in document.keys.items():
        lines[key] = line
    lines[lead] = document.lead.first_line
    return lines


def _take_lead(document: Document, problems: Problems) -> str:
    if not document.lead.text:
        problems.add(
            TEXT_MISSING,
            document.lead.first_line,
            "there is no text before the first section",
            "write it between the front matter and the first `## ` heading",
        )
    return document.lead.text


def _take_sections(
    document: Document, known: tuple[str, ...], problems: Problems
) -> dict[str, DocumentSection]:
    """Find the sections by their proper names, in any case that the author wrote."""
    names = {name.casefold(): name for name in known}
    taken: dict[str, DocumentSection] = {}
    for section in document.sections:
        name = names.get(section.heading.casefold())
        if name is None:
            listing = ", ".join(f"`## {heading}`" for heading in known)
            problems.add(
                SECTION_UNKNOWN,
                section.line,
                f"there is no section `{section.heading[:40]}`",
                did_you_mean(section.heading, known) or f"sections are {listing}; use `### ` below them",
            )
        elif name in taken:
            first = taken[name].line
            problems.add(
                SECTION_DUPLICATE,
                section.line,
                f"the section `{name}` comes twice, first in line {first}",
                "join the two",
            )
        else:
            taken[name] = section
            if not section.text:
                problems.add(SECTION_EMPTY, section.line, f"the section `{name}` is empty", "write it")
    return taken


def _take_block(section: DocumentSection, problems: Problems) -> str:
    """Take the one fenced code block of a section, verbatim."""
    blocks = section.blocks
    if [token.type for token in blocks] == ["fence"] and blocks[0].content.strip():
        return blocks[0].content.removesuffix("\n")
    message = f"`{section.heading}` does not hold exactly one code block with a prompt in it"
    fix = "put the whole prompt between two lines ```` ``` ```` and explanations before the first section"
    if [token.type for token in blocks] == ["fence"]:
        message = f"the code block of `{section.heading}` is empty"
        fix = "write the prompt into it, or delete the sections Before and After"
    problems.add(TIP_BLOCK, section.first_line, message, fix)
    return ""
