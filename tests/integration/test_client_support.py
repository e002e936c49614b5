"""What mail programs can show: the table that comes along, and how a letter's features are told."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

from pipeline.check.features import baseline, list_features, support
from pipeline.check.page import read_page
from pipeline.check.rules.support import EXTRAS
from pipeline.check.standards import CLIENTS
from pipeline.check.styles import Styles

REPO = Path(__file__).resolve().parents[2]
TABLE = json.loads((REPO / "pipeline/check/support.json").read_text(encoding="utf-8"))
TOOL = runpy.run_path(str(REPO / "tools/client_support.py"))


def features(html):
    page = read_page(html)
    return {used.slug: used.within for used in list_features(page, Styles(page.sheets))}


def test_the_table_says_where_it_is_from_and_under_which_licence():
    assert "caniemail.com" in TABLE["source"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", TABLE["updated"])
    assert TABLE["licence"]["name"] == "MIT"
    assert any("caniemail.com" in owner for owner in TABLE["licence"]["copyright"])
    assert TABLE["licence"]["text"].startswith("Permission is hereby granted")


def test_every_feature_has_an_answer_for_every_program():
    assert TABLE["clients"] == list(CLIENTS) == list(TOOL["CLIENTS"])
    assert len(support()) > 250
    assert {
        slug for slug, said in support().items() if not re.fullmatch(f"[ynau]{{{len(CLIENTS)}}}", said)
    } == set()


def test_the_table_is_small_enough_to_read_with_every_letter():
    assert (REPO / "pipeline/check/support.json").stat().st_size < 25_000


def test_the_baseline_is_what_the_engine_uses_today():
    assert baseline() == set(TOOL["make_baseline"]())
    assert not baseline() & {
        "css-display-flex",
        "css-display-grid",
        "css-position",
        "css-gap",
        "css-at-import",
    }


def test_what_is_left_out_by_name_is_in_the_table():
    assert EXTRAS - support().keys() == set()


def test_a_table_is_reduced_to_the_newest_and_weakest_answer():
    feature = {
        "slug": "css-x",
        "category": "css",
        "stats": {
            "gmail": {"ios": {"2019": "y", "2024": "a #1"}, "android": {"2020": "n", "2024": "y #2 #3"}},
            "hey": {"desktop-webmail": {"2024": "n"}},
        },
    }
    other = {"slug": "amp", "category": "others", "stats": {}}
    reduced = TOOL["reduce_table"]({"data": [feature, other]})
    said = dict(zip(CLIENTS, reduced["css-x"], strict=True))
    assert reduced.keys() == {"css-x"}
    assert (said["gmail-apps"], said["hey"], said["gmail-web"]) == ("a", "n", "u")


@pytest.mark.parametrize(
    ("html", "slug"),
    [
        ('<p style="padding-left:2px">', "css-padding"),
        ('<p style="border-top-left-radius:2px">', "css-border"),
        ('<p style="Display: Inline-Flex">', "css-display-flex"),
        ('<p style="display:table">', "css-display"),
        ('<p style="left:0">', "css-left-right-top-bottom"),
        ('<p style="width:min(2px, 3vw)">', "css-function-min"),
        ('<p style="margin:-1.5rem">', "css-unit-rem"),
        ('<p style="width:50%">', "css-unit-percent"),
        ('<p style="color:var(--x)">', "css-variables"),
        ('<p style="color:initial">', "css-unit-initial"),
        ('<p style="color:rgba(0, 0, 0, .5)">', "css-rgba"),
        ('<p style="color:red!important">', "css-important"),
        ("<h3>", "html-h1-h6"),
        ("<li>", "html-lists"),
        ("<nav>", "html-semantics"),
        ('<a href="mailto:a@example.org">', "html-mailto-links"),
        ('<a href="#a">', "html-anchor-links"),
        ('<img src="https://example.org/a.JPEG?x=.svg">', "image-jpg"),
        ('<img src="data:image/png;base64,x">', "image-base64"),
        ('<img loading="lazy">', "html-loading-attribute"),
        ('<input type="radio">', "html-input-radio"),
        ('<meta name="color-scheme">', "html-meta-color-scheme"),
        ("<style>a[href] { top: 0 }</style>", "css-selector-attribute"),
        ("<style>p > a { top: 0 }</style>", "css-selector-child"),
        ("<style>p::before { top: 0 }</style>", "css-pseudo-element-before"),
        ("<style>a:visited { top: 0 }</style>", "css-pseudo-class-visited"),
        ("<style>@import url(a);</style>", "css-at-import"),
        ("<style>@font-face { src: url(a) }</style>", "css-at-font-face"),
        ("<style>@media (orientation: portrait) { p { top: 0 } }</style>", "css-at-media-orientation"),
        ("<style>@media (hover: hover) { p { top: 0 } }</style>", "css-at-media-hover"),
    ],
)
def test_a_feature_is_known_by_its_name_in_the_table(html, slug):
    assert slug in features(html)


def test_what_stands_in_a_condition_is_known_as_such():
    found = features(
        "<style>@media (prefers-color-scheme: dark) { p { gap: 2px } } p { float: left }</style>"
    )
    assert found["css-gap"] == "css-at-media-prefers-color-scheme"
    assert found["css-float"] == ""
    assert features('<style media="(max-width: 9px)">p { gap: 2px }</style>')["css-gap"] == "css-at-media"


@pytest.mark.parametrize(
    "html", ['<p style="mso-line-height-rule:exactly;-webkit-hyphens:auto">', "<p title=x>"]
)
def test_what_the_table_does_not_know_is_nothing(html):
    assert features(html).keys() <= {"html-p"}
