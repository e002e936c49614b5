"""How long a letter takes to render, and whether ten times as much in it takes ten times as long.

Fails when the ordinary letter takes over 150 ms, or ten times its content over fifteen times that.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

ROUNDS = 9
MOST_MS = 150
TIMES = 10
MOST_RATIO = 1.5


def main() -> None:
    from support.letter_parts import HEAD, TEMPLATES
    from support.letters import ORDINARY

    from pipeline.render.jinja import environment
    from pipeline.render.letter import render

    templates = environment([TEMPLATES])
    cases = {
        "ordinary": ORDINARY,
        f"{TIMES} times": replace(ORDINARY, sections=ORDINARY.sections * TIMES),
    }
    spent: dict[str, list[float]] = {name: [] for name in cases}
    size = {}
    for issue in cases.values():
        render(issue, HEAD, templates)  # the engine and the templates are loaded once
    for _ in range(ROUNDS):
        for name, issue in cases.items():
            start = time.process_time()
            size[name] = render(issue, HEAD, templates).html_bytes
            spent[name].append((time.process_time() - start) * 1000)
    medians = {name: statistics.median(times) for name, times in spent.items()}
    for name, median in medians.items():
        print(f"{name:<9} {median:7.1f} ms CPU   {size[name]:>7,} bytes of HTML")
    ordinary, large = medians.values()
    ratio = large / TIMES / ordinary
    print(f"a tenth of the large letter costs {ratio:.2f} times the ordinary one")
    if ordinary > MOST_MS or ratio > MOST_RATIO:
        sys.exit(f"at most {MOST_MS} ms and {MOST_RATIO} times were promised")


if __name__ == "__main__":
    main()
