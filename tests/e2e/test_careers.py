"""Jobs in the letter: what they offer, what they ask for, and only while they are open."""

from __future__ import annotations

from pathlib import Path

from support.cli import must, outbox
from support.feed_server import rss
from support.news import MONDAY, SECTIONS, TUESDAY

JOBS = Path(__file__).resolve().parents[2] / "docs" / "example-jobs.json"


def import_jobs(desk):
    """Bring in the example, and leave the feeds without news."""
    for section in SECTIONS:
        desk.server.serve(f"/{section}", rss())
    ended = desk.after("jobs", "import", JOBS, as_of=MONDAY, code=6)
    assert "rejected" in ended.stderr, ended
    return desk


def test_jobs_of_a_file_are_in_the_letter_with_what_they_offer(desk):
    import_jobs(desk).after("-q", "run")
    text = desk.text()
    for words in ("Harbour Lights", "Hamburg, hybrid", "68,000", "Quiet Meadow", "remote", "RAG"):
        assert words in text
    # An hourly rate without a currency is no money that anybody could read.
    assert "45" not in text.partition("\nCareers\n")[2].partition("Tip of the week")[0]
    assert "2 of this week" in " ".join(text.split())


def test_two_jobs_of_one_page_are_two_and_one_job_on_two_pages_is_one(desk):
    import_jobs(desk).after("-q", "run")
    careers = desk.explain("careers", "--week", "2026-W48")["slots"]
    text = desk.text()
    assert len(careers) == 3
    assert "Evaluation Engineer" in text
    assert text.count("Prompt Engineer") == 1


def test_a_job_that_closes_before_readers_have_the_letter_is_left_out(desk):
    import_jobs(desk)
    for path in sorted((desk.folder / "content" / "jobs").glob("*.md")):
        path.write_text(path.read_text("utf-8").replace("---\n", "---\nexpires: 2026-11-25\n", 1), "utf-8")
    must(desk("run"))
    assert len(outbox(desk.folder)) == 12
    assert "Careers" not in desk.text()
    assert desk.explain("careers", "--week", "2026-W48")["empty"]["careers"]["expired"] >= 2


def test_a_job_that_was_deleted_after_the_lock_is_left_out_and_said(desk):
    import_jobs(desk)
    must(desk("issue", "build", as_of=MONDAY))
    for path in (desk.folder / "content" / "jobs").glob("*evaluation*"):
        path.unlink()
    ended = must(desk("run", "-v", as_of=TUESDAY))
    assert "is no longer there" in ended.stderr
    assert "Evaluation Engineer" not in desk.text()
    assert "Harbour Lights" in desk.text()


def test_a_letter_that_was_sent_keeps_its_jobs_when_their_files_are_gone(desk):
    import_jobs(desk).after("-q", "run")
    told = desk.explain("--week", "2026-W48")
    for path in (desk.folder / "content" / "jobs").glob("*.md"):
        path.unlink()
    assert desk.explain("--week", "2026-W48") == told
    assert any("title" in slot for slot in told["slots"])
    must(desk("issue", "verify", "--week", "2026-W48"))


JOB = """---
title: {title}
company: Low Tide
url: https://low-tide.example/{title}
posted: {day}
first_seen: {day}
expires: {expires}
---
"""


def test_a_letter_that_is_late_has_the_jobs_of_that_day_and_the_list_said_so(desk):
    for section in SECTIONS:
        desk.server.serve(f"/{section}", rss())
    folder = desk.folder / "content" / "jobs"
    folder.mkdir(exist_ok=True)
    wednesday, days = "2026-11-25T10:00Z", ("2026-11-25", "2026-12-24")
    jobs = {"Tidekeeper": days, "Pilot": ("2026-11-24", "2026-11-26"), "Diver": ("2026-11-28", "2026-12-24")}
    for title, (day, expires) in jobs.items():
        text = JOB.format(title=title, day=day, expires=expires)
        (folder / f"{title.lower()}.md").write_text(text, encoding="utf-8")
    listed = must(desk("jobs", "list", "--all", "--json", as_of=wednesday)).json
    assert (listed["week"], [job["title"] for job in listed["jobs"]]) == ("2026-W48", ["Tidekeeper"])
    assert {job["title"]: job["reason"] for job in listed["dropped"]} == {
        "Pilot": "expired",
        "Diver": "not there yet",
    }
    must(desk("-q", "run", "--now", as_of=wednesday))
    told = [title for title in jobs if title in desk.text()]
    assert told == ["Tidekeeper"]
