"""What an import makes of keys, texts and markup of other tools, and that nothing of them is lost."""

from __future__ import annotations

import pytest
from support.glossaries import PLAIN, bring_in, one, terms

from pipeline.content.exchange.export import export_term
from pipeline.content.exchange.html_to_markdown import find_losses, html_to_markdown
from pipeline.content.exchange.sanitize import make_markdown
from pipeline.content.markdown import to_plain
from pipeline.model.content import Faq, Mistake


def test_a_line_that_looks_like_a_section_stays_in_its_text(tmp_path):
    term = one(tmp_path, example="Before.\n\n## Career Relevance\n\nAfter.", career_relevance="Mine.")
    assert term.example == "Before.\n\n\\## Career Relevance\n\nAfter."
    assert term.career_relevance == "Mine."


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        ([{"mistake": "a", "correction": "b"}], (Mistake("a", "b"),)),
        ([{"mistake": "a", "fix": "b"}], (Mistake("a", "b"),)),
        (["a → b", "alone"], (Mistake("a", "b"),)),
        ([{"mistake": "a"}, {"correction": "b"}, 7, None], ()),
        ("no list", ()),
        (
            [{"mistake": "One.\n**Fix:** not yet", "correction": "- x\n- y"}],
            (Mistake("One.\n\\*\\*Fix:\\*\\* not yet", "- x\n- y"),),
        ),
    ],
)
def test_mistakes_come_in_several_shapes_and_none_of_them_is_lost(tmp_path, given, mistakes):
    term = one(tmp_path, common_mistakes=given)
    assert term.mistakes == mistakes
    assert export_term(term)["common_mistakes"] == given


def test_keys_may_be_spelled_otherwise_and_go_out_as_they_came(tmp_path):
    came = {
        "Title": "Beam search",
        "definition": "It is.",
        "whyItMatters": "It does.",
        "How it works": "Like this.",
        "level": "advanced",
        "faq": [{"question": "Why?", "answer": "So."}],
        "rating": 4.5,
    }
    bring_in(tmp_path, [came])
    (term,) = terms(tmp_path).values()
    assert (term.title, term.why_it_matters, term.how_it_works) == ("Beam search", "It does.", "Like this.")
    assert (term.difficulty, term.faqs) == (3, (Faq("Why?", "So."),))
    assert [export_term(term)] == [came]


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One &amp; <strong>two</strong><br>x</p><p>Three</p>", "One &amp; **two**\\\nx\n\nThree"),
        ("<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>", "- a\n- b\n   1. c"),
        ("<pre><code>x = &lt;b&gt;</code></pre>", "```\nx = <b>\n```"),
        ("<style>p { margin: 0 }</style>Fine<!-- note -->", "Fine"),
        (
            "a < b, <document>x</document>, `<b>` and the <b> tag",
            "a < b, <document>x</document>, `<b>` and the <b> tag",
        ),
        (
            '<a href="program:x">one</a> <a href="https://a.example/b">two</a>',
            "one [two](https://a.example/b)",
        ),
        ("<h2>Head</h2>text", "### Head\n\ntext"),
        ("10<sup>6</sup>, x<sub>i</sub>, 2<sup>n+1</sup>, H<sub>2</sub>O", "10⁶, x\\_i, 2ⁿ⁺¹, H₂O"),
        ("e<sup><i>2x</i></sup> and y<sub>t - 1</sub>", "e^2x and y\\_(t - 1)"),
        (
            "<table><caption>S</caption><tr><th>A<th>`a|b`<tr><td>1 <td><p>2</p>3<tr><td><td>4</table>E",
            "S\n\n- A | `a|b`\n- 1 | 2 3\n- – | 4\n\nE",
        ),
        ('<img src="a.png" alt="A cat"> sits', "(A cat) sits"),
        ("<dl><dt>K</dt>\n<dd>V</dd><dt>L</dt><dd>W</dd></dl>", "- K: V\n- L: W"),
        (
            "<details><summary>More</summary>Press <kbd>Ctrl</kbd>, <q>so</q>.</details>",
            "More\n\nPress `Ctrl`, “so”.",
        ),
        ("Put it between <data> and </data>.", "Put it between <data> and </data>."),
        ("Loud <style>and the rest", "Loud <style>and the rest"),
        ("Old <!-- and the rest", "Old <!-- and the rest"),
        ("Shown \\<!-- as words -->", "Shown \\<!-- as words -->"),
        ("<ol><li>a `x` b</li><li>c</li></ol>", "1. a `x` b\n2. c"),
        ("<code>a`b</code> is code", "``a`b`` is code"),
    ],
)
def test_html_becomes_markdown_and_words_in_angle_brackets_stay_words(html, markdown):
    assert html_to_markdown(html) == markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Write {% if x %} here", "Write `{% if x %}` here"),
        ("{% endfor %}{% endif %} end", "`{% endfor %}{% endif %}` end"),
        ("</mj-text></mj-column> and *|A|**|B|*", "`</mj-text></mj-column>` and `*|A|**|B|*`"),
        ("`x`{% y %}", "`x` `{% y %}`"),
        ("A ![cat](https://a.example/cat.png) sits", "A (cat) sits"),
        ("See [here](https://a.example/b).", "See [a.example](https://a.example/b)."),
        ("See [this box](http://localhost:8000/).", "See this box."),
        ("[https://b.example](https://a.example/)", "[a.example](https://a.example/)"),
        ("`[here](http://localhost)`", "`[here](http://localhost)`"),
    ],
)
def test_what_a_letter_may_not_show_is_written_so_that_it_may(text, shown):
    assert make_markdown(text) == shown


def test_what_an_import_leaves_out_of_a_text_is_told_and_kept(tmp_path):
    came = PLAIN | {
        "example": "<style>p {}</style>Words.<!-- note --><img src='x.png'>",
        "in_depth": "a <!-- b",
    }
    plan = bring_in(tmp_path, [came])
    (term,) = terms(tmp_path).values()
    assert (plan.notes[0][1], term.example) == (
        "`example` goes without `<style>` and a comment and a picture without words",
        "Words.",
    )
    assert to_plain(term.how_it_works) == "a <!-- b"
    assert [export_term(term)] == [came]
    assert find_losses("`<!-- code -->` and <b>bold</b>") == ()


def test_line_ends_of_other_programs_part_words(tmp_path):
    term = one(tmp_path, example="one\u2028two\x0bthree\x85four\x0cfive", definition="a\u2029b\x1fc")
    assert (term.example, term.definition) == ("one\ntwo\nthree\nfour\nfive", "a\n\nbc")
    assert to_plain("one&#8232;two") == "one two"


def test_names_of_every_script_are_written_as_they_are_read(tmp_path):
    names = ["שלום", "مرحبا", "e\u0301tude", "a\u202eb", "\ue0001\ue001", "क़लम"]
    term = one(tmp_path, note=names, aliases=["שלום"])
    text = (tmp_path / "letter/content/glossary/beam-search.md").read_text("utf-8")
    assert text.count("שלום") >= 2
    assert "مرحبا" in text
    assert "\u202e" not in text
    assert term.extra["note"] == names
    assert term.aliases == ("שלום",)
