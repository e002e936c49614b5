"""`weekly feeds …` as an editor and a cron line use it."""

from __future__ import annotations

import json
import shutil

import pytest
from support.cli import make_example, must, snapshot, weekly
from support.feed_server import Answer, FeedServer, item, rss

from pipeline import __version__

AS_OF = "2026-11-23T09:00Z"
ALLOW = {
    "WEEKLY_FEEDS__ALLOW_PRIVATE_HOSTS": '["127.0.0.1"]',
    "WEEKLY_FEEDS__ATTEMPTS": "1",
    "HTTP_PROXY": "http://127.0.0.1:9",
}
WEEK = "content/issues/2026-W48.items.jsonl"
PAGE = '<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/tools.xml"></html>'


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return make_example(tmp_path_factory.mktemp("feeds") / "letter")


@pytest.fixture(scope="module")
def one_server():
    server = FeedServer()
    yield server
    server.close()


@pytest.fixture
def server(one_server):
    return as_new(one_server)


def as_new(server):
    server.reset()
    server.serve(
        "/tools.xml", rss(item(1), item(2), item(3, date="Mon, 01 Jun 2026 08:00:00 GMT"), title="Tool News")
    )
    server.serve("/jobs.xml", rss(item(4, link="https://example.org/4?a=1&amp;b=2"), title="Jobs &amp; More"))
    server.routes["/page"] = Answer(body=PAGE.encode(), headers={"Content-Type": "text/html"})
    return server


def copy_of(example, folder, server):
    """Call `weekly feeds …` in a copy of an example."""
    shutil.copytree(example, folder)

    def desk(*args, as_of=AS_OF, env=ALLOW):
        return weekly("feeds", *args, folder=folder, as_of=as_of, env=env)

    desk.folder = folder
    desk.server = server
    return desk


@pytest.fixture
def desk(example, tmp_path, server):
    """Call `weekly feeds …` in a copy of the example that has no feeds yet."""
    return copy_of(example, tmp_path / "letter", server)


@pytest.fixture(scope="module")
def followed_example(example, tmp_path_factory, one_server):
    """An example that follows two feeds."""
    desk = copy_of(example, tmp_path_factory.mktemp("followed") / "letter", as_new(one_server))
    must(desk("add", desk.server.url("/tools.xml"), "--section", "tools"))
    must(desk("add", desk.server.url("/jobs.xml"), "--section", "careers", "--slug", "jobs", "--weight", "2"))
    return desk.folder


@pytest.fixture
def followed(followed_example, tmp_path, server):
    return copy_of(followed_example, tmp_path / "letter", server)


def test_a_newsletter_without_feeds_has_none_and_that_is_no_mistake(desk):
    assert must(desk("list")).stdout == ""
    assert must(desk("check")).stdout == ""
    assert "no feeds to fetch" in must(desk("fetch")).stderr
    told = must(weekly("issue", "explain", "careers", folder=desk.folder, as_of=AS_OF)).stdout
    assert told.startswith(
        "careers: empty, because no feed is for it: `weekly feeds add URL --section careers`"
    )
    assert not (desk.folder / WEEK).exists()


def test_the_feed_of_a_page_is_found_looked_at_and_followed(desk):
    before = snapshot(desk.folder)
    page = desk.server.url("/page")
    assert must(desk("add", page, "--section", "tools", "--dry-run")).stdout == "tool-news\n"
    assert snapshot(desk.folder) == before
    assert must(desk("add", page, "--section", "tools")).stdout == "tool-news\n"
    (feed,) = must(desk("list", "--json")).json["feeds"]
    assert (feed["slug"], feed["url"], feed["section"]) == (
        "tool-news",
        desk.server.url("/tools.xml"),
        "tools",
    )
    for known in (page, feed["url"]):
        again = desk("add", known, "--section", "tools")
        assert again.code == 4
        assert "content/feeds.toml:5: " in again.stderr
        assert "is followed already, as `tool-news`" in again.stderr
    nothing = desk("add", " ", "--section", "tools")
    assert (nothing.code, "address of the feed is empty" in nothing.stderr) == (2, True)


def test_a_feed_where_nobody_named_it_is_found_in_the_usual_places(desk):
    desk.server.routes["/blog"] = Answer(body=b"<html><body>words</body></html>")
    desk.server.serve("/blog/rss.xml", rss(item(1), title="Hidden"))
    assert must(desk("add", desk.server.url("/blog"), "--section", "tools")).stdout == "hidden\n"


def test_what_cannot_be_followed_is_said_in_a_sentence(desk):
    desk.server.routes["/empty"] = Answer(body=b"<html></html>")
    for url, words in (
        (desk.server.url("/nothing"), "404"),
        (desk.server.url("/empty"), "leads to none"),
        ("http://169.254.169.254/", "not public"),
        ("file:///etc/hostname", "neither http nor https"),
    ):
        ended = desk("add", url, "--section", "tools")
        assert (ended.code, ended.stdout) == (1, "")
        assert words in ended.stderr
        assert "Traceback" not in ended.stderr
    refused = desk("add", desk.server.url("/tools.xml"), "--section", "tools", env={})
    assert "port" in refused.stderr or "not public" in refused.stderr


def test_fetching_writes_the_snapshot_of_the_coming_week_and_the_second_time_nothing(followed):
    first = must(followed("fetch", "--json")).json
    assert (first["week"], first["items"], first["changed"]) == ("2026-W48", 3, True)
    assert {feed["slug"]: (feed["became"], feed["items"]) for feed in first["feeds"]} == {
        "tool-news": ("new", 2),
        "jobs": ("new", 1),
    }
    lines = [json.loads(line) for line in (followed.folder / WEEK).read_text().splitlines()]
    assert {line["title"] for line in lines} == {"Story number 1", "Story number 2", "Story number 4"}
    assert {line["source"] for line in lines} == {"Tool News", "Jobs & More"}
    assert (followed.folder / "var" / "cache" / "news").exists()
    text = (followed.folder / WEEK).read_bytes()
    quiet = must(followed("fetch"))
    assert (quiet.stdout, quiet.stderr) == ("", "")
    assert (followed.folder / WEEK).read_bytes() == text
    assert all(asked.headers.get("if-none-match") for asked in followed.server.asked[-2:])


@pytest.mark.parametrize(
    ("base_url", "contact"), [("https://news.example.org", " (+https://news.example.org)"), ("", "")]
)
def test_servers_are_told_who_asks_and_where_to_complain(followed, base_url, contact):
    must(followed("fetch", env={**ALLOW, "WEEKLY_NEWSLETTER__BASE_URL": base_url}))
    agents = {asked.headers["user-agent"] for asked in followed.server.asked[-2:]}
    assert agents == {f"weekly-insights/{__version__}{contact}"}


def test_a_lost_cache_gives_the_same_snapshot(followed):
    must(followed("fetch"))
    text = (followed.folder / WEEK).read_bytes()
    shutil.rmtree(followed.folder / "var" / "feeds")
    must(followed("fetch"))
    assert (followed.folder / WEEK).read_bytes() == text


def test_a_machine_without_a_memory_tells_what_is_new_of_a_feed_without_dates(desk):
    def carry(*numbers):
        items = (item(number, pubDate="") for number in numbers)
        desk.server.serve("/undated", rss(*items, title="Undated"))

    def fetch(as_of):
        shutil.rmtree(desk.folder / "var" / "feeds", ignore_errors=True)
        said = must(desk("fetch", "--json", as_of=as_of)).json
        text = (desk.folder / "content" / "issues" / f"{said['week']}.items.jsonl").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        return {line["title"]: line["first_seen_at"] for line in lines if "title" in line}

    carry(1, 2, 3)
    must(desk("add", desk.server.url("/undated"), "--section", "tools"))
    assert fetch("2026-11-23T09:00Z") == {}
    carry(4, 1, 2, 3)
    new = {"Story number 4": "2026-11-23T12:00:00Z"}
    assert fetch("2026-11-23T12:00Z") == new
    assert fetch("2026-11-23T15:00Z") == new
    carry(5, 4, 1, 2)
    new["Story number 5"] = "2026-11-27T09:00:00Z"
    assert fetch("2026-11-27T09:00Z") == new
    assert fetch("2026-12-04T09:00Z") == new
    # What was new once is old one day, and is never new again.
    assert fetch("2026-12-25T09:00Z") == {}
    carry(6, 5, 4, 1)
    assert fetch("2027-01-08T09:00Z") == {"Story number 6": "2027-01-08T09:00:00Z"}


def test_a_feed_that_moved_is_new_and_floods_nothing_though_its_slug_is_known(desk):
    desk.server.serve("/a", rss(item(1, pubDate=""), title="Undated"))
    must(desk("add", desk.server.url("/a"), "--section", "tools", "--slug", "undated"))
    must(desk("fetch"))
    path = desk.folder / "content" / "feeds.toml"
    path.write_text(path.read_text().replace("/a", "/b"))
    desk.server.serve("/b", rss(*(item(number, pubDate="") for number in range(10, 20))))
    assert must(desk("fetch", "--json")).json["items"] == 0


def test_a_rehearsal_changes_nothing_and_says_what_would_be(followed):
    before = snapshot(followed.folder)
    said = must(followed("fetch", "--dry-run", "--json")).json
    assert (said["items"], said["changed"]) == (3, True)
    assert snapshot(followed.folder) == before


def test_only_the_named_feed_is_fetched_and_the_others_keep_their_items(followed):
    must(followed("fetch"))
    count = len(followed.server.asked)
    must(followed("fetch", "--only", "jobs"))
    assert [asked.path for asked in followed.server.asked[count:]] == ["/jobs.xml"]
    assert len((followed.folder / WEEK).read_text().splitlines()) == 3
    wrong = followed("fetch", "--only", "job")
    assert wrong.code == 2
    assert 'did you mean "jobs"?' in wrong.stderr


def test_a_feed_that_fails_is_said_on_stderr_stops_nothing_and_ends_in_quarantine(followed):
    followed.server.routes["/jobs.xml"] = Answer(500, b"x")
    for hour in (9, 10, 11):
        ended = must(followed("fetch", as_of=f"2026-11-23T{hour:02}:00Z"))
        assert "jobs: the server answers 500" in ended.stderr
    assert "3 times in a row; left alone until 2026-11-24T11:00Z" in ended.stderr
    assert len((followed.folder / WEEK).read_text().splitlines()) == 2
    health = followed("check", "--json")
    assert health.code == 6
    rows = {feed["slug"]: feed for feed in health.json["feeds"]}
    assert (rows["jobs"]["condition"], rows["jobs"]["failures"]) == ("in quarantine", 3)
    assert rows["tool-news"]["condition"] == "well"
    assert "in quarantine" in followed("check").stdout
    count = len(followed.server.asked)
    must(followed("fetch", as_of="2026-11-23T12:00Z"))
    assert [asked.path for asked in followed.server.asked[count:]] == ["/tools.xml"]
    # Who names a feed has mended it, or wants to see.
    followed.server.serve("/jobs.xml", rss(item(4)))
    assert "jobs" not in must(followed("fetch", "--only", "jobs", as_of="2026-11-23T12:05Z")).stderr
    assert followed("check").code == 0


def test_testing_a_feed_shows_its_items_and_why_others_are_none(followed):
    old = item(3, date="Mon, 01 Jun 2026 08:00:00 GMT")
    stories = (item(1, title="A parser that forgives"), item(2, title="Traces read backwards"), old)
    followed.server.serve("/tools.xml", rss(*stories, title="Tool News"))
    before = snapshot(followed.folder)
    for name in (followed.server.url("/tools.xml"), followed.server.url("/page"), "tool-news"):
        said = must(followed("test", name, "--json")).json
        assert {row["title"] for row in said["items"]} == {"A parser that forgives", "Traces read backwards"}
        assert said["dropped"] == {"older than 14 days": 1}
    assert "1 dropped: older than 14 days" in followed("test", "tool-news").stderr
    assert snapshot(followed.folder) == before


def test_testing_a_feed_tells_what_the_letter_would_take_and_every_reason_why_not_more(followed):
    stories = (
        item(1, title="A parser that forgives"),
        item(2, title="A sponsored story about tools"),
        item(3, title="Acme Builder v1.2.0", link="https://acme.example/v1.2.0"),
        item(4, title="Acme Builder v1.3.0", link="https://acme.example/v1.3.0"),
        item(5, date="Sun, 08 Nov 2026 08:00:00 GMT"),
        item(6, title="What was sent a week ago"),
    )
    followed.server.serve("/tools.xml", rss(*stories, title="Tool News"))
    path = followed.folder / "content" / "feeds.toml"
    path.write_text(path.read_text().replace('slug = "tool-news"', 'slug = "tool-news"\nmax_age = "7 days"'))
    past = {"week": "2026-W47", "number": 1, "term": "", "tip": "", "stories": ["https://example.org/6"]}
    (followed.folder / "content" / "issues" / "history.jsonl").write_text(json.dumps(past) + "\n")
    env = ALLOW | {"WEEKLY_SECTIONS__BANNED_WORDS": '["sponsored"]'}
    said = must(followed("test", "tool-news", "--json", env=env)).json
    assert {row["title"] for row in said["items"]} == {"A parser that forgives", "Acme Builder v1.3.0"}
    assert said["dropped"] == {
        "banned word": 1,
        "older release": 1,
        "older than 7 days": 1,
        "sent before": 1,
    }
    followed.server.serve("/tools.xml", rss(item(1), language="de"))
    assert "1 dropped: other language" in must(followed("test", "tool-news")).stderr


def test_the_share_of_a_feed_of_careers_is_that_of_its_jobs(followed):
    stories = (item(1, title="A parser that forgives"), item(2, title="Traces read backwards"))
    followed.server.serve("/tools.xml", rss(*stories, title="Tool News"))
    must(followed("fetch"))
    must(weekly("run", folder=followed.folder, as_of="2026-11-24T09:00Z", env=ALLOW))
    shares = {feed["slug"]: feed["share"] for feed in must(followed("check", "--json")).json["feeds"]}
    assert shares == {"tool-news": 0.667, "jobs": 0.333}


ESCAPES = "\x1b]0;you\x07\x9b31m\u202e"


def assert_shown_plainly(*ended):
    for text in (text for one in ended for text in (one.stdout, one.stderr)):
        assert all(line.isprintable() for line in text.split("\n")), ascii(text)


def test_nothing_that_a_stranger_wrote_reaches_the_terminal_as_more_than_text(followed, tmp_path):
    entry = {"id": f"1{ESCAPES}", "url": "/1", "title": f"A parser{ESCAPES} that forgives"}
    entry |= {"summary": ESCAPES, "date_published": "2026-11-23T08:00Z"}
    feed = {"version": "https://jsonfeed.org/version/1", "title": f"Tool {ESCAPES} News", "items": [entry]}
    followed.server.serve("/tools.xml", json.dumps(feed))
    sent = ESCAPES.encode().decode("latin-1")
    followed.server.routes["/jobs.xml"] = Answer(body=b"<a></a>", headers={"Content-Type": f"text/{sent}"})
    call = {"folder": followed.folder, "as_of": AS_OF, "env": ALLOW}
    assert_shown_plainly(
        must(followed("fetch", "-v")), followed("check"), must(followed("test", "tool-news"))
    )
    assert_shown_plainly(must(weekly("issue", "explain", **call)), must(weekly("run", "--now", "-v", **call)))
    for status in (301, 302):
        for path in ("/jobs.xml", "/new.xml"):
            followed.server.routes[path] = Answer(status, headers={"Location": f"/{sent}"})
        added = followed("add", followed.server.url("/new.xml"), "--section", "tools")
        assert "cannot be fetched" in added.stderr
        assert_shown_plainly(must(followed("fetch", "-v")), added)
    opml = tmp_path / "feeds.opml"
    opml.write_text(f'<opml><body><outline xmlUrl="https://example.org/{ESCAPES[-5:]}"/></body></opml>')
    assert_shown_plainly(followed("import", opml), must(followed("import", opml, "--section", "tools")))


def test_feeds_go_out_as_opml_and_come_back(followed, tmp_path):
    opml = tmp_path / "feeds.opml"
    opml.write_text(must(followed("export")).stdout)
    feeds = must(followed("list", "--json")).json["feeds"]
    assert "0 feeds added, 2 were followed already" in must(followed("import", opml)).stderr
    (followed.folder / "content" / "feeds.toml").unlink()
    before = snapshot(followed.folder)
    assert must(followed("import", opml, "--dry-run")).stdout == "tool-news\njobs\n"
    assert snapshot(followed.folder) == before
    must(followed("import", opml))
    back = must(followed("list", "--json")).json["feeds"]
    assert [(feed["url"], feed["section"]) for feed in back] == [
        (feed["url"], feed["section"]) for feed in feeds
    ]


def test_a_foreign_list_needs_a_section_and_its_traps_are_left_out(desk, tmp_path):
    opml = tmp_path / "feeds.opml"
    opml.write_text(
        '<opml><body><outline text="A" xmlUrl="https://example.org/a"/>'
        '<outline text="B" xmlUrl="http://10.0.0.1:25/b"/><outline text="C" xmlUrl="file:///etc/hostname"/></body></opml>'
    )
    assert desk("import", opml).code == 2
    ended = must(desk("import", opml, "--section", "tools"))
    assert ended.stdout == "a\n"
    assert ended.stderr.count("left out:") == 2
    opml.write_text('<!DOCTYPE opml SYSTEM "opml.dtd"><opml/>')
    ended = desk("import", opml, "--section", "tools")
    assert ended.code == 1
    assert "cannot be imported" in ended.stderr


def test_every_mistake_of_the_list_is_shown_at_once(desk):
    (desk.folder / "content" / "feeds.toml").write_text(
        '[[feed]]\nslug = "a"\nurl = "https://example.org"\nsecton = "tools"\n'
    )
    for args in (("check",), ("fetch",), ("list",)):
        ended = desk(*args)
        assert ended.code == 4
        said = ended.stdout + ended.stderr
        assert 'content/feeds.toml:4: there is no key `secton` (did you mean "section"?)' in said
        assert "`section` is missing" in said


def test_a_slug_that_no_feed_has_is_no_address(followed):
    ended = followed("test", "tool-nws")
    assert ended.code == 2
    assert "There is no feed 'tool-nws'; did you mean \"tool-news\"?" in ended.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1/feed.xml", "http://feeds.example:2525/feed.xml"])
def test_a_feed_of_one_s_own_network_is_refused_with_the_way_to_allow_it(desk, url):
    ended = desk("test", url, env={})
    assert ended.code == 1
    assert "if the host is your own, name it in `[feeds] allow_private_hosts`" in ended.stderr


def test_a_long_title_leaves_the_explanation_readable_in_a_terminal(followed):
    title = "A parser that forgives whatever you do to it " * 6
    stories = [item(n, title=f"{title}{n}", link=f"https://example.org/{n}") for n in (7, 8, 9)]
    followed.server.serve("/tools.xml", rss(*stories, title="Tool News of the Very Long Name"))
    must(followed("fetch"))
    call = {"folder": followed.folder, "as_of": AS_OF, "env": ALLOW}
    told = must(weekly("issue", "explain", "tools", **call)).stdout.splitlines()
    named = [line for line in told if "A parser that forgives" in line]
    assert named
    assert all("…" in line and len(line) <= 100 for line in named)
    assert any(
        row["title"].startswith(title)
        for row in must(weekly("issue", "explain", "tools", "--json", **call)).json["slots"]
    )
