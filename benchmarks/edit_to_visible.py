"""What a save costs until it is seen in the studio: a real browser, a newsletter without news and two with.

Saves a tip, a setting and a template in turn, in a newsletter without news, with 14 feeds of 30 items and
with 140 of them, and takes the CPU time of the studio until the letter in the browser has the words.

Usage: python benchmarks/edit_to_visible.py [SAVES]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from measure import Cost, Report, alternate, call, not_measured
from news_growth import SIZES, Newsroom
from playwright.sync_api import Page, sync_playwright
from support.environment import CHROMIUM_ARGUMENTS
from support.studio import Desk, make_desk, served

SAVES = 7
GOALS = {0: None, 420: 1.2, 4_200: 1.5}
"""Items, and what a save of a tip may cost in saves without any."""
TEMPLATE = "email/blocks/term.mjml.j2"

# Runs in the page at every frame it draws, and returns when the letter in front has the words.
SEEN = """words => new Promise(seen => {
  const look = () => {
    const page = document.querySelector("iframe:not(.coming)")?.contentDocument;
    if (page?.body?.innerHTML.includes(words)) seen();
    else requestAnimationFrame(look);
  };
  look();
})"""


def main() -> None:
    saves = int(sys.argv[1]) if len(sys.argv) > 1 else SAVES
    chromium = shutil.which("chromium")
    if chromium is None:
        not_measured("there is no chromium here")
    report = Report("From saving a file to seeing it in the studio")
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="weekly-bench-")))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        stack.callback(browser.close)
        savers = {}
        for items in GOALS:
            desk = make_desk(place / str(items))
            if items:
                Newsroom().write(desk.folder, *SIZES[items])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(stack.enter_context(served(desk.open())))
            page.locator("#live[data-live=on]").wait_for()
            savers[items] = list_savers(desk, page)
        for what in savers[0]:
            cases = {str(items): savers[items][what] for items in GOALS}
            for work in cases.values():
                work()  # the first save of each kind is not measured
            none, *spent = alternate(cases, saves).values()
            report.show(f"A {what} without news", f"{none.cpu_s:.2f} s CPU, {none.wall_s:.2f} s")
            for (items, goal), cost in zip(list(GOALS.items())[1:], spent, strict=True):
                most = goal if what == "tip" else None
                report.ratio(f"A {what} with {items:,} items", cost, "without news", none, at_most=most)
    report.finish()


def list_savers(desk: Desk, page: Page) -> dict[str, Callable[[], Cost]]:
    """Return what saves other words in a file of each kind, and waits until they are seen."""
    tip = next(pick.ref for pick in desk.room.letter("", "named").picks if pick.slot == "tip")
    desk.own_template(TEMPLATE)
    places = {
        "tip": (f"content/tips/{tip}.md", "\n---\n", "\n---\n\n{} "),
        "setting": ("weekly.toml", 'tagline = "One term, one tip, once a week"', 'tagline = "{}"'),
        "template": (f"templates/{TEMPLATE}", "{{ section.definition|markdown }}", "{}"),
    }
    count = 0

    def save(path: str, text: str, old: str, new: str) -> Cost:
        nonlocal count
        count += 1
        words = f"Saved for the {count}th time."
        changed = text.replace(old, new.format(words), 1)
        if changed == text:
            not_measured(f"{path} no longer has what is to be changed")

        def wait() -> None:
            desk.write(path, changed)
            page.evaluate(SEEN, words)

        return call(wait)

    return {what: partial(save, path, desk.read(path), *change) for what, (path, *change) in places.items()}


if __name__ == "__main__":
    main()
