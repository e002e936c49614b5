"""Whatever an author saves, reading answers with values and problems and never with an exception."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.content.lint.catalogue import check_catalogue
from pipeline.content.parse_cache import ParseCache
from pipeline.content.read import read_catalogue

GOOD = """---
title: Rag
slug: rag
category: retrieval
difficulty: 2
aliases: [grounding]
seasons: [{start: 11-15, end: 01-06}]
---
Searches first.

## Example
```
## Not a heading
```

## Why It Matters
It does.

## How It Works
Somehow.

## Common Mistakes
- One mistake.
  **Fix:** One fix.
- Two.

  **Fix:** More.

## Career Relevance
Asked for.
"""

NASTY = st.sampled_from(
    [
        *(
            "---",
            "...",
            "```",
            "~~~",
            "    ## x",
            "## Example",
            "# One",
            "===",
            "**Fix:**",
            "- ",
            "1. ",
            "> - # x",
        ),
        *(
            "title: &a [*a]",
            "? [a]",
            "<<: {a: b}",
            "!!python/object:os.system x: y",
            "%YAML 9",
            "\t- a",
            "key: *b",
        ),
        *(
            "slug: \x00",
            "\u202e",
            "\u2028",
            "\ufeff",
            "\ufffe",
            "'",
            '"',
            "seasons: [{[a]: b}]",
            "related: {a: b}",
        ),
        *(
            "difficulty: 10e5",
            "&#x202e;",
            "[x]: <program:1>",
            "\U0001f600",
            "e\u0301",
            "  " * 40,
            "[" * 400,
        ),
    ]
)
LINE = NASTY | st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace").decode())
EDIT = st.tuples(st.sampled_from(["insert", "delete", "repeat", "indent"]), st.integers(0, 40), LINE)


def mess_up(edits):
    lines = GOOD.split("\n")
    for kind, place, line in edits:
        at = place % len(lines) if lines else 0
        if kind == "insert":
            lines.insert(at, line)
        elif lines and kind == "delete":
            del lines[at]
        elif lines and kind == "repeat":
            lines.insert(at, lines[-1 - at])
        elif lines:
            lines[at] = "  " + lines[at]
    return "\n".join(lines).encode()


def read(raw):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "content/glossary").mkdir(parents=True)
        (root / "content/tips").mkdir()
        (root / "content/glossary/rag.md").write_bytes(raw)
        (root / "content/glossary/good.md").write_text(
            GOOD.replace("Rag", "Good").replace("rag\n", "good\n", 1)
        )
        (root / "content/tips/rag.md").write_bytes(raw)
        return read_catalogue(root)


@examples(300)
@given(st.lists(EDIT, max_size=4).map(mess_up) | st.binary(max_size=200))
def test_a_messy_file_is_a_value_or_a_problem_with_a_place_and_hurts_no_other_file(raw):
    catalogue, problems = read(raw)
    problems += check_catalogue(catalogue, problems)
    wrong = {each.path for each in problems if each.severity == "error" and each.rule != "name-duplicate"}
    kept = {each.path for each in (*catalogue.terms, *catalogue.tips)}
    assert kept | wrong == {"content/glossary/good.md", "content/glossary/rag.md", "content/tips/rag.md"}
    assert not {each.path for each in problems if each.rule.group.table != "content"}
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
    assert all(0 <= each.line <= lines and each.message and each.fix for each in problems)
    assert "\n" not in "".join(str(each) for each in problems)


def list_sections(term):
    return term.example, term.why_it_matters, term.how_it_works, term.mistakes, term.career_relevance


@examples(100)
@given(st.lists(EDIT, max_size=2).map(mess_up))
def test_what_is_kept_has_every_part_a_letter_shows(raw):
    catalogue, _ = read(raw)
    for term in catalogue.terms:
        assert all((term.slug, term.title, term.category, term.definition, *list_sections(term)))
        assert term.difficulty in (1, 2, 3)
        assert all(each.mistake and each.fix for each in term.mistakes)
        assert "\n" not in "".join((term.title, term.full_name, term.category, *term.aliases))


@examples(100)
@given(st.lists(EDIT, max_size=3).map(mess_up))
def test_a_second_reading_which_comes_from_the_cache_is_the_first(raw):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "content/glossary").mkdir(parents=True)
        (root / "content/tips").mkdir()
        (root / "var").mkdir()
        (root / "content/glossary/rag.md").write_bytes(raw)
        cache = ParseCache(root)
        first = read_catalogue(root, cache)
        cache.save()
        again = read_catalogue(root)
    assert again == first
    assert [term.lines for term in again[0].terms] == [term.lines for term in first[0].terms]
