"""A term or tip that the program writes is read back as it was, whatever words are in it."""

from __future__ import annotations

import tempfile
import unicodedata
from dataclasses import replace
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.content.markdown import to_plain
from pipeline.content.normalize import escape_words, normalize_prose
from pipeline.content.read import read_catalogue
from pipeline.content.serialize import normalize_term, write_term
from pipeline.model.content import Faq, Mistake, Season, Term

SHIPPED = Path(__file__).resolve().parents[2]
NASTY = st.sampled_from(
    [
        *(
            "## Example",
            "# One",
            "   ## Why It Matters ##",
            "Example\n-------",
            "Example\n===",
            "---",
            "- - -",
        ),
        *("```", "~~~~", "```text\n## Example\n```", "    ## code", "> ## quoted", "- ## item", "1. one"),
        *("**Fix:** now", "**fix**: now", "- a\n- b", "- ", "* * *", "+ x", "[a]: /b", "| a | b |"),
        *("key: value", "'", '"', "#", "null", "yes", "2026-01-01", "@x", "%y", "{{ z }}", "<b>bold</b>"),
        *("<!-- note -->", "\\<!-- x", "<!--", "`<!--`", "\\\\<!-- y -->", "a\r\nb", "a\rb", "trailing  "),
        *("e\u0301", "\u202e", "\u2028", "\x00", "\xa0", "\ufeff", "\U0001f600", "\u4f60\u597d", "\t- a"),
    ]
)
LETTERS = st.characters(codec="utf-8")
LINE = NASTY | st.text(LETTERS, max_size=15)
PROSE = st.lists(LINE, min_size=1, max_size=6).map("\n".join)
WORDS = st.lists(LINE, min_size=1, max_size=2).map(" ".join)
FILLED = PROSE.filter(lambda text: normalize_prose(text).strip() != "")
TITLE = WORDS.filter(lambda text: normalize_term(bare(title=text)).title != "")
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PROSE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


def bare(**more):
    values = dict.fromkeys(("category", "definition", "example", "why_it_matters", "how_it_works"), "x")
    values |= {"career_relevance": "x", "mistakes": (Mistake("m", "f"),), "title": "x", "difficulty": 2}
    return Term(slug="x", **{**values, **more})


def lists(text):
    return st.lists(text, max_size=3).map(tuple)


PART = PROSE.map(str.strip).filter(bool)
TERMS = st.builds(
    Term,
    slug=st.just("x"),
    title=TITLE,
    category=TITLE,
    difficulty=st.integers(1, 3),
    definition=FILLED,
    example=FILLED,
    why_it_matters=FILLED,
    how_it_works=FILLED,
    mistakes=st.lists(st.builds(Mistake, FILLED, FILLED), min_size=1, max_size=3).map(tuple),
    career_relevance=FILLED,
    full_name=WORDS,
    aliases=lists(WORDS),
    related=lists(WORDS),
    prerequisites=lists(WORDS),
    seasons=st.just((Season("11-15", "01-06"),)) | st.just(()),
    sources=lists(WORDS),
    related_links=lists(WORDS),
    faqs=lists(st.builds(Faq, PART, PART)),
    extra=st.dictionaries(WORDS, VALUE, max_size=3),
)


def read(text):
    with tempfile.TemporaryDirectory() as home:
        for name in ("glossary", "tips"):
            (Path(home) / "content" / name).mkdir(parents=True)
        (Path(home) / "content" / "glossary" / "x.md").write_text(text, encoding="utf-8", newline="")
        catalogue, problems = read_catalogue(Path(home))
    assert [str(each) for each in problems if each.severity == "error"] == []
    (found,) = catalogue.terms
    return replace(found, path="", lines={})


@examples(100)
@given(TERMS)
@example(bare(definition="One.\n## Example\nTwo."))
@example(bare(mistakes=(Mistake("- x\n**Fix:** no", "```\n**Fix:** a"),)))
def test_a_term_that_is_written_is_read_as_it_was(term):
    text = write_term(term)
    found = read(text)
    assert found == normalize_term(term)
    assert normalize_term(found) == found
    assert write_term(found) == text


@examples(50)
@given(st.text(st.sampled_from("abc #-*`_\n=~.1)<>!&[]\\"), max_size=30))
def test_words_that_are_escaped_show_exactly_those_words(words):
    flat = unicodedata.normalize("NFC", " ".join(words.split()))
    assert to_plain(escape_words(flat)) == flat


def test_no_word_is_lost_by_keeping_a_heading_out_of_the_way():
    found = read(write_term(bare(definition="One.\n\n## Example\n\nTwo `x`.\n\nEnd\n---")))
    assert to_plain(found.definition) == "One. ## Example Two x. End ---"
    assert found.example == "x"


def test_every_shipped_term_is_written_as_it_is_read():
    catalogue, _ = read_catalogue(SHIPPED)
    assert len(catalogue.terms) >= 60
    for term in catalogue.terms:
        assert normalize_term(term) == term
        assert read(write_term(replace(term, slug="x"))) == replace(term, slug="x", path="", lines={})
