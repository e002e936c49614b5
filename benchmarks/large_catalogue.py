"""How `content check` and `issue build` grow with the catalogue, as whole processes: sizes × 1, 10, 100.

Writes made-up terms and tips of realistic size into temporary folders. Then one run in this process shows
where the time of a build goes. Usage: python benchmarks/large_catalogue.py
"""

from __future__ import annotations

import random  # noqa: TID251 - made-up prose, seeded
import sys
import tempfile
from pathlib import Path

from measure import Cost, Report, alternate, call, is_big, spend, weekly, write_amount

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SIZES, BIG_SIZES = (30, 300, 3_000), (60, 600, 6_000)
ROUNDS = 3
AS_OF = "2026-11-23T08:00Z"
COMMANDS = ("content check", "issue build")
GROWTH = 1.1
"""The largest exponent: a tenth is left for sorting, and for what the machine does besides."""

CATEGORIES = ("foundations", "prompting", "retrieval", "evaluation", "safety", "agents", "training", "cost")
TAGS = ("craft", "evaluation", "cost", "safety", "tools", "career")
NOUNS = """answer archive array assistant batch benchmark boundary branch budget buffer cache catalogue
channel check chunk class clause cluster column comment confidence context corpus customer cycle dataset
decision decoder
default depth dialogue document draft edge editor encoder error estimate evidence example expert
failure feature feedback field filter form fragment function gateway gradient grader graph guard header
heuristic index input instruction invoice judge key label latency layer ledger length limit line log loop
margin marker mask matrix measure memory message metric mixture model module network node note notebook
observer offset operator order outcome output outline packet page pair paragraph parameter parser passage
pattern penalty pipeline policy pool position prefix preview prior probe process product prompt proxy query
question queue quota range ranking rate reader reason recall record reference register report request
response result retrieval reviewer reward role row rubric rule sample scale schedule schema score script
segment selector sentence sequence server session shard signal sketch slot source span split stage standard
state step store stream summary support switch symbol system table tag target task team template test text
thread threshold ticket token tool topic trace track transcript tree trial trigger unit update user value
vector version view vocabulary vote warning weight window word worker""".split()  # noqa: SIM905 - a list of words reads better as words
VERBS = """accepts adjusts aligns appends assigns balances blocks bounds builds carries checks chooses clips
collects compares compresses copies corrects counts covers cuts decides delays describes divides drops
estimates expands exposes extracts fills filters finds fixes follows gathers gives groups handles hides holds
ignores interrupts joins keeps learns limits links loads maps marks masks matches measures merges moves names
needs notes opens orders pads passes predicts prevents prints protects pushes ranks reads receives records
reduces rejects removes repeats replaces returns reuses rewrites samples saves scales scores selects sends
separates shapes shares shifts shows signals skips solves sorts splits starts states stops stores streams
swaps takes tests tracks trains translates trims updates uses validates warns weighs writes""".split()  # noqa: SIM905 - as above
ADJECTIVES = """abrupt actual adjacent aligned annotated asymmetric batched biased blank bounded broad brittle
calibrated careful central cheap clean coarse cold common compact complete complex concrete constant correct
costly crisp dense direct distant dry dynamic early empty exact explicit external factual fair fast final
fixed flat formal fragile frozen full gentle global greedy hidden honest idle implicit inner intact internal
large late latent lazy lean linear literal local long loose masked merged mild minor mixed narrow nested
noisy numeric odd open outer parallel partial patient plain precise private public quiet random rare raw
ready recent rough sampled second sharp shallow short silent similar simple single slow small smooth sparse
stable stale static steady strict subtle tagged terse thick thin tight tiny typed unequal upper vague verbose
visible warm weak wide written""".split()  # noqa: SIM905 - as above
LINKS = ("because", "while", "although", "so that", "before", "after", "unless", "whenever", "and", "but")


class Writer:
    """Writes made-up prose, the same for the same seed."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)
        self.pick = self._chance.choice
        self.sample = self._chance.sample
        self.number = self._chance.randint

    def happens(self, share: float) -> bool:
        """Decide by chance."""
        return self._chance.random() < share

    def thing(self) -> str:
        """Name a thing."""
        adjective = f"{self.pick(ADJECTIVES)} " if self.happens(0.6) else ""
        return f"{self.pick(('the', 'the', 'every', 'one', 'another'))} {adjective}{self.pick(NOUNS)}"

    def clause(self) -> str:
        """Write subject, verb and object."""
        clause = f"{self.thing()} {self.pick(VERBS)} {self.thing()}"
        return f"{clause} {self.pick(('of', 'in', 'with', 'behind', 'from'))} {self.thing()}"

    def sentence(self) -> str:
        """Write a sentence, some with emphasis or code in it."""
        words = self.clause()
        if self.happens(0.7):
            words += f"{self.pick((',', ''))} {self.pick(LINKS)} {self.clause()}"
        if self.happens(0.08):
            words += f", as in `{self.pick(NOUNS)}_{self.pick(NOUNS)}`"
        if self.happens(0.05):
            words += f", and *not* with {self.thing()}"
        return f"{words[0].upper()}{words[1:]}."

    def paragraph(self, words: int) -> str:
        """Write about so many words, one sentence a line."""
        lines: list[str] = []
        while sum(len(line.split()) for line in lines) < words:
            lines.append(self.sentence())
        return "\n".join(lines)

    def code(self) -> str:
        """Write a code block."""
        lines = [f"{self.pick(NOUNS)}: {{{self.pick(NOUNS)}}}" for _ in range(self.number(2, 6))]
        return "```text\n" + "\n".join(lines) + "\n```"


def names(kind: str, count: int) -> list[str]:
    """Make so many different names of three words."""
    writer, made = Writer(kind), dict[str, None]()
    while len(made) < count:
        made[f"{writer.pick(ADJECTIVES)} {writer.pick(NOUNS)} {writer.pick(NOUNS)}"] = None
    return list(made)


def term(place: int, all_names: list[str]) -> tuple[str, str]:
    """Write a term of about 500 words."""
    name = all_names[place]
    slug, writer = name.replace(" ", "-"), Writer(f"term {name}")
    # Neighbours name each other, as the rules want it.
    near = [all_names[(place + step) % len(all_names)].replace(" ", "-") for step in (-2, -1, 1, 2)]
    before = [all_names[writer.number(0, place - 1)].replace(" ", "-")] if place and place % 3 == 0 else []
    mistakes = "\n".join(
        f"- {writer.sentence()}\n  **Fix:** {writer.sentence()}"
        for _ in range(2 if place % 50 == 0 else writer.number(2, 3))
    )
    how = "\n\n".join(writer.paragraph(45) for _ in range(3))
    if place % 4 == 0:
        how += f"\n\n{writer.code()}\n\n{writer.sentence()}"
    if place % 6 == 0:
        how += f"\n\n### {writer.pick(NOUNS).title()}\n\n" + "\n".join(
            f"- {writer.sentence()}" for _ in range(3)
        )
    if place % 50 == 0:
        code = writer.code().replace("\n", "\n  ")
        mistakes += f"\n- {writer.sentence()}\n\n  {code}\n\n  **Fix:** {writer.sentence()}"
    seasons = "seasons: [{start: 11-15, end: 01-06}]\n" if place % 40 == 0 else ""
    text = f"""---
title: {name.capitalize()}
slug: {slug}
aliases: [{name} method]
category: {CATEGORIES[place % len(CATEGORIES)]}
difficulty: {place % 3 + 1}
related: [{", ".join(near)}]
prerequisites: [{", ".join(before)}]
{seasons}sources:
  - "{writer.pick(NOUNS).title()} et al., On {name}, https://example.org/{slug}"
---

{writer.paragraph(25)}

## Example

{writer.paragraph(20)}

{writer.code() if place % 3 == 0 else writer.sentence()}

## Why It Matters

{writer.paragraph(30)}

## How It Works

{how}

## Common Mistakes

{mistakes}

## Career Relevance

{writer.paragraph(30)}
"""
    return slug, text


def tip(place: int, all_names: list[str], terms: list[str]) -> tuple[str, str]:
    """Write a tip of about 70 words, most with a prompt before and after."""
    name = all_names[place]
    slug, writer = name.replace(" ", "-"), Writer(f"tip {name}")
    tags = ", ".join(writer.sample(TAGS, writer.number(1, 2)))
    about = ", ".join(each.replace(" ", "-") for each in writer.sample(terms, 2))
    text = f"""---
title: {name.capitalize()}
slug: {slug}
tags: [{tags}]
terms: [{about}]
---

{writer.paragraph(50)}
"""
    if place % 4:
        text += f"\n## Before\n\n{writer.code()}\n\n## After\n\n{writer.code()}\n"
    return slug, text


def write_catalogue(root: Path, count: int) -> None:
    """Write a newsletter folder with so many terms and so many tips."""
    spend(weekly("init", str(root), "--example"))
    terms, tips = names("term", count), names("tip", count)
    for folder in ("glossary", "tips"):
        for old in (root / "content" / folder).glob("*.md"):
            old.unlink()
    for place in range(count):
        slug, text = term(place, terms)
        (root / "content/glossary" / f"{slug}.md").write_text(text, encoding="utf-8")
        slug, text = tip(place, tips, terms)
        (root / "content/tips" / f"{slug}.md").write_text(text, encoding="utf-8")


def run_command(folder: Path, name: str) -> Cost:
    """Run one of the two commands; a lock of an earlier round would be kept, so it goes."""
    for lock in (folder / "content/issues").glob("*.lock.json"):
        lock.unlink()
    return spend(weekly(*name.split(), "--as-of", AS_OF, folder=folder))


def show_shares(report: Report, folder: Path) -> None:
    """Show where a build's time goes, measured in this process with everything imported."""
    from pipeline.content.lint.catalogue import check_catalogue
    from pipeline.content.read import read_catalogue
    from pipeline.issue.lock import build_lock
    from pipeline.model.wishes import Wishes
    from pipeline.pick.choose import SelectionInputs, choose
    from pipeline.pick.options import Selection
    from pipeline.weeks import Week

    catalogue, found = read_catalogue(folder)
    inputs = SelectionInputs(catalogue, (), Week.parse("2026-W48"), Wishes(), Selection())
    parts = {
        "reading": lambda: read_catalogue(folder),
        "the rules of `check_catalogue`": lambda: check_catalogue(catalogue, found),
        "choosing and locking": lambda: build_lock(choose(inputs), inputs),
    }
    for name, work in parts.items():
        report.show(f"{name}, in one process", write_amount(call(work).cpu_s, "s"))


MEMORY = 3
"""Ten times the entries: whole files in memory would take five times as much, and did."""


def main() -> None:
    report, sizes = Report("A large catalogue"), BIG_SIZES if is_big() else SIZES
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folders = {count: Path(name) / str(count) for count in sizes}
        for count, folder in folders.items():
            write_catalogue(folder, count)
        for command in COMMANDS:
            works = {
                str(count): lambda folder=folder, command=command: run_command(folder, command)
                for count, folder in folders.items()
            }
            spent = list(alternate(works, ROUNDS).values())
            what = f"`weekly {command}`, by terms and as many tips"
            report.exponent(what, sizes, spent, at_most=GROWTH)
            if command == "content check":
                peaks = [cost.memory_mib for cost in spent]
                what = f"peak memory of `weekly {command}` with {2 * sizes[-1]:,} entries"
                fewer = f"with {2 * sizes[-2]:,}"
                report.ratio(what, peaks[-1], fewer, peaks[-2], at_most=MEMORY, unit="MiB")
        show_shares(report, folders[sizes[-1]])
    report.finish()


if __name__ == "__main__":
    main()
