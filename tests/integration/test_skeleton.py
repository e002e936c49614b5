"""A new file explains itself, and the check says exactly what is still to be written."""

from __future__ import annotations

import re

import pytest
import yaml

from pipeline.content.lint.catalogue import check_catalogue
from pipeline.content.read import TERM_KEYS, TERM_SECTIONS, TIP_KEYS, TIP_SECTIONS, read_catalogue
from pipeline.content.scaffold import term_scaffold, tip_scaffold

TERM = term_scaffold("Context window", "context-window")
TIP = tip_scaffold("Ask twice", "ask-twice")
NOTE = re.compile(r"<!-- .*? -->", re.DOTALL)


def problems_of(tmp_path, term="", tip=""):
    """Read the two files; gives the catalogue and the errors as rule and line of the text."""
    for folder, name, text in (("glossary", "context-window", term), ("tips", "ask-twice", tip)):
        (tmp_path / "content" / folder).mkdir(parents=True, exist_ok=True)
        if text:
            (tmp_path / "content" / folder / f"{name}.md").write_text(text, encoding="utf-8")
    catalogue, found = read_catalogue(tmp_path)
    found = (*found, *check_catalogue(catalogue, found))
    lines = (term or tip).split("\n")
    errors = sorted(problem for problem in found if problem.severity == "error")
    return catalogue, [(problem.rule, lines[problem.line - 1]) for problem in errors]


def written(skeleton):
    """Write what is missing below every note, and leave every note where it is."""
    text = NOTE.sub(lambda note: f"{note[0]}\n\nWritten by hand.", skeleton)
    text = text.replace("-\n  **Fix:**", "- It fails.\n  **Fix:** Mend it.")
    text = text.replace("Written by hand.\n\n- It fails", "- It fails").replace(
        "difficulty:\n", "difficulty: 2\n"
    )
    return text.replace("Written by hand.\n\n```text\n\n", "```text\nAsk.\n").replace(
        "category:\n", "category: a\n"
    )


def front(skeleton):
    return yaml.safe_load(skeleton.split("---\n")[1])


@pytest.mark.parametrize(
    ("skeleton", "keys", "sections"),
    [(TERM, TERM_KEYS - {"extra"}, TERM_SECTIONS), (TIP, TIP_KEYS, TIP_SECTIONS)],
    ids=["term", "tip"],
)
def test_every_key_and_every_section_is_there_with_a_note(skeleton, keys, sections):
    head, body = skeleton.split("---\n", 2)[1:]
    assert set(front(skeleton)) == keys
    lines = head.splitlines()
    assert all(lines[n - 1].startswith("# ") for n, line in enumerate(lines) if not line.startswith("# "))
    assert tuple(re.findall(r"^## (.*)$", body, re.MULTILINE)) == sections
    assert len(re.findall(r"(?:\A|^## .*\n)\n<!-- ", body, re.MULTILINE)) == len(sections) + 1


def test_the_check_lists_everything_a_new_term_lacks_and_nothing_else(tmp_path):
    assert problems_of(tmp_path, TERM)[1] == [
        ("key-missing", "category:"),
        ("difficulty-range", "difficulty:"),
        ("text-missing", ""),
        ("section-empty", "## Example"),
        ("section-empty", "## Why It Matters"),
        ("section-empty", "## How It Works"),
        ("mistake-empty", "-"),
        ("mistake-empty", "-"),
        ("section-empty", "## Career Relevance"),
    ]


def test_what_was_given_is_not_asked_for_again(tmp_path):
    term = term_scaffold("Context window", "context-window", category="prompting", difficulty=1)
    rules = [rule for rule, _ in problems_of(tmp_path, term)[1]]
    assert "key-missing" not in rules
    assert "difficulty-range" not in rules


def test_the_check_lists_everything_a_new_tip_lacks_and_nothing_else(tmp_path):
    found = problems_of(tmp_path, tip=TIP)[1]
    assert [rule for rule, _ in found] == [
        "text-missing",
        "tip-block",
        "tip-block",
    ]


def test_a_file_with_everything_written_has_no_error_and_none_of_its_notes(tmp_path):
    catalogue, found = problems_of(tmp_path, written(TERM), written(TIP))
    assert found == []
    (term,), (tip,) = catalogue.terms, catalogue.tips
    assert (term.definition, term.career_relevance) == ("Written by hand.",) * 2
    assert [(each.mistake, each.fix) for each in term.mistakes] == [("It fails.", "Mend it.")] * 2
    assert (tip.body, tip.before, tip.after) == ("Written by hand.", "Ask.", "Ask.")
    for sentence in re.findall(r"[^.:]{12,}", " ".join(NOTE.findall(TERM + TIP))):
        assert sentence.strip() not in repr((term, tip))


def test_notes_name_what_is_in_use_and_stop_before_it_gets_long():
    many = [f"name-{n:03}" for n in range(90)]
    text = term_scaffold("A", "a", categories=many, neighbours=many)
    assert text.count("name-000") == 2
    assert "name-089" not in text
    assert "name-001, " in tip_scaffold("A", "a", tags_in_use=many)
    assert max(map(len, text.splitlines())) <= 110
