"""The week's news, from feeds to the letter: chosen with reasons, never twice, never in a letter's way."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
from datetime import datetime, timedelta

import pytest
from support.cli import WEEKLY, must, outbox, snapshot
from support.feed_server import Answer, rss
from support.news import ALLOW, MONDAY, SECTIONS, SUBJECTS, TUESDAY, links, numbered, refs
from support.patience import PATIENCE_S


def test_the_cron_line_fetches_chooses_and_sends_the_news_of_the_week(desk):
    ended = desk.after("-q", "run")
    assert (ended.stdout, ended.stderr, len(outbox(desk.folder))) == ("", "", 12)
    text, told = desk.text(), desk.explain("--week", "2026-W48")
    for section in SECTIONS:
        assert f"{section.capitalize()} Daily" in text
        # The second of three is over the cap of one source.
        assert [slot for slot in refs(told) if slot.startswith(section)] == [f"{section}-1", f"{section}-2"]
    for link in links(told):
        assert link in text
    assert all(slot["dropped"]["source has its share"] == 1 for slot in told["slots"] if slot["url"])


def test_the_reasons_of_every_slot_come_to_its_score(desk):
    desk.after("feeds", "fetch", as_of=MONDAY)
    told = desk.explain()
    assert len(told["slots"]) == 8
    for slot in told["slots"]:
        for scored in (slot, *slot["runners_up"]):
            values = [reason["value"] for reason in scored["reasons"]]
            total = math.prod(values) if slot["kind"] == "item" else sum(values)
            assert scored["score"] == pytest.approx(total, abs=2e-6)
            assert all(reason["meaning"] and reason["detail"] for reason in scored["reasons"])


def test_week_after_week_no_story_comes_twice_and_no_letter_is_empty(desk):
    sent, weeks = [], []
    for number in range(4):
        as_of = f"{datetime.fromisoformat(TUESDAY) + timedelta(weeks=number):%Y-%m-%dT%H:%MZ}"
        # The feeds still carry what they had: two new items a week, and all the old ones.
        for section in SECTIONS:
            items = [
                numbered(section, week * 2 + each, as_of, days=1 + 7 * (number - week) + each)
                for week in range(number + 1)
                for each in range(2)
            ]
            desk.server.serve(f"/{section}", rss(*items))
        must(desk("-q", "run", as_of=as_of))
        week = desk.history()[-1]["week"]
        sent += links(desk.explain("--week", week, as_of=as_of))
        weeks.append(week)
        assert "letter" in must(desk("issue", "verify", "--week", week, as_of=as_of)).stderr
    assert weeks == ["2026-W48", "2026-W49", "2026-W50", "2026-W51"]
    assert len(sent) == len(set(sent)) == 24
    assert len(outbox(desk.folder)) == 48


def test_the_term_of_the_week_is_the_one_that_the_news_speaks_of(desk):
    about = {"title": "What deep learning is", "description": "Everybody speaks of deep learning this week."}
    for section in ("tools", "techniques"):
        items = [
            numbered(section, 7, title=f"{about['title']} at {section}", description=about["description"])
        ]
        desk.server.serve(f"/{section}", rss(*items, title=f"{section} daily"))
    must(desk("-q", "run"))
    told = desk.explain("term", "--week", "2026-W48")
    (term,) = told["slots"]
    reasons = {reason["name"]: reason for reason in term["reasons"]}
    assert term["ref"] == "deep-learning"
    assert reasons["news"]["value"] > 1
    assert "2 sources" in reasons["news"]["detail"]
    assert "In the news" in desk.text()
    assert desk.history()[0]["mentions"]["deep-learning"] == 2


def test_an_editor_swaps_bans_and_pins_stories(desk):
    desk.after("feeds", "fetch", as_of=MONDAY)
    before = desk.explain(as_of=MONDAY)
    first, runner = before["slots"][1], before["slots"][1]["runners_up"][0]
    tried = snapshot(desk.folder)
    assert runner["url"] in must(desk("issue", "swap", "tools-1", "--dry-run", as_of=MONDAY)).stderr
    assert snapshot(desk.folder) == tried
    must(desk("issue", "swap", "tools-1", as_of=MONDAY))
    after = desk.explain(as_of=MONDAY)
    assert first["url"] not in links(after)
    assert [slot["ref"] for slot in after["slots"] if slot["pinned"]] == [runner["ref"]]
    job = next(slot for slot in after["slots"] if slot["slot"] == "careers-1")
    must(desk("issue", "ban", job["ref"], as_of=MONDAY))
    assert job["ref"] not in refs(desk.explain(as_of=MONDAY)).values()
    must(desk("issue", "pin", job["ref"], as_of=MONDAY))
    assert refs(desk.explain(as_of=MONDAY))["careers-1"] == job["ref"]
    wrong = desk("issue", "swap", "tools-9", as_of=MONDAY)
    assert (wrong.code, "tools-1" in wrong.stderr) == (2, True)
    other = desk("issue", "swap", "tools-1", "rag", as_of=MONDAY)
    assert (other.code, "neither a whole link" in other.stderr) == (2, True)


def test_a_swap_keeps_to_its_section_when_the_story_is_older_in_another(desk):
    config = desk.folder / "weekly.toml"
    config.write_text(config.read_text("utf-8").replace("slots = 3\n", "slots = 1\n"), encoding="utf-8")
    shared = {"title": "One story in two feeds", "link": "https://story.example/1"}
    for section, days in (("tools", 5), ("techniques", 6)):
        items = [numbered(section, 1, days=0.5), numbered(section, 2, days=days, **shared)]
        desk.server.serve(f"/{section}", rss(*items, title=f"{section} daily"))
    must(desk("feeds", "fetch", as_of=MONDAY))
    before = refs(desk.explain(as_of=MONDAY))
    must(desk("issue", "swap", "tools-1", as_of=MONDAY))
    after = desk.explain(as_of=MONDAY)
    assert next(slot["url"] for slot in after["slots"] if slot["slot"] == "tools-1") == shared["link"]
    assert refs(after)["techniques-1"] == before["techniques-1"]
    must(desk("issue", "swap", "tools-1", "https://tools.example/1", as_of=MONDAY))
    assert refs(desk.explain(as_of=MONDAY)) == before
    wrong = desk("issue", "swap", "tools-1", "https://techniques.example/1", as_of=MONDAY)
    assert (wrong.code, "is a story of techniques" in wrong.stderr) == (2, True)


def test_a_wish_about_a_story_that_came_after_the_lock_stops_the_run_until_it_is_taken_in(desk):
    desk.after("feeds", "fetch", as_of=MONDAY)
    desk.after("issue", "build", as_of=MONDAY)
    locked = links(desk.explain(as_of=MONDAY))
    ended = must(desk("issue", "ban", locked[0], as_of=MONDAY))
    assert "--refresh" in ended.stderr
    stopped = desk("run")
    assert (stopped.code, "which you banned" in stopped.stderr) == (4, True)
    must(desk("issue", "build", "--refresh", as_of=MONDAY))
    must(desk("run"))
    assert locked[0] not in desk.text()


def test_a_dead_and_a_hostile_feed_are_told_and_the_letter_goes_out(desk):
    declared = '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "rss.dtd"><rss><channel/></rss>'
    desk.server.routes["/tools"] = Answer(500)
    desk.server.serve("/careers", declared)
    ended = must(desk("run"))
    assert "feed tools-feed: " in ended.stderr
    assert "feed careers-feed: " in ended.stderr
    assert len(outbox(desk.folder)) == 12
    assert "Techniques Daily" in desk.text()
    assert "\nTools\n" not in desk.text()
    assert "\nTechniques\n" in desk.text()


def test_a_cache_that_cannot_be_written_is_told_and_the_letter_goes_out_with_its_news(desk):
    # The second feed is still being parsed when the first one cannot be remembered.
    (desk.folder / "var" / "feeds" / "tools-feed.json").mkdir(parents=True)
    ended = must(desk("run"))
    assert "the cache cannot be written" in ended.stderr
    assert "tools-feed.json" in ended.stderr
    assert len(outbox(desk.folder)) == 12
    for section in SECTIONS:
        assert f"{section.capitalize()} Daily" in desk.text()


def test_a_feed_whose_ids_no_file_can_hold_is_news_like_any_other(desk):
    entry = {"id": "\ud800x", "url": "https://tools.example/1", "title": "Parsers that forgive"}
    items = [{**entry, "date_published": "2026-11-23T08:00:00Z"}]
    hostile = {"version": "https://jsonfeed.org/version/1.1", "title": "Tools Daily", "items": items}
    desk.server.serve("/tools", json.dumps(hostile))
    assert "Traceback" not in must(desk("run")).stderr
    assert "https://tools.example/1" in desk.text()


def test_a_snapshot_that_git_could_not_merge_costs_no_letter_and_no_story(desk):
    desk.after("feeds", "fetch", as_of=MONDAY)
    desk.after("issue", "build", as_of=MONDAY)
    locked = links(desk.explain(as_of=MONDAY))
    path = desk.folder / "content" / "issues" / "2026-W48.items.jsonl"
    text = path.read_text("utf-8")
    path.write_text(f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> host\n{{half a li", encoding="utf-8")
    said = must(desk("run", "-v")).stderr
    assert "2026-W48.items.jsonl:1: git could not merge what is here" in said
    assert "restore it from git" in said
    assert "delete" not in said
    assert len(outbox(desk.folder)) == 12
    assert all(link in desk.text() for link in locked)


def test_a_damaged_snapshot_of_a_week_that_is_not_locked_is_mended_by_the_next_fetch(desk):
    desk.after("feeds", "fetch", as_of=MONDAY)
    path = desk.folder / "content" / "issues" / "2026-W48.items.jsonl"
    text = path.read_text("utf-8")
    path.write_text(f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> host\n", encoding="utf-8")
    assert "warning: content/issues/2026-W48.items.jsonl:1: git could" in must(desk("run")).stderr
    assert path.read_text("utf-8") == text
    assert len(outbox(desk.folder)) == 12


def test_a_run_that_is_asked_to_stop_while_it_fetches_stops_and_the_next_one_does_it_all(desk):
    # Stopped when a second feed is asked for, while the first one never ends.
    running = []
    desk.server.routes["/careers"] = Answer(body=b"<rss>", drip=True)

    def stop(_):
        running[0].send_signal(signal.SIGTERM)
        return Answer(body=b"<rss>", drip=True)

    desk.server.routes["/tools"] = desk.server.routes["/techniques"] = stop
    command = [WEEKLY, "-C", desk.folder, "--as-of", TUESDAY, "run"]
    with subprocess.Popen(
        command, env={"PATH": os.environ["PATH"], **ALLOW}, stderr=subprocess.PIPE, text=True
    ) as process:
        running.append(process)
        assert process.wait(PATIENCE_S) == 75
        said = process.stderr.read()
    assert "2026-W48 was stopped while its news was fetched" in said
    assert "Traceback" not in said
    assert outbox(desk.folder) == []
    assert not list((desk.folder / "content" / "issues").glob("2026-W48.lock.json"))
    assert not (desk.folder / "content" / "issues" / "history.jsonl").exists()
    desk.serve(TUESDAY)
    must(desk("run"))
    assert len(outbox(desk.folder)) == 12
    assert "Tools Daily" in desk.text()


def test_markup_in_a_feed_reaches_no_reader_as_markup(desk):
    marked_up = {
        "title": "&lt;style&gt;p {}&lt;/style&gt; {{ name }} {% raw %} Parsers &amp;amp; more words",
        "description": "&lt;img src=x alt=y&gt;Two words. &lt;/mj-text&gt;{% raw %} *|EMAIL|*",
    }
    desk.server.serve("/tools", rss(numbered("tools", 1, **marked_up)))
    assert "is left out because it would stop the letter" not in must(desk("run")).stderr
    page = (desk.folder / "var" / "letters" / "2026-W48" / "index.html").read_text("utf-8")
    assert "<style>p {}" not in page
    assert "src=x" not in page
    assert "</mj-text>" not in page
    assert "{{ name }} {% raw %} Parsers" in page


HARMFUL = (
    {"title": "*|NAME|* writes of parsers"},
    {"title": "Lorem ipsum &lt;mj-text&gt; and parsers"},
    {"title": "A parser for %%x%% and more"},
    {"title": "https://elsewhere.example/parsers"},
    {"link": "https://tools.example/?to=%%email%%"},
    {"link": "http://localhost:4000/parsers"},
)


def test_stories_that_would_stop_the_letter_leave_their_slots_to_the_next_best(desk):
    harmful = [numbered("tools", number, days=0.1, **each) for number, each in enumerate(HARMFUL)]
    good = [numbered("tools", 10 + number, days=5 + number) for number in range(2)]
    desk.server.serve("/tools", rss(*harmful, *good))
    ended = must(desk("run", "-v"))
    assert "of tools-feed is left out because it would stop the letter" in ended.stderr
    assert "rule no-template-residue" in ended.stderr
    assert "3 more are left out" in ended.stderr
    told = desk.explain("tools", "--week", "2026-W48")["slots"]
    assert set(links({"slots": told})) == {"https://tools.example/10", "https://tools.example/11"}
    assert {slot["dropped"]["would stop the letter"] for slot in told} == {len(HARMFUL)}
    assert len(outbox(desk.folder)) == 12
    assert "https://tools.example/10" in desk.text()


def test_a_story_that_would_stop_the_letter_is_left_out_and_said_when_it_is_pinned(desk):
    desk.server.serve("/tools", rss(numbered("tools", 1, title="*|NAME|* writes"), numbered("tools", 2)))
    must(desk("issue", "pin", "https://tools.example/1"))
    ended = must(desk("run", "-v"))
    assert "is left out because it would stop the letter" in ended.stderr
    assert "[story-refused]" in ended.stderr
    assert len(outbox(desk.folder)) == 12
    assert SUBJECTS[2] in desk.text()
    assert SUBJECTS[0] in desk.text()
    assert "https://tools.example/1" not in desk.text()


def test_what_was_fetched_is_enough_to_explain_and_replay_a_letter_when_the_feeds_are_gone(desk):
    desk.after("-q", "run")
    told = desk.explain("--week", "2026-W48")
    shutil.rmtree(desk.folder / "var" / "feeds")
    for section in SECTIONS:
        desk.server.routes[f"/{section}"] = Answer(410)
    assert desk.explain("--week", "2026-W48") == told
    assert must(desk("issue", "verify", "--week", "2026-W48")).code == 0


def test_the_check_names_the_letter_that_had_a_link_before(desk):
    desk.after("-q", "run")
    sent = links(desk.explain("--week", "2026-W48"))[0]
    words = f'intro = "Have you read [this]({sent})?"\n'
    (desk.folder / "content" / "issues" / "2026-W49.toml").write_text(words, encoding="utf-8")
    found = desk("issue", "check", "--week", "2026-W49", "--json", as_of="2026-11-30T08:00Z").json["findings"]
    (again,) = [each for each in found if "2026-W48" in each["message"]]
    assert again["rule"] == "link-repeat"


def test_a_letter_that_is_built_before_any_fetch_has_its_news(desk):
    ended = must(desk("issue", "build", as_of=MONDAY))
    assert "locked" in ended.stderr
    assert len(links(desk.explain(as_of=MONDAY))) == 6
    said = must(desk("issue", "build", "--dry-run", "--week", "2026-W49", as_of=MONDAY)).stderr
    assert "would be locked" in said


def test_a_letter_without_its_news_is_not_approved(desk):
    ended = desk("issue", "approve", as_of=MONDAY)
    assert (ended.code, "weekly feeds fetch" in ended.stderr) == (1, True)


def test_a_pin_that_nothing_can_obey_is_told_and_stops_no_letter(desk):
    desk.after("-q", "run")
    sent = links(desk.explain("--week", "2026-W48"))[0]
    next_week = "2026-12-01T09:00Z"
    must(desk("issue", "pin", sent, as_of="2026-11-30T08:00Z"))
    must(desk("issue", "pin", "https://nowhere.example/1", as_of="2026-11-30T08:00Z"))
    ended = must(desk("-q", "run", as_of=next_week))
    assert desk.history()[-1]["week"] == "2026-W49"
    assert ended.stderr == ""
    must(desk("issue", "pin", sent, as_of="2026-12-07T08:00Z"))
    must(desk("issue", "build", as_of="2026-12-07T08:00Z"))
    told = must(desk("run", as_of="2026-12-08T09:00Z")).stderr
    assert "is pinned and not in the locked letter, and cannot be" in told
    assert "[story-not-taken]" in told


def test_a_letter_that_was_sent_is_verified_by_the_feeds_of_its_day(desk):
    desk.after("-q", "run")
    told = desk.explain("--week", "2026-W48")
    feeds = desk.folder / "content" / "feeds.toml"
    feeds.write_text(
        feeds.read_text("utf-8").replace('section = "tools"', 'section = "tools"\nweight = 3'), "utf-8"
    )
    must(desk("issue", "verify", "--week", "2026-W48"))
    assert desk.explain("--week", "2026-W48") == told
    feeds.unlink()
    must(desk("issue", "verify", "--week", "2026-W48"))


def test_an_ordinary_letter_with_news_has_nothing_to_mend(desk):
    desk.after("feeds", "fetch", as_of=MONDAY)
    assert must(desk("issue", "check", "--json", as_of=MONDAY)).json["findings"] == []
