"""Glossaries come in many shapes; whatever can be used of them is used, and the rest is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.glossaries import PLAIN, REPO, bring_in, one, save, terms

from pipeline.content.exchange.export import export_term
from pipeline.content.exchange.import_plan import plan_glossary_import, write_changes
from pipeline.content.lint.options import StyleOptions
from pipeline.content.lint.run import fix_files
from pipeline.content.serialize import write_term
from pipeline.edition.review import read_reviewed
from pipeline.errors import FileError

EXAMPLE = REPO / "docs" / "example-glossary.json"


def test_the_example_comes_back_as_it_came_and_a_second_time_changes_nothing(tmp_path):
    bring_in(tmp_path, EXAMPLE)
    before = {p.name: p.read_bytes() for p in (tmp_path / "letter/content/glossary").iterdir()}
    came = json.loads(EXAMPLE.read_text(encoding="utf-8"))["terms"]
    gone = [export_term(term) for term in terms(tmp_path).values()]
    assert sorted(gone, key=lambda each: each["term"]) == sorted(came, key=lambda each: each["term"])
    again = bring_in(tmp_path, EXAMPLE, update=True)
    assert {change.action for change in again.changes} == {"unchanged"}
    assert before == {p.name: p.read_bytes() for p in (tmp_path / "letter/content/glossary").iterdir()}


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


def test_a_slug_that_no_file_can_have_everywhere_is_made_to_fit(tmp_path):
    bring_in(tmp_path, [PLAIN | {"term": "Con"}, PLAIN | {"term": "Aux", "slug": "AUX"}])
    assert sorted(terms(tmp_path)) == ["aux-term", "con-term"]


def _folder(tmp_path):
    root = tmp_path / "letter"
    root.mkdir()
    return root
