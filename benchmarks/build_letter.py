"""What building a letter costs beside compiling its MJML, a variant beside the first, a week of `simulate`.

Usage: python benchmarks/build_letter.py
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from measure import Cost, Report, alternate, call, spend, weekly
from news_growth import SIZES, Newsroom

AS_OF = "2026-11-23T08:00Z"
ROUNDS = 7
MOST_BUILD = 2.0
"""Twice the engine's own command leaves as much for choosing, writing and checking the letter as for it."""
MOST_VARIANT = 0.3
MOST_WEEK = 1.5
"""A week of `simulate` is a letter made and checked; half of that is left for choosing it."""
FEW_WEEKS, MANY_WEEKS = 5, 25


def build(folder: Path) -> Cost:
    """Build the letter of a week that is not locked."""
    for lock in folder.glob("content/issues/*.lock.json"):
        lock.unlink()
    return spend(weekly("issue", "build", "--as-of", AS_OF, folder=folder))


def simulate(folder: Path, weeks: int) -> Cost:
    """Simulate so many weeks."""
    return spend(weekly("simulate", "--weeks", str(weeks), "--as-of", AS_OF, folder=folder))


def list_sources(make: Callable[[], object]) -> list[str]:
    """Return the MJML of the letters that a function makes, as the engine gets it at first."""
    from pipeline.render import mjml
    from pipeline.render.sections import forget_sections

    sources: list[str] = []
    run_engine = mjml.run_engine

    def note(guarded: str, sections: Sequence[object]) -> str:
        sources.append(guarded)
        return run_engine(guarded, sections)

    forget_sections()
    mjml.run_engine = note
    make()
    mjml.run_engine = run_engine
    return sources


def main() -> None:
    from support.letter_parts import ENGLISH, HEAD, TEMPLATES
    from support.letters import ORDINARY

    from pipeline.check.letter import check_letter
    from pipeline.issue.compose import make_variant
    from pipeline.issue.variants import Choices
    from pipeline.model.wishes import Wishes
    from pipeline.render.jinja import environment
    from pipeline.render.letter import render
    from pipeline.render.sections import forget_sections

    templates = environment([TEMPLATES])
    source_text = list_sources(lambda: render(ORDINARY, HEAD, templates))[0]
    choices = Choices(without=(ORDINARY.sections[-2].kind,))

    def make_first() -> None:
        forget_sections()
        check_letter(render(ORDINARY, HEAD, templates), HEAD, issue=ORDINARY)

    def make_another() -> None:
        issue = make_variant(ORDINARY, choices, Wishes(), strings=ENGLISH, letter_name=HEAD.name)
        check_letter(render(issue, HEAD, templates), HEAD, issue=issue, errors_only=True)

    make_first()
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folder, news, source = (Path(name) / each for each in ("letter", "news", "letter.mjml"))
        source.write_text(source_text, encoding="utf-8")
        for each in (folder, news):
            spend(weekly("init", str(each), "--example"))
        Newsroom().write(news, *SIZES[420])

        # As newsletters in use: they have a var/, and their templates, content and news were read before.
        for each in (folder, news):
            (each / "var").mkdir(exist_ok=True)
            build(each)
        spent = alternate(
            {
                "build": lambda: build(folder),
                "news": lambda: build(news),
                "mjml": lambda: spend([Path(sys.executable).with_name("mjml"), source]),
                "first": lambda: call(make_first),
                "another": lambda: call(make_another),
                "few": lambda: simulate(folder, FEW_WEEKS),
                "many": lambda: simulate(folder, MANY_WEEKS),
            },
            ROUNDS,
        )
    week_s = (spent["many"].cpu_s - spent["few"].cpu_s) / (MANY_WEEKS - FEW_WEEKS)
    report = Report("Building letters")
    what = "`weekly issue build`, an ordinary letter"
    report.ratio(what, spent["build"], "the process `mjml letter.mjml`", spent["mjml"], at_most=MOST_BUILD)
    what = "the same with 420 items of news, read before"
    report.ratio(what, spent["news"], "the process `mjml letter.mjml`", spent["mjml"], at_most=MOST_BUILD)
    what = "one more HTML variant, rendered and checked"
    report.ratio(what, spent["another"], "the first letter", spent["first"], at_most=MOST_VARIANT)
    report.ratio("`weekly simulate`, a week", week_s, "a letter", spent["first"], at_most=MOST_WEEK)
    report.finish()


if __name__ == "__main__":
    main()
