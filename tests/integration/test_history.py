"""history.jsonl: what frozen issues used survives every hand that writes to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pipeline.errors import AuthorError, FileError, PipelineError
from pipeline.issue.history import append_history, join, list_sent_links, past_to_json, read_history
from pipeline.model.past import Past

FIRST = Past("2026-W47", 1, "rag", "cite-first", 120, "abc")
SECOND = Past("2026-W48", 2, "token", "", 130, "def", ("tip", "term"))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "content" / "issues" / "history.jsonl"
    path.parent.mkdir(parents=True)
    return path


def test_an_issue_is_one_line_with_sorted_keys():
    line = past_to_json(replace(SECOND, term="größe"))
    assert line == (
        '{"digest": "def", "number": 2, "pinned": ["term", "tip"], "readers": 130, '
        '"term": "größe", "tip": "", "week": "2026-W48"}'
    )


def test_no_file_is_an_empty_history(tmp_path):
    assert read_history(tmp_path) == ()


def test_lines_are_read_oldest_first_whatever_their_order_and_unknown_keys_are_left_aside(path, tmp_path):
    stranger = json.dumps({**json.loads(past_to_json(FIRST)), "weather": "rain"})
    old = '{"week": "2026-W40", "number": 0, "term": "old", "tip": "older"}'
    path.write_bytes(f"\ufeff{past_to_json(SECOND)}\n\n{stranger}\r\n{old}".encode())
    weeks = [past.week for past in read_history(tmp_path)]
    assert weeks == ["2026-W40", "2026-W47", "2026-W48"]
    assert read_history(tmp_path)[1] == FIRST
    assert read_history(tmp_path)[0] == Past("2026-W40", 0, "old", "older")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"<<<<<<< HEAD", "not valid JSON"),
        (b'{"week": "2026-W48"', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"number": 1, "term": "a"}', "`week`"),
        (b'{"week": "2026-48", "number": 1}', "write it like 2026-W48"),
        (b'{"week": "2027-W53", "number": 1}', "there is no week 2027-W53"),
        (b'{"week": "2026-W49"}', "`number`"),
        (b'{"week": "2026-W49", "number": true}', "`number`"),
        (b'{"week": "2026-W49", "number": -1}', "`number`"),
        (b'{"week": "2026-W49", "number": 1, "term": null}', "`term`"),
        (b'{"week": "2026-W49", "number": 1, "readers": "many"}', "`readers`"),
        (b'{"week": "2026-W49", "number": 1, "pinned": [1]}', "`pinned.0`"),
    ],
)
def test_a_broken_line_is_named(path, tmp_path, line, message):
    path.write_bytes(past_to_json(FIRST).encode() + b"\n" + line + b"\n")
    with pytest.raises(AuthorError) as caught:
        read_history(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == ("content/issues/history.jsonl", 2)
    assert problem.rule == ("history-encoding" if message == "not UTF-8" else "history-line")
    assert message in problem.message


def test_all_problems_are_told_at_once(path, tmp_path):
    lines = [past_to_json(FIRST), "broken", past_to_json(replace(FIRST, number=7)), past_to_json(SECOND)]
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(AuthorError) as caught:
        read_history(tmp_path)
    assert [(problem.line, problem.rule) for problem in caught.value.problems] == [
        (2, "history-line"),
        (3, "history-twice"),
    ]
    assert "2026-W47 is here a second time, after line 1" in str(caught.value)


def test_a_file_that_cannot_be_read_is_the_operators(path, tmp_path):
    path.mkdir()
    with pytest.raises(FileError, match=r"history\.jsonl"):
        read_history(tmp_path)


def test_issues_are_appended_and_the_folder_is_made(tmp_path):
    append_history(tmp_path, FIRST)
    append_history(tmp_path, SECOND)
    assert read_history(tmp_path) == (FIRST, SECOND)
    folder = tmp_path / "content" / "issues"
    assert (folder / "history.jsonl").read_text("utf-8") == f"{past_to_json(FIRST)}\n{past_to_json(SECOND)}\n"
    assert [each.name for each in folder.iterdir()] == ["history.jsonl"]


def test_appending_again_changes_nothing(path, tmp_path):
    append_history(tmp_path, SECOND)
    before = path.stat()
    append_history(tmp_path, SECOND)
    append_history(tmp_path, replace(SECOND, pinned=("term", "tip", "tip")))
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_another_issue_for_the_same_week_is_refused_and_the_first_kept(path, tmp_path):
    append_history(tmp_path, FIRST)
    before = path.read_bytes()
    with pytest.raises(PipelineError, match=r"another issue for 2026-W47 \(no\. 1, rag\)"):
        append_history(tmp_path, replace(FIRST, term="token"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_what_others_wrote_stays_as_it_is(path, tmp_path, ending):
    others = json.dumps({**json.loads(past_to_json(FIRST)), "weather": "rain"}) + ending
    path.write_bytes(others.encode())
    path.chmod(0o640)
    append_history(tmp_path, SECOND)
    expected = others + ("" if ending else "\n") + past_to_json(SECOND) + "\n"
    assert path.read_bytes() == expected.encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_nothing_is_added_to_a_broken_file(path, tmp_path):
    path.write_text("broken\n", "utf-8")
    with pytest.raises(AuthorError):
        append_history(tmp_path, FIRST)
    assert path.read_text("utf-8") == "broken\n"


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "content").write_text("a file where a folder belongs", "utf-8")
    with pytest.raises(FileError, match=r"history\.jsonl"):
        append_history(tmp_path, FIRST)
    assert [each.name for each in tmp_path.iterdir()] == ["content"]


def test_joined_histories_have_every_week_once_and_the_second_is_right():
    ours = replace(FIRST, term="ours")
    third = Past("2026-W46", 0, "a", "b")
    assert join([SECOND, FIRST], [ours, third]) == (third, ours, SECOND)
    assert join((), ()) == ()


def test_the_links_of_earlier_letters_are_listed_with_their_latest_week():
    keys = ("https://a.example/1", "#0102", "ant|one two", "https://a.example/jobs senior engineer")
    history = [Past("2026-W49", 3, "", "", stories=keys[:1]), Past("2026-W47", 1, "", "", stories=keys)]
    assert list_sent_links(history, "2026-W50") == {"https://a.example/1": "2026-W49"}
    assert list_sent_links(history, "2026-W48") == {"https://a.example/1": "2026-W47"}
    assert list_sent_links(history, "2026-W47") == {}
