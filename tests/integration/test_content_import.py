"""Glossaries come in many shapes; whatever can be used of them is used, and the rest is told."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.content.exchange.export import export_term
from pipeline.content.exchange.html_to_markdown import find_losses, html_to_markdown
from pipeline.content.exchange.import_plan import plan_glossary_import, write_changes
from pipeline.content.exchange.sanitize import make_markdown
from pipeline.content.lint.options import StyleOptions
from pipeline.content.lint.run import fix_files
from pipeline.content.markdown import to_plain
from pipeline.content.read import read_catalogue, read_checked
from pipeline.content.serialize import write_term
from pipeline.edition.review import read_reviewed
from pipeline.errors import AuthorError, FileError
from pipeline.model.content import Faq, Mistake

REPO = Path(__file__).resolve().parents[2]
EXAMPLE = REPO / "docs" / "example-glossary.json"

PLAIN = {"term": "Beam Search", "definition": "It keeps several drafts at a time."}


def save(folder, entries, name="glossary.json"):
    path = folder / name
    path.write_text(
        entries if isinstance(entries, str) else json.dumps(entries), encoding="utf-8", newline=""
    )
    return path


def bring_in(folder, entries, *, update=False, name="glossary.json"):
    root = folder / "letter"
    root.mkdir(exist_ok=True)
    source = entries if isinstance(entries, Path) else save(folder, entries, name)
    plan = plan_glossary_import(root, source, update=update)
    list(write_changes(root, plan.changes))
    return plan


def terms(folder):
    catalogue, problems = read_checked(folder / "letter")
    assert [str(p) for p in problems if p.severity == "error"] == []
    return catalogue.term_by_slug


def one(folder, **values):
    bring_in(folder, [PLAIN | values])
    (term,) = terms(folder).values()
    return term


def test_the_example_comes_back_as_it_came_and_a_second_time_changes_nothing(tmp_path):
    bring_in(tmp_path, EXAMPLE)
    before = {p.name: p.read_bytes() for p in (tmp_path / "letter/content/glossary").iterdir()}
    came = json.loads(EXAMPLE.read_text(encoding="utf-8"))["terms"]
    gone = [export_term(term) for term in terms(tmp_path).values()]
    assert sorted(gone, key=lambda each: each["term"]) == sorted(came, key=lambda each: each["term"])
    again = bring_in(tmp_path, EXAMPLE, update=True)
    assert {change.action for change in again.changes} == {"unchanged"}
    assert before == {p.name: p.read_bytes() for p in (tmp_path / "letter/content/glossary").iterdir()}


def test_a_line_that_looks_like_a_section_stays_in_its_text(tmp_path):
    term = one(tmp_path, example="Before.\n\n## Career Relevance\n\nAfter.", career_relevance="Mine.")
    assert term.example == "Before.\n\n\\## Career Relevance\n\nAfter."
    assert term.career_relevance == "Mine."


def test_slugs_that_cannot_be_file_names_are_made_to_fit_and_references_follow(tmp_path):
    bring_in(
        tmp_path,
        [
            PLAIN | {"slug": "Beam_Search", "related_terms": ["../Top P", "nowhere", "Beam_Search"]},
            PLAIN | {"term": "Top P", "slug": "../Top P", "related_terms": ["Beam Search"]},
            PLAIN | {"term": "模型", "related_terms": ["模型"]},
        ],
    )
    found = terms(tmp_path)
    assert found["beam-search"].related == ("top-p", "nowhere")
    assert found["top-p"].related == ("beam-search",)
    assert [slug[:5] for slug in sorted(found)] == ["beam-", "term-", "top-p"]
    assert found["beam-search"].extra["import"]["was"]["slug"]["value"] == "Beam_Search"


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


def test_what_cannot_become_a_term_is_told_and_stops_nothing_else(tmp_path):
    plan = bring_in(
        tmp_path,
        '[{"term": "A", "definition": "x"}, 7, {"term": "B"}, {"definition": "x"},'
        ' {"term": "A!", "slug": "a", "definition": "x"}, {"term": "a", "slug": "b", "definition": "x"},'
        ' {"term": "C", "definition": "\\ud800"}, {"term": "D", "definition": "x", "rating": NaN},'
        ' {"term": "E", "definition": "x", "note": 1, "note": 2}, {"term": "F", "definition": "x"},'
        ' {"term": "G", "slug": ["g"], "definition": "x"}, {"term": "{% x %}", "definition": "x"},'
        ' {"term": 5, "definition": "x"}, {"term": "H", "definition": true},'
        ' {"term": "I", "definition": "<p>"}]',
    )
    assert sorted(terms(tmp_path)) == ["a", "f"]
    assert {each.place: each.reason for each in plan.refused} == {
        "entry 2": "it is a number, not an object with a `term` and a `definition`",
        "entry 3 “B”": "it has no `definition`: write one, or leave the entry out",
        "entry 4": "it has no `term`: write one, or leave the entry out",
        "entry 5 “A!”": "the slug `a` is that of entry 1 “A” too: give one of the two another",
        "entry 6 “a”": "the term `a` is called `a` already: rename one of the two",
        "entry 7 “C”": "a text holds half of a character: type it again",
        "entry 8 “D”": "a number is infinite or undefined: write null instead",
        "entry 9 “E”": "the key `note` is given twice: delete one of the two",
        "entry 11 “G”": "`slug` is a list, not text: leave it out, and one is made of the term",
        "entry 12 “{% x %}”": (
            "`term` holds a template mark, which no letter may show: write what it stands for"
        ),
        "entry 13": "`term` is a number, not text: put it in quotes",
        "entry 14 “H”": "`definition` is true or false, not text: put it in quotes",
        "entry 15 “I”": (
            "`definition` has no words that a letter could show: write some, or leave the entry out"
        ),
    }


def test_what_could_not_be_mapped_and_what_is_missing_is_listed(tmp_path):
    plan = bring_in(tmp_path, [PLAIN | {"example": {"a": 1}, "difficulty": 9, "faqs": ["?"], "views": 3}])
    assert [note for _, note in plan.notes] == [
        "`difficulty` is not 1, 2 or 3: taken for 2",
        "`example` is not text: kept, not shown",
        "question 1 has no answer: kept, not shown",
        "it has no why_it_matters, common_mistakes, career_relevance",
        "it has no category: `general` was written",
        "kept under `extra`: views",
    ]


def test_a_file_that_is_there_is_left_alone_until_somebody_says_update(tmp_path):
    bring_in(tmp_path, [PLAIN, PLAIN | {"term": "Other"}])
    path = tmp_path / "letter/content/glossary/beam-search.md"
    mine = path.read_text(encoding="utf-8").replace("difficulty: 2", "difficulty: 3\naliases: [beams]")
    path.write_text(mine, encoding="utf-8")
    assert [c.action for c in bring_in(tmp_path, [PLAIN]).changes] == ["unchanged"]
    changed = [PLAIN | {"definition": "New words."}, PLAIN | {"term": "Other"}]
    assert [c.action for c in bring_in(tmp_path, changed).changes] == ["kept", "unchanged"]
    assert path.read_text(encoding="utf-8") == mine
    assert [c.action for c in bring_in(tmp_path, changed, update=True).changes] == ["update", "unchanged"]
    term = terms(tmp_path)["beam-search"]
    assert (term.definition, term.difficulty, term.aliases) == ("New words.", 3, ("beams",))


def test_an_editors_change_goes_out_instead_of_what_once_came_in(tmp_path):
    term = one(tmp_path, definition="<p>Old</p>")
    assert export_term(term)["definition"] == "<p>Old</p>"
    assert export_term(replace(term, definition="New"))["definition"] == "New"


def test_a_broken_file_is_never_written_over(tmp_path):
    path = tmp_path / "letter/content/glossary/beam-search.md"
    path.parent.mkdir(parents=True)
    path.write_text("half a thought", encoding="utf-8")
    plan = bring_in(tmp_path, [PLAIN], update=True)
    assert "fix it first" in plan.refused[0].reason
    assert path.read_text(encoding="utf-8") == "half a thought"


def test_terms_that_would_wait_for_each_other_are_refused(tmp_path):
    first = {**PLAIN, "term": "A", "prerequisites": ["b"]}
    second = {**PLAIN, "term": "B", "prerequisites": ["a"]}
    plan = bring_in(tmp_path, [first, second])
    assert len(plan.refused) == 1
    assert "circle" in plan.refused[0].reason
    assert len(terms(tmp_path)) == 1


def test_a_name_that_another_term_has_already_is_not_taken(tmp_path):
    bring_in(tmp_path, [PLAIN | {"aliases": ["beams"]}])
    plan = bring_in(tmp_path, [{"term": "Rays", "definition": "x", "full_name": "Beams"}])
    assert terms(tmp_path)["rays"].full_name == ""
    assert "another term's name" in plan.notes[0][1]
    assert plan.notes[0][0] == "entry 1 “Rays”"
    assert export_term(terms(tmp_path)["rays"])["full_name"] == "Beams"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_has_one_term_a_row(tmp_path, delimiter):
    path = tmp_path / "glossary.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, delimiter=delimiter)
        rows.writerow(["Term", "definition", "related_terms", "common_mistakes", "owner"])
        pairs = json.dumps([{"mistake": "m", "correction": "c"}])
        rows.writerow(["Beam Search", "Keeps\nseveral; drafts.", "top-p; greedy", pairs, "Ada"])
        rows.writerow(["", "no name", "", "", ""])
        rows.writerow(["Top P", "Cuts the tail.", "", "[broken", ""])
        rows.writerow(["Greedy", "Takes the best.", "", "a => b; c -> d", "", "too many"])
        rows.writerow(["", "", "", "", ""])
        rows.writerow(["Last", "Is here.", '["a", "b"]', "a => b; c -> d", ""])
    plan = bring_in(tmp_path, path)
    found = terms(tmp_path)
    assert sorted(found) == ["beam-search", "last"]
    assert found["beam-search"].definition == "Keeps\nseveral; drafts."
    assert found["beam-search"].related == ("top-p", "greedy")
    assert found["beam-search"].mistakes == (Mistake("m", "c"),)
    assert found["beam-search"].extra == {"owner": "Ada"}
    assert found["last"].related == ("a", "b")
    assert found["last"].mistakes == (Mistake("a", "b"), Mistake("c", "d"))
    assert [each.place for each in plan.refused] == [
        "glossary.csv:4",
        "glossary.csv:5 “Top P”",
        "glossary.csv:6 “Greedy”",
    ]
    assert {c.action for c in bring_in(tmp_path, path, update=True).changes} == {"unchanged"}


def test_what_a_table_or_a_file_says_and_no_letter_can_show_is_kept_and_goes_out_again(tmp_path):
    table = (
        "term,definition,common_mistakes,difficulty\nBeams,Some drafts.,Too wide → Five; Too narrow,someday\n"
    )
    file = "---\nterm: Rays\nfull_name: 12\nmistakes: [Too bright]\n---\nSome light.\n"
    folder = tmp_path / "wiki"
    folder.mkdir()
    (folder / "rays.md").write_text(file, encoding="utf-8")
    sources = (save(tmp_path, table, "glossary.csv"), folder)
    notes = [note for source in sources for _, note in bring_in(tmp_path, source).notes]
    assert "mistake 2 has no correction: kept, not shown" in notes
    found = terms(tmp_path)
    assert found["beams"].mistakes == (Mistake("Too wide", "Five"),)
    assert (found["beams"].difficulty, found["rays"].full_name, found["rays"].mistakes) == (2, "", ())
    beams, rays = map(export_term, found.values())
    assert (beams["common_mistakes"], beams["difficulty"]) == (["Too wide → Five", "Too narrow"], "someday")
    assert (rays["common_mistakes"], rays["full_name"]) == (["Too bright"], 12)
    for source in sources:
        assert {c.action for c in bring_in(tmp_path, source, update=True).changes} == {"unchanged"}
    again = bring_in(tmp_path, tmp_path / "letter" / "content" / "glossary", update=True)
    assert {change.action for change in again.changes} == {"unchanged"}


def test_a_folder_of_our_own_files_comes_in_as_it_is(tmp_path):
    shipped, _ = read_catalogue(REPO)
    plan = bring_in(tmp_path, REPO / "content" / "glossary")
    assert plan.refused == ()
    assert tuple(terms(tmp_path).values()) == shipped.terms


def test_a_folder_of_somebody_elses_files_is_read_by_its_headings(tmp_path):
    folder = tmp_path / "wiki" / "inner"
    folder.mkdir(parents=True)
    (folder / "Beam_Search.md").write_bytes(
        b"# Beam: search\r\n\r\nKeeps several drafts.\r\n\r\n## Why does it matter?\r\nIt does.\r\n\r\n"
        b"## How does it work\r\nLike this.\r\n\r\n## Pitfalls\r\n- Wide beams.\r\n"
        b"  **Fix:** Narrow ones.\r\n"
        b"- Alone.\r\n\r\n"
        b"## History\r\nLong.\r\n"
    )
    (folder / "broken.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    (tmp_path / "wiki" / "README.md").write_text("About.", encoding="utf-8")
    plan = bring_in(tmp_path, tmp_path / "wiki")
    term = terms(tmp_path)["beam-search"]
    assert (term.title, term.definition) == ("Beam: search", "Keeps several drafts.")
    assert (term.why_it_matters, term.how_it_works) == ("It does.", "Like this.\n\n### History\n\nLong.")
    assert term.mistakes == (Mistake("Wide beams.", "Narrow ones."),)
    assert "Alone." in term.extra["common_mistakes_as_written"]
    assert [each.place for each in plan.refused] == ["inner/broken.md"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "{"),
        ("a.json", '{"items": []}'),
        ("a.json", "[" * 100_000),
        ("a.json", f'[{{"term": "A", "definition": "b", "views": {"9" * 5000}}}]'),
        ("a.csv", "a,b\n1,2\n"),
        ("a.csv", "term,x,x\n"),
        ("a.csv", ""),
    ],
)
def test_what_is_no_glossary_at_all_is_refused_as_a_whole(tmp_path, name, text):
    with pytest.raises(AuthorError):
        bring_in(tmp_path, text, name=name)
    assert not (tmp_path / "letter/content").exists()


def test_what_was_written_before_a_failure_is_whole_and_importing_again_goes_on(tmp_path):
    entries = [PLAIN | {"term": name} for name in ("Alpha", "Beta", "Gamma")]
    blocked = tmp_path / "letter/content/glossary/beta.md"
    plan = plan_glossary_import(_folder(tmp_path), save(tmp_path, entries), update=False)
    blocked.mkdir(parents=True)  # appears between plan and deed
    with pytest.raises(FileError):
        list(write_changes(tmp_path / "letter", plan.changes))
    blocked.rmdir()
    assert sorted(terms(tmp_path)) == ["alpha"]
    again = bring_in(tmp_path, entries)
    assert [change.action for change in again.changes] == ["unchanged", "new", "new"]
    assert sorted(p.name for p in blocked.parent.iterdir()) == ["alpha.md", "beta.md", "gamma.md"]
    assert write_term(terms(tmp_path)["beta"]) == blocked.read_text(encoding="utf-8")


def test_what_check_fix_adds_is_no_difference_and_an_update_leaves_it(tmp_path):
    entries = [PLAIN | {"related_terms": ["top-p"]}, PLAIN | {"term": "Top P", "related_terms": ["greedy"]}]
    entries += [PLAIN | {"term": "Greedy", "related_terms": ["beam-search"]}]
    bring_in(tmp_path, entries)
    root = tmp_path / "letter"
    assert len(fix_files(root, read_reviewed(root, StyleOptions()), dry_run=False)) == 3
    mended = terms(tmp_path)
    assert {change.action for change in bring_in(tmp_path, entries).changes} == {"unchanged"}
    entries[1]["definition"] = "New words."
    assert [c.action for c in bring_in(tmp_path, entries, update=True).changes] == [
        "unchanged",
        "update",
        "unchanged",
    ]
    assert terms(tmp_path)["top-p"].related == mended["top-p"].related == ("greedy", "beam-search")


def test_categories_that_differ_by_capitals_alone_become_one(tmp_path):
    entries = [PLAIN | {"category": "Evaluation"}, PLAIN | {"term": "Rays", "category": "evaluation"}]
    plan = bring_in(tmp_path, entries)
    assert {term.category for term in terms(tmp_path).values()} == {"Evaluation"}
    assert ("entry 2 “Rays”", "`category` is written `Evaluation`, as it is elsewhere") in plan.notes
    assert export_term(terms(tmp_path)["rays"])["category"] == "evaluation"
    plan = bring_in(tmp_path, [PLAIN | {"term": "Waves", "category": "EVALUATION"}])
    assert terms(tmp_path)["waves"].category == "Evaluation"
    assert {c.action for c in bring_in(tmp_path, entries, update=True).changes} == {"unchanged"}


def test_nothing_is_noted_of_what_stays_as_it_is(tmp_path):
    assert bring_in(tmp_path, [PLAIN | {"views": 3}]).notes != ()
    assert bring_in(tmp_path, [PLAIN | {"views": 3}], update=True).notes == ()
    plan = bring_in(tmp_path, [PLAIN | {"views": 4}], update=True)
    assert [note for _, note in plan.notes][-1] == "kept under `extra`: views"
    assert not any("general" in note for _, note in plan.notes)


def test_a_folder_says_what_it_left_out_and_why_and_never_leaves_itself(tmp_path):
    wiki = tmp_path / "wiki"
    for folder in (".git", "inner"):
        (wiki / folder).mkdir(parents=True)
    text = "Beam search\n===========\n\nKeeps several drafts."
    for name in ("a.md", "B.MD", "c.markdown", "README.md", "_d.md", ".git/e.md", "inner/f.md", "g.txt"):
        (wiki / name).write_text(text.replace("Beam", name[0:1] + name[-1:] + "eam"), encoding="utf-8")
    (tmp_path / "secret.md").write_text(text, encoding="utf-8")
    (wiki / "h.md").symlink_to("../secret.md")
    (wiki / "i").symlink_to("..")
    (wiki / "j.md").symlink_to("gone.md")
    (wiki / "k.md").write_text("+++\ntitle = 'K'\n+++\nText.", encoding="utf-8")
    (wiki / "l.md").write_text("Text alone.", encoding="utf-8")
    plan = bring_in(tmp_path, wiki)
    assert sorted(terms(tmp_path)) == ["a", "b", "c", "f"]
    assert terms(tmp_path)["a"].definition == "Keeps several drafts."
    assert {place: note for place, note in plan.notes if "left out" in note} == {
        ".git": "a hidden folder, left out",
        "README.md": "it is about the folder: left out",
        "_d.md": "its name begins with `.` or `_`: left out",
        "h.md": "a link that leads out of the folder: left out; import that file by itself",
        "i": "a link to a folder, left out",
        "wiki": "files that are not Markdown, left out: 1",
    }
    assert {each.place: each.reason.partition(":")[0] for each in plan.refused} == {
        "j.md": "the file cannot be read",
        "k.md": "its front matter is TOML (`+++`)",
        "l.md": "it has no front matter and no heading",
    }


def test_names_of_every_script_are_written_as_they_are_read(tmp_path):
    names = ["שלום", "مرحبا", "e\u0301tude", "a\u202eb", "\ue0001\ue001", "क़लम"]
    term = one(tmp_path, note=names, aliases=["שלום"])
    text = (tmp_path / "letter/content/glossary/beam-search.md").read_text("utf-8")
    assert text.count("שלום") >= 2
    assert "مرحبا" in text
    assert "\u202e" not in text
    assert term.extra["note"] == names
    assert term.aliases == ("שלום",)


def test_a_slug_that_no_file_can_have_everywhere_is_made_to_fit(tmp_path):
    bring_in(tmp_path, [PLAIN | {"term": "Con"}, PLAIN | {"term": "Aux", "slug": "AUX"}])
    assert sorted(terms(tmp_path)) == ["aux-term", "con-term"]


def test_a_workbook_is_met_with_the_way_to_read_it(tmp_path):
    (tmp_path / "book.XLSX").write_bytes(b"PK\x03\x04\xff")
    with pytest.raises(AuthorError, match="save it as CSV") as caught:
        bring_in(tmp_path, tmp_path / "book.XLSX")
    assert [problem.rule for problem in caught.value.problems] == ["import-unreadable"]


def _folder(tmp_path):
    root = tmp_path / "letter"
    root.mkdir()
    return root
