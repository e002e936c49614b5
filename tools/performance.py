"""Write docs/reference/performance.md and the figures of the README from benchmarks/results.json."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "reference" / "performance.md"
README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=<!-- figures of make bench -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)


def render_page(results):
    """Return the page: every benchmark with its rows, its command and its goals."""
    lines = [
        "# Performance",
        "",
        "`make bench` writes this page.",
        "Every figure compares two things measured in one run, turn by turn, in seconds of CPU unless",
        "another unit is named: machines differ, ratios less so.",
        "An exponent of 1 is growth in proportion to the size.",
        "",
        f"Measured on {results['machine']}.",
        "",
        "`make bench BENCH=start_up` runs one benchmark, `make bench BIG=1` the largest sizes, too.",
    ]
    for name, result in results["benchmarks"].items():
        lines += ["", f"## {result['title']}", "", f"`python benchmarks/{name}.py`"]
        if result["reason"]:
            lines += ["", f"Not measured: {result['reason']}."]
        if result["rows"]:
            lines += ["", "| what | measured | compared with | result | goal |", "|---|---|---|---|---|"]
            lines += [write_row(row) for row in result["rows"]]
    return "\n".join(lines) + "\n"


def write_row(row):
    """Return a row of the table; a goal that was missed is named as such."""
    goal = row["goal"] if row["is_met"] else f"{row['goal']}: missed"
    cells = (row["what"], row["measured"], row["against"], row["figure"], goal)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def render_figures(results):
    """Return the lines of the README: the rows that have a key."""
    rows = [row for result in results["benchmarks"].values() for row in result["rows"] if row["key"]]
    lines = ["| what | costs | compared with | result |", "|---|---|---|---|"]
    for row in rows:
        cells = (row["what"], row["measured"], row["against"], row["figure"])
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def render_readme(results, text):
    """Return the README with these figures."""
    return BLOCK.sub(lambda _: f"\n{render_figures(results)}\n", text)


def main() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    PAGE.write_text(render_page(results), encoding="utf-8")
    README.write_text(render_readme(results, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
