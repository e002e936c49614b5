"""`weekly subscribers import`: what it asks, plans, keeps out and writes down."""

import csv
import shlex

import pytest
from click import unstyle as unstyled
from support.cli import CONSENT, must, weekly, weekly_on_terminal

from pipeline.project.scaffold import make_folder

AS_OF = "2026-11-24T09:00Z"


@pytest.fixture
def letter(tmp_path):
    make_folder(tmp_path / "letter", example=True)
    return tmp_path / "letter"


@pytest.fixture
def load(letter):
    def load(*args, **texts):
        for name, text in texts.items():
            (letter / f"{name}.csv").write_text(text, "utf-8")
        names = [f"{name}.csv" for name in texts]
        words = ("subscribers", "import", *names, *CONSENT, *args)
        return weekly(*words, folder=letter, cwd=letter, as_of=AS_OF)

    return load


@pytest.fixture
def states(letter):
    def states():
        listed = must(weekly("subscribers", "list", "--json", folder=letter)).json["subscribers"]
        return {each["email"].partition("@")[0]: each["state"] for each in listed}

    return states


FORM = "Email,May we write to you?\nada@example.org,Yes\nbo@example.org,No\n"


def test_a_question_stops_the_import_and_its_answers_can_be_pasted(load, states):
    ended = load(form=FORM)
    assert (ended.code, states()) == (2, {})
    assert "nothing was imported" in ended.stderr
    answer = "May we write to you?=opted-in:Yes"
    assert f"--map '{answer}'" in ended.stderr
    asked = load("--json", form=FORM)
    (question,) = asked.json["questions"]
    assert (asked.code, asked.json["rows"], question["column"]) == (2, 0, "May we write to you?")
    must(load("--map", answer, form=FORM))
    assert states() == {"ada": "active", "bo": "unsubscribed"}


def test_a_word_that_is_not_understood_keeps_no_known_reader_from_their_letter(load, states):
    must(load(first="Email\nada@example.org\n"))
    text = "Email,Status\nada@example.org,zombie\nbo@example.org,zombie\ncy@example.org,active\n"
    assert load(second=text).code == 6
    assert states() == {"ada": "active", "cy": "active"}


def test_a_plan_shows_who_becomes_what_and_writes_nothing(load, states):
    text = "Email,Name,Status\nada@example.org,Ada,active\nbo@example.org,Bo,gone\nnobody,No,active\n"
    planned = load("--dry-run", list=text + "cy@example.org,Cy,zombie\n")
    assert (planned.code, states()) == (6, {})
    shown = planned.stdout
    assert "list.csv: 4 rows" in shown
    assert "1  unsubscribed  Status: gone" in shown
    assert "1  kept out      Status: zombie (not understood)" in shown
    assert "ada@example.org" not in shown + planned.stderr
    assert "--map Status=opted-in:zombie" in planned.stderr
    assert "would import: 4 rows: 2 added, 1 kept out, 1 rejected" in planned.stderr


def test_who_is_kept_out_stays_out_of_later_lists_until_a_person_lifts_that(load, states, letter):
    odd = "email,status\nada@example.org,active\nbo@example.org,zombie\n"
    done = load("--json", odd=odd)
    assert (done.code, done.json["kept_out"], done.json["kept_out_reasons"]) == (6, 1, {"status: zombie": 1})
    load(plain="email\nada@example.org\nbo@example.org\n")
    assert states() == {"ada": "active"}
    lift = ("subscribers", "suppressions", "lift", "bo@example.org", "--reason", "zombies read us")
    must(weekly(*lift, folder=letter, as_of=AS_OF))
    must(load("--map", "status=opted-in:zombie", odd=odd))
    assert states() == {"ada": "active", "bo": "active"}


def test_the_advice_about_an_unknown_word_can_be_pasted_after_the_import(load, states):
    odd = "email,Status\nada@example.org,active\nbo@example.org,Night Owl\ncy@example.org,zombie\n"
    advice = [words for line in load(odd=odd).stderr.splitlines() if "--map" in (words := shlex.split(line))]
    (answer,) = (words[words.index("--map") + 1] for words in advice if "Owl" in words[-1])
    again = load("--map", answer, odd=odd)
    assert "1 added, 1 unchanged, 1 kept out" in again.stderr
    assert states() == {"ada": "active", "bo": "active"}


def test_of_several_files_the_lowest_consent_wins_whatever_their_order(load, states):
    everybody = "email\nada@example.org\nbo@example.org\ncy@example.org\n"
    ended = load(all=everybody, unsubscribed_export="email\nbo@example.org\n")
    assert (ended.code, states()) == (2, {})
    assert "--state unsubscribed" in ended.stderr
    other = "email,Standing\nbo@example.org,waiting\ncy@example.org,left\n"
    must(load("--map", "Standing=status", all=everybody, other=other))
    assert states() == {"ada": "active", "bo": "pending", "cy": "unsubscribed"}


@pytest.mark.parametrize(
    ("state", "expected"),
    [("unsubscribed", "unsubscribed"), ("bounced", "bounced"), ("complained", "complained")],
)
def test_a_whole_file_has_a_state(load, states, state, expected):
    must(load("--state", state, people="email,status\nada@example.org,active\n"))
    assert states() == {"ada": expected}


def test_a_suppressed_file_and_a_blocked_row_are_suppressed(load, states, letter):
    must(load(first="email\nada@example.org\nbo@example.org\n"))
    must(load(odd="email,status\nada@example.org,blocked\n"))
    must(load("--state", "suppressed", gone="email\nbo@example.org\n"))
    assert states() == {"ada": "unsubscribed", "bo": "unsubscribed"}
    listed = must(weekly("subscribers", "suppressions", "list", "--json", folder=letter)).json
    assert {each["email"] for each in listed["suppressions"]} == {"ada@example.org", "bo@example.org"}


def test_rejected_rows_can_be_repaired_and_imported_again(load, states, letter):
    text = "email,name\nada@example.org,Ada\nbo at example.org,Bo\n"
    ended = load(list=text)
    path = letter / "list.rejected.csv"
    assert ended.code == 6
    assert "list.rejected.csv" in ended.stderr
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert header == ["line", "problem", "email", "name"]
    assert (row[0], row[2:]) == ("3", ["bo at example.org", "Bo"])
    load(list=text)
    assert [each.name for each in letter.glob("*.rejected*")] == ["list.rejected.csv"]
    load(list=text + "cy,Cy\n")
    assert sorted(each.name for each in letter.glob("*.rejected*")) == [
        "list.rejected-2.csv",
        "list.rejected.csv",
    ]
    path.write_text(path.read_text("utf-8-sig").replace("bo at example.org", "bo@example.org"), "utf-8")
    must(weekly("subscribers", "import", path, *CONSENT, folder=letter, as_of=AS_OF))
    assert states() == {"ada": "active", "bo": "active"}
    taken = load("--rejected", letter / "weekly.toml", list=text)
    assert (taken.code, "there already" in taken.stderr) == (1, True)


def test_what_a_rejected_row_denies_is_not_lost_with_it(load, states):
    text = (
        "email,name,status\nada@example.org,Ada,active\n"
        '"bo@example.org, cy@example.org",Both,unsubscribed\ndee@example.org,Dee,left,1,2,3\n'
        '"eve@example.org, fay@example.org",Both,active\n'
    )
    ended = load(list=text)
    assert ended.code == 6
    load(plain="email\n" + "".join(f"{name}@example.org\n" for name in ("ada", "bo", "cy", "dee", "fay")))
    assert states() == {"ada": "active", "bo": "unsubscribed", "cy": "unsubscribed", "fay": "active"}


def test_an_order_of_dates_that_nothing_shows_is_asked(load, letter):
    dates = "email,consent date\nada@example.org,03/04/2025\nbo@example.org,05/06/2025\n"
    ended = load(dates=dates)
    assert ended.code == 2
    assert "--dates day-first" in ended.stderr
    must(load("--dates", "day-first", dates=dates))
    (ada,) = [
        each
        for each in must(weekly("subscribers", "list", "--json", folder=letter)).json["subscribers"]
        if each["email"].startswith("ada")
    ]
    assert ada["confirmed_at"] == "2025-04-03T00:00:00Z"


def test_a_column_that_keeps_somebody_out_is_not_ignored(load, states):
    text = "email,status,active\nada@example.org,left,yes\nbo@example.org,active,no\n"
    for column in ("status", "active"):
        ended = load("--ignore", column, list=text)
        assert (ended.code, states()) == (1, {})
        assert "cannot be ignored" in ended.stderr
    refused = load("--map", "status=opted-in:left", list=text)
    assert (refused.code, "cannot be opted-in" in refused.stderr) == (1, True)
    must(load("--map", "active=opted-in:*", list=text))
    assert states() == {"ada": "unsubscribed", "bo": "active"}


def test_further_columns_become_attributes_and_first_names_are_known_apart(load, letter):
    text = "Email,First Name,Last Name,Company,Job Title\nada@example.org,Ada,King,Acme,Engineer\n"
    assert load("--attributes", "compny", list=text).code == 1
    told = must(load("--attributes", "company, job title", list=text))
    assert "columns not used" not in told.stdout + told.stderr
    shown = must(weekly("subscribers", "show", "ada@example.org", "--json", folder=letter)).json
    assert shown["name"] == "Ada King"
    found = must(
        weekly("subscribers", "count", "--where", "job_title=engineer", "--json", folder=letter)
    ).json
    assert found["counts"]["active"] == 1
    found = must(weekly("subscribers", "count", "--where", "first_name=ada", "--json", folder=letter)).json
    assert found["counts"]["active"] == 1


def test_a_plan_fits_a_terminal(letter):
    (letter / "wide.csv").write_text(
        "Email,Status,"
        + ",".join(f"A column with a long name {n}" for n in range(9))
        + "\nada@example.org,gone,"
        + ",".join("v" * 9)
        + "\n",
        "utf-8",
    )
    shown = weekly_on_terminal(
        80, "subscribers", "import", letter / "wide.csv", *CONSENT, "--dry-run", folder=letter, as_of=AS_OF
    )
    assert shown.code == 0, shown
    assert max(len(unstyled(line)) for line in shown.stdout.splitlines() if "wide.csv" not in line) <= 80
    assert "unsubscribed  Status: gone" in shown.stdout
