"""What whoever wrote `weekly run` into a crontab may rely on, told by the clock of `--as-of`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from support.cli import (
    DUE,
    TO_RELAY,
    edit,
    make_example,
    make_owed_example,
    make_sent_example,
    must,
    outbox,
    query,
    snapshot,
    weekly,
)
from support.environment import REPO

STATES = ["queued", "claimed", "handed", "deferred", "sent", "failed", "skipped", "expired", "unknown"]
READERS = 12


@pytest.fixture
def letter(tmp_path):
    """A newsletter of one's own, with readers and no issue."""
    return make_example(tmp_path / "letter")


@pytest.fixture
def sent(tmp_path):
    """A newsletter whose 2026-W48 went out."""
    return make_sent_example(tmp_path / "sent")


@pytest.fixture
def owed(tmp_path):
    """A newsletter whose 2026-W48 was frozen, and nothing of it was sent yet."""
    return make_owed_example(tmp_path / "owed")


def cron(folder, at, **more):
    return weekly("run", folder=folder, as_of=at, **more)


def is_silent(ended):
    return (ended.code, ended.stdout, ended.stderr) == (0, "", "")


def history(folder):
    path = folder / "content" / "issues" / "history.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def weeks(folder):
    return [past["week"] for past in history(folder)]


def refs(folder):
    return {ref for past in history(folder) for ref in (past["term"], past["tip"])}


def test_installing_cron_on_a_friday_mails_nobody(letter):
    before = snapshot(letter)
    assert is_silent(cron(letter, "2026-11-27T12:00Z"))
    assert snapshot(letter) == before


def test_every_reader_gets_one_letter_when_it_is_due(sent):
    letters = [(sent / "var" / "outbox" / name).read_bytes() for name in outbox(sent)]
    recipients = {row[0] for row in query(sent, "SELECT email FROM subscriber")}
    written_to = {
        line.removeprefix(b"To: ").strip(b"<>").decode()
        for letter in letters
        for line in letter.split(b"\r\n\r\n")[0].split(b"\r\n")
        if line.startswith(b"To: ")
    }
    assert len(letters) == READERS
    assert {address.rpartition("<")[2] for address in written_to} == recipients


def test_with_nothing_due_a_run_says_nothing_and_writes_nothing(sent):
    before = snapshot(sent)
    assert is_silent(cron(sent, "2026-11-24T09:05Z"))
    assert is_silent(cron(sent, "2026-11-30T23:59Z"))
    assert snapshot(sent) == before


def test_run_now_a_second_time_says_that_the_week_is_done(sent):
    before = snapshot(sent)
    ended = weekly("run", "--now", folder=sent, as_of="2026-11-26T12:00Z")
    assert ended.code == 0
    assert "nothing to do: 2026-W48 was sent before" in ended.stderr
    assert snapshot(sent) == before


def test_the_status_has_its_fixed_form_and_adds_up(sent):
    status = must(weekly("status", "--json", folder=sent)).json
    assert list(status)[:5] == ["schema", "week", "state", "audience", "counts"]
    assert (status["schema"], status["week"], status["state"]) == (1, "2026-W48", "sent")
    assert list(status["counts"]) == STATES
    assert status["counts"] == dict.fromkeys(STATES, 0) | {"sent": READERS}
    assert sum(status["counts"].values()) == status["audience"] == READERS


def test_a_run_that_sent_leaves_one_line_in_the_log_that_names_nobody(sent):
    (line,) = (sent / "var" / "log" / "weekly.jsonl").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["exit_code"]) == ("run.ended", 0)
    assert entry["issues"][0]["counts"]["sent"] == READERS
    assert "@" not in line


def test_nobody_subscribed_ends_well_and_is_said(letter):
    query(letter, "UPDATE subscriber SET state = 3")
    ended = cron(letter, DUE)
    assert (ended.code, ended.stdout) == (0, "")
    assert "no readers" in ended.stderr
    assert not history(letter)
    assert query(letter, "SELECT count(*) FROM issue") == [(0,)]


def test_after_three_missed_weeks_one_letter_goes_out(sent):
    assert is_silent(cron(sent, "2026-12-22T10:00Z"))
    assert weeks(sent) == ["2026-W48", "2026-W52"]
    assert len(outbox(sent)) == 2 * READERS


def test_a_week_that_is_too_old_is_not_sent(sent):
    before = snapshot(sent)
    assert is_silent(cron(sent, "2026-12-04T09:01Z"))
    assert snapshot(sent) == before


def test_week_53_and_the_turn_of_the_year_keep_their_names_and_repeat_nothing(sent):
    for at in ("2026-12-29T09:00Z", "2027-01-01T08:00Z", "2027-01-05T09:00Z"):
        assert is_silent(cron(sent, at))
    assert weeks(sent) == ["2026-W48", "2026-W53", "2027-W01"]
    assert [past["number"] for past in history(sent)] == [1, 2, 3]
    assert len(refs(sent)) == 6


def test_a_clock_that_steps_back_sends_nothing(sent):
    before = snapshot(sent)
    early = cron(sent, "2026-11-17T09:00Z")
    assert (early.code, early.stdout) == (0, "")
    assert "is the clock right?" in early.stderr
    assert snapshot(sent) == before


def test_a_week_that_another_host_froze_is_not_sent_again(letter, sent):
    shutil.copy(sent_history(sent), letter / "content" / "issues" / "history.jsonl")
    before = snapshot(letter)
    assert is_silent(cron(letter, "2026-11-24T12:00Z"))
    assert snapshot(letter) == before


def sent_history(folder):
    return folder / "content" / "issues" / "history.jsonl"


def test_a_lost_push_of_the_history_repeats_no_content(sent):
    used = refs(sent)
    sent_history(sent).unlink()
    assert is_silent(cron(sent, "2026-12-01T09:00Z"))
    assert weeks(sent) == ["2026-W48", "2026-W49"]
    assert len(refs(sent)) == 4
    assert used < refs(sent)


def test_what_was_deferred_goes_out_when_it_is_due_and_not_before(owed):
    ((first,),) = query(owed, "SELECT min(subscriber_id) FROM delivery")
    due_at = datetime(2026, 11, 24, 10, 30, tzinfo=UTC).timestamp() * 1_000_000
    query(owed, "UPDATE delivery SET state = 4 WHERE subscriber_id <> ?", first)
    query(owed, "UPDATE delivery SET state = 3, next_at = ? WHERE subscriber_id = ?", int(due_at), first)

    before = snapshot(owed)
    assert is_silent(cron(owed, "2026-11-24T10:00Z"))
    assert snapshot(owed) == before
    assert is_silent(cron(owed, "2026-11-24T10:31Z"))
    assert len(outbox(owed)) == 1
    status = must(weekly("status", "--json", folder=owed)).json
    assert (status["state"], status["counts"]["sent"]) == ("sent", READERS)


def test_a_relay_that_is_away_is_tried_again_by_the_next_run_with_the_same_readers(letter):
    away = cron(letter, DUE, env={**TO_RELAY, "WEEKLY_SMTP__PORT": "1"})
    assert (away.code, away.stdout) == (75, "")
    assert "nothing is lost" in away.stderr
    status = must(weekly("status", "--json", folder=letter)).json
    assert (status["state"], status["counts"]["queued"], status["audience"]) == ("sending", READERS, READERS)

    assert is_silent(cron(letter, "2026-11-24T09:15Z"))
    assert len(outbox(letter)) == READERS


def test_with_approval_nothing_is_sent_before_it_and_an_edit_voids_it(letter):
    edit(letter / "weekly.toml", "approval = false", "approval = true")
    assert is_silent(cron(letter, "2026-11-22T08:59Z"))
    waiting = cron(letter, "2026-11-22T09:00Z")
    assert waiting.code == 3
    assert "weekly issue approve --week 2026-W48" in waiting.stderr
    assert (letter / "content" / "issues" / "2026-W48.lock.json").exists()

    must(weekly("issue", "approve", "--week", "2026-W48", folder=letter, as_of="2026-11-23T09:00Z"))
    assert (letter / "content" / "issues" / "2026-W48.toml").exists(), "an approval travels by git"
    edit(letter / "weekly.toml", "One term, one tip, once a week", "Edited after the approval")
    void = cron(letter, DUE)
    assert (void.code, outbox(letter)) == (3, [])
    assert "has changed since" in void.stderr

    must(weekly("issue", "approve", "--week", "2026-W48", folder=letter, as_of=DUE))
    assert is_silent(cron(letter, "2026-11-24T09:10Z"))
    assert len(outbox(letter)) == READERS


def test_a_paused_issue_waits_for_a_person_and_then_goes_on(owed):
    must(weekly("pause", "--reason", "wrong date", folder=owed, as_of=DUE))
    paused = cron(owed, "2026-11-24T09:30Z")
    assert (paused.code, outbox(owed)) == (6, [])
    assert "wrong date" in paused.stderr
    must(weekly("resume", folder=owed, as_of=DUE))
    assert is_silent(cron(owed, "2026-11-24T10:00Z"))
    assert len(outbox(owed)) == READERS


def test_who_left_after_the_freeze_gets_nothing(owed):
    must(weekly("subscribers", "unsubscribe", "ada@example.org", folder=owed, as_of=DUE))
    assert is_silent(cron(owed, "2026-11-24T10:00Z"))
    status = must(weekly("status", "--json", folder=owed)).json
    assert (status["counts"]["sent"], status["counts"]["skipped"]) == (READERS - 1, 1)
    letters = [(owed / "var" / "outbox" / name).read_bytes() for name in outbox(owed)]
    assert not any(b"ada@example.org" in letter for letter in letters)


def test_a_mistake_in_the_next_letter_does_not_hold_back_what_is_owed(owed):
    edit(owed / "content" / "glossary" / "rag.md", "title: RAG", "title: [RAG")
    edit(owed / "weekly.toml", 'max_age = "3 days"', 'max_age = "8 days"')
    ended = cron(owed, "2026-12-01T09:00Z")
    assert ended.code == 4
    assert "content/glossary/rag.md" in ended.stderr
    assert len(outbox(owed)) == READERS


def test_a_dry_run_says_what_would_happen_and_changes_nothing(letter):
    before = snapshot(letter)
    ended = weekly("run", "--dry-run", folder=letter, as_of=DUE)
    assert ended.code == 0
    assert "2026-W48" in ended.stderr
    assert f"{READERS} readers" in ended.stderr
    assert snapshot(letter) == before


def test_a_week_locked_ahead_gets_its_number_and_its_term_in_turn(letter):
    """Two weeks are locked by the editor; cron sends both, with numbers in order and no term twice."""
    refused = weekly("issue", "build", "--week", "2026-W49", folder=letter, as_of="2026-11-23T09:00Z")
    assert refused.code == 1
    assert "2026-W48" in refused.stderr
    must(weekly("issue", "build", "--week", "2026-W48", folder=letter, as_of="2026-11-23T09:00Z"))
    must(weekly("issue", "build", "--week", "2026-W49", folder=letter, as_of="2026-11-23T09:00Z"))
    assert is_silent(cron(letter, "2026-11-24T09:00Z"))
    assert is_silent(cron(letter, "2026-12-01T09:00Z"))
    issues = must(weekly("issue", "list", "--json", folder=letter)).json["issues"]
    assert [(one["week"], one["number"]) for one in issues] == [("2026-W48", 1), ("2026-W49", 2)]
    assert issues[0]["term"] != issues[1]["term"]


def test_a_wish_after_the_lock_is_not_passed_over(letter):
    shown = must(weekly("issue", "show", "--json", folder=letter, as_of="2026-11-23T09:00Z")).json
    must(weekly("issue", "build", folder=letter, as_of="2026-11-23T09:00Z"))
    must(weekly("issue", "ban", shown["picks"]["term"], folder=letter, as_of="2026-11-23T09:00Z"))
    stopped = cron(letter, "2026-11-24T09:00Z")
    assert stopped.code == 4
    assert "against your wish" in stopped.stderr
    assert "[wish-unheard]" in stopped.stderr
    rehearsed = weekly("run", "--dry-run", folder=letter, as_of="2026-11-24T09:00Z")
    assert "would not send 2026-W48" in rehearsed.stderr
    assert "[wish-unheard]" in rehearsed.stderr
    assert "would freeze and send" not in rehearsed.stderr
    must(weekly("issue", "build", "--refresh", folder=letter, as_of="2026-11-23T09:00Z"))
    assert is_silent(cron(letter, "2026-11-24T09:15Z"))
    (sent,) = must(weekly("issue", "list", "--json", folder=letter)).json["issues"]
    assert sent["term"] != shown["picks"]["term"]


def test_a_week_out_of_turn_is_refused(sent):
    for week, words in (("2027-W10", "has not come yet"), ("2026-W40", "in order")):
        refused = weekly("run", "--week", week, folder=sent, as_of="2026-11-25T09:00Z")
        assert refused.code == 1
        assert words in refused.stderr


def test_a_past_week_is_neither_sent_nor_shown_in_a_folder_without_history(letter):
    """The folder of a newcomer has no history that could say which weeks went by."""
    monday = "2026-11-23T09:00Z"
    for words in (["run"], ["run", "--dry-run"], ["issue", "build"], ["issue", "show"], ["issue", "explain"]):
        refused = weekly(*words, "--week", "2020-W01", folder=letter, as_of=monday)
        assert refused.code == 1, words
        assert "2020-W01 is past, and no letter was sent" in refused.stderr
        assert "2026-W48" in refused.stderr
    far = weekly("issue", "pin", "token", "--week", "2126-W01", folder=letter, as_of=monday)
    assert far.code == 1
    assert "is the year right?" in far.stderr
    assert len(outbox(letter)) == 0
    assert not list((letter / "content/issues").glob("2*"))


def test_a_broken_history_does_not_hold_back_what_is_owed(owed):
    edit(owed / "content/issues/history.jsonl", "{", "<<<<<<< HEAD\n{")
    ended = cron(owed, "2026-11-24T09:15Z")
    assert ended.code == 4
    assert "history.jsonl:1" in ended.stderr
    assert len(outbox(owed)) == READERS


def test_lost_keys_are_not_silently_replaced(sent):
    (sent / ".secrets").unlink()
    for words in (("subscribers", "add", "new@example.org", "--consent", "yes"), ("run", "--now")):
        refused = weekly(*words, folder=sent, as_of="2026-12-01T09:00Z")
        assert refused.code == 4
        assert "restore it from a backup" in refused.stderr
    assert not (sent / ".secrets").exists()


def test_the_password_of_the_database_is_not_shown(letter):
    env = {"WEEKLY_STORE__URL": "postgresql://weekly:S3cret@db.example.org/weekly"}
    shown = must(weekly("config", "show", folder=letter, env=env))
    assert "S3cret" not in shown.stdout
    assert "weekly:***@db.example.org" in shown.stdout


def test_now_does_not_send_another_letter_than_the_one_prepared(letter):
    """On a Sunday the editor works on next week's letter, and `--now` would take this week's."""
    sunday = "2026-11-22T18:00Z"
    must(weekly("issue", "pin", "context-window", folder=letter, as_of=sunday))
    refused = weekly("run", "--now", folder=letter, as_of=sunday)
    assert refused.code == 1
    assert "weekly run --week 2026-W48" in refused.stderr
    assert len(outbox(letter)) == 0
    must(weekly("run", "--week", "2026-W48", folder=letter, as_of=sunday))
    (sent,) = must(weekly("issue", "list", "--json", folder=letter)).json["issues"]
    assert (sent["week"], sent["term"]) == ("2026-W48", "context-window")


def test_a_run_whose_streams_are_closed_sends_all_the_same(letter):
    command = f'exec "$0" -m pipeline -C "{letter}" --as-of {DUE} run >&- 2>&-'
    ended = subprocess.run(["sh", "-c", command, sys.executable], cwd=REPO, check=False)
    assert ended.returncode == 0
    assert len(outbox(letter)) == READERS


def test_a_single_mail_that_is_only_written_to_a_file_is_not_called_sent(letter):
    for number, words in enumerate(
        [("send", "--to", "ed@example.org"), ("subscribers", "add", "new@example.org")], 1
    ):
        before = set((letter / "var/outbox").glob("*.eml"))
        said = must(weekly(*words, folder=letter, as_of="2026-11-23T09:00Z")).stderr
        (mail,) = set((letter / "var/outbox").glob("*.eml")) - before
        assert f"written to {mail}; nothing leaves this machine" in said
        assert "sent" not in said
        assert "on its way" not in said
        assert len(outbox(letter)) == number


@pytest.mark.parametrize(
    "words",
    [
        ("issue", "pin", "context-window"),
        ("issue", "ban", "context-window"),
        ("issue", "approve"),
        ("issue", "build"),
        ("db", "upgrade"),
        ("subscribers", "add", "new@example.org"),
        ("subscribers", "unsubscribe", "ada@example.org"),
    ],
)
def test_a_dry_run_of_any_change_changes_nothing(letter, words):
    before = snapshot(letter)
    must(weekly(*words, "--dry-run", folder=letter, as_of="2026-11-23T09:00Z"))
    assert snapshot(letter) == before


@pytest.mark.parametrize(
    "words", [("pause",), ("resume",), ("cancel",), ("retry",), ("resolve", "--as", "sent", "--all")]
)
def test_a_dry_run_leaves_an_issue_as_it_is(owed, words):
    before = snapshot(owed)
    must(weekly(*words, "--dry-run", folder=owed, as_of="2026-11-24T10:00Z"))
    assert snapshot(owed) == before
