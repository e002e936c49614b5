"""What building a letter costs beside compiling its MJML, a variant beside the first, a week of `simulate`.

Usage: python benchmarks/build_letter.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from measure import Cost, Report, alternate, call, spend, weekly

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


def main() -> None:
    from support.letter_parts import ENGLISH, HEAD, TEMPLATES
    from support.letters import ORDINARY

    from pipeline.check.letter import check_letter
    from pipeline.issue.compose import make_variant
    from pipeline.issue.variants import Choices
    from pipeline.model.wishes import Wishes
    from pipeline.render import mjml
    from pipeline.render.jinja import environment
    from pipeline.render.letter import render

    templates = environment([TEMPLATES])
    sources: list[str] = []
    run_engine = mjml.run_engine

    def note(guarded: str) -> str:
        sources.append(guarded)
        return run_engine(guarded)

    mjml.run_engine = note
    render(ORDINARY, HEAD, templates)
    mjml.run_engine = run_engine
    choices = Choices(without=(ORDINARY.sections[-2].kind,))

    def make_first() -> None:
        check_letter(render(ORDINARY, HEAD, templates), HEAD, issue=ORDINARY)

    def make_another() -> None:
        issue = make_variant(ORDINARY, choices, Wishes(), strings=ENGLISH, letter_name=HEAD.name)
        check_letter(render(issue, HEAD, templates), HEAD, issue=issue, errors_only=True)

    make_first()
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folder, source = Path(name) / "letter", Path(name) / "letter.mjml"
        source.write_text(sources[0], encoding="utf-8")
        spend(weekly("init", str(folder), "--example"))

        # As a newsletter that is in use: it has a var/, and its templates and content were read before.
        (folder / "var").mkdir()
        build(folder)
        spent = alternate(
            {
                "build": lambda: build(folder),
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
    what = "one more HTML variant, rendered and checked"
    report.ratio(what, spent["another"], "the first letter", spent["first"], at_most=MOST_VARIANT)
    report.ratio("`weekly simulate`, a week", week_s, "a letter", spent["first"], at_most=MOST_WEEK)
    report.finish()


if __name__ == "__main__":
    main()
