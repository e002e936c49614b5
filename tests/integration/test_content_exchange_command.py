"""`weekly content import` and `export`, the real command: what it writes, says and answers."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.cli import must, snapshot, weekly

from pipeline.cli.content_exchange import write
from pipeline.cli.options import Common
from pipeline.content.exchange.import_plan import FileChange

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example-glossary.json"
SLUGS = ["canary-prompt", "golden-set", "llm-as-a-judge", "regression-test", "rubric"]


@pytest.fixture
def letter(tmp_path):
    must(weekly("init", tmp_path / "letter"))
    return tmp_path / "letter"


def test_a_rehearsal_says_what_would_be_written_and_writes_nothing(letter):
    before = snapshot(letter)
    ended = must(weekly("content", "import", EXAMPLE, "--dry-run", folder=letter))
    assert sorted(ended.stdout.split()[1::2]) == [f"content/glossary/{slug}.md" for slug in SLUGS]
    assert "5 new and 0 updated files would be written" in ended.stderr
    assert "mistake 2 has no correction" in ended.stderr
    assert snapshot(letter) == before


def test_an_import_can_be_repeated_and_a_letter_be_built_from_it_at_once(letter):
    must(weekly("content", "import", EXAMPLE, folder=letter))
    before = snapshot(letter)
    again = must(weekly("content", "import", EXAMPLE, "--update", folder=letter))
    assert again.stdout == ""
    assert "5 unchanged" in again.stderr
    assert snapshot(letter) == before
    must(weekly("content", "check", folder=letter))
    must(weekly("issue", "build", "--week", "2026-W48", folder=letter, as_of="2026-11-24T09:00Z"))


def test_the_export_is_the_glossary_that_came_in_sorted_by_slug(letter, tmp_path):
    must(weekly("content", "import", EXAMPLE, folder=letter))
    came = json.loads(EXAMPLE.read_text(encoding="utf-8"))["terms"]
    assert must(weekly("content", "export", folder=letter)).json == sorted(
        came, key=lambda each: each["term"].casefold()
    )
    out = tmp_path / "out.json"
    must(weekly("content", "export", "--out", out, folder=letter))
    assert json.loads(out.read_text(encoding="utf-8"))[0]["slug"] == SLUGS[0]


def test_rejected_entries_are_told_and_end_the_command_with_6(letter, tmp_path):
    source = tmp_path / "g.json"
    source.write_text('[{"term": "A"}, {"term": "B", "definition": "It is."}]', encoding="utf-8")
    ended = weekly("content", "import", source, "--json", folder=letter)
    assert ended.code == 6
    assert ended.json["files"] == [{"path": "content/glossary/b.md", "action": "new", "from": "entry 2 “B”"}]
    assert ended.json["rejected"] == [
        {"place": "entry 1 “A”", "reason": "it has no `definition`: write one, or leave the entry out"}
    ]
    assert (letter / "content/glossary/b.md").exists()


def test_what_is_no_glossary_ends_the_command_with_4(letter, tmp_path):
    source = tmp_path / "g.json"
    source.write_text("{", encoding="utf-8")
    ended = weekly("content", "import", source, folder=letter)
    assert (ended.code, ended.stdout) == (4, "")
    assert "g.json:1" in ended.stderr


@pytest.mark.parametrize("command", [("content", "export", "--out"), ("content", "coverage", "--html")])
@pytest.mark.parametrize(
    "name", ["content/glossary/rag.md", "content/new", "templates/x.j2", "weekly.toml", "own"]
)
def test_what_an_editor_wrote_is_never_written_over(letter, name, command):
    place = letter / name
    if name in {"own", "content/glossary/rag.md"}:
        place.write_text("[]\n<meta>", encoding="utf-8")
    before = snapshot(letter)
    ended = weekly(*command, place, folder=letter)
    assert ended.code == 2
    assert "elsewhere" in ended.stderr or "another name" in ended.stderr
    assert snapshot(letter) == before


@pytest.mark.parametrize("command", [("content", "export", "--out"), ("content", "coverage", "--html")])
def test_an_earlier_file_of_the_same_kind_is_replaced(letter, tmp_path, command):
    must(weekly("content", "import", EXAMPLE, folder=letter))
    must(weekly(*command, tmp_path / "out", folder=letter))
    before = (tmp_path / "out").read_bytes()
    (letter / "content/glossary/rubric.md").unlink()
    must(weekly(*command, tmp_path / "out", folder=letter))
    assert (tmp_path / "out").read_bytes() != before


def test_a_page_is_written_beside_the_table_and_not_instead_of_it(letter, tmp_path):
    must(weekly("content", "import", EXAMPLE, folder=letter))
    alone = must(weekly("content", "coverage", folder=letter)).stdout
    both = must(weekly("content", "coverage", "--html", tmp_path / "c.html", folder=letter)).stdout
    assert both == alone != ""


@pytest.mark.parametrize(
    "command",
    [("import", EXAMPLE), ("export",), ("list",), ("show", "rag"), ("coverage",), ("plan",), ("path", "rag")],
)
def test_a_folder_that_is_no_newsletter_stays_what_it_is(tmp_path, command):
    ended = weekly("content", *command, folder=tmp_path)
    assert ended.code == 1
    assert "weekly init" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_to_be_said_of_many_entries_is_said_once_and_by_the_entry_on_demand(letter, tmp_path):
    source = tmp_path / "g.json"
    entries = [{"term": f"Term {n}", "definition": "It is.", "views": n} for n in range(30)]
    source.write_text(json.dumps(entries), encoding="utf-8")
    ended = must(weekly("content", "import", source, "--dry-run", folder=letter))
    assert "30 entries: kept under `extra`: views\n" in ended.stderr
    assert "30 entries: it has no category: `general` was written\n" in ended.stderr
    assert "more notes" not in ended.stderr
    ended = must(weekly("content", "import", source, "--dry-run", "-v", folder=letter))
    assert ended.stderr.count("kept under `extra`: views") == 30


class Stopping:
    """A change during whose writing somebody presses Ctrl-C."""

    action, path = "new", "content/glossary/c.md"

    @property
    def text(self):
        raise KeyboardInterrupt


def test_an_import_that_is_stopped_says_how_far_it_came(tmp_path):
    whole = [FileChange("new", f"content/glossary/{name}.md", name) for name in "ab"]

    @click.command()
    def import_():
        write(tmp_path, [*whole, FileChange("kept", "content/glossary/x.md", "x"), Stopping()])

    ended = CliRunner().invoke(import_, obj=Common())
    assert "2 of 3 files were written, each of them whole; importing again goes on" in ended.output
    assert isinstance(ended.exception, SystemExit)
    assert sorted(path.name for path in (tmp_path / "content/glossary").iterdir()) == ["a.md", "b.md"]


def test_categories_stand_in_the_order_of_the_alphabet_whatever_their_capitals(letter, tmp_path):
    source = tmp_path / "g.json"
    entries = [
        {"term": name, "definition": f"It is {name}.", "category": name} for name in ("Zeta", "alpha", "Beta")
    ]
    source.write_text(json.dumps(entries), encoding="utf-8")
    must(weekly("content", "import", source, folder=letter))
    shown = must(weekly("content", "coverage", "--json", folder=letter)).json
    assert [row["name"] for row in shown["terms"]] == ["alpha", "Beta", "Zeta", "all"]
