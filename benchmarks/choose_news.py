"""Which news a folder of feeds would have given, week by week, and how stable that choice is.

Reads every .xml file of a folder (feedparser; no network), cuts the feeds at each Tuesday 09:00 UTC from
FIRST to LAST, chooses as a letter would and remembers what was sent. Prints the picks with their factors,
every merge and the drop counts; then takes items away one by one and counts how many slots change. Exits 1
when a story comes twice, a source is over its cap, or one item changes more than it may.
Usage: python benchmarks/choose_news.py FEEDS_DIR [FIRST LAST]     (2026-W20 2026-W34)
"""

from __future__ import annotations

import html
import re
import sys
import time
import unicodedata
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.content.read import read_catalogue  # noqa: E402 - the path is set above
from pipeline.feeds.mentions import Mentions  # noqa: E402 - as above
from pipeline.feeds.model import Item  # noqa: E402 - as above
from pipeline.feeds.stories import Filter, gather_stories, make_story_keys  # noqa: E402 - as above
from pipeline.feeds.urls import make_url_key  # noqa: E402 - as above
from pipeline.pick.items import NewsSelection, Sources, choose_items  # noqa: E402 - as above
from pipeline.pick.lift import measure_lift  # noqa: E402 - as above
from pipeline.weeks import Week  # noqa: E402 - as above

TOOLS = {"claude", "cohere", "cursor", "google_ai", "groq", "mistral", "ollama"}
RULES = NewsSelection()
MONTHS = 3


def read_plain(text):
    text = html.unescape(re.sub(r"<[^>]+>", " ", text or ""))
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def read_items(folder):
    for path in sorted(folder.glob("*.xml")):
        feed = feedparser.parse(path.read_bytes())
        for entry in feed.entries:
            date = entry.get("published_parsed") or entry.get("updated_parsed")
            at = datetime(*date[:6], tzinfo=UTC) if date else datetime(2000, 1, 1, tzinfo=UTC)
            yield Item(
                id=f"{path.stem} {entry.get('id') or entry.get('link')}",
                feed=path.stem,
                section="tools" if path.stem in TOOLS else "techniques",
                title=read_plain(entry.get("title")),
                url=entry.get("link", ""),
                first_seen_at=at,
                published_at=at,
                summary=read_plain(entry.get("summary")),
                language=feed.feed.get("language", ""),
            )


def count_monthly(items, now):
    recent = [
        item.feed for item in items if timedelta(0) <= now - item.dated_at <= timedelta(days=30 * MONTHS)
    ]
    return {feed: count / MONTHS for feed, count in Counter(recent).items()}


def choose(items, mentions, monthly, now, sent):
    gathered = gather_stories(items, {}, now, Filter(max_age_days=RULES.max_age_days), sent=sent)
    sources = Sources(items_per_month=monthly)
    return gathered, choose_items(gathered.stories, mentions, sources, now, RULES)


def show(week, gathered, news):
    by_id = {item.id: (item, story) for story in gathered.stories for item in story.items}
    print(f"\n== {week}: {len(gathered.stories)} stories")
    for pick in news.picks:
        item, story = by_id[pick.ref]
        also = [f"{other.feed}: {other.title}" for other in story.items if other is not item]
        factors = " x ".join(f"{each.name} {each.value:.2f}" for each in pick.reasons)
        topic = next(each.detail for each in pick.reasons if each.name == "topic")
        print(f"{pick.slot:13} {pick.score:.3f} = {factors} [{topic}]")
        print(f"{'':13} {item.feed} | {item.dated_at:%m-%d} | {item.title}")
        for other in also:
            print(f"{'':13} also at {other}")
    print("   not taken:", {section: counts for section, counts in news.dropped.items() if counts})
    print(
        "   fell out: ", {section: counts for section, counts in gathered.count_dropped().items() if counts}
    )


def count_changes(before, after):
    (old_gathered, old), (new_gathered, new) = before, after
    groups = []
    for gathered, news in ((old_gathered, old), (new_gathered, new)):
        of = {item.id: {each.id for each in s.items} for s in gathered.stories for item in s.items}
        groups.append([of[pick.ref] for pick in news.picks])
    lost = sum(not any(ids & other for other in groups[1]) for ids in groups[0])
    gained = sum(not any(ids & other for other in groups[0]) for ids in groups[1])
    return max(lost, gained)


def main():
    folder = Path(sys.argv[1])
    first, last = (Week.parse(each) for each in (sys.argv[2:4] or ("2026-W20", "2026-W34")))
    catalogue, _ = read_catalogue(ROOT)
    mentions, everything = Mentions(catalogue.terms), list(read_items(folder))
    sent, links, wrong, changes, before = [], Counter(), 0, Counter(), []
    week, spent = first, 0.0
    while week <= last:
        now = datetime.combine(week.monday + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=9)
        items = [item for item in everything if item.dated_at <= now]
        monthly = count_monthly(items, now)
        start = time.perf_counter()
        gathered, news = choose(items, mentions, monthly, now, sent)
        spent += time.perf_counter() - start
        show(week, gathered, news)
        lifts = measure_lift(gathered.stories, mentions, before)
        best = sorted(lifts.values(), key=lambda each: (-each.value, each.slug))[:3]
        print(
            "   lift:",
            ", ".join(f"{each.slug} {each.value:.2f} ({', '.join(each.sources)})" for each in best),
        )
        before.append({slug: len(each.sources) for slug, each in lifts.items()})
        shown = {item.id: item for story in gathered.stories for item in story.items}
        shares = Counter((pick.slot.partition("-")[0], shown[pick.ref].feed) for pick in news.picks)
        wrong += sum(count > 2 for count in shares.values())
        links.update(make_url_key(shown[pick.ref].url) for pick in news.picks)
        recent = [item for item in items if now - item.dated_at <= timedelta(days=14)]
        whole = choose(recent, mentions, monthly, now, sent)
        for item in recent:
            rest = [other for other in recent if other is not item]
            changes[count_changes(whole, choose(rest, mentions, monthly, now, sent))] += 1
            copy = replace(item, id=f"{item.id} copy", feed="elsewhere", url=f"{item.url}?copy=1")
            changes[count_changes(whole, choose([*recent, copy], mentions, monthly, now, sent))] += 1
        taken = {pick.ref for pick in news.picks}
        for story in gathered.stories:
            if taken & {item.id for item in story.items}:
                sent.extend(make_story_keys(story))
        week = week.next()
    twice = [link for link, count in links.items() if count > 1]
    print(f"\nlinks sent twice: {twice}; sources over their cap: {wrong}; choosing took {spent:.2f} s in all")
    print(f"slots changed by one item less, or one copy more: {dict(sorted(changes.items()))}")
    sys.exit(bool(twice or wrong or max(changes, default=0) > 1))


if __name__ == "__main__":
    main()
