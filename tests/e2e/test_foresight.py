"""What `plan`, `path`, `coverage` and `simulate` foretell is what comes. They write nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from support.cli import (
    DUE,
    edit,
    init_example,
    make_example,
    make_sent_example,
    must,
    snapshot,
    weekly,
    weekly_on_terminal,
)

from pipeline.content.read import read_catalogue

BEFORE = "2026-11-23T08:00Z"
"""The day before the first slot: the coming week is 2026-W48."""

ISSUES = "content/issues"
LONG = "word " * 1000


@pytest.fixture
def folder(tmp_path):
    """The example newsletter, without readers."""
    return init_example(tmp_path / "letter")


def simulate(folder, weeks, *more):
    return weekly("simulate", "--weeks", str(weeks), *more, folder=folder, as_of=BEFORE)


@pytest.mark.parametrize("count", [10, pytest.param(60, marks=pytest.mark.long)])
def test_ten_and_sixty_weeks_of_the_shipped_content_keep_every_promise(folder, count):
    """No repeat, prerequisites first, no empty slot, every letter short and small."""
    played = must(simulate(folder, count, "--json")).json
    weeks = played["weeks"]
    assert (played["broken"], played["repeats"]) == ([], [])
    for kind in ("term", "tip"):
        assert len({letter[kind] for letter in weeks} - {None}) == count
    order = [letter["term"] for letter in weeks]
    catalogue, _ = read_catalogue(folder)
    for place, slug in enumerate(order):
        assert set(catalogue.term_by_slug[slug].prerequisites) <= set(order[:place])
    for letter in weeks:
        assert letter["html_bytes"] < 100_000
        assert 1 <= letter["minutes"] <= 6
        assert letter["words"] > 100
        assert letter["findings"] == []
    assert sum(mix["letters"] for mix in played["mix"]) == count


def test_the_plan_is_what_the_run_sends(tmp_path):
    folder = make_example(tmp_path / "letter")
    must(weekly("issue", "pin", "temperature", "--week", "2026-W49", folder=folder, as_of=BEFORE))
    must(weekly("issue", "build", "--week", "2026-W48", folder=folder, as_of=BEFORE))
    plan = must(weekly("content", "plan", "--weeks", "3", "--json", folder=folder, as_of=BEFORE)).json[
        "weeks"
    ]
    played = must(simulate(folder, 3, "--json")).json["weeks"]
    sent, subjects = [], []
    for planned in plan:
        shown = must(
            weekly("issue", "show", "--week", planned["week"], "--json", folder=folder, as_of=BEFORE)
        )
        subjects.append((shown.json["subject"], shown.json["minutes"], shown.json["number"]))
        must(weekly("run", folder=folder, as_of=planned["goes_out_at"]))
    for line in (folder / ISSUES / "history.jsonl").read_text("utf-8").splitlines():
        past = json.loads(line)
        sent.append((past["week"], past["term"], past["tip"]))
    assert [(each["week"], each["term"]["slug"], each["tip"]["slug"]) for each in plan] == sent
    assert [(each["week"], each["term"], each["tip"]) for each in played] == sent
    assert [(each["subject"], each["minutes"], each["number"]) for each in played] == subjects
    assert [each["locked"] for each in plan] == [True, False, False]
    assert plan[1]["term"]["pinned"]
    assert plan[1]["term"]["why"] == "pinned by the editor"


def test_looking_ahead_changes_no_file(tmp_path):
    folder = make_sent_example(tmp_path / "letter")
    must(weekly("issue", "pin", "rag", "--week", "2026-W50", folder=folder, as_of=DUE))
    must(weekly("issue", "build", "--week", "2026-W49", folder=folder, as_of=DUE))
    before = snapshot(folder)
    pages = [tmp_path / "coverage.html", tmp_path / "simulation.html"]
    for args in (
        ("content", "plan"),
        ("content", "path", "rag"),
        ("content", "coverage", "--html", pages[0]),
        ("simulate", "--weeks", "3", "--html", pages[1]),
    ):
        must(weekly(*args, folder=folder, as_of="2026-11-25T08:00Z"))
    assert snapshot(folder) == before
    assert all(page.stat().st_size for page in pages)


def test_it_goes_on_from_what_was_sent(folder):
    past = {"week": "2026-W47", "number": 41, "term": "token", "tip": "gone-tip", "readers": 1234}
    (folder / ISSUES).mkdir(exist_ok=True)
    (folder / ISSUES / "history.jsonl").write_text(json.dumps(past) + "\n", encoding="utf-8")
    played = must(simulate(folder, 2, "--json")).json
    assert [(each["week"], each["number"]) for each in played["weeks"]] == [
        ("2026-W48", 42),
        ("2026-W49", 43),
    ]
    assert "token" not in {each["term"] for each in played["weeks"]}
    must(weekly("render", "--out", folder / "out", folder=folder, as_of=BEFORE))
    assert played["weeks"][0]["html_bytes"] == (folder / "out" / "index.html").stat().st_size
    rows = {e["slug"]: e for e in played["coverage"]["entries"]}
    assert (rows["token"]["last_used"], rows["token"]["age"]) == ("2026-W47", 3)
    path = must(weekly("content", "path", "token", "--json", folder=folder, as_of=BEFORE)).json["path"]
    assert [(step["slug"], step["last_sent"]) for step in path] == [("token", "2026-W47")]


def write_lock(folder, term):
    """Lock the coming week, and put another term into its lock."""
    must(weekly("issue", "build", folder=folder, as_of=BEFORE))
    path = folder / ISSUES / "2026-W48.lock.json"
    lock = json.loads(path.read_text("utf-8"))
    next(pick for pick in lock["picks"] if pick["slot"] == "term")["ref"] = term
    path.write_text(json.dumps(lock), encoding="utf-8")


def use_token_before(folder):
    past = {"week": "2026-W47", "number": 1, "term": "token", "tip": ""}
    (folder / ISSUES / "history.jsonl").write_text(json.dumps(past) + "\n", encoding="utf-8")


def lock_a_repeat(folder):
    write_lock(folder, "token")
    use_token_before(folder)


def lock_too_early(folder):
    write_lock(folder, "rag")


def wish(text):
    def write(folder):
        (folder / ISSUES / "2026-W48.toml").write_text(text, encoding="utf-8")

    return write


def ban_every_tip(folder):
    tips = [path.stem for path in (folder / "content" / "tips").glob("*.md")]
    wish(f"[tip]\nban = {json.dumps(tips)}\n")(folder)


@pytest.mark.parametrize(
    ("promise", "spoil", "words"),
    [
        ("repeat", lock_a_repeat, "weekly issue build --week 2026-W48 --refresh"),
        ("prerequisite", lock_too_early, "before context-window, embedding, which it needs"),
        ("empty slot", ban_every_tip, "the letter has no tip"),
        ("minutes", wish(f'intro = "{LONG}"\n'), "minutes to read"),
        ("size", wish(f'intro = "{LONG * 20}"\n'), "the limit is 100,000"),
        ("finding", wish('subject = "Re: your letter"\n'), "it pretends to be an answer"),
    ],
    ids=lambda value: value if isinstance(value, str) and " which" not in value else "",
)
def test_a_broken_promise_is_named_with_its_week_and_cure_and_ends_with_five(folder, promise, spoil, words):
    (folder / ISSUES).mkdir(exist_ok=True)
    spoil(folder)
    ended = simulate(folder, 1)
    assert ended.code == 5
    assert re.search(rf"^2026-W48: .*{re.escape(words)}.*\[{promise}\]$", ended.stdout, re.MULTILINE)
    found = simulate(folder, 1, "--json")
    assert found.code == 5
    assert {each["promise"] for each in found.json["broken"]} >= {promise}
    assert {each["week"] for each in found.json["broken"]} == {"2026-W48"}


def test_what_the_editor_pins_may_come_again_or_early(folder):
    (folder / ISSUES).mkdir(exist_ok=True)
    use_token_before(folder)
    wish('[term]\npin = "token"\n')(folder)
    (folder / ISSUES / "2026-W49.toml").write_text('[term]\npin = "rag"\n', encoding="utf-8")
    played = must(simulate(folder, 2, "--json")).json
    assert [each["term"] for each in played["weeks"]] == ["token", "rag"]
    assert [(each["ref"], each["weeks"], each["wished"]) for each in played["repeats"]] == [
        ("token", 1, True)
    ]


def test_wishes_of_coming_weeks_that_cannot_be_obeyed_are_all_named(folder):
    (folder / ISSUES).mkdir(exist_ok=True)
    for week in ("2026-W49", "2026-W51"):
        (folder / ISSUES / f"{week}.toml").write_text('[term]\npin = "tokn"\n', encoding="utf-8")
    for args in (("content", "plan"), ("simulate", "--weeks", "9")):
        ended = weekly(*args, folder=folder, as_of=BEFORE)
        assert ended.code == 4
        assert all(f"{ISSUES}/{week}.toml" in ended.stderr for week in ("2026-W49", "2026-W51"))
    must(weekly("content", "plan", "--weeks", "1", folder=folder, as_of=BEFORE))


def test_a_second_cycle_repeats_and_says_so_and_breaks_nothing(folder):
    for path in sorted((folder / "content" / "tips").glob("*.md"))[2:]:
        path.unlink()
    ended = must(simulate(folder, 4))
    assert ended.stdout.count("(again)") == 2
    plan = must(weekly("content", "plan", "--weeks", "4", folder=folder, as_of=BEFORE)).stdout
    assert "you run out of unused tips in 2026-W50\n" in plan
    assert plan.count("(again)") == 2


def test_a_newsletter_without_tips_is_no_broken_promise(folder):
    for path in (folder / "content" / "tips").glob("*.md"):
        path.unlink()
    played = must(simulate(folder, 1, "--json")).json
    assert played["weeks"][0]["tip"] is None
    plan = must(weekly("content", "plan", "--weeks", "1", "--json", folder=folder, as_of=BEFORE)).json
    assert plan["runs_out"]["tip"] is None
    for args in (("content", "coverage"), ("content", "coverage", "--html", folder / "coverage.html")):
        must(weekly(*args, folder=folder, as_of=BEFORE))
    assert "There are no tips" in (folder / "coverage.html").read_text("utf-8")


def test_a_path_to_nowhere_suggests_the_term_that_was_meant(folder):
    ended = weekly("content", "path", "contxt-window", folder=folder)
    assert ended.code == 2
    assert 'did you mean "context-window"?' in ended.stderr
    assert "weekly content list" in weekly("content", "path", "zzz", folder=folder).stderr


def test_an_unfinished_term_hides_no_other_and_a_plan_says_that_the_run_would_stop(folder):
    must(weekly("content", "new", "term", "Query rewriting", "--category", "retrieval", folder=folder))
    for args in (("content", "coverage"), ("content", "path", "rag")):
        ended = must(weekly(*args, folder=folder, as_of=BEFORE))
        assert "content/glossary/query-rewriting.md" in ended.stderr
        assert "embedding" in ended.stdout or "retrieval" in ended.stdout
    plan = weekly("content", "plan", folder=folder, as_of=BEFORE)
    assert (plan.code, plan.stdout) == (4, "")
    assert "query-rewriting.md" in plan.stderr


class Page(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.fetched = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.fetched += [value for name, value in attrs if name in {"src", "href", "srcset", "data"}]
        self.fetched += [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.parametrize(
    "command", [("content", "coverage"), ("simulate", "--weeks", "2")], ids=lambda c: c[0]
)
def test_a_page_stands_alone_tells_its_charts_in_words_and_trusts_no_title(folder, tmp_path, command):
    quoted = 'x" title="y'
    edit(folder / "content" / "glossary" / "token.md", "category: foundations", f"category: '{quoted}<b>'")
    page = tmp_path / "page.html"
    must(weekly(*command, "--html", page, folder=folder, as_of=BEFORE))
    text = page.read_text("utf-8")
    read = Page(text)
    assert "&lt;b&gt;" in text
    assert quoted not in text
    assert read.fetched == []
    assert not read.tags & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", text)
    assert "prefers-color-scheme: dark" in text
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert charts
    for chart in charts:
        root = ET.fromstring(chart)
        assert root.get("role") == "img"
        named = {part.get("id"): part.text for part in root if part.tag in {"title", "desc"}}
        assert list(named) == root.get("aria-labelledby").split()
        assert all(named.values())


def on_terminal(folder, columns, *args):
    """Run a command on a terminal of so many columns; gives what stands there, without colours."""
    ended = must(weekly_on_terminal(columns, *args, folder=folder, as_of=BEFORE))
    return re.sub(r"\x1b\[[0-9;]*m", "", ended.stdout), ended.stderr


def test_a_terminal_gets_a_drawn_table_and_a_pipe_plain_columns(folder):
    plain = must(weekly("content", "coverage", folder=folder, as_of=BEFORE)).stdout
    drawn, _ = on_terminal(folder, 120, "content", "coverage")
    assert "─" in drawn
    assert "foundations" in drawn
    assert plain.splitlines()[0].split("  ")[0] == "terms: unused of all"
    assert plain.isascii()


@pytest.mark.parametrize("columns", [40, 80, 120, 160])
def test_a_table_fits_its_terminal_and_parts_no_slug(folder, columns):
    plan = must(weekly("content", "plan", "--weeks", "9", "--json", folder=folder, as_of=BEFORE)).json[
        "weeks"
    ]
    drawn, told = on_terminal(folder, columns, "content", "plan", "--weeks", "9")
    words = drawn.split()
    for week in plan:
        assert {week["term"]["slug"], week["tip"]["slug"]} <= set(words)
    assert max(map(len, drawn.splitlines())) <= columns
    assert ("why this term" in drawn) == (columns >= 160) == ("left out" not in told)
