"""Tables, folders and other files that a glossary is imported from."""

from __future__ import annotations

import csv
import json

import pytest
from support.glossaries import REPO, bring_in, save, terms

from pipeline.content.exchange.export import export_term
from pipeline.content.read import read_catalogue
from pipeline.errors import AuthorError
from pipeline.model.content import Mistake


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


def test_a_workbook_is_met_with_the_way_to_read_it(tmp_path):
    (tmp_path / "book.XLSX").write_bytes(b"PK\x03\x04\xff")
    with pytest.raises(AuthorError, match="save it as CSV") as caught:
        bring_in(tmp_path, tmp_path / "book.XLSX")
    assert [problem.rule for problem in caught.value.problems] == ["import-unreadable"]
