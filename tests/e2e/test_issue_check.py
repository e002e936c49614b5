"""`weekly issue check` as its users call it: for people, programs and GitHub, with and without a network."""

from __future__ import annotations

import json
import re

import pytest
from support.cli import DUE, edit, make_example, must, weekly
from support.feed_server import Answer, FeedServer

from pipeline import exits

INTRO = "content/issues/2026-W48.toml"


@pytest.fixture
def folder(tmp_path):
    return make_example(tmp_path / "letter")


@pytest.fixture
def server():
    server = FeedServer()
    yield server
    server.close()


def wish(folder, text):
    (folder / "content/issues").mkdir(exist_ok=True)
    (folder / INTRO).write_text(text, encoding="utf-8")


def check(folder, *args, **more):
    return weekly("issue", "check", *args, folder=folder, as_of=more.pop("as_of", DUE), **more)


def test_the_letter_that_comes_along_has_nothing_to_mend(folder):
    done = check(folder)
    assert (done.code, done.stdout) == (exits.DONE, "")
    assert "2026-W48: nothing to fix" in done.stderr
    assert check(folder, "--json").json == {"schema": 1, "week": "2026-W48", "findings": [], "links": None}


def test_findings_come_with_place_cure_and_the_file_to_mend(folder):
    wish(folder, 'subject = "Re: more"\npreheader = "Too short"\n')
    done = check(folder)
    assert done.code == exits.CHECKS
    lines = done.stdout.splitlines()
    assert lines[0] == "error: stops the send"
    assert re.fullmatch(r"  subject +it pretends to be an answer \[subject\]", lines[1])
    assert lines[2].endswith(f"→ write another subject into the week's file ({INTRO}:1)")
    assert lines[3] == "warning: worth a look"
    assert "[preheader]" in lines[4]
    assert "2026-W48: 1 error, 1 warning" in done.stderr
    assert "\x1b" not in done.stdout


def test_programs_and_github_are_told_the_same(folder):
    wish(folder, 'subject = "Re: more"\n')
    (found,) = check(folder, "--format", "json").json["findings"]
    assert (found["rule"], found["severity"], found["file"], found["line"]) == (
        "subject",
        "error",
        INTRO,
        None,
    )
    done = check(folder, "--format", "github")
    assert done.code == exits.CHECKS
    assert done.stdout.startswith(f"::error file={INTRO},line=1,title=subject::subject: it pretends")


def test_a_mistake_in_the_intro_is_shown_at_its_line(folder):
    wish(
        folder,
        "intro = '''\nGood *morning*.\n\nSee [click here](https://example.org/x) for more.\n'''\n",
    )
    found = check(folder, "--format", "json").json["findings"]
    assert {(one["rule"], one["file"], one["file_line"]) for one in found} == {("link-text", INTRO, 4)}
    shown = check(folder, "--format", "github").stdout
    assert shown.startswith(f"::warning file={INTRO},line=4,title=link-text::")
    assert f"({INTRO}:4)" in check(folder).stdout


def test_the_settings_decide_on_levels_for_the_check_and_the_run(folder):
    wish(folder, 'preheader = "Too short"\n')
    assert check(folder).code == exits.DONE
    edit(folder / "weekly.toml", "reading_minutes = 7", "reading_minutes = 1")
    edit(
        folder / "weekly.toml",
        "rules = {}\n# A letter",
        'rules = { preheader = "error", reading-time = "off" }\n# A letter',
    )
    done = check(folder)
    assert done.code == exits.CHECKS
    assert "[reading-time]" not in done.stdout
    run = weekly("run", folder=folder, as_of=DUE)
    assert run.code == exits.CHECKS
    assert "error: preheader: it has 9 letters" in run.stderr
    edit(folder / "weekly.toml", "preheader =", "preheadr =")
    done = check(folder)
    assert done.code == exits.INVALID
    assert 'did you mean "preheader"?' in done.stderr


def test_a_number_of_readers_that_is_not_true_stops_the_run(folder):
    wish(folder, 'intro = "Join 13+ prompt engineers."\n')
    run = weekly("run", folder=folder, as_of=DUE)
    assert run.code == exits.CHECKS
    assert "`13+ prompt engineers`, but 12 readers are recorded" in run.stderr
    wish(folder, 'intro = "Join 12+ prompt engineers."\n')
    must(weekly("run", folder=folder, as_of=DUE))
    wish(folder, "")
    (folder / "content/issues/2026-W49.toml").write_text('intro = "We are 20+ readers."\n', encoding="utf-8")
    done = check(folder, as_of="2026-11-27T09:00Z")
    assert done.code == exits.CHECKS
    assert "but 12 readers are recorded" in done.stdout


def test_before_the_first_letter_any_number_of_readers_is_doubtful(folder):
    wish(folder, 'intro = "Join 1,300,000 readers today, join 9,999+ prompt engineers."\n')
    done = check(folder)
    assert done.code == exits.DONE
    assert "`Join 1,300,000 readers`, but your readers are not counted yet" in done.stdout
    assert "`9,999+ prompt engineers`, but your readers are not counted" in done.stdout
    assert done.stdout.count(f"({INTRO}:1)") == 2


def test_links_are_asked_and_good_answers_remembered_for_a_day(folder, server):
    names = {
        "/good": Answer(200, b"x"),
        "/old": Answer(301, headers={"Location": "/good"}),
        "/ill": Answer(503),
    }
    server.routes.update(names)
    links = " ".join(f"[the {path[1:]} page]({server.url(path)})" for path in (*names, "/lost"))
    wish(folder, f"intro = '''Read {links}.'''\n")
    edit(folder / "weekly.toml", "allow_private_hosts = []", 'allow_private_hosts = ["127.0.0.1"]')
    env = {"WEEKLY_NEWSLETTER__BASE_URL": f"http://127.0.0.1:{server.port}"}

    def findings(as_of=DUE):
        server.asked.clear()
        done = check(folder, "--links", "--json", env=env, as_of=as_of)
        listed = done.json["findings"]
        found = {(finding["rule"], re.search(r"/(\w+)(?: |$)", finding["message"])[1]) for finding in listed}
        return done.code, found, sorted(asked.path for asked in server.asked)

    wanted = {("link-broken", "lost"), ("link-moved", "old"), ("link-trouble", "ill")}
    assert findings() == (exits.CHECKS, wanted, ["/good", "/good", "/ill", "/lost", "/old"])
    assert findings("2026-11-24T12:00Z") == (exits.CHECKS, wanted, ["/ill", "/lost"])
    code, found, asked = findings("2026-11-25T10:00Z")
    assert (code, found) == (exits.CHECKS, wanted)
    assert "/old" in asked
    server.routes["/lost"] = Answer(200)
    assert findings("2026-11-25T10:00Z")[0] == exits.DONE
    assert json.loads((folder / "var/links.json").read_text())["schema"] == 1


def test_without_a_way_to_the_web_the_check_says_so_and_stops_nothing(folder):
    wish(folder, "intro = 'Read [the page](http://127.0.0.1:8008/a) and [more](http://127.0.0.1:8008/b).'\n")
    edit(folder / "weekly.toml", "allow_private_hosts = []", 'allow_private_hosts = ["127.0.0.1"]')
    env = {"WEEKLY_NEWSLETTER__BASE_URL": "http://127.0.0.1:8008"}
    done = check(folder, "--links", env=env)
    assert done.code == exits.DONE
    assert "none of the 2 links could be requested: the connection failed" in done.stdout
    assert not (folder / "var/links.json").exists()


def test_who_is_watched_by_nobody_hears_no_bar(folder):
    assert check(folder, "--links", "-q").stderr == ""


def test_what_nobody_fills_in_and_what_gets_lost_is_shown_at_its_line(folder):
    wish(
        folder,
        "subject = 'News for {{ name }} and others'\nintro = '''\nHi %%FNAME%%, {{ name }}.\n\n"
        "See ![poster](https://example.org/a.png)\nand [us](a@example.org).\n'''\n",
    )
    edit(folder / "weekly.toml", 'tagline = "One', 'tagline = "${company}: one')
    found = check(folder, "--format", "json").json["findings"]
    assert {(one["rule"], one["severity"], one["file"], one["file_line"]) for one in found} == {
        ("no-template-residue", "error", INTRO, 3),
        ("unfilled-marks", "warning", INTRO, 1),
        ("unfilled-marks", "warning", INTRO, 3),
        ("unfilled-marks", "warning", "weekly.toml", None),
        ("lost-markup", "warning", INTRO, 5),
        ("lost-markup", "warning", INTRO, 6),
    }
    assert "write mailto:a@example.org" in [one["fix"] for one in found]
