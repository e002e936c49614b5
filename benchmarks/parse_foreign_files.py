"""Files that other people wrote to break feed parsers: every one goes through, or is refused, in time.

Parses each file below a folder as if it had been fetched, in the limited children, and counts how it ended.
feedparser's own tests are such a folder: `pip download --no-deps --no-binary feedparser feedparser`,
unpacked.
Exits 1 when a child hangs, dies, or says anything but entries or a reason.
Usage: python benchmarks/parse_foreign_files.py FOLDER
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.feeds.parser_pool import Parsers  # noqa: E402 - the path is set above

ENDINGS = {".xml", ".rss", ".atom", ".json", ".rdf", ".html"}
TOO_MUCH = ("takes longer than", "takes more memory")


def list_files(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file())


async def parse(files):
    ended, reasons, slowest = Counter(), Counter(), (0.0, "")
    async with Parsers() as parsers:
        start = time.perf_counter()
        for number, path in enumerate(files, 1):
            began = time.perf_counter()
            kind = "application/feed+json" if path.suffix == ".json" else "application/xml"
            parsed = await parsers.parse(
                path.read_bytes(), content_type=kind, base="https://example.org/feed"
            )
            slowest = max(slowest, (time.perf_counter() - began, path.name))
            ended["refused" if parsed.error else "entries" if parsed.entries else "no entries"] += 1
            reasons[parsed.error] += bool(parsed.error)
            if sys.stderr.isatty():
                print(f"\r{number} of {len(files)}", end="", file=sys.stderr)
    print(f"{len(files)} files in {time.perf_counter() - start:.1f} s: {dict(ended)}")
    print(f"slowest: {slowest[1]}, {slowest[0] * 1000:.0f} ms")
    for reason, count in reasons.most_common(12):
        if count:
            print(f"{count:6} {reason}")
    bad = sum(count for reason, count in reasons.items() if any(words in reason for words in TOO_MUCH))
    sys.exit(bool(bad or not files))


if __name__ == "__main__":
    asyncio.run(parse(list_files(Path(sys.argv[1]))))
