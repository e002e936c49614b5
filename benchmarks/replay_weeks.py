"""Fifteen letters from a folder of real feeds, one week after the other, as cron would have sent them.

Serves every .xml file of a folder on loopback, without the items younger than the moment asked for, and calls
`weekly run --as-of` on the Tuesday of each week from FIRST to LAST. Prints each letter's stories with their
reasons and compares with what `weekly simulate --feeds` foretells. Takes items away one by one, adds copies,
and counts how many slots change. Exits 1 when a link is sent twice, a source is over its cap, a slot has no
reasons, a letter is not delivered or not as foretold, or one item changes more than it may. DIR/var/letters
keeps the letters for a look.
Usage: python benchmarks/replay_weeks.py FEEDS_DIR DIR [FIRST LAST]     (2026-W20 2026-W34)
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.model.wishes import Wishes  # noqa: E402 - the path is set above
from pipeline.news.urls import make_url_key  # noqa: E402 - as above
from pipeline.pick.choose import SelectionInputs, choose  # noqa: E402 - as above
from pipeline.weeks import Week  # noqa: E402 - as above
from pipeline.wiring import Newsletter  # noqa: E402 - as above

WEEKLY = Path(sys.executable).with_name("weekly")
TOOLS = {"claude", "cohere", "cursor", "google_ai", "groq", "mistral", "ollama"}
ITEM = re.compile(rb"<(item|entry)\b.*?</\1>", re.DOTALL)
DATE = re.compile(rb"<(?:pubDate|published|updated)>([^<]+)<")
CAP = 2
ENVIRON = {
    "PATH": os.environ["PATH"],
    "WEEKLY_FEEDS__ALLOW_PRIVATE_HOSTS": '["127.0.0.1"]',
    "WEEKLY_DELIVERY__CONNECTIONS": "2",
}


class CutServer(ThreadingHTTPServer):
    """Serves the feeds as they were at `moment`."""

    moment = datetime(1970, 1, 1, tzinfo=UTC)

    def __init__(self, folder):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = cut((folder / self.path.strip("/")).read_bytes(), server.moment)
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def cut(body, moment):
    def keep(found):
        date = DATE.search(found[0])
        return found[0] if date is None or read_date(date[1].decode()) <= moment else b""

    return ITEM.sub(keep, body)


def read_date(text):
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def weekly(folder, *args):
    done = subprocess.run(
        [WEEKLY, "-C", folder, *args], env=ENVIRON, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
        sys.exit(f"weekly {' '.join(map(str, args))}: exit code {done.returncode}")
    return done.stdout, done.stderr


def make_letter(folder, feeds, port):
    weekly(ROOT, "init", folder, "--example")
    tables = [
        f'[[feed]]\nslug = "{path.stem}"\nurl = "http://127.0.0.1:{port}/{path.name}"\n'
        f'section = "{"tools" if path.stem in TOOLS else "techniques"}"\n'
        for path in sorted(feeds.glob("*.xml"))
    ]
    (folder / "content" / "feeds.toml").write_text("\n".join(tables), "utf-8")
    readers = ROOT / "docs" / "example-readers.csv"
    proof = ("--source", "a replay", "--consent-date", "2026-01-01", "--consent-text", "Send me the letter")
    weekly(folder, "subscribers", "import", readers, *proof)


def explain(folder, week, at):
    out, _ = weekly(folder, "issue", "explain", "--week", str(week), "--as-of", at, "--json")
    return json.loads(out)


def simulate(folder, feeds, first, last):
    weeks = 1 + (last.monday - first.monday).days // 7
    before = datetime.fromisocalendar(first.year, first.number, 1).replace(tzinfo=UTC)
    more = ("--feeds", feeds, "--as-of", f"{before:%Y-%m-%dT%H:%MZ}", "--json")
    out, _ = weekly(folder, "simulate", "--weeks", str(weeks), *more)
    return {each["week"]: each for each in json.loads(out)["weeks"]}


def show(week, told):
    print(f"\n== {week}: {told['layout']} {told['note']}")
    for slot in told["slots"]:
        sign = " × " if slot["kind"] == "item" else " + "
        reasons = sign.join(f"{each['name']} {each['value']:.2f}" for each in slot["reasons"])
        print(f"{slot['slot']:13} {slot['score']:.3f} = {reasons}")
        print(f"{'':13} {slot.get('feed') or ''} {slot.get('title') or slot['ref']}")
        if slot["kind"] == "term":
            print(
                f"{'':13} {next((each['detail'] for each in slot['reasons'] if each['name'] == 'news'), '')}"
            )


def find_wrong(told, links):
    shares = Counter(
        (slot["slot"].partition("-")[0], slot["feed"]) for slot in told["slots"] if slot.get("feed")
    )
    for (section, feed), count in shares.items():
        if count > CAP:
            yield f"{section} has {count} stories of {feed}"
    for slot in told["slots"]:
        if not slot["reasons"]:
            yield f"{slot['slot']} has no reasons"
        if slot.get("url") and make_url_key(slot["url"]) in links:
            yield f"{slot['url']} was sent before"


def count_changes(folder, week, at):
    """Choose a week again with an item less, or a copy more, of every item; gives the slots that changed."""
    newsletter = Newsletter(folder=folder, config=None, as_of=at, environ=ENVIRON)
    past = tuple(one for one in newsletter.history() if one.week < str(week))
    edition = newsletter.edition(past)
    catalogue, _ = edition.catalogue()
    snapshot = edition.snapshot(week)

    def stories(items):
        news = replace(snapshot, items=items)
        inputs = SelectionInputs(catalogue, past, week, Wishes(), edition.selection, news)
        return [frozenset((pick.ref, *pick.items)) for pick in choose(inputs).picks if pick.kind == "item"]

    whole, changes = stories(snapshot.items), Counter()
    for item in snapshot.items:
        rest = tuple(other for other in snapshot.items if other is not item)
        copy = replace(item, id=f"{item.id} copy", feed="elsewhere", url=f"{item.url}?copy=1")
        for other in (stories(rest), stories((*snapshot.items, copy))):
            lost = sum(not any(ids & each for each in other) for ids in whole)
            gained = sum(not any(ids & each for each in whole) for ids in other)
            changes[max(lost, gained)] += 1
    return changes


def main():
    feeds, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    week, last = (Week.parse(each) for each in (sys.argv[3:5] or ("2026-W20", "2026-W34")))
    os.environ |= {key: value for key, value in ENVIRON.items() if key.startswith("WEEKLY_")}
    server = CutServer(feeds)
    make_letter(folder, feeds, server.server_address[1])
    links, wrong, changes = set(), [], Counter()
    foretold = simulate(folder, feeds, week, last)
    while week <= last:
        moment = datetime.fromisocalendar(week.year, week.number, 2).replace(hour=9, tzinfo=UTC)
        at = f"{moment:%Y-%m-%dT%H:%MZ}"
        server.moment = moment
        weekly(folder, "-q", "run", "--as-of", at)
        out, _ = weekly(folder, "status", "--week", str(week), "--json", "--as-of", at)
        status = json.loads(out)
        told = explain(folder, week, at)
        show(week, told)
        wrong += [f"{week}: {each}" for each in find_wrong(told, links)]
        if status["counts"]["sent"] != status["audience"]:
            wrong.append(f"{week}: not delivered to everybody: {status['counts']}")
        got = [slot["ref"] for slot in told["slots"] if slot["kind"] != "item"]
        if [foretold[str(week)][kind] for kind in ("term", "tip")] != got:
            wrong.append(f"{week}: {got} where {foretold[str(week)]} was foretold")
        links |= {make_url_key(slot["url"]) for slot in told["slots"] if slot.get("url")}
        changes += count_changes(folder, week, moment)
        week = week.next()
    server.shutdown()
    print("\n" + "\n".join(wrong or ["every letter delivered, nothing twice, no source over its cap"]))
    print(f"slots changed by one item less, or one copy more: {dict(sorted(changes.items()))}")
    sys.exit(bool(wrong or max(changes, default=0) > 1))


if __name__ == "__main__":
    main()
