"""The reference renderer, in its strict mode, makes the same page of every template, to the pixel."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest
from support.html_stream import stream_of
from support.letters import LETTERS
from support.patience import PATIENCE_S
from support.rendering import NOTICES, mjml_of

from pipeline.render.mjml import to_html

pytestmark = [pytest.mark.long, pytest.mark.browser]

EVERYTHING = (*LETTERS, *NOTICES)
THRESHOLD = 16
"""How far apart a channel may be, of 255."""

RENDER = """
const mjml = require('mjml');
const sources = JSON.parse(require('fs').readFileSync(0, 'utf8'));
(async () => {
  const pages = {};
  for (const [name, source] of Object.entries(sources)) {
    const made = await (mjml.default || mjml)(source, {validationLevel: 'strict'});
    if (made.errors.length) throw new Error(JSON.stringify(made.errors));
    pages[name] = made.html;
  }
  process.stdout.write(JSON.stringify(pages));
})().catch(error => { console.error(error); process.exit(1); });
"""

DIFFERENT = """
async ([one, other, threshold]) => {
  const pixels = await Promise.all([one, other].map(async data => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext('2d');
    context.drawImage(picture, 0, 0);
    return context.getImageData(0, 0, picture.width, picture.height);
  }));
  const [a, b] = pixels;
  if (a.width !== b.width || a.height !== b.height) return -1;
  let different = 0;
  for (let at = 0; at < a.data.length; at += 4)
    if ([0, 1, 2].some(c => Math.abs(a.data[at + c] - b.data[at + c]) > threshold)) different += 1;
  return different;
}
"""


@pytest.fixture(scope="module")
def sources():
    return {name: mjml_of(name) for name in EVERYTHING}


@pytest.fixture(scope="module")
def reference(sources, node_tools):
    done = subprocess.run(
        ["node", "-e", RENDER],
        input=json.dumps(sources),
        cwd=node_tools.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def without_known_differences(page):
    """Take out what MJML 5 writes elsewhere, and our mend of the preheader.

    The class of the page and the spacing of words are on the body there and on the letter inside it here.
    """
    streamed = []
    for token in stream_of(page):
        tag, *attributes = token
        kept = []
        for name, value in attributes:
            if tag in {"body", "div"} and (name, value) == ("class", "page"):
                continue
            hidden = {"mso-hide:all", "color:#ffffff"} if "display:none" in value else set()
            left = {"word-spacing:normal"} | hidden
            kept.append(
                (name, tuple(each for each in value if each not in left) if name == "style" else value)
            )
        streamed.append((tag, *kept))
    return streamed


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_template_gives_the_tags_that_the_reference_gives(sources, reference, name):
    ours = without_known_differences(to_html(sources[name], template=name))
    theirs = without_known_differences(reference[name])
    assert len(ours) > 50
    assert ours == theirs


@pytest.mark.parametrize("width", [375, 700])
@pytest.mark.parametrize("name", EVERYTHING)
def test_every_template_gives_the_pixels_that_the_reference_gives(chromium, sources, reference, name, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    pictures = []
    for html in (to_html(sources[name], template=name), reference[name]):
        page.set_content(html)
        pictures.append(base64.b64encode(page.screenshot(full_page=True)).decode())
    assert page.evaluate(DIFFERENT, [*pictures, THRESHOLD]) == 0
    page.close()


def test_the_comparison_sees_a_difference(chromium, sources):
    page = chromium.new_page(viewport={"width": 375, "height": 900})
    html = to_html(sources["goodbye"], template="goodbye")
    pictures = []
    for each in (html, html.replace("no more letters", "no more lettres")):
        page.set_content(each)
        pictures.append(base64.b64encode(page.screenshot(full_page=True)).decode())
    assert page.evaluate(DIFFERENT, [*pictures, THRESHOLD]) > 0
    head, body, letter = html.partition("<body")
    assert stream_of(html) != stream_of(head + body + letter.replace("padding", "margin", 1))
    page.close()
