"""Feeds read in the limited child, good ones and poisoned ones."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.environment import missing
from support.feed_server import item, rss
from support.patience import PATIENCE_S

from pipeline.feeds.entries import FeedEntry
from pipeline.feeds.parser_pool import Parsers
from pipeline.feeds.parser_worker import CPU_S, MEMORY_BYTES
from pipeline.feeds.xml_repair import ITEM_CAP, find_declaration

BASE = "https://example.org/blog/feed.xml"
INSIDE = "<!DOCTYPE rss [<!ELEMENT rss ANY>]>"
ELSEWHERE = '<!DOCTYPE rss SYSTEM "rss.dtd">'


@pytest.fixture(scope="module")
def parse():
    """Parse bodies one after the other, all tests in one child: to start it costs more than most of them."""
    with asyncio.Runner() as runner:
        parsers = Parsers(children=1, wall_s=PATIENCE_S)

        def parse(*bodies, content_type="application/xml"):
            raw = [body.encode() if isinstance(body, str) else body for body in bodies]
            parsed = [runner.run(parsers.parse(body, content_type=content_type, base=BASE)) for body in raw]
            return parsed[0] if len(bodies) == 1 else parsed

        yield parse
        runner.run(parsers.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def parsed_at_once(parse):
    """Parse every body of the tables below in one child, each once."""
    bodies = {
        **{("none", name): body for name, (body, _) in NO_FEEDS.items()},
        **{("poison", name): body for name, body in POISON.items()},
        **{("link", link): rss(item(1, link=link, guid=""), item(2)) for link in LINKS},
        **{("title", title): rss(item(1, title=title)) for title in TITLES},
    }
    return dict(zip(bodies, parse(*bodies.values()), strict=True))


def test_an_rss_feed_becomes_plain_values(parse):
    content = "<content:encoded>&lt;p&gt;One two&lt;/p&gt;&lt;p&gt;three&lt;/p&gt;</content:encoded>"
    feed = rss(item(1, description="A &lt;b&gt;bold&lt;/b&gt; claim"), item(2, link="/two", pubDate=""))
    feed = feed.replace("</item>", content + "</item>", 1).replace(
        '<rss version="2.0">', '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    )
    parsed = parse(feed)
    assert (parsed.title, parsed.language, parsed.drops, parsed.error) == ("Example Feed", "en", (), "")
    first, second = parsed.entries
    date = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    url = "https://example.org/1"
    assert first == FeedEntry("tag:example.org,1", "Story number 1", url, date, "A bold claim", 3)
    assert (second.url, second.published_at, second.words) == ("https://example.org/two", None, 0)


def test_an_atom_feed_becomes_plain_values(parse):
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title type="html">A &amp;amp; B</title>'
        "<entry><id>urn:1</id><title>One</title><link rel='self' href='x'/><link href='/1'/>"
        "<updated>2026-11-23T08:00:00+02:00</updated><summary>Says one.</summary></entry></feed>"
    )
    parsed = parse(feed)
    assert parsed.title == "A & B"
    at = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert parsed.entries == (FeedEntry("urn:1", "One", "https://example.org/1", at, "Says one."),)


def test_a_json_feed_becomes_plain_values(parse):
    items = [
        {"id": 7, "title": "One", "url": "/1", "content_html": "<p>One two three", "summary": "Says one."},
        {
            "id": "b",
            "title": "Two",
            "external_url": "https://e.org/2",
            "date_published": "2026-11-23T08:00:00Z",
        },
        {"id": "c", "title": None, "url": "https://e.org/3"},
        "nonsense",
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "J", "language": "de-DE", "items": items}
    parsed = parse("\ufeff" + json.dumps(feed))
    one, two = parsed.entries
    assert (parsed.title, parsed.language, parsed.drops) == ("J", "de-de", (("no title", 2),))
    assert one == FeedEntry("7", "One", "https://example.org/1", None, "Says one.", 3)
    assert (two.url, two.published_at) == ("https://e.org/2", datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


NO_FEEDS = {
    "page": ("<!DOCTYPE html><html><body>hello</body></html>", "web page"),
    "page without a type": ("\n<!-- x --><HTML lang=en><head/></HTML>", "web page"),
    "words": ("just words", "not a feed"),
    "picture": ("<svg xmlns='http://www.w3.org/2000/svg'/>", "not a feed"),
    "bytes": ("\x00\x01\x02\x03", "not a feed"),
    "json feed without items": ('{"version": "https://jsonfeed.org/version/1.1"}', "no list of items"),
    "other json": ('{"openapi": "3.0"}', "not a JSON Feed"),
    "half json": ('{"version": ', "not valid JSON"),
    "deep json": ('{"version":"https://jsonfeed.org/version/1","items":' + "[" * 200_000, "not valid JSON"),
}


@pytest.mark.parametrize("name", NO_FEEDS)
def test_what_is_no_feed_says_what_it_is(parsed_at_once, name):
    parsed = parsed_at_once["none", name]
    assert NO_FEEDS[name][1] in parsed.error
    assert parsed.entries == ()


@pytest.mark.parametrize("content_type", ["text/\x1b]0;title\x07x", "text/\x9b31m", "text/x\u202e\ud800"])
@pytest.mark.parametrize("body", ["", "<a></a>", "<a><b></a>", "<\x1b]0;x\x07>", "<html>", "{"])
def test_no_reason_brings_the_escapes_of_a_terminal(parse, content_type, body):
    parsed = parse(body, content_type=content_type)
    assert parsed.error
    assert parsed.error.isprintable()


@pytest.mark.parametrize("declaration", [INSIDE, ELSEWHERE, "<!doctype rss>"])
@pytest.mark.parametrize(
    "before", ["", "<!-- <rss> -->", "<?x <rss> ?>", "\n \n", "<!-- " + "<a " * 2_000 + "-->"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-7"])
def test_no_declaration_gets_past_the_look_at_the_prolog(declaration, before, encoding):
    xml = f'<?xml version="1.0" encoding="{encoding}"?>'
    text = before + declaration + rss(item(1)).partition("\n")[2]
    body = xml.encode() + text.encode("utf-7") if encoding == "utf-7" else (xml + text).encode(encoding)
    assert "declares" in find_declaration(body)
    named = text.encode("utf-7") if encoding == "utf-7" else body
    assert "declares" in find_declaration(named, f"text/xml; charset={encoding}")


def test_what_looks_like_a_declaration_inside_an_entry_is_text(parse):
    example = item(
        1, description="<![CDATA[<p>Write &lt;!DOCTYPE html&gt; <code><!DOCTYPE html></code></p>]]>"
    )
    assert find_declaration(rss(example).encode()) == ""
    assert parse(rss(example)).entries[0].summary.startswith("Write")


def test_a_feed_that_declares_is_never_read_and_the_next_feed_is_fine(parse):
    inside, elsewhere, good = parse(
        *(f'<?xml version="1.0"?>{dtd}{rss(item(1))[39:]}' for dtd in (INSIDE, ELSEWHERE)), rss(item(1))
    )
    assert "declares" in inside.error
    assert "declares" in elsewhere.error
    assert (inside.entries, elsewhere.entries, len(good.entries)) == ((), (), 1)


def parse_with(trouble, *, wall_s=PATIENCE_S):
    """Parse feeds in a child to which something happens until it is stopped, and then one more."""

    async def run():
        async with Parsers(children=1) as parsers:
            await parsers.parse(rss(item(1)).encode(), content_type="", base=BASE)
            (child,) = parsers._children
            trouble(child.pid)
            parsers._wall_s = wall_s
            for _ in range(50):
                stopped = await parsers.parse(LONG, content_type="", base=BASE)
                if stopped.error:
                    break
            parsers._wall_s = PATIENCE_S
            return stopped, await parsers.parse(rss(item(1)).encode(), content_type="", base=BASE)

    return asyncio.run(run())


LONG = rss(*(item(n) for n in range(20_000))).encode()


def test_a_feed_that_takes_too_long_is_stopped_and_costs_the_next_one_nothing():
    def leave_it_a_second(pid):
        resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))

    stopped, good = parse_with(leave_it_a_second)
    assert "more memory or computing" in stopped.error
    assert len(good.entries) == 1


def test_the_wall_clock_stops_a_child_that_does_not_answer():
    stopped, good = parse_with(lambda pid: os.kill(pid, signal.SIGSTOP), wall_s=0.2)
    assert "longer than 0.2 seconds" in stopped.error
    assert len(good.entries) == 1


def test_a_child_that_was_killed_while_idle_is_replaced():
    async def run():
        async with Parsers(children=1) as parsers:
            body = rss(item(1)).encode()
            first = await parsers.parse(body, content_type="", base=BASE)
            (child,) = parsers._children
            os.kill(child.pid, signal.SIGKILL)
            await child.wait()
            return first, await parsers.parse(body, content_type="", base=BASE)

    first, second = asyncio.run(run())
    assert first == second
    assert len(first.entries) == 1


def test_the_child_has_little_memory_writes_nothing_and_knows_no_secret(monkeypatch):
    if not Path("/proc/self/limits").exists():
        missing("/proc, which tells what a process may do")
    monkeypatch.setenv("WEEKLY_SMTP__PASSWORD", "hunter2")

    async def run():
        async with Parsers(children=1) as parsers:
            await parsers.parse(rss(item(1)).encode(), content_type="", base=BASE)
            (child,) = parsers._children
            kinds = (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU)
            limits = [resource.prlimit(child.pid, kind)[0] for kind in kinds]
            return limits, await asyncio.to_thread(Path(f"/proc/{child.pid}/environ").read_bytes)

    (memory, file, cpu), environ = asyncio.run(run())
    assert 0 < memory <= MEMORY_BYTES
    assert file == 0
    assert 0 < cpu <= 10 * CPU_S
    assert b"hunter2" not in environ


POISON = {
    "a huge number of items": rss(*(item(n) for n in range(3_000))),
    "broken xml with a huge number of items": rss(*(item(n) for n in range(1_000)))[:-20] + "<b & c",
    "deep nesting": rss(item(1, description="&lt;div&gt;" * 500)),
    "a title of megabytes": rss(item(1, title="x " * 100_000)),
    "ampersands upon ampersands": rss(item(1, title="&amp;amp;" * 1_000)),
    "invalid UTF-8": rss(item(1, title="caf\udcff\udc80")).encode("utf-8", "surrogateescape"),
    "marks of several byte orders": b"\xef\xbb\xbf\xff\xfe" + rss(item(1)).encode(),
    "the wrong charset": rss(item(1, title="naïve – “quoted”")).encode("windows-1252"),
    "UTF-16": rss(item(1)).replace("UTF-8", "UTF-16").encode("utf-16"),
    "no end": rss(item(1))[:-40],
    "dates that are none": rss(
        *(item(n, date=d) for n, d in enumerate(["1" * 5000, "Mon, " * 500, "9999-99-99", "0"]))
    ),
}


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_feed_gives_what_is_good_in_it_and_no_more(parsed_at_once, name):
    parsed = parsed_at_once["poison", name]
    assert parsed.error == ""
    assert 1 <= len(parsed.entries) <= ITEM_CAP
    assert all(entry.title.isprintable() and len(entry.title) <= 300 for entry in parsed.entries)


def test_items_beyond_the_cap_are_counted(parse):
    parsed = parse(rss(*(item(n) for n in range(ITEM_CAP + 30))))
    assert (len(parsed.entries), dict(parsed.drops)) == (ITEM_CAP, {f"beyond the first {ITEM_CAP}": 30})


LINKS = [
    "program:run",
    "data:text/html,x",
    "file:///etc/hostname",
    "mailto:a@b.c",
    "https://u:p@e.org/",
    "http://",
    "",
]


@pytest.mark.parametrize("link", LINKS)
def test_an_entry_that_leads_nowhere_on_the_web_is_dropped(parsed_at_once, link):
    parsed = parsed_at_once["link", link]
    assert [entry.title for entry in parsed.entries] == ["Story number 2"]
    assert dict(parsed.drops) == {"no link to the web": 1}


TITLES = {
    "{{name}} {% raw %} {{ question }}": "{{name}} {% raw %} {{ question }}",
    "One<![CDATA[<style>p { margin: 0 }</style>]]> two": "One two",
    "&lt;img src=x alt=y&gt;Pic": "Pic",
    "&amp;lt;style&amp;gt;p {}&amp;lt;/style&amp;gt;Deep": "Deep",
    "<![CDATA[<svg><title></title></svg>]]>Left": "Left",
    "<![CDATA[<!--[if mso]><mj-raw>x</mj-raw><![endif]-->]]>Right": "Right",
    "</mj-text>": None,
    "Line&#13;&#10;Bcc: a@b.c": "Line Bcc: a@b.c",
    "A&#8232;B&#8233;C&#8238;D&#8206;E&#65279;F": "A B CDEF",
    "Z" + "\u0301" * 50 + "algo": "\u0179\u0301\u0301\u0301algo",
    "AT&amp;amp;T &amp;lt;3 R&amp;amp;D": "AT&T <3 R&D",
    "\ufb01ne \uff57\uff49\uff44\uff45": "fine wide",
}
"""What a feed says → the text of it, or None when nothing is left."""


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_text_whatever_it_tries_to_be(parsed_at_once, title):
    titles = [entry.title for entry in parsed_at_once["title", title].entries]
    assert titles == [plain for plain in [TITLES[title]] if plain]


def test_a_feed_that_gives_every_entry_the_same_id_keeps_its_entries_apart(parse):
    parsed = parse(rss(*(item(n, guid="always this") for n in range(3)), item(1), item(1)))
    assert sorted(entry.key for entry in parsed.entries) == [
        *(f"https://example.org/{n}" for n in range(3)),
        "tag:example.org,1",
    ]
    assert dict(parsed.drops) == {"there twice": 1}
