"""`content/jobs` is read with every problem at once, and a broken job stops nothing."""

from __future__ import annotations

from support.job_files import GOOD, PATH

from pipeline.content.lint.options import StyleOptions
from pipeline.edition.review import read_reviewed
from pipeline.jobs.read import read_jobs


def test_a_folder_is_read_by_name_and_what_is_no_job_is_passed_over(tmp_path):
    assert read_jobs(tmp_path) == ((), ())
    jobs = tmp_path / "content" / "jobs"
    jobs.mkdir(parents=True)
    for name in ("b.md", "a.md", "_draft.md", ".hidden.md", "README.md", "note.txt"):
        (jobs / name).write_text(GOOD, encoding="utf-8")
    (jobs / "c.md").write_bytes(b"---\ntitle: \xff\n---\n")
    (jobs / "d.md").mkdir()
    postings, problems = read_jobs(tmp_path)
    assert [posting.path for posting in postings] == [PATH, "content/jobs/b.md"]
    assert [(problem.path, problem.line, problem.rule) for problem in problems] == [
        ("content/jobs/c.md", 2, "file-encoding"),
        ("content/jobs/d.md", 0, "file-unreadable"),
    ]


def test_the_check_of_content_counts_jobs_and_tells_their_problems_as_warnings(tmp_path):
    for kind in ("glossary", "tips", "jobs"):
        (tmp_path / "content" / kind).mkdir(parents=True)
    (tmp_path / PATH).write_text(GOOD, encoding="utf-8")
    (tmp_path / "content/jobs/b.md").write_text("nothing", encoding="utf-8")
    review = read_reviewed(tmp_path, StyleOptions())
    assert review.jobs == 1
    assert [(each.path, each.severity) for each in review.problems] == [("content/jobs/b.md", "warning")]
