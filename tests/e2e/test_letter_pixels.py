"""The example letter in a real browser: it fits every width, has a dark side, and is readable in both."""

from __future__ import annotations

import pytest

from pipeline.project.scaffold import make_folder
from pipeline.wiring import Newsletter

pytestmark = [pytest.mark.long, pytest.mark.browser]

LEAST_CONTRAST = 4.5

# Every text's colour against the nearest background behind it, by the formula of WCAG 2, 1.4.3.
LOW_CONTRAST = """
() => {
  const parse = colour => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return {r, g, b, a};
  };
  const light = c => [c.r, c.g, c.b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.a > 0.99) return c;
    }
    return {r: 255, g: 255, b: 255, a: 1};
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  let texts = 0;
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!words || !element.checkVisibility() || element.getBoundingClientRect().height < 2) continue;
    texts += 1;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < LEAST) found.push(`${ratio.toFixed(2)}: ${words.slice(0, 40)}`);
  }
  return {texts, found};
}
""".replace("LEAST)", f"{LEAST_CONTRAST})")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    from pipeline.cli.preview import filled

    folder = tmp_path_factory.mktemp("letter") / "letter"
    make_folder(folder, example=True)
    newsletter = Newsletter(folder=folder, config=None, as_of=None, environ={})
    draft = newsletter.edition().draft(newsletter.week("2026-W48"))
    path = folder / "index.html"
    path.write_text(filled(newsletter, draft).html, encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 700])
def test_the_letter_fits_and_can_be_read(chromium, page_file, width, scheme):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(page_file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    contrast = page.evaluate(LOW_CONTRAST)
    assert contrast["texts"] > 20
    assert contrast["found"] == []
    page.close()


def test_dark_is_designed_and_not_the_light_letter_again(chromium, page_file):
    pictures = set()
    for scheme in ("light", "dark"):
        page = chromium.new_page(viewport={"width": 375, "height": 900}, color_scheme=scheme)
        page.goto(page_file.as_uri())
        pictures.add(page.screenshot())
        page.close()
    assert len(pictures) == 2


def test_the_letter_asks_nobody_for_anything(chromium, page_file):
    page = chromium.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    assert asked == [page_file.as_uri()]
    page.close()
