"""What rendering and checking a letter cost beside the engine that compiles its MJML, and how they grow.

Usage: python benchmarks/render_issue.py
"""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from build_letter import list_sources
from measure import Cost, Report, alternate, call

ROUNDS = 15
TIMES = 10
MOST_GROWTH = 1.5
"""A letter of ten times the content is no work of one more kind: what it costs above that is copying."""
MOST_CHECK = 0.5


def number_words(value: object, number: int) -> object:
    """Return a copy with a number in all of its words: equal sections would be compiled once."""
    if isinstance(value, str):
        return f"{value} {number}" if " " in value and "://" not in value else value
    if isinstance(value, tuple):
        return tuple(number_words(each, number) for each in value)
    if is_dataclass(value):
        return replace(
            value, **{each.name: number_words(getattr(value, each.name), number) for each in fields(value)}
        )
    return value


def main() -> None:
    from support.letter_parts import HEAD, TEMPLATES
    from support.letters import ORDINARY

    from pipeline.check.letter import check_letter
    from pipeline.render.engine import run_engine
    from pipeline.render.jinja import environment
    from pipeline.render.letter import render
    from pipeline.render.sections import forget_sections

    templates = environment([TEMPLATES])
    copies = [number_words(ORDINARY.sections, number) for number in range(TIMES)]
    large = replace(ORDINARY, sections=tuple(section for copy in copies for section in copy))
    source = list_sources(lambda: render(ORDINARY, HEAD, templates))[0]
    rendered = render(ORDINARY, HEAD, templates)  # the engine and the templates are loaded once
    check_letter(rendered, HEAD, issue=ORDINARY)

    def make(issue: object) -> None:
        forget_sections()
        render(issue, HEAD, templates)

    spent: dict[str, Cost] = alternate(
        {
            "engine": lambda: call(lambda: run_engine(source)),
            "check": lambda: call(lambda: check_letter(rendered, HEAD, issue=ORDINARY)),
            "ordinary": lambda: call(lambda: make(ORDINARY)),
            "again": lambda: call(lambda: render(ORDINARY, HEAD, templates)),
            "large": lambda: call(lambda: make(large)),
        },
        ROUNDS,
    )
    report = Report("A letter, rendered and checked")
    size = f"{rendered.html_bytes:,} bytes of HTML"
    report.show(
        f"rendering an ordinary letter, {size}", f"{spent['ordinary'].cpu_s * 1000:.0f} ms", key="letter"
    )
    report.ratio("the same again, its sections known", spent["again"], "at first", spent["ordinary"])
    report.ratio(
        "checking it", spent["check"], "compiling its MJML", spent["engine"], at_most=MOST_CHECK, key="check"
    )
    report.ratio(
        f"a tenth of a letter with {TIMES} times the content",
        spent["large"].cpu_s / TIMES,
        "the ordinary one",
        spent["ordinary"],
        at_most=MOST_GROWTH,
        key="growth",
    )
    report.finish()


if __name__ == "__main__":
    main()
