"""However long a term is, its letter stays short, whole and well formed."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples
from support.letters import compose_plainly
from support.stores import LETTERHEAD

from pipeline.check.letter import check_letter
from pipeline.content.markdown import count_words, to_html, to_plain
from pipeline.content.normalize import normalize_prose
from pipeline.content.read import read_catalogue
from pipeline.issue.excerpt import make_excerpt, shorten
from pipeline.model.content import Catalogue, Mistake, Term
from pipeline.model.picks import Pick, Picks
from pipeline.render.jinja import environment
from pipeline.render.letter import render

REPO = Path(__file__).resolve().parents[2]
TEMPLATES = environment([REPO / "templates"])

SENTENCE = st.sampled_from(
    [
        "It reads every token twice.",
        "A **bold claim** needs *some proof* first.",
        "See [the paper on long contexts](https://example.org/a) for more!",
        "The call `f(x. Y)` returns “nothing.” Then it stops.",
        "**Two sentences. Inside one mark.**",
        "Does e.g. this count as an end?",
        "word " * 40,
        "word, " * 40,
        "*" + "open " * 30,
        "x" * 130,
        "模型先读后写。然后停止。" * 20,
        "https://example.org/" + "a" * 90,
    ]
)
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=8).map(" ".join)
BLOCK = st.one_of(
    PARAGRAPH,
    PARAGRAPH.map(lambda text: "- " + text.replace(". ", ".\n- ")),
    PARAGRAPH.map(lambda text: "```text\n" + text.replace(". ", ".\n") + "\n```"),
    PARAGRAPH.map(lambda text: f"> {text}"),
    PARAGRAPH.map(lambda text: f"It goes like this:\n\n1. {text}\n2. {text}"),
    st.just("### A heading"),
    st.just("[a]: https://example.org/a"),
)
LONG = st.lists(BLOCK, min_size=1, max_size=8).map("\n\n".join).map(normalize_prose)


def loud(markdown):
    """Letters that only a mark left open would show."""
    return {mark: to_plain(markdown).count(mark) for mark in ("*", "`", "](")}


@examples(100)
@given(LONG, st.integers(10, 120))
@example("One. **Two. Three " + "word " * 200 + ".** End.", 20)
@example("- " + "word " * 300, 50)
@example("x" * 5000, 50)
def test_what_is_cut_is_short_and_leaves_no_mark_open(markdown, words):
    short = shorten(markdown, words)
    assert count_words(short) <= words + 2
    assert len(to_plain(short)) <= words * 14
    assert bool(to_plain(short)) == bool(to_plain(markdown))
    assert not short.rstrip().endswith("#")
    before, after = loud(markdown), loud(short)
    assert all(after[mark] <= before[mark] for mark in before)
    # A word without end is parted, and what began as a list item may end as a paragraph.
    whole = to_html(markdown)
    assert to_html(short).count("<p") <= whole.count("<p") + whole.count("<li") + 1


@examples(50)
@given(LONG.filter(lambda text: "x" * 130 not in text))
def test_what_fits_is_left_as_its_author_wrote_it(markdown):
    assert shorten(markdown, 10_000) == markdown


def test_a_sentence_that_ends_within_the_budget_is_the_last_one_and_says_that_more_was_there():
    assert shorten("One two three. Four five six. Seven eight nine.", 7) == "One two three. Four five six. …"
    assert shorten("One two three.\n\nFour five six seven eight.", 5) == "One two three."
    assert shorten("One *two three. Four* five six seven.", 5) == "One *two three. Four* five…"


def test_shipped_terms_are_never_cut():
    catalogue, _ = read_catalogue(REPO)
    assert len(catalogue.terms) >= 60
    for term in catalogue.terms:
        for mistake in term.mistakes:
            section = make_excerpt(term, mistakes=(mistake,), related=(), because="")
            assert (section.title, section.full_name, section.category, section.mistakes) == (
                term.title,
                term.full_name,
                term.category,
                (mistake,),
            )
            assert [
                section.definition,
                section.example,
                section.why_it_matters,
                section.career_relevance,
            ] == [term.definition, term.example, term.why_it_matters, term.career_relevance]


def letter_of(term):
    catalogue = Catalogue((term,))
    picks = Picks("2026-W48", (Pick("term", "term", term.slug, 0.0, ()),))
    issue = compose_plainly(picks, catalogue, LETTERHEAD)
    return issue, render(issue, LETTERHEAD, TEMPLATES)


NAME = st.sampled_from(["A", "B" * 140, "A name of " * 14, "C++ & <b>", "名前" * 40])


@examples(20)
@given(st.lists(LONG, min_size=6, max_size=6), NAME)
def test_a_letter_of_any_term_can_be_sent_and_is_read_in_less_than_six_minutes(texts, name):
    definition, exemplary, why, mistake, fix, career = texts
    term = Term(
        slug="any",
        title=name,
        category=name,
        difficulty=2,
        definition=definition,
        example=exemplary,
        why_it_matters=why,
        how_it_works=why * 50,
        mistakes=(Mistake(mistake, fix),),
        career_relevance=career,
        full_name=name,
        related=("nowhere",),
    )
    issue, rendered = letter_of(term)
    assert issue.minutes < 6
    # A word of 130 letters in a block of code can be wrapped nowhere; the check says so and stops nothing.
    findings = [each for each in check_letter(rendered, LETTERHEAD) if each.rule != "text-lines"]
    assert [str(finding) for finding in findings] == []


def test_a_term_of_which_only_the_definition_is_known_makes_a_letter():
    blank = dict.fromkeys(("example", "why_it_matters", "how_it_works", "career_relevance"), "")
    term = Term(
        slug="any", title="Any", category="general", difficulty=2, definition="It is.", mistakes=(), **blank
    )
    _, rendered = letter_of(term)
    assert [str(finding) for finding in check_letter(rendered, LETTERHEAD)] == []
    assert "Example" not in rendered.html
    assert "Why it matters" not in rendered.text
