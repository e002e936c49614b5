"""What news cost `weekly issue build`: none, 420, 4,200 and 42,000 items in the snapshot of the week.

Chooses at first without anything remembered, then again with what the build before has kept in `var/cache`.

Usage: python benchmarks/news_growth.py
"""

from __future__ import annotations

import json
import random  # noqa: TID251 - made-up news, the same at every run
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path

from measure import Cost, Report, alternate, spend, weekly

ROUNDS = 3
SIZES = {420: (14, 30), 4_200: (140, 30), 42_000: (140, 300)}
"""Items: so many feeds with so many items each."""
WEEK, AS_OF = "2026-W48", "2026-11-23T09:00Z"
AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
MOST, EXPONENT = 1.5, 1.05
"""What 4,200 items may cost in builds without any, and how the cost may grow from there."""
WORDS, TERMS = 6_000, ("RAG", "AI agent", "prompt engineering", "embedding model", "context window")
PARTS = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "tra", "ple", "con", "ter")


class Newsroom:
    """Writes the items of feeds, always the same: words as frequent as in a language, and some copies."""

    def __init__(self) -> None:
        self._chance = random.Random(7)
        self._words = [
            "".join(self._chance.choices(PARTS, k=self._chance.randint(2, 4))) for _ in range(WORDS)
        ]
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(WORDS)))
        self._titles: list[str] = []

    def write(self, folder: Path, feeds: int, items: int) -> None:
        """Follow so many feeds in a newsletter, with so many items each."""
        slugs = [f"feed-{number:03}" for number in range(feeds)]
        tables = [f'[[feed]]\nslug = "{slug}"\nurl = "https://{slug}.example/feed"\n' for slug in slugs]
        sections = [f'section = "{("tools", "techniques")[number % 2]}"\n' for number in range(feeds)]
        lines = [line for number, slug in enumerate(slugs) for line in self._list(slug, number, items)]
        (folder / "content" / "feeds.toml").write_text(
            "\n".join(table + section for table, section in zip(tables, sections, strict=True)), "utf-8"
        )
        (folder / "content" / "issues").mkdir(exist_ok=True)
        (folder / "content" / "issues" / f"{WEEK}.items.jsonl").write_text("\n".join(lines) + "\n", "utf-8")

    def _list(self, slug: str, number: int, items: int) -> Iterator[str]:
        ids = sorted(
            blake2b(f"{slug} {place}".encode(), digest_size=10).hexdigest() for place in range(items)
        )
        for place, key in enumerate(ids):
            at = f"{AT - timedelta(hours=self._chance.random() * 24 * 13):%Y-%m-%dT%H:%M:%SZ}"
            words = self._pick(self._chance.randint(5, 11))
            term = f" About {self._chance.choice(TERMS)} models." if self._chance.random() < 0.4 else ""
            item = {
                "id": key,
                "feed": slug,
                "section": ("tools", "techniques")[number % 2],
                "title": self._title(words),
                "url": f"https://www.{slug}.example/posts/{place}-{words[0]}/",
                "first_seen_at": at,
                "published_at": at,
                "summary": f"{' '.join(self._pick(35)).capitalize()}.{term}",
                "language": "en",
                "source": f"Feed {number}",
                "words": 500,
            }
            yield json.dumps(item, sort_keys=True)

    def _title(self, words: list[str]) -> str:
        if self._titles and self._chance.random() < 0.05:
            return self._chance.choice(self._titles)
        if self._chance.random() < 0.3:
            words = [*words, self._chance.choice(TERMS)]
        number = f" {self._chance.randint(1, 9)}.{self._chance.randint(0, 20)}"
        title = " ".join(words).capitalize() + (number if self._chance.random() < 0.1 else "")
        self._titles.append(title)
        return title

    def _pick(self, count: int) -> list[str]:
        return self._chance.choices(self._words, cum_weights=self._weights, k=count)


def build(folder: Path, *, first: bool) -> Cost:
    """Lock the week; at first as if nothing had been chosen and read before."""
    (folder / "content" / "issues" / f"{WEEK}.lock.json").unlink(missing_ok=True)
    if first:
        (folder / "var" / "cache" / "news").unlink(missing_ok=True)
    return spend(weekly("--as-of", AS_OF, "issue", "build", "--week", WEEK, folder=folder))


def main() -> None:
    report = Report("Building a letter from more and more news")
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folders = {size: Path(name) / str(size) for size in (0, *SIZES)}
        for size, folder in folders.items():
            spend(weekly("init", str(folder), "--example"))
            (folder / "var").mkdir(exist_ok=True)
            if size:
                Newsroom().write(folder, *SIZES[size])
            build(folder, first=True)  # the content is parsed by then
        for first, how in ((True, "at first"), (False, "again")):
            cases = {str(size): partial(build, folder, first=first) for size, folder in folders.items()}
            largest = dict([cases.popitem()])
            none, *costs = (alternate(cases, ROUNDS) | alternate(largest, 1)).values()
            for size, cost in zip(SIZES, costs, strict=True):
                most = MOST if size < 42_000 else None
                report.ratio(f"`issue build` {how}, {size:,} items", cost, "none", none, at_most=most)
            report.exponent(f"`issue build` {how}", list(SIZES), costs, base=none, at_most=EXPONENT)
            report.show(f"Memory {how}, 42,000 items", f"{costs[-1].memory_mib:.0f} MiB")
    report.finish()


if __name__ == "__main__":
    main()
