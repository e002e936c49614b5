"""What a large catalogue costs: `content check` and `issue build` as whole processes, at 500 and at 5,000.

Writes made-up terms and tips of realistic size into a temporary folder, runs both commands a few times,
prints the best wall and CPU times, and exits 1 when one is over its goal or grows faster than its input.
Both are held against CPU time: a command is one thread that waits for nothing, so that on a machine that does
nothing else the two are the same, and on a busy one only the wall time tells of the neighbours.
Then one run in this process says where the time goes. Usage: python benchmarks/large_catalogue.py
"""

from __future__ import annotations

import os
import random  # noqa: TID251 - made-up prose, seeded
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SIZES = (500, 5_000)
ROUNDS = 3
AS_OF = "2026-11-23T08:00Z"
GOALS = {"content check": 10.0, "issue build": 2.0}
"""CPU seconds for the whole process at the larger size."""
GROWTH = 1.15
"""How much faster than its input the time may grow."""

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
    weekly(root.parent, "init", str(root), "--example")
    terms, tips = names("term", count), names("tip", count)
    for folder in ("glossary", "tips"):
        for old in (root / "content" / folder).glob("*.md"):
            old.unlink()
    for place in range(count):
        slug, text = term(place, terms)
        (root / "content/glossary" / f"{slug}.md").write_text(text, encoding="utf-8")
        slug, text = tip(place, tips, terms)
        (root / "content/tips" / f"{slug}.md").write_text(text, encoding="utf-8")


def weekly(folder: Path, *words: str) -> tuple[float, float]:
    """Run a command in a folder; gives its wall time and its CPU time in seconds."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environ,
    )
    spent, after = time.perf_counter() - start, os.times()
    if done.returncode:
        raise SystemExit(f"weekly {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return spent, cpu


def run_command(folder: Path, name: str) -> tuple[float, float]:
    """Run one of the two commands; a lock of an earlier round would be kept, so it goes."""
    for lock in (folder / "content/issues").glob("*.lock.json"):
        lock.unlink()
    return weekly(folder, *name.split(), "--as-of", AS_OF)


def best_of(times: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Find the best wall time and the best CPU time, each for itself."""
    walls, cpus = zip(*times, strict=True)
    return min(walls), min(cpus)


def tell_shares(folder: Path) -> None:
    """Print where a build's time goes, measured in this process with everything imported."""
    from pipeline.content.lint.catalogue import check_catalogue
    from pipeline.content.read import read_catalogue
    from pipeline.issue.lock import build_lock
    from pipeline.model.wishes import Wishes
    from pipeline.pick.choose import SelectionInputs, choose
    from pipeline.pick.options import Selection
    from pipeline.weeks import Week

    week, wishes, rules = Week.parse("2026-W48"), Wishes(), Selection()
    read_catalogue(folder)
    clock = [time.perf_counter()]
    catalogue, found = read_catalogue(folder)
    clock.append(time.perf_counter())
    check_catalogue(catalogue, found)
    clock.append(time.perf_counter())
    inputs = SelectionInputs(catalogue, (), week, wishes, rules)
    build_lock(choose(inputs), inputs)
    clock.append(time.perf_counter())
    parts = zip(
        ("reading", "rules of check_catalogue", "choosing and locking"), clock, clock[1:], strict=False
    )
    print("in one process:", ", ".join(f"{name} {end - begin:.2f} s" for name, begin, end in parts))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folders = {count: Path(name) / str(count) for count in SIZES}
        for count, folder in folders.items():
            write_catalogue(folder, count)
        best = {
            (command, count): best_of(run_command(folder, command) for _ in range(ROUNDS))
            for command in GOALS
            for count, folder in folders.items()
        }
        _, start = best_of(weekly(folders[SIZES[0]], "--version") for _ in range(ROUNDS))
        print(
            f"best of {ROUNDS}"
            + "".join(f"{f'{count:,}+{count:,}':>18}" for count in SIZES)
            + "  ratio  goal"
        )
        missed = []
        for command, goal in GOALS.items():
            (small, small_cpu), (large, large_cpu) = (best[command, count] for count in SIZES)
            print(
                f"{command:<14}{small:6.2f} s ({small_cpu:.2f} CPU){large:6.2f} s ({large_cpu:.2f} CPU)"
                f"{large_cpu / small_cpu:7.1f}{goal:5.0f} s"
            )
            if large_cpu > goal or large_cpu - start > GROWTH * (small_cpu - start) * SIZES[1] / SIZES[0]:
                missed.append(command)
        tell_shares(folders[SIZES[1]])
    if missed:
        raise SystemExit(f"over the goal, or not linear: {', '.join(missed)}")


if __name__ == "__main__":
    main()
