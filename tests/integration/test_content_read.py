"""What an author writes becomes the same values on every machine."""

from __future__ import annotations

import unicodedata

import pytest

from pipeline.content.read import read_catalogue
from pipeline.errors import FileError
from pipeline.model.content import Mistake, Season, Term, Tip

TERM = """---
title: Résumé screening
slug: resume-screening
full_name: >
  Screening of
  résumés
aliases: [CV "screening", 'two']
category: practice
difficulty: 3
related:
  - rag
prerequisites: []
seasons:
  - {start: 11-15, end: 01-06}
  - {end: "03-01", start: 02-29}
sources: ["https://example.org/a?b=1#c"]
---

Reads *résumés*.

In two paragraphs.

## Example

```markdown
## How It Works
- **Fix:** not a heading, not a fix
```

### A heading below

    ## code too

## Why it matters
It does.

## How It Works
Somehow.
## Common Mistakes
- One
  mistake.

  ```
  **Fix:** inside code
  ```

  **Fix:** One fix.
  - with a list

    ## and a heading
* Two
**Fix:** lazy
1. Three
   **fix**: in
   lines

## Career Relevance

> ```
> Asked for.
> ```
"""

EXPECTED = Term(
    slug="resume-screening",
    title="Résumé screening",
    full_name="Screening of résumés",
    aliases=('CV "screening"', "two"),
    category="practice",
    difficulty=3,
    related=("rag",),
    seasons=(Season("11-15", "01-06"), Season("02-29", "03-01")),
    sources=("https://example.org/a?b=1#c",),
    definition="Reads *résumés*.\n\nIn two paragraphs.",
    example="```markdown\n## How It Works\n- **Fix:** not a heading, not a fix\n```\n\n"
    "### A heading below\n\n    ## code too",
    why_it_matters="It does.",
    how_it_works="Somehow.",
    mistakes=(
        Mistake(
            "One\nmistake.\n\n```\n**Fix:** inside code\n```", "One fix.\n- with a list\n\n  ## and a heading"
        ),
        Mistake("Two", "lazy"),
        Mistake("Three", "in\nlines"),
    ),
    career_relevance="> ```\n> Asked for.\n> ```",
    path="content/glossary/resume-screening.md",
)

TIP = """---
title: Fence it
slug: fence-it
tags: [safety]
terms: []
---
Mark where it **ends**.

## Before
~~~~text
  Keep   this:
```
## After
```

~~~~

## After

```
{data}
```
"""


def write(root, **files):
    (root / "content/glossary").mkdir(parents=True)
    (root / "content/tips").mkdir()
    for name, text in files.items():
        folder, _, stem = name.partition("_")
        path = root / "content" / folder / f"{stem.replace('_', '-')}.md"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


SPELLINGS = {
    "as written": TERM.encode(),
    "byte order mark": b"\xef\xbb\xbf" + TERM.encode(),
    "Windows line ends": TERM.replace("\n", "\r\n").encode(),
    "old Mac line ends": TERM.replace("\n", "\r").encode(),
    "decomposed letters": unicodedata.normalize("NFD", TERM).encode(),
    "all of them": b"\xef\xbb\xbf" + unicodedata.normalize("NFD", TERM).replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_term_is_the_same_value_however_its_editor_saved_it(tmp_path, spelling):
    write(tmp_path, glossary_resume_screening=SPELLINGS[spelling])
    catalogue, problems = read_catalogue(tmp_path)
    assert problems == ()
    assert catalogue.terms == (EXPECTED,)


def test_the_prompts_of_a_tip_are_kept_to_the_letter(tmp_path):
    write(tmp_path, tips_fence_it=TIP)
    catalogue, problems = read_catalogue(tmp_path)
    assert problems == ()
    assert catalogue.tips == (
        Tip(
            slug="fence-it",
            title="Fence it",
            body="Mark where it **ends**.",
            tags=("safety",),
            before="  Keep   this:\n```\n## After\n```\n",
            after="{data}",
            path="content/tips/fence-it.md",
        ),
    )


def test_a_tip_without_prompts_is_a_tip(tmp_path):
    write(tmp_path, tips_fence_it=TIP.partition("## Before")[0])
    catalogue, problems = read_catalogue(tmp_path)
    assert (problems, catalogue.tips[0].before, catalogue.tips[0].after) == ((), "", "")


def test_drafts_read_me_files_and_other_kinds_are_no_content(tmp_path):
    write(tmp_path, tips_fence_it=TIP)
    for name in ("README.md", "_draft.md", ".hidden.md", "notes.txt", "fence-it.md~"):
        (tmp_path / "content/tips" / name).write_text("nothing to see")
    catalogue, problems = read_catalogue(tmp_path)
    assert (problems, len(catalogue.tips)) == ((), 1)


def test_the_order_of_the_folder_does_not_matter(tmp_path):
    names = [f"tip-{n}" for n in range(8)]
    seen = []
    for root, order in ((tmp_path / "a", names), (tmp_path / "b", names[::-1])):
        write(root, **{f"tips_{name}": TIP.replace("fence-it", name) for name in order})
        (root / "content/tips/bad.md").write_text("bad")
        seen.append(read_catalogue(root))
    assert seen[0] == seen[1]
    assert [tip.slug for tip in seen[0][0].tips] == names


def test_the_lines_that_problems_point_at_are_known_and_are_no_part_of_the_value(tmp_path):
    write(tmp_path, glossary_resume_screening=TERM)
    (term,) = read_catalogue(tmp_path)[0].terms
    begins = {key: TERM.splitlines()[line - 1].partition(":")[0] for key, line in term.lines.items()}
    sections = ("Example", "Why it matters", "How It Works", "Common Mistakes", "Career Relevance")
    expected = {**{key: key for key in term.lines}, "definition": "Reads *résumés*."}
    assert begins == {**expected, **{name.lower(): f"## {name}" for name in sections}}
    assert term == EXPECTED
    assert hash(term) == hash(EXPECTED)


def test_several_mistakes_of_one_file_are_told_at_once_and_in_order(tmp_path):
    bad = (
        TERM.replace("difficulty: 3", "difficulty: hard")
        .replace("Somehow.", "")
        .replace("title:", "titel:", 1)
    )
    write(tmp_path, glossary_resume_screening=bad, tips_fence_it=TIP)
    catalogue, problems = read_catalogue(tmp_path)
    assert [(each.line, each.rule) for each in problems] == [
        (1, "key-missing"),
        (2, "key-unknown"),
        (9, "difficulty-range"),
        (37, "section-empty"),
    ]
    assert str(problems[1]).startswith("content/glossary/resume-screening.md:2: there is no key `titel`")
    assert problems[1].fix == 'did you mean "title"?'
    assert (len(catalogue.terms), len(catalogue.tips)) == (0, 1)


def test_a_newsletter_folder_that_is_not_there_is_the_operators_to_mend(tmp_path):
    with pytest.raises(FileError, match="no such file"):
        read_catalogue(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(FileError):
        read_catalogue(tmp_path / "file")


def test_a_section_that_the_author_does_without_is_not_asked_for(tmp_path):
    shorter = TERM.replace("difficulty:", "without: [career relevance]\ndifficulty:").partition("## Career")[
        0
    ]
    write(tmp_path, glossary_resume_screening=shorter)
    catalogue, problems = read_catalogue(tmp_path)
    assert (catalogue.terms[0].career_relevance, problems) == ("", ())


def test_without_names_sections_only(tmp_path):
    write(tmp_path, glossary_resume_screening=TERM.replace("difficulty:", "without: [Exmple]\ndifficulty:"))
    (problem,) = read_catalogue(tmp_path)[1]
    assert (problem.rule, problem.message) == ("key-type", "`without` names no section")
    assert "Career Relevance" in problem.fix
