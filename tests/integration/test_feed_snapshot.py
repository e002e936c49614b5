"""The file that keeps what feeds brought for a week."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.feeds.snapshot import (
    merge_items,
    read_brought,
    read_sightings,
    read_snapshot,
    snapshot_path,
    snapshot_to_text,
    write_snapshot,
)
from pipeline.feeds.state import Seen
from pipeline.model.news import Item, Job

WEEK = "2026-W48"
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
A = Item(
    "a1", "alpha", "tools", "Title — “A”\u2028", "https://example.org/a", AT, AT, "Sum", "en", "Alpha", 12
)
B = Item("b1", "beta", "careers", "B", "https://example.org/b", AT)
C = Item("a2", "alpha", "tools", "C", "https://example.org/c", AT)


def test_items_come_back_as_they_were_and_their_order_does_not_matter(tmp_path):
    assert read_snapshot(tmp_path, WEEK) == ((), ())
    assert write_snapshot(tmp_path, WEEK, [B, A, C])
    assert read_snapshot(tmp_path, WEEK) == ((A, C, B), ())
    assert snapshot_to_text([A, B, C]) == snapshot_to_text([C, B, A])
    assert not write_snapshot(tmp_path, WEEK, [C, A, B])


def test_the_bytes_of_a_line_are_fixed():
    line = snapshot_to_text([B])
    assert line == (
        '{"feed": "beta", "first_seen_at": "2026-11-23T08:00:00Z", "id": "b1", "language": "", '
        '"published_at": null, "section": "careers", "source": "", "summary": "", "title": "B", '
        '"url": "https://example.org/b", "words": 0}\n'
    )


BROKEN = {
    "not valid JSON": "{",
    "not a JSON object": "[]",
    "`title` should be a valid string": {"title": None},
    "`section` is not one of": {"section": "sports"},
    "not an http or https link": {"url": "program:run"},
    "`words` is not a count": {"words": -1},
    "`first_seen_at` should be a valid datetime": {"first_seen_at": "yesterday"},
    "`published_at`": {"published_at": 3},
    "`known` is not a list of ids": {"known": [1]},
    "git could not merge": "<<<<<<< HEAD",
}


def test_a_job_comes_back_as_it_went_in_and_stays_when_the_feeds_are_fetched_again(tmp_path):
    facts = Job(
        "Acme", "Lisbon", "hybrid", 50000, 0, "EUR", "year", "senior", ("RAG", "SQL"), date(2026, 11, 20)
    )
    job = replace(B, id="job", feed="job:acme", job=facts)
    write_snapshot(tmp_path, WEEK, [job, B, replace(job, id="bare", job=Job("Acme"))])
    read = {item.id: item for item in read_snapshot(tmp_path, WEEK)[0]}
    assert (read["job"].job, read["bare"].job, read[B.id].job) == (facts, Job("Acme"), None)
    assert "job" in {item.id for item in merge_items([job], [], [])}


@pytest.mark.parametrize(
    "broken", [{"job": 1}, {"job": {"pay": 1}}, {"job": {"skills": "x"}}, {"job": {"posted_on": "soon"}}]
)
def test_a_job_that_is_none_is_named(tmp_path, broken):
    good = json.loads(snapshot_to_text([B]))
    path = tmp_path / "content" / "issues" / f"{WEEK}.items.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(good | broken) + "\n", encoding="utf-8")
    items, (problem,) = read_snapshot(tmp_path, WEEK)
    assert (items, "job" in problem.message) == ((), True)


def test_every_broken_line_is_named_and_costs_no_other(tmp_path):
    good = json.loads(snapshot_to_text([A]))
    lines = [snapshot_to_text([B]).rstrip("\n"), ""]
    lines += [change if isinstance(change, str) else json.dumps(good | change) for change in BROKEN.values()]
    lines += [snapshot_to_text([B]).rstrip("\n")]
    path = tmp_path / snapshot_path(WEEK)
    path.parent.mkdir(parents=True)
    path.write_bytes("\n".join(lines).encode() + b"\ncaf\xe9\n")
    items, problems = read_snapshot(tmp_path, WEEK)
    assert items == (B,)
    assert {(problem.rule, problem.severity) for problem in problems} == {("snapshot-line", "warning")}
    assert all("restore it from git" in problem.fix for problem in problems)
    said = [(problem.line, problem.message) for problem in problems]
    wanted = [*BROKEN, "for the second time", "not UTF-8"]
    assert [line for line, _ in said] == list(range(3, 3 + len(wanted)))
    for (_, message), words in zip(said, wanted, strict=True):
        assert words in message


def test_of_two_branches_of_git_every_item_counts_in_its_first_sight(tmp_path):
    later = replace(A, title="Later", first_seen_at=AT + timedelta(hours=1))
    both = [snapshot_to_text([later, C]), snapshot_to_text([A, B])]
    path = tmp_path / snapshot_path(WEEK)
    path.parent.mkdir(parents=True)
    for ours, theirs in (both, both[::-1]):
        path.write_text(f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> theirs\n", encoding="utf-8")
        items, problems = read_snapshot(tmp_path, WEEK)
        assert items == (A, C, B)
        assert len(problems) == 4


def test_what_feeds_carried_is_told_by_the_snapshots_of_the_last_weeks(tmp_path):
    before = [AT - timedelta(weeks=weeks) for weeks in range(12)]
    write_snapshot(tmp_path, "2026-W46", [replace(C, first_seen_at=before[2])], {"alpha": {"k1", "a1"}})
    write_snapshot(tmp_path, "2026-W47", [replace(C, first_seen_at=before[1])], {"beta": {"k2"}})
    write_snapshot(tmp_path, WEEK, [A], {"alpha": {"a2", "k1"}})
    write_snapshot(tmp_path, "2026-W37", [B])
    assert read_snapshot(tmp_path, WEEK) == ((A,), ())
    assert read_sightings(tmp_path, WEEK) == {
        "alpha": {
            "a1": Seen(AT, AT),
            "a2": Seen(before[2]),
            "k1": Seen(datetime(2026, 11, 9, tzinfo=UTC), is_new=False),
        },
        "beta": {"k2": Seen(datetime(2026, 11, 16, tzinfo=UTC), is_new=False)},
    }
    # A lock that is written adds its jobs, and takes nothing of what was known.
    write_snapshot(tmp_path, WEEK, [A, C])
    assert "k1" in read_brought(tmp_path, WEEK).known["alpha"]


def test_what_a_feed_no_longer_carries_stays_and_the_first_sight_counts():
    later = AT + timedelta(hours=5)
    again = replace(A, title="New title", first_seen_at=later, published_at=later)
    gone = replace(B, feed="unfollowed", id="u1")
    merged = merge_items([A, C, gone], [again, B], {"alpha", "beta"})
    assert merged == (replace(A, title="New title", first_seen_at=AT, published_at=AT), C, B)
    assert merge_items(merged, [], {"alpha", "beta"}) == merged


@pytest.mark.parametrize("newcomers", [[], [B], [A, B, C]])
def test_merging_the_same_twice_changes_nothing(newcomers):
    once = merge_items([A], newcomers, {"alpha", "beta"})
    assert merge_items(once, newcomers, {"alpha", "beta"}) == once
