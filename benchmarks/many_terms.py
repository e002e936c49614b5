"""What a week's news costs beside a large glossary: `read_news` of 2,000 items at 500 and at 5,000 terms.

Every item has 250 words, many of which begin the name of a term; a second glossary has names that all begin
with the same word, as `Prompt …` in a glossary about prompts. Compared with a choice of the same items and no
term. Usage: python benchmarks/many_terms.py
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from large_catalogue import Writer, names
from measure import Cost, Report, alternate, call, not_measured

from pipeline.model.content import Catalogue, Term
from pipeline.model.news import Feed, Item, Snapshot
from pipeline.model.wishes import Wishes
from pipeline.pick.news import ReadNews, read_news
from pipeline.pick.options import Selection
from pipeline.plugins.sections import news_sections

SIZES = (500, 5_000)
ITEMS, WORDS, FEEDS = 2_000, 250, 100
ROUNDS = 3
GOAL, GROWTH = 2.5, 1.3
"""What 5,000 terms may cost, against no term, with which no word is read, and against 500."""
KINDS = {"with names of three words": "", "with names that begin with one word": "prompt "}
AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def make_catalogue(titles: list[str]) -> Catalogue:
    """Make terms that have nothing but their names."""
    prose = dict.fromkeys(
        ("category", "definition", "example", "why_it_matters", "how_it_works", "career_relevance"), ""
    )
    return Catalogue(
        tuple(
            Term(**prose, slug=title.replace(" ", "-"), title=title, difficulty=1, mistakes=())
            for title in titles
        )
    )


def make_snapshot() -> Snapshot:
    """Make a week of items in which names of terms are no rare thing."""
    sections = news_sections()
    terms, feeds = names("term", SIZES[-1]), []
    for number in range(FEEDS):
        slug = f"feed-{number:03}"
        feeds.append(Feed(slug, f"https://{slug}.example/feed", sections[number % len(sections)]))
    items = []
    for number in range(ITEMS):
        writer, feed = Writer(f"item {number}"), feeds[number % FEEDS]
        at = AT - timedelta(minutes=5 * number)
        name = writer.pick(terms)
        items.append(
            Item(
                id=f"{number:020x}",
                feed=feed.slug,
                section=feed.section,
                title=f"{writer.sentence()} {number}",
                url=f"https://{feed.slug}.example/{number}",
                first_seen_at=at,
                published_at=at,
                summary=f"{writer.paragraph(WORDS)} {name}, and the prompt {name}.",
            )
        )
    return Snapshot(AT, tuple(items), (), tuple(feeds))


def choose(catalogue: Catalogue, snapshot: Snapshot) -> Cost:
    """Choose once, with nothing kept of an earlier choice."""
    snapshot = replace(snapshot)  # with nothing worked out before
    found: list[ReadNews] = []
    cost = call(lambda: found.append(read_news(catalogue, (), Wishes(), Selection(), snapshot)))
    if catalogue.terms and not found[0].lifts:
        not_measured("no term was found in the items")
    return cost


def main() -> None:
    report = Report("News next to a large glossary")
    snapshot, less, more = make_snapshot(), *SIZES
    glossaries = {"none": Catalogue(())}
    for what, first in KINDS.items():
        for count in SIZES:
            glossaries[f"{what} {count}"] = make_catalogue([first + each for each in names("term", count)])
    spent = alternate(
        {name: lambda terms=terms: choose(terms, snapshot) for name, terms in glossaries.items()}, ROUNDS
    )
    for what in KINDS:
        items = f"{ITEMS:,} items read with {more:,} terms {what}"
        large = spent[f"{what} {more}"]
        report.ratio(items, large, "without terms", spent["none"], at_most=GOAL)
        report.ratio(items, large, f"with {less} terms", spent[f"{what} {less}"], at_most=GROWTH)
    report.finish()


if __name__ == "__main__":
    main()
