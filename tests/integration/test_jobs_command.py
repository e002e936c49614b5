"""`weekly jobs import` and `list`, the real command: what it writes, says and answers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from support.cli import WEEKLY, edit, must, snapshot, start_weekly, weekly

from pipeline.content.exchange.import_plan import write_changes
from pipeline.errors import AuthorError
from pipeline.jobs.importing import FILE_BYTES, ROWS, plan_job_import, read_rows

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example-jobs.json"
AS_OF = "2026-11-24T08:00Z"
LATER = "2026-11-27T08:00Z"
SENIOR = "content/jobs/harbour-lights-example-senior-prompt-engineer-hamburg.md"
JUDGE = "content/jobs/harbour-lights-example-evaluation-engineer-hamburg.md"
REMOTE = "content/jobs/quiet-meadow-example-llm-application-developer.md"
TODAY = date(2026, 11, 24)


def row(**more):
    return {
        "title": "Prompt Engineer",
        "company_name": "Acme",
        "source_url": "https://acme.example/careers",
        "date_posted": "2026-11-20",
    } | more


@pytest.fixture
def letter(tmp_path):
    must(weekly("init", tmp_path / "letter"))
    return tmp_path / "letter"


@pytest.fixture
def imported(letter):
    assert weekly("jobs", "import", EXAMPLE, folder=letter, as_of=AS_OF).code == 6
    return letter


@pytest.fixture
def desk(tmp_path):
    """Plan, and write, an import of rows into a folder of its own."""

    def desk(*rows, update=False, today=TODAY):
        plan = plan_job_import(tmp_path, rows, today, update=update)
        assert len(list(write_changes(tmp_path, plan.changes))) == plan.count("new") + plan.count("update")
        return plan

    desk.folder = tmp_path
    return desk


def test_a_rehearsal_says_what_would_be_written_and_writes_nothing(letter):
    before = snapshot(letter)
    ended = weekly("jobs", "import", EXAMPLE, "--dry-run", folder=letter, as_of=AS_OF)
    assert ended.code == 6
    assert sorted(ended.stdout.split()[1::2]) == sorted([SENIOR, JUDGE, REMOTE])
    assert "5 rows: 3 new and 0 updated files would be written" in ended.stderr
    assert snapshot(letter) == before


def test_bad_rows_are_told_with_number_cause_and_next_step_and_stop_nothing(imported):
    ended = weekly("jobs", "import", EXAMPLE, "--json", folder=imported, as_of=AS_OF)
    assert ended.code == 6
    assert [file["action"] for file in ended.json["files"]] == ["unchanged"] * 3
    assert ended.json["same_job"] == [{"row": 3, "as_row": 1}]
    (rejected,) = ended.json["rejected"]
    assert rejected["row"] == 5
    assert "is not an http or https link" in rejected["reason"]
    assert "write it with https://" in rejected["reason"]
    assert (
        "row 4: a salary without currency is not shown"
        in weekly("jobs", "import", EXAMPLE, folder=imported).stderr
    )


def test_what_comes_is_cleaned_and_what_is_not_known_is_kept(imported):
    text = (imported / SENIOR).read_text(encoding="utf-8")
    assert "<p>" not in text
    assert "title: Senior Prompt Engineer (f/m/x)" in text
    assert "remote: hybrid" in text
    assert "first_seen: 2026-11-24" in text
    assert "extra:\n  date_scraped:" in (imported / REMOTE).read_text(encoding="utf-8")


def test_an_import_can_be_repeated_from_a_pipe_too_and_changes_nothing(imported):
    before = snapshot(imported)
    for more in ((), ("--update",)):
        assert weekly("jobs", "import", EXAMPLE, *more, folder=imported, as_of=LATER).stdout == ""
    assert snapshot(imported) == before
    shell = ("sh", "-c", f'cat "{EXAMPLE}" | exec "$0" "$@"', WEEKLY)
    piped = start_weekly(
        "jobs", "import", "-", "--update", "--json", folder=imported, as_of=LATER, command=shell
    )
    assert (piped.code, piped.json["rows"]) == (6, 5)
    assert snapshot(imported) == before


def test_a_file_that_differs_is_kept_without_update_and_keeps_its_first_day_with_it(imported):
    edit(imported / SENIOR, "level: Senior", "level: Lead")
    edit(imported / SENIOR, "id: hl-101", "id: hl-101\nexpires: 2026-12-31")
    kept = weekly("jobs", "import", EXAMPLE, folder=imported, as_of=LATER)
    assert kept.stdout == f"kept      {SENIOR}\n"
    assert "--update rewrites them" in kept.stderr
    assert "level: Lead" in (imported / SENIOR).read_text(encoding="utf-8")
    updated = weekly("jobs", "import", EXAMPLE, "--update", folder=imported, as_of=LATER)
    assert updated.stdout == f"update    {SENIOR}\n"
    text = (imported / SENIOR).read_text(encoding="utf-8")
    assert "level: Senior" in text
    assert "first_seen: 2026-11-24" in text
    assert "expires: 2026-12-31" in text


def test_the_list_shows_what_a_letter_could_have_and_why_the_rest_is_left_out(imported):
    listed = must(weekly("jobs", "list", folder=imported, as_of=AS_OF))
    assert "€68,000–82,000 a year" in listed.stdout
    assert len(listed.stdout.splitlines()) == 4
    week = ("--week", "2026-W49", "--json")
    later = must(weekly("jobs", "list", "--all", "--max-age", "13", *week, folder=imported)).json
    assert (later["week"], [job["path"] for job in later["jobs"]]) == ("2026-W49", [SENIOR, JUDGE])
    assert [(job["path"], job["reason"]) for job in later["dropped"]] == [(REMOTE, "older than 13 days")]
    assert "13 days before" in later["dropped"][0]["detail"]
    assert [problem["rule"] for problem in later["problems"]] == ["job-salary"]
    wide = must(weekly("jobs", "list", "--max-age", "30", *week, folder=imported))
    assert len(wide.json["jobs"]) == 3
    assert wide.json["dropped"] is None


def test_a_broken_job_is_warned_of_and_a_letter_is_built_all_the_same(letter):
    must(weekly("init", letter.with_name("example"), "--example"))
    folder = letter.with_name("example")
    (folder / "content/jobs").mkdir()
    (folder / "content/jobs/broken.md").write_text("---\ntitle: [\n", encoding="utf-8")
    checked = must(weekly("content", "check", folder=folder))
    assert "warning: content/jobs/broken.md" in checked.stdout
    must(weekly("issue", "build", "--week", "2026-W48", folder=folder, as_of=AS_OF))
    listed = must(weekly("jobs", "list", folder=folder, as_of=AS_OF))
    assert listed.stdout == ""
    assert "content/jobs/broken.md" in listed.stderr


@pytest.mark.parametrize("text", ["{", '{"jobs": 3}', '"jobs"', "[" * 100_000, b"\xff", "9" * 5_000])
def test_what_is_no_list_of_jobs_ends_the_command_with_4(letter, tmp_path, text):
    source = tmp_path / "jobs.json"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    ended = weekly("jobs", "import", source, folder=letter)
    assert (ended.code, ended.stdout) == (4, "")
    assert "jobs.json" in ended.stderr
    assert not (letter / "content/jobs").exists()


def test_a_folder_that_is_no_newsletter_is_refused_and_nothing_is_made_there(tmp_path):
    for words in (("import", EXAMPLE), ("list",)):
        ended = weekly("jobs", *words, folder=tmp_path)
        assert (ended.code, ended.stdout) == (4, "")
        assert "weekly init" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_ends_the_command_with_1(letter):
    ended = weekly("jobs", "import", "nowhere.json", folder=letter)
    assert (ended.code, ended.stdout) == (1, "")
    assert "nowhere.json" in ended.stderr


def test_what_is_too_large_is_refused_before_it_is_read_whole():
    class Endless:
        asked = 0

        def read(self, count):
            self.asked += count
            return b" " * count

    endless = Endless()
    with pytest.raises(AuthorError, match="split it"):
        read_rows(endless, "stdin")
    assert endless.asked == FILE_BYTES + 1


def test_more_jobs_than_a_week_can_have_are_refused():
    import io

    with pytest.raises(AuthorError, match="split it"):
        read_rows(io.BytesIO(json.dumps([{}] * (ROWS + 1)).encode()), "jobs.json")


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        ("a text", "not an object"),
        (row(title=" "), "no `title`"),
        (row(title="???"), "no `title`"),
        (row(company_name=None), "no `company_name`"),
        (row(source_url=""), "no `source_url`"),
        (row(source_url="program:run"), "is not an http or https link"),
        (row(source_url="//acme.example/x"), "is not an http or https link"),
        (row(source_url="https://u:p@acme.example/"), "is not an http or https link"),
        (row(date_posted="3 days ago"), "`date_posted` is not a date"),
        (row(date_posted="10/02/2026"), "year first"),
        (row(expires=20261231), "`expires` is not a date"),
        (row(title="\ud800"), "half a character"),
        (row(other=float("nan")), "infinite or not"),
        (row(other="x" * 30_000), "20,000 characters"),
    ],
)
def test_a_row_that_cannot_be_a_job_is_rejected_by_its_number_and_the_others_come_in(desk, bad, cause):
    plan = desk(row(), bad)
    assert plan.count("new") == 1
    (rejected,) = plan.rejected
    assert rejected.row == 2
    assert cause in rejected.reason


def test_two_jobs_of_one_page_become_two_files_and_one_job_of_two_pages_becomes_one(desk):
    plan = desk(
        row(),
        row(title="Prompt Librarian"),
        row(title="Prompt Engineer (m/w/d)", company_name="ACME Inc.", source_url="https://board.example/9"),
    )
    assert [change.path for change in plan.changes] == [
        "content/jobs/acme-prompt-engineer.md",
        "content/jobs/acme-prompt-librarian.md",
    ]
    assert plan.same == ((3, 1),)
    again = desk(
        row(title="Prompt Engineer – Remote", company_name="Acme, Inc.", source_url="https://b.example/1")
    )
    assert [(change.action, change.path) for change in again.changes] == [
        ("kept", "content/jobs/acme-prompt-engineer.md")
    ]


def test_jobs_whose_names_look_alike_in_a_file_name_get_files_of_their_own(desk):
    rows = [row(title="C# Developer"), row(title="C++ Developer"), row(title="工程师", company_name="数据")]
    paths = [change.path for change in desk(*rows).changes]
    assert len(set(paths)) == 3
    assert paths[0] == "content/jobs/acme-c-developer.md"
    assert desk(*reversed(rows), update=True).count("unchanged") == 3


def test_a_broken_file_is_never_written_over(desk):
    desk(row())
    file = desk.folder / "content/jobs/acme-prompt-engineer.md"
    file.write_text("mine", encoding="utf-8")
    plan = desk(row(), update=True)
    assert plan.changes == ()
    assert "content/jobs/acme-prompt-engineer.md exists and has errors" in plan.rejected[0].reason
    assert file.read_text(encoding="utf-8") == "mine"


def test_details_nobody_understands_are_kept_and_told(desk):
    plan = desk(
        row(
            remote_type="flexible",
            salary_min="competitive",
            salary_type="stock options",
            location=["Berlin"],
            skills_tags={"a": 1},
        )
    )
    text = (desk.folder / plan.changes[0].path).read_text(encoding="utf-8")
    front = text.partition("extra:\n")[2]
    for key in ("remote_type", "salary_min", "salary_type", "location", "skills_tags"):
        assert f"  {key}:" in front
        assert any(f"`{key}`" in note and "kept, not shown" in note for _, note in plan.notes)


def test_a_row_that_is_silent_takes_nothing_away_from_a_file(desk):
    desk(row(salary_min=50_000, salary_type="EUR/year", experience_level="Senior", tracker="t1"))
    plan = desk(row(salary_min=None, experience_level="", skills_tags=["RAG"]), update=True)
    text = plan.changes[0].text
    for line in (
        "salary_min: 50000",
        "salary_currency: EUR",
        "level: Senior",
        "skills: [RAG]",
        "tracker: t1",
    ):
        assert line in text


def test_a_job_without_a_date_ages_from_the_day_it_was_first_seen(desk):
    plan = desk(row(date_posted=None))
    assert "first_seen: 2026-11-24" in plan.changes[0].text
    assert "counts from today" in plan.notes[0][1]
    assert desk(row(date_posted=None), today=date(2026, 12, 24), update=True).count("unchanged") == 1


def test_a_job_of_many_words_leaves_the_list_readable_in_a_terminal(letter, tmp_path):
    rows = tmp_path / "jobs.json"
    long = row(
        title="Prompt Engineer for everything " * 4, company_name="Acme and Daughters " * 5, location="x" * 90
    )
    rows.write_text(json.dumps([long, row()]), "utf-8")
    must(weekly("jobs", "import", rows, folder=letter, as_of=AS_OF))
    told = must(weekly("jobs", "list", "--all", folder=letter, as_of=AS_OF)).stdout
    assert "Prompt Engineer for everything Prompt E…" in told
    assert max(map(len, told.splitlines())) <= 120
    listed = must(weekly("jobs", "list", "--json", folder=letter, as_of=AS_OF)).json["jobs"]
    assert long["title"].strip() in {each["title"] for each in listed}
