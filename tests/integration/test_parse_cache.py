"""Parsed content is kept below `var/`: a reading from it is the reading, and no state of it can hurt."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from pipeline.content import parse_cache
from pipeline.content.parse_cache import FILE, LARGEST_BYTES, ParseCache
from pipeline.content.read import read_catalogue
from pipeline.files import write_sealed

TERM = """---
title: Résumé screening
slug: resume-screening
aliases: [CV screening]
category: practice
difficulty: 3
seasons:
  - {start: 11-15, end: 01-06}
related_links: [/a]
faqs: [{question: "Why?", answer: "So."}]
extra: {deep: [{a: 1.0, b: 2e300, c: true, d: null, e: 'x'}], n: 18446744073709551616}
---
Reads *text*.

## Example
One.

## Why It Matters
It does.

## How It Works
Somehow.

## Common Mistakes
- One mistake.
  **Fix:** One fix.

## Career Relevance
Asked for.
"""
TIP = "---\ntitle: Fence it\nslug: fence-it\ntags: [safety]\n---\nMark where it **ends**.\n"


@pytest.fixture
def folder(tmp_path):
    """A newsletter folder with a `var/`, whose files were read once."""
    for path, text in (("glossary/resume-screening.md", TERM), ("tips/fence-it.md", TIP)):
        (tmp_path / "content" / path).parent.mkdir(parents=True)
        (tmp_path / "content" / path).write_text(text, encoding="utf-8")
    (tmp_path / "var").mkdir()
    values(tmp_path)
    return tmp_path


def values(folder):
    """Everything that a new process reads, with the lines, which are no part of equality."""
    cache = ParseCache(folder)
    catalogue, problems = read_catalogue(folder, cache)
    cache.save()
    return catalogue, [each.lines for each in (*catalogue.terms, *catalogue.tips)], problems


def parsed(folder):
    """The same without a cache."""
    shutil.copytree(folder / "content", folder / "bare" / "content")
    return values(folder / "bare")


def forge(folder, old, new):
    """Change what is stored, under a seal that holds."""
    body = (folder / FILE).read_bytes().partition(b"\n")[2].replace(old, new)
    write_sealed(folder / FILE, parse_cache._version(), body)


def test_what_is_read_from_the_cache_is_what_was_parsed(folder):
    assert values(folder) == parsed(folder)
    assert values(folder)[0].terms[0].extra["n"] == 18446744073709551616


def test_a_file_that_has_not_changed_is_taken_from_the_cache(folder):
    forge(folder, b"Reads *", b"Seen *")
    assert values(folder)[0].terms[0].definition.startswith("Seen *")


def test_a_changed_or_renamed_file_is_parsed_and_its_old_entry_goes(folder):
    forge(folder, b"Reads *", b"Seen *")
    glossary = folder / "content/glossary"
    text = (glossary / "resume-screening.md").read_text(encoding="utf-8")
    (glossary / "resume-screening.md").write_text(text.replace("Somehow.", "Like so."), encoding="utf-8")
    term = values(folder)[0].terms[0]
    assert term.definition.startswith("Reads *")
    assert term.how_it_works == "Like so."
    assert "Somehow." not in (folder / FILE).read_text(encoding="utf-8")
    (glossary / "resume-screening.md").rename(glossary / "other.md")
    assert {each.rule for each in values(folder)[2]} == {"slug-file-name"}


def test_a_file_with_a_problem_is_told_every_time(folder):
    path = folder / "content/tips/fence-it.md"
    path.write_text(TIP.replace("tags:", "tgas:"), encoding="utf-8")
    assert values(folder)[2] == values(folder)[2] != ()


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda raw: raw[:-1],
        lambda raw: raw.replace(b"Reads *", b"Seen *"),
        lambda raw: raw.partition(b"\n")[2],
        lambda raw: b"\x80\x04" + raw,
        lambda _: b"{}",
        lambda raw: raw + b" " * LARGEST_BYTES,
    ],
    ids=["empty", "cut short", "changed", "without its seal", "binary", "somebody else's", "endless"],
)
def test_a_file_that_is_not_the_cache_as_it_was_written_is_ignored_and_replaced(folder, damage):
    good = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(damage(good))
    assert values(folder) == parsed(folder)
    assert (folder / FILE).read_bytes() == good


def test_a_cache_of_another_version_of_the_program_is_ignored(folder):
    forge(folder, b"Reads *", b"Seen *")
    body = (folder / FILE).read_bytes().partition(b"\n")[2]
    seal = hashlib.blake2b(body, digest_size=32, key=b"next year's").hexdigest()
    (folder / FILE).write_bytes(seal.encode() + b"\n" + body)
    assert values(folder)[0].terms[0].definition.startswith("Reads *")


@pytest.mark.parametrize("place", ["var/cache", FILE])
def test_a_cache_that_cannot_be_written_does_no_harm(folder, place):
    shutil.rmtree(folder / "var/cache")
    (folder / place).mkdir(parents=True) if place == FILE else (folder / place).touch()
    assert values(folder) == parsed(folder)


def test_a_folder_without_var_stays_without_it(folder):
    shutil.rmtree(folder / "var")
    values(folder)
    assert [path.name for path in folder.iterdir()] == ["content"]


def test_reading_alone_writes_nothing(folder):
    (folder / FILE).unlink()
    read_catalogue(folder)
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [
        "resume-screening.md",
        "fence-it.md",
    ]


def test_a_process_that_stays_keeps_what_it_read_last_and_no_more(folder):
    cache, path = ParseCache(folder), folder / "content/tips/fence-it.md"
    for number in range(9):
        path.write_text(TIP.replace("Mark", f"Mark {number}"), encoding="utf-8")
        assert read_catalogue(folder, cache)[0].tips[0].body.startswith(f"Mark {number}")
    cache.save()
    assert len((folder / FILE).read_bytes().splitlines()) == 3
