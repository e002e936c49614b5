"""The week's news: the same in any order, no link or story twice, caps kept, small changes stay small."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import assume, given
from hypothesis import strategies as st
from support.item_samples import MANY, SOME, WORDS

from pipeline.model.content import Term
from pipeline.model.news import Feed, Item
from pipeline.model.sections import SectionSpec
from pipeline.model.wishes import ItemWishes
from pipeline.news.filters import Filter
from pipeline.news.mentions import Mentions
from pipeline.news.similarity import same_story
from pipeline.news.stories import WINDOW, gather_stories
from pipeline.news.story_keys import make_key, make_story_keys
from pipeline.news.titles import read_title
from pipeline.news.urls import make_url_key
from pipeline.pick.selection import NewsSelection
from pipeline.pick.stories import Sources, choose_items, score_story

NOW = datetime(2026, 8, 18, 9, tzinfo=UTC)
PROSE = dict.fromkeys(
    ("category", "definition", "example", "why_it_matters", "how_it_works", "career_relevance"), ""
)
TERMS = (
    Term(**PROSE, slug="rag", title="RAG", difficulty=1, mistakes=()),
    Term(**PROSE, slug="system-prompt", title="System prompt", difficulty=1, mistakes=()),
)
MENTIONS = Mentions(TERMS)
RULES = NewsSelection(
    sections=NewsSelection().sections
    | {"tools": SectionSpec("tools", half_life_days=4.0, slots=2, cap=1)}
    | {"techniques": SectionSpec("techniques", half_life_days=7.0, slots=3, cap=2)},
    glued_date=0.4,
)
FEEDS = {
    slug: Feed(slug, f"https://{slug}.example/feed", section, weight=weight, cap=cap)
    for slug, section, weight, cap in (
        ("ant", "tools", 1.0, 0),
        ("bee", "tools", 2.0, 0),
        ("cat", "techniques", 1.0, 0),
        ("dog", "techniques", 0.5, 1),
        ("elk", "careers", 1.0, 0),
    )
}
SOURCES = Sources(FEEDS, {"ant": 2.0, "bee": 15.0, "cat": 90.0, "dog": 0.0})


@st.composite
def items(draw):
    feed = FEEDS[draw(st.sampled_from(sorted(FEEDS)))]
    number = draw(st.integers(0, 40))
    published = NOW - timedelta(hours=draw(st.integers(-30, 16 * 24)))
    return Item(
        id=f"{feed.slug}-{draw(st.integers(0, 9999))}",
        feed=feed.slug,
        section=feed.section,
        title=" ".join(draw(st.lists(st.sampled_from(WORDS), max_size=7))),
        url=f"https://{'www.' if number % 3 else ''}news.example/{number}?utm_source={feed.slug}",
        first_seen_at=NOW - timedelta(hours=draw(st.integers(0, 400))),
        published_at=draw(st.sampled_from((published, published, None))),
        summary=draw(st.sampled_from(("", "All about RAG.", "A system prompt for all."))),
    )


pools = st.lists(items(), max_size=25, unique_by=lambda item: item.id)
lone_pools = st.lists(
    st.tuples(items(), st.integers(0, 10_000)),
    max_size=25,
    unique_by=(lambda pair: pair[1], lambda pair: pair[0].id),
).map(lambda pairs: [make_lone(item, number) for item, number in pairs])


def make_lone(item, number):
    """Make an item that merges with no other."""
    return replace(item, title=f"{item.title} {number}", url=f"https://news.example/lone/{number}")


def gather(pool, *, sent=(), pinned=(), feeds=FEEDS):
    return gather_stories(pool, feeds, NOW, Filter(max_age_days=RULES.max_age_days), sent=sent, pinned=pinned)


def choose(stories, wishes=None, sources=SOURCES):
    return choose_items(stories, MENTIONS, sources, NOW, RULES, wishes=wishes)


def find_chosen(pool, **how):
    """List the chosen stories, each as the ids of its items."""
    stories = gather(pool, **how).stories
    by_id = {item.id: story for story in stories for item in story.items}
    return [frozenset(item.id for item in by_id[pick.ref].items) for pick in choose(stories).picks]


def has_link(story, link):
    return make_url_key(link) in {make_url_key(item.url) for item in story.items}


def count_changes(before, after):
    lost = sum(not any(ids & other for other in after) for ids in before)
    gained = sum(not any(ids & other for other in before) for ids in after)
    return max(lost, gained)


@MANY
@given(lone_pools, items())
def test_one_item_more_or_less_changes_at_most_one_slot(pool, item):
    new = make_lone(item, 99_999)
    assume(new.id not in {each.id for each in pool})
    before, after = find_chosen(pool), find_chosen([*pool, new])
    assert set(after) - set(before) <= {frozenset({new.id})}
    assert len(set(before) - set(after)) <= 1


@MANY
@given(pools, items())
def test_an_item_that_joins_stories_changes_one_slot_and_two_where_it_is_a_bridge(pool, item):
    assume(item.id not in {each.id for each in pool})
    without, with_it = gather(pool).stories, gather([*pool, item]).stories
    touched = set(without) - set(with_it)
    assume(len(touched) <= 2)
    limit = 2 if len(touched) == 2 else 1
    assert count_changes(find_chosen(pool), find_chosen([*pool, item])) <= limit


PARTS = ("Parsing Harness Compiler Evals", "Kettle Ledger Rubric Trace", "Judge Cache Vector Index")


@st.composite
def bridges(draw):
    """Make two or three stories of other words, and an item whose title has the words of all of them."""
    parts = PARTS[: draw(st.integers(2, 3))]
    feeds = draw(st.permutations([slug for slug, feed in FEEDS.items() if feed.section != "careers"]))
    made = [
        replace(
            draw(items()),
            id=f"part-{number}",
            feed=feed,
            section=FEEDS[feed].section,
            title=title,
            url=f"https://news.example/part/{number}",
            published_at=NOW - timedelta(hours=draw(st.integers(0, 9 * 24))),
            summary="All about RAG.",
        )
        for number, (feed, title) in enumerate(zip(feeds, (*parts, " ".join(parts)), strict=False))
    ]
    return made[:-1], made[-1]


@MANY
@given(lone_pools, bridges())
def test_a_bridge_of_two_stories_changes_two_slots_and_one_of_three_changes_three(pool, bridge):
    """Stories that become one have one slot in the place of theirs, in one section and for one feed.

    Every slot of theirs that this frees goes to the next best, since none stays empty while a story could
    have it: for three stories, two slots at least, and the third where their one story now stands elsewhere.
    """
    parts, item = bridge
    pool = [*pool, *parts]
    touched = set(gather(pool).stories) - set(gather([*pool, item]).stories)
    assert len(touched) == len(parts)
    assert count_changes(find_chosen(pool), find_chosen([*pool, item])) <= len(parts)


def test_no_choice_could_change_fewer_than_two_slots_for_three_stories_that_become_one():
    feeds = ("cat", "ant", "bee")
    at = {"first_seen_at": NOW, "published_at": NOW}
    made = [
        Item(f"part-{n}", feed, FEEDS[feed].section, title, f"https://news.example/part/{n}", **at)
        for n, (feed, title) in enumerate(zip(feeds, PARTS, strict=True))
    ]
    waiting = [
        replace(each, id=f"next-{n}", title=f"Waiting {n}", url=f"https://news.example/next/{n}")
        for n, each in enumerate(made)
    ]
    bridge = replace(made[0], id="bridge", feed="dog", title=" ".join(PARTS), url="https://news.example/all")
    before, after = find_chosen([*made, *waiting]), find_chosen([*made, *waiting, bridge])
    assert {frozenset({each.id}) for each in made} <= set(before)
    assert {"part-0", "part-1", "part-2", "bridge"} in after
    assert count_changes(before, after) == 2


@SOME
@given(pools)
def test_quotas_and_caps_hold_and_no_slot_stays_empty_while_a_story_could_have_it(pool):
    stories = gather(pool).stories
    picks = choose(stories).picks
    by_id = {item.id: item for story in stories for item in story.items}
    chosen = {pick.ref for pick in picks}
    left = [story for story in stories if not chosen & {item.id for item in story.items}]
    for section in RULES.sections:
        rules = RULES.sections[section]
        slots = [pick.slot for pick in picks if by_id[pick.ref].section == section]
        assert slots == [f"{section}-{number}" for number in range(1, len(slots) + 1)]
        assert len(slots) <= rules.slots
        counts = Counter(by_id[ref].feed for ref in chosen if by_id[ref].section == section)
        full = {feed for feed in FEEDS if counts[feed] >= (FEEDS[feed].cap or rules.cap)}
        assert all(counts[feed] == (FEEDS[feed].cap or rules.cap) for feed in full)
        waiting = [item for story in left for item in story.items if item.section == section]
        assert len(slots) == rules.slots or {item.feed for item in waiting} <= full


@MANY
@given(pools, st.data())
def test_a_copy_elsewhere_neither_removes_a_chosen_story_nor_adds_a_second_slot(pool, data):
    before = find_chosen(pool)
    assume(before)
    ids = data.draw(st.sampled_from(before))
    original = data.draw(st.sampled_from([item for item in pool if item.id in ids]))
    # A feed that has the link already would give one copy for another: only its newest counts.
    link = make_url_key(original.url)
    having = {item.feed for item in pool if make_url_key(item.url) == link}
    # Careers are told by their titles, and never one with news of tools and techniques.
    alike = {
        slug for slug, feed in FEEDS.items() if (feed.section == "careers") == (original.section == "careers")
    }
    assume(alike - having)
    feed = FEEDS[data.draw(st.sampled_from(sorted(alike - having)))]
    copy = replace(
        original,
        id="copy",
        feed=feed.slug,
        section=feed.section,
        title="A Copy That Is Like No Other",
        published_at=NOW - timedelta(hours=data.draw(st.integers(0, 13 * 24))),
        url=f"{original.url}&fbclid=1#top",
    )
    after = find_chosen([*pool, copy])
    assert [bool(ids & other) for other in after].count(True) == 1


@MANY
@given(lone_pools, st.data())
def test_more_weight_for_the_feed_of_a_chosen_story_keeps_it_chosen(pool, data):
    stories = gather(pool).stories
    picks = choose(stories).picks
    assume(picks)
    pick = data.draw(st.sampled_from(picks))
    feed = next(item.feed for item in pool if item.id == pick.ref)
    heavier = FEEDS | {feed: replace(FEEDS[feed], weight=FEEDS[feed].weight * 3)}
    again = choose(stories, sources=Sources(heavier, SOURCES.items_per_month))
    assert pick.ref in {each.ref for each in again.picks}


@SOME
@given(pools)
def test_stories_are_what_comparing_every_two_items_would_join(pool):
    def is_one(one, other):
        if make_key(one) == make_key(other):
            return True
        titles = read_title(one.title), read_title(other.title)
        if make_url_key(one.url) == make_url_key(other.url) and titles[0].words == titles[1].words:
            return True
        is_near = one.feed != other.feed and abs(one.dated_at - other.dated_at) <= WINDOW
        return is_near and "careers" not in (one.section, other.section) and same_story(*titles)

    joined = [{item.id for item in story.items} for story in gather(pool).stories]
    kept = [item for item in pool if any(item.id in ids for ids in joined)]
    groups = {item.id: {item.id} for item in kept}
    for one, other in combinations(kept, 2):
        if is_one(one, other) and groups[one.id] is not groups[other.id]:
            groups[one.id] |= groups[other.id]
            groups |= dict.fromkeys(groups[other.id], groups[one.id])
    assert all(groups[each] == ids for ids in joined for each in ids)


@SOME
@given(pools, st.randoms(use_true_random=False))
def test_the_order_of_the_items_does_not_matter(pool, random):
    shuffled = random.sample(pool, len(pool))
    assert set(gather(shuffled).dropped) == set(gather(pool).dropped)
    assert gather(shuffled).stories == gather(pool).stories
    stories = gather(pool).stories
    assert choose(random.sample(stories, len(stories))) == choose(stories)


@SOME
@given(items(), st.integers(1, 500))
def test_a_date_in_the_future_or_none_never_outranks_the_same_item_seen_now(item, hours):
    def score(published_at, first_seen_at=NOW):
        one = replace(item, published_at=published_at, first_seen_at=first_seen_at)
        (story,) = gather([one]).stories
        return score_story(story, MENTIONS, SOURCES, NOW, RULES).score

    now = score(NOW)
    assert score(NOW + timedelta(hours=hours)) <= now
    assert score(None) <= now
    assert score(None, NOW - timedelta(hours=min(hours, 300))) <= now


@SOME
@given(pools)
def test_the_factors_of_every_score_multiply_to_it(pool):
    for pick in choose(gather(pool).stories).picks:
        for scored in (pick, *pick.runners_up):
            assert [reason.name for reason in scored.reasons] == [
                *("weight", "rarity", "recency", "quality", "sources", "topic")
            ]
            assert scored.score == round(math.prod(reason.value for reason in scored.reasons), 6)
            assert all(reason.detail for reason in scored.reasons)


@SOME
@given(lone_pools)
def test_a_runner_up_would_have_the_slot_if_its_story_were_away(pool):
    stories = gather(pool).stories
    for pick in choose(stories).picks:
        link = next(item.url for item in pool if item.id == pick.ref)
        again = choose(stories, ItemWishes(ban=(link,)))
        new = {each.ref for each in again.picks} - {each.ref for each in choose(stories).picks}
        assert new == {runner.ref for runner in pick.runners_up[:1]}


@SOME
@given(pools, pools)
def test_nothing_that_was_sent_is_chosen_again(first, second):
    stories = gather(first).stories
    sent = [key for story in stories for key in make_story_keys(story)]
    assert gather(first, sent=sent).stories == ()
    known = {make_key(item) for story in stories for item in story.items}
    titles = [
        (item.feed, read_title(item.title))
        for story in stories
        for item in story.items
        if item.section != "careers"
    ]
    for item in (item for story in gather(second, sent=sent).stories for item in story.items):
        assert make_key(item) not in known
        words = read_title(item.title)
        assert item.section == "careers" or not any(
            (feed != item.feed or title.words == words.words) and same_story(title, words)
            for feed, title in titles
        )


@SOME
@given(pools)
def test_careers_of_one_page_are_one_story_only_under_one_title(pool):
    for story in gather(pool).stories:
        if any(item.section == "careers" for item in story.items):
            assert len({make_url_key(item.url) for item in story.items}) == 1
            careers = [item for item in story.items if item.section == "careers"]
            assert len({read_title(item.title).words for item in careers}) == 1


@SOME
@given(pools, st.data())
def test_a_pinned_story_is_in_whatever_its_score_and_a_banned_one_is_out(pool, data):
    with_link = [item for item in pool if item.url]
    assume(with_link)
    link = data.draw(st.sampled_from(with_link)).url
    stories = gather(pool, pinned=[link]).stories
    pinned = choose(stories, ItemWishes(pin=(link,)))
    of_it = {story.lead.id for story in stories if has_link(story, link)}
    assert {pick.ref for pick in pinned.picks if pick.pinned} == of_it
    banned = choose(stories, ItemWishes(ban=(link,)))
    of_it = {each.id for story in stories if has_link(story, link) for each in story.items}
    assert not of_it & {pick.ref for pick in banned.picks}
