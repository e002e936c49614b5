"""Make pipeline/check/support.json: which mail program shows what, and what the engine uses anyway.

    npm pack caniemail && tar xf caniemail-*.tgz
    python tools/client_support.py package/data/caniemail.json

Without a path the table that is there is kept and only the engine's baseline is made anew.
The data is caniemail.com's, MIT; reduced to the newest answer of each program, without notes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
TABLE = REPO / "pipeline/check/support.json"

CLIENTS = {
    "apple-mail-ios": [("apple-mail", "ios")],
    "apple-mail-macos": [("apple-mail", "macos")],
    "gmail-web": [("gmail", "desktop-webmail")],
    "gmail-apps": [("gmail", "ios"), ("gmail", "android")],
    "outlook-windows": [("outlook", "windows")],
    "outlook-web": [("outlook", "outlook-com")],
    "outlook-macos": [("outlook", "macos")],
    "outlook-apps": [("outlook", "ios"), ("outlook", "android")],
    "yahoo": [("yahoo", "desktop-webmail"), ("yahoo", "ios"), ("yahoo", "android")],
    "aol": [("aol", "desktop-webmail"), ("aol", "ios"), ("aol", "android")],
    "samsung-email": [("samsung-email", "android")],
    "thunderbird": [("thunderbird", "macos")],
    "proton-mail": [("protonmail", "desktop-webmail"), ("protonmail", "ios"), ("protonmail", "android")],
    "fastmail": [("fastmail", "desktop-webmail")],
    "hey": [("hey", "desktop-webmail")],
    "gmx": [("gmx", "desktop-webmail"), ("gmx", "ios"), ("gmx", "android")],
    "web-de": [("web-de", "desktop-webmail"), ("web-de", "ios"), ("web-de", "android")],
    "orange": [("orange", "desktop-webmail"), ("orange", "ios"), ("orange", "android")],
    "mail-ru": [("mail-ru", "desktop-webmail")],
}
"""Our name of each program, and which answers of the data make one: the weakest counts."""

WEAKEST_FIRST = "nauy"
LICENCE = {
    "name": "MIT",
    "copyright": [
        "Copyright (c) 2019 HTeuMeuLeu (caniemail.com)",
        "Copyright © Avi Goldman (npm caniemail)",
        "Copyright © Andrew Powell <andrew@shellscape.org> (npm caniemail)",
    ],
    "text": (
        "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and "
        'associated documentation files (the "Software"), to deal in the Software without restriction, '
        "including without limitation the rights to use, copy, modify, merge, publish, distribute, "
        "sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is "
        "furnished to do so, subject to the following conditions: The above copyright notice and this "
        "permission notice shall be included in all copies or substantial portions of the Software. THE "
        'SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT '
        "LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND "
        "NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, "
        "DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT "
        "OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."
    ),
}

BASELINE = """
<mjml lang="en" dir="ltr"><mj-head><mj-title>t</mj-title><mj-preview>p</mj-preview>
  <mj-attributes><mj-all font-family="Helvetica, Arial, sans-serif" /></mj-attributes></mj-head><mj-body>
  <mj-wrapper background-color="#ffffff" border="1px solid #cccccc"><mj-section background-color="#eeeeee">
    <mj-group><mj-column width="50%"><mj-text><p>a</p></mj-text></mj-column>
      <mj-column width="50%"><mj-image src="https://example.org/a.png" alt="a" width="100px" /></mj-column>
    </mj-group></mj-section></mj-wrapper>
  <mj-section background-url="https://example.org/a.png" background-color="#eeeeee" full-width="full-width">
    <mj-column border-radius="4px">
    <mj-text>a</mj-text><mj-button href="https://example.org">b</mj-button><mj-divider /><mj-spacer />
    <mj-table><tr><td>a</td></tr></mj-table>
    <mj-social><mj-social-element name="facebook" src="https://example.org/f.png" href="https://example.org">f
    </mj-social-element></mj-social></mj-column></mj-section>
  <mj-hero background-width="600px" background-height="100px" height="100px" background-color="#eeeeee"
    background-url="https://example.org/a.png"><mj-text>a</mj-text></mj-hero>
</mj-body></mjml>
"""
"""A letter of stock components: what this uses, every letter of the engine does."""


def reduce_table(data):
    """Take the newest answer of each program for each feature, as a letter: y, n, a (almost), u (unknown)."""
    return {
        feature["slug"]: "".join(_answer(feature["stats"], wanted) for wanted in CLIENTS.values())
        for feature in sorted(data["data"], key=lambda feature: feature["slug"])
        if feature["category"] in ("css", "html", "image")
    }


def _answer(stats, wanted):
    found = [
        list(stats[family][platform].values())[-1][0]
        for family, platform in wanted
        if platform in stats.get(family, {})
    ]
    return min(found or ["u"], key=WEAKEST_FIRST.index)


def make_baseline():
    """List the features that the engine's stock components use."""
    from pipeline.check.features import list_features
    from pipeline.check.page import read_page
    from pipeline.check.styles import Styles
    from pipeline.render.mjml import to_html

    page = read_page(to_html(BASELINE, template="baseline"))
    return sorted({used.slug for used in list_features(page, Styles(page.sheets))})


def write(document):
    """Write the document with one line for each feature."""
    rows = ",\n".join(f'    "{slug}": "{answers}"' for slug, answers in document["support"].items())
    head = json.dumps({**document, "support": "ROWS"}, ensure_ascii=False, indent=2)
    return head.replace('"ROWS"', f"{{\n{rows}\n  }}") + "\n"


def main(paths):
    """Write the table on stdout."""
    sys.path.insert(0, str(REPO))
    if paths:
        data = json.loads(Path(paths[0]).read_text(encoding="utf-8"))
        document = {
            "source": "https://www.caniemail.com, by way of the npm package caniemail",
            "updated": data["last_update_date"][:10],
            "licence": LICENCE,
            "clients": list(CLIENTS),
            "baseline": [],
            "support": reduce_table(data),
        }
        TABLE.write_text(write(document), encoding="utf-8")  # list_features asks it for the names
    document = json.loads(TABLE.read_text(encoding="utf-8"))
    document["baseline"] = make_baseline()
    TABLE.write_text(write(document), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
