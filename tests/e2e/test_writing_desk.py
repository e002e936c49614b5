"""The editor's desk: a term begun, written, listed, shown and sent, without a note of its skeleton in it."""

from __future__ import annotations

import email
import email.policy
import os
import pty
import re
import shutil
import subprocess

import pytest
from support.cli import WEEKLY, edit, init_example, must, snapshot, start_weekly, weekly
from support.patience import PATIENCE_S

NEW = ("content", "new")
DESK = "2026-11-23T08:00Z"
NOTE = re.compile(r"<!-- (.*?) -->", re.DOTALL)
PAST = (
    '{"digest": "", "number": 1, "pinned": [], "readers": 9, "term": "rag", "tip": "", "week": "2026-W40"}\n'
    '{"digest": "", "number": 2, "pinned": [], "readers": 9, "term": "", "tip": "rag", "week": "2026-W41"}\n'
    '{"digest": "", "number": 3, "pinned": [], "readers": 9, "term": "rag", "tip": "", "week": "2026-W42"}\n'
)
TIP = "---\ntitle: A tip about retrieval\nslug: rag\ntags: [retrieval]\nterms: [rag]\n---\n\nLook first.\n"


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk") / "letter"
    init_example(folder)
    return folder


@pytest.fixture(scope="module")
def used(example, tmp_path_factory):
    """The example after three issues, with a tip whose slug is a term's too."""
    folder = shutil.copytree(example, tmp_path_factory.mktemp("used") / "letter")
    (folder / "content/issues/history.jsonl").write_text(PAST, encoding="utf-8")
    (folder / "content/tips/rag.md").write_text(TIP, encoding="utf-8")
    return folder


@pytest.fixture
def letter(example, tmp_path):
    return shutil.copytree(example, tmp_path / "letter")


def write(path):
    """Write what a new file lacks, and forget every note in it. Returns the notes."""
    text = path.read_text(encoding="utf-8")
    notes = NOTE.findall(text)
    text = re.sub(
        r"(<!-- .*? -->)(?!\n\n(?:-\n|```))", r"\1\n\nWritten by hand today.", text, flags=re.DOTALL
    )
    for placeholder, words in (
        ("difficulty:\n", "difficulty: 2\n"),
        ("-\n  **Fix:**", "- It fails badly.\n  **Fix:** Mend it well."),
        ("```text\n\n", "```text\nAsk a question.\n"),
    ):
        text = text.replace(placeholder, words)
    path.write_text(text, encoding="utf-8")
    return notes


@pytest.mark.parametrize(
    ("kind", "title", "path"),
    [
        ("term", "Sliding log", "content/glossary/sliding-log.md"),
        ("tip", "Ask for “three” & choose", "content/tips/ask-for-three-and-choose.md"),
    ],
)
def test_a_note_that_was_forgotten_is_in_no_part_of_the_letter(letter, tmp_path, kind, title, path):
    category = ("--category", "agents") if kind == "term" else ()
    began = must(weekly(*NEW, kind, title, *category, folder=letter))
    assert began.stdout == f"{letter / path}\n"
    asked = weekly("content", "check", folder=letter)
    assert asked.code == 4
    assert {line.split(":")[1].strip() for line in asked.stdout.splitlines()} == {path}

    notes = write(letter / path)
    assert len(notes) == (6 if kind == "term" else 3)
    checked = must(weekly("content", "check", "--json", folder=letter)).json["problems"]
    assert [each for each in checked if each["severity"] == "error"] == []
    slug = (letter / path).stem
    must(weekly("issue", "pin", slug, folder=letter, as_of=DESK))
    must(weekly("render", "--out", tmp_path / "out", folder=letter, as_of=DESK))

    eml = email.message_from_bytes((tmp_path / "out/issue.eml").read_bytes(), policy=email.policy.default)
    parts = [part.get_content() for part in eml.walk() if not part.is_multipart()]
    parts += [(tmp_path / "out" / name).read_text("utf-8") for name in ("index.html", "issue.txt")]
    parts += [weekly("content", "show", slug, *whole, folder=letter).stdout for whole in ((), ("--whole",))]
    assert len(parts) == 6
    for part in parts:
        flat = " ".join(part.split())
        assert "Written by hand today." in flat
        for note in notes:
            for line in note.splitlines():
                assert line.strip()[:30] not in flat
                assert line.strip().replace("`", "")[:30] not in flat


def test_a_dry_run_names_the_file_and_writes_none(letter):
    before = snapshot(letter)
    planned = must(weekly(*NEW, "tip", "Ask twice", "--dry-run", folder=letter))
    assert planned.stdout == f"{letter / 'content/tips/ask-twice.md'}\n"
    assert snapshot(letter) == before


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("term", "rag"), 1, ("content/glossary/rag.md", "“RAG”", "nothing was changed")),
        (("term", "Retrieval Augmentation"), 1, ("content/glossary/rag.md", "“RAG”")),
        (("term", "Anything", "--slug", "rag"), 1, ("content/glossary/rag.md",)),
        (("tip", "put the evidence before the verdict"), 1, ("content/tips/evidence-before-verdict.md",)),
        (("term", "上下文"), 1, ("“上下文”", "--slug")),
        (("term", " "), 1, ("the title is empty",)),
        (("term", "A\u202eb"), 1, ("invisible characters",)),
        (("term", "A\udcff"), 1, ("invisible characters",)),
        (("term", "Anything", "--slug", "../rag"), 1, ("“../rag” is not a valid slug", "lower-case")),
        (("term", "Anything", "--difficulty", "4"), 2, ("4 is not in the range",)),
        (("tip", "Anything", "--term", "ragg"), 2, ("no term 'ragg'", 'did you mean "rag"?')),
        (("term", "Anything", "--edit"), 2, ("--edit needs a terminal",)),
    ],
)
def test_what_cannot_be_begun_is_refused_with_the_reason_and_nothing_is_written(example, args, code, says):
    before = snapshot(example)
    ended = weekly(*NEW, *args, folder=example)
    assert (ended.code, ended.stdout) == (code, "")
    for words in says:
        assert words in ended.stderr
    assert snapshot(example) == before


def test_a_file_that_cannot_be_read_keeps_its_name(letter):
    path = letter / "content/glossary/half-written.md"
    path.write_text("---\ntitle: [\n", encoding="utf-8")
    ended = weekly(*NEW, "term", "Half-written", folder=letter)
    assert (ended.code, path.read_text("utf-8")) == (1, "---\ntitle: [\n")
    assert f"{path} exists already" in ended.stderr


def test_a_full_disk_leaves_no_half_a_file(letter):
    ended = weekly(*NEW, "term", "Sliding log", folder=letter, largest_file=600)
    assert ended.code == 1
    assert "sliding-log.md: file too large" in ended.stderr
    assert not (letter / "content/glossary/sliding-log.md").exists()


def test_a_folder_that_is_no_newsletter_gets_no_content(tmp_path):
    ended = weekly(*NEW, "term", "Token", folder=tmp_path)
    assert ended.code == 1
    assert "is not a newsletter folder" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_category_nobody_used_is_taken_and_said(letter):
    ended = must(weekly(*NEW, "term", "Token bucket", "--category", "retreival", folder=letter))
    assert 'retreival is a new category; did you mean "retrieval"?' in ended.stderr
    assert "category: retreival\n" in (letter / "content/glossary/token-bucket.md").read_text("utf-8")


def test_with_edit_on_a_terminal_the_editor_opens_the_new_file(letter, tmp_path):
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\ncp "$1" "$1.seen"\n')
    script.chmod(0o755)
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "EDITOR": str(script), "TERM": "dumb"}
    command = [WEEKLY, "-C", letter, *NEW, "tip", "Ask twice", "--edit"]
    done = subprocess.run(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, timeout=PATIENCE_S, check=False
    )
    os.close(theirs)
    said = os.read(ours, 65536).decode()
    os.close(ours)
    assert done.returncode == 0, said
    seen = letter / "content/tips/ask-twice.md.seen"
    assert "title: Ask twice" in seen.read_text("utf-8")


def rows(folder, *args):
    listed = must(weekly("content", "list", "--json", *args, folder=folder))
    return [(row["kind"], row["slug"], row["last_used"]) for row in listed.json["content"]]


def test_the_list_has_every_term_then_every_tip_with_its_own_last_week(used):
    listed = rows(used)
    assert listed == [
        *sorted(r for r in listed if r[0] == "term"),
        *sorted(r for r in listed if r[0] == "tip"),
    ]
    assert [row for row in listed if row[2]] == [("term", "rag", "2026-W42"), ("tip", "rag", "2026-W41")]
    assert len(listed) == len(list(used.glob("content/*/*.md"))) - 1  # content/issues/README.md is none
    first = must(weekly("content", "list", "--json", folder=used)).json["content"][0]
    assert list(first) == [
        *("kind", "slug", "title", "category", "difficulty", "tags", "last_used", "path"),
    ]


def test_every_filter_narrows_the_list(used):
    whole = must(weekly("content", "list", "--json", folder=used)).json["content"]

    def kept(keep):
        return [(row["kind"], row["slug"], row["last_used"]) for row in whole if keep(row)]

    assert rows(used, "--unused") == kept(lambda row: not row["last_used"])
    assert rows(used, "--kind", "tip") == kept(lambda row: row["kind"] == "tip")
    assert rows(used, "--difficulty", "1") == kept(lambda row: row["difficulty"] == 1)
    assert rows(used, "--tag", "retrieval") == [("tip", "rag", "2026-W41")]
    two = kept(lambda row: row["category"] in ("retrieval", "agents"))
    assert rows(used, "--category", "retrieval", "--category", "agents") == two
    assert 4 < len(two) < 40
    hard = kept(
        lambda row: row["category"] == "retrieval" and row["difficulty"] == 2 and not row["last_used"]
    )
    assert rows(used, "--category", "retrieval", "--difficulty", "2", "--unused") == hard


def test_the_table_lines_up_and_says_what_is_missing_with_a_dash(used):
    lines = must(weekly("content", "list", "--category", "retrieval", folder=used)).stdout.splitlines()
    assert re.fullmatch(r"term  rag +2  2026-W42  retrieval  RAG", next(x for x in lines if "  rag " in x))
    assert len({line.index("  retrieval  ") for line in lines}) == 1
    [tip] = must(weekly("content", "list", "--tag", "retrieval", folder=used)).stdout.splitlines()
    assert tip == "tip  rag  -  2026-W41  retrieval  A tip about retrieval"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--category", "retreival"), "no category 'retreival'; did you mean \"retrieval\"?"),
        (("--category", "zzz"), "there is: agents, "),
        (("--tag", "saftey"), "no tag 'saftey'; did you mean \"safety\"?"),
        (("--tag", "safety", "--category", "safety"), "Tags belong to tips"),
        (("--kind", "tip", "--category", "safety"), "--tag"),
        (("--kind", "term", "--tag", "safety"), "Tags belong to tips"),
    ],
)
def test_a_filter_that_can_find_nothing_is_refused_with_a_suggestion(used, args, says):
    ended = weekly("content", "list", *args, folder=used)
    assert (ended.code, ended.stdout) == (2, "")
    assert says in " ".join(ended.stderr.split())


def test_one_broken_file_hides_no_other(letter):
    edit(letter / "content/glossary/rag.md", "difficulty: 2", "difficulty: 9")
    ended = must(weekly("content", "list", "--category", "retrieval", folder=letter))
    assert "chunking" in ended.stdout
    assert "  rag  " not in ended.stdout
    assert "content/glossary/rag.md" in ended.stderr
    shown = weekly("content", "show", "rag", folder=letter)
    assert (shown.code, shown.stdout) == (4, "")
    assert "`difficulty` is not 1, 2 or 3" in shown.stderr
    assert must(weekly("content", "show", "chunking", folder=letter)).stdout


def test_show_is_the_text_of_a_letter_with_nothing_else_in_it(letter, tmp_path):
    for slug in ("rag", "evidence-before-verdict"):
        must(weekly("issue", "pin", slug, folder=letter, as_of=DESK))
    must(weekly("render", "--out", tmp_path, folder=letter, as_of=DESK))
    text = (tmp_path / "issue.txt").read_text("utf-8")
    rule = "=" * 72
    head, term, tip, foot = (part.strip() for part in text.split(rule))

    shown = must(weekly("content", "show", "rag", folder=letter, as_of=DESK)).stdout
    subject, _, rest = shown.partition("\n")
    assert subject.startswith("Subject: RAG")
    assert [part.strip() for part in rest.split(rule)][1:] == [term, foot]
    shown = must(
        weekly("content", "show", "evidence-before-verdict", "--json", folder=letter, as_of=DESK)
    ).json
    assert [part.strip() for part in shown["text"].split(rule)][1:] == [tip, foot]
    assert (shown["kind"], shown["findings"], shown["week"]) == ("tip", [], "2026-W48")
    assert shown["subject"] == "Put the evidence before the verdict"
    assert "Hi Ada," in head


def test_whole_shows_every_section_the_relations_both_ways_and_every_issue(used):
    shown = must(weekly("content", "show", "rag", "--kind", "term", "--whole", folder=used)).stdout
    assert max(map(len, shown.splitlines())) <= 78
    for heading in (
        "Example",
        "Why it matters",
        "How it works",
        "Mistake 1 of 3",
        "Sources",
        "Career relevance",
    ):
        assert f"\n{heading}\n{'-' * len(heading)}\n" in shown
    flat = " ".join(shown.split())
    assert "Needs context-window, embedding Needed by reranking" in flat
    assert "2026-W40, issue 1 2026-W42, issue 3" in flat
    known = must(weekly("content", "show", "rag", "--kind", "term", "--whole", "--json", folder=used)).json
    assert known["sent"] == [{"week": "2026-W40", "number": 1}, {"week": "2026-W42", "number": 3}]
    assert {"slug": "rag", "title": "A tip about retrieval"} in known["tips"]
    assert {"slug": "reranking", "title": "Reranking"} in known["required_by"]
    assert len(known["mistakes"]) == 3
    other = must(weekly("content", "show", "reranking", "--whole", "--json", folder=used)).json
    assert {"slug": "rag", "title": "RAG"} in other["prerequisites"]
    tip = must(weekly("content", "show", "rag", "--kind", "tip", "--whole", folder=used)).stdout
    assert tip.startswith("A tip about retrieval\n=====================\ntip · retrieval\n")
    assert "Terms      rag\n" in tip


def test_a_relation_to_nothing_is_said_to_be_one(letter):
    edit(letter / "content/glossary/rag.md", "related: [", "related: [nowhere, ")
    shown = must(weekly("content", "show", "rag", "--whole", folder=letter)).stdout
    assert "nowhere (no such term)" in " ".join(shown.split())
    known = must(weekly("content", "show", "rag", "--whole", "--json", folder=letter)).json
    assert {"slug": "nowhere", "title": None} in known["related"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("ragg",), "no term or tip 'ragg'; did you mean \"rag\"?"),
        (("Context windows",), 'did you mean "context-window"?'),
        (("zzzz",), "`weekly content list` shows them all"),
        (("rag",), "rag is a term and a tip; give --kind term or --kind tip."),
        (("token", "--kind", "tip"), "no tip 'token'; it is a term"),
    ],
)
def test_a_slug_that_means_nothing_or_two_things_is_refused(used, args, says):
    ended = weekly("content", "show", *args, folder=used)
    assert (ended.code, ended.stdout) == (2, "")
    assert says in " ".join(ended.stderr.split())


def test_the_desk_starts_without_what_it_does_not_use(example):
    """`new` and `list` are called many times in a row; MJML and the database would double their time."""
    probe = "import sys; sys.argv[0] = 'weekly'\nimport pipeline.cli as c\ntry:\n    c.main()\nfinally:\n"
    probe += "    print(sorted({'mjml', 'sqlalchemy'} & set(sys.modules)), file=sys.stderr)"
    for args in (("content", "new", "term", "Sliding log", "--dry-run"), ("content", "list")):
        ended = start_weekly(*args, folder=example, command=(WEEKLY.with_name("python"), "-c", probe))
        assert (ended.code, ended.stderr.splitlines()[-1]) == (0, "[]"), ended
