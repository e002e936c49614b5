"""What the choice of a week saw, as digests: when they differ, the choice may, too. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, fields

from pipeline.model.news import Item, Snapshot
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs
from pipeline.pick.selection import Selection

_ITEM_FIELDS = tuple(field.name for field in fields(Item))


def digest_news(snapshot: Snapshot) -> str:
    """Digest the news as the choice sees them, as `digests` has it under `news`."""
    given = {item.feed for item in snapshot.items}
    return _digest(
        [
            str(snapshot.at) if snapshot.items or snapshot.jobs else "",
            *(_describe_item(each) for each in (*snapshot.items, *snapshot.jobs)),
            # A feed without an item only shows that news are wanted.
            any(not feed.hidden for feed in snapshot.feeds),
            *({**asdict(feed), "line": 0} for feed in snapshot.feeds if feed.slug in given),
        ]
    )


def digests(inputs: SelectionInputs, news: Callable[[Snapshot], str] = digest_news) -> dict[str, str]:
    """Digest what the choice of a week saw, and no more: no prose, no later issues, no editor's words.

    Names of terms are seen only where there is news to find them in. `news` is `digest_news`, or what
    remembers what it returned.
    """
    catalogue, wishes, snapshot = inputs.catalogue, inputs.wishes, inputs.snapshot
    is_read = bool(snapshot.items or snapshot.jobs)
    seen = {
        "content": [
            [
                {
                    "slug": term.slug,
                    "category": term.category,
                    "difficulty": term.difficulty,
                    "related": sorted(set(term.related)),
                    "prerequisites": sorted(set(term.prerequisites)),
                    "seasons": [[season.start, season.end] for season in term.seasons],
                    **({"names": [term.title, term.full_name, *term.aliases]} if is_read else {}),
                }
                for term in catalogue.terms
            ],
            [
                {"slug": tip.slug, "tags": sorted(set(tip.tags)), "terms": sorted(set(tip.terms))}
                for tip in catalogue.tips
            ],
        ],
        "history": [
            [past.week, past.term, past.tip, past.pinned, past.stories, past.mentions, past.items]
            for past in inputs.earlier
        ],
        "wishes": _list_wishes(wishes),
        "selection": _describe(inputs.rules),
    }
    return {name: _digest(value) for name, value in seen.items()} | {"news": news(snapshot)}


def digest_wishes(wishes: Wishes) -> str:
    """Digest the wishes as `digests` does, to see whether a lock was chosen by the same ones."""
    return _digest(_list_wishes(wishes))


def _list_wishes(wishes: Wishes) -> list[object]:
    return [
        [wishes.term_pin, sorted(set(wishes.term_ban))],
        [wishes.tip_pin, sorted(set(wishes.tip_ban))],
        [wishes.items.pin, sorted(set(wishes.items.ban))],
    ]


def _describe_item(item: Item) -> dict[str, object]:
    # As `asdict`, which copies every value, does in a tenth of its time.
    values = {name: getattr(item, name) for name in _ITEM_FIELDS}
    return values | {"job": asdict(item.job)} if item.job is not None else values


def _describe(rules: Selection) -> dict[str, object]:
    """Write the numbers of a choice in the shape that locks have had from the beginning."""
    news = asdict(rules.news)
    sections = {
        name: {
            "half_life_days": spec.half_life_days,
            "quota": spec.slots,
            "cap": spec.cap,
            "max_age_days": spec.max_age_days,
        }
        for name, spec in rules.news.sections.items()
    }
    del news["sections"]
    numbers = {field.name: getattr(rules, field.name) for field in fields(rules)}
    return {**numbers, "news": news | sections}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
