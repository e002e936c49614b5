"""Style sheets as a mail program reads them: what holds for an element, and how it looks."""

from __future__ import annotations

import pytest

from pipeline.check.colours import Colour, contrast, read_tint
from pipeline.check.computed_style import ComputedStyle
from pipeline.check.page import StyleSheet, read_page
from pipeline.check.styles import Styles, read_selectors, read_sheet

PAGE = """<html><body class="page"><div id="top" class="card wide" data-kind="box-a">
<table><tbody><tr><td class="x">
<p class="a b">words <a href="https://example.org" lang="en-GB">more</a></p></td>
</tr></tbody></table></div></body></html>"""


def tags(html=PAGE):
    return read_page(html).tags


def find(name, html=PAGE):
    return next(tag for tag in tags(html) if tag.name == name)


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("p", "p"),
        ("*", "p"),
        (".a", "p"),
        ("p.a.b", "p"),
        ("#top", "div"),
        ("div#top.card", "div"),
        (".page p", "p"),
        (".page .card a", "a"),
        (".card > table > tbody > tr > td", "td"),
        ("td>p", "p"),
        ("body div > table p", "p"),
        ("[data-kind]", "div"),
        ("[data-kind=box-a]", "div"),
        ('[data-kind^="box"]', "div"),
        ('[data-kind$="-a"]', "div"),
        ('[class~="wide"]', "div"),
        ("a[lang|=en]", "a"),
        ('a[href*="example"]', "a"),
        (":root", "html"),
        ("p a:first-child", "a"),
    ],
)
def test_a_selector_finds_its_element(selector, name):
    (read,) = read_selectors(selector)
    assert read.matches(find(name))


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        (".c", "p"),
        ("div.a", "p"),
        (".page > p", "p"),
        (".card > td", "td"),
        ("#bottom", "div"),
        ("[data-kind=box]", "div"),
        (":root", "p"),
        ("a:hover", "a"),
        ("td + p", "p"),
        ("p::before", "p"),
        ("tr:first-child ~ td", "td"),
    ],
)
def test_a_selector_finds_nothing_else(selector, name):
    (read,) = read_selectors(selector)
    assert not read.matches(find(name))


@pytest.mark.parametrize(
    ("css", "style", "holds"),
    [
        ("p { color: red } p { color: blue }", "", "blue"),
        (".a { color: red } p { color: blue }", "", "red"),
        ("#top p { color: red } .page .card .a.b { color: blue }", "", "red"),
        (".a { color: red }", "color: blue", "blue"),
        ("p { color: red !important }", "color: blue", "red"),
        ("p { color: red !important }", "color: blue !important", "blue"),
        ("p { color: red !important } .a { color: blue }", "", "red"),
        ("@media print { p { color: red } }", "color: blue", "blue"),
    ],
)
def test_the_strongest_declaration_holds(css, style, holds):
    html = PAGE.replace('class="a b"', f'class="a b" style="{style}"')
    assert Styles([StyleSheet("", 1, css)]).own(find("p", html))["color"] == holds


def test_the_dark_palette_holds_in_the_dark_alone():
    css = "p { color: red } @media (prefers-color-scheme:dark) { p { color: blue } }"
    styles, tag = Styles([StyleSheet("", 1, css)]), find("p")
    assert (styles.own(tag)["color"], styles.own(tag, dark=True)["color"]) == ("red", "blue")
    assert styles.has_dark
    assert not Styles([StyleSheet("", 1, "p { color: red }")]).has_dark


def test_a_sheet_is_read_around_comments_strings_and_conditions():
    sheet = StyleSheet(
        "screen", 3, "/* } */ p { content: '{;}' }\n@media print {\n a { top: 0; } }\nb { left: 0 }"
    )
    reading = read_sheet(sheet)
    assert [(rule.selectors, rule.media, rule.line) for rule in reading.rules] == [
        ("p", "screen", 3),
        ("a", "screen and print", 5),
        ("b", "screen", 6),
    ]
    assert reading.rules[0].declarations == (("content", "'{;}'", False),)
    assert reading.mistakes == ()


def looks(style, of="p", css=""):
    html = PAGE.replace("<body", f'<body style="{style}"')
    page = read_page(html)
    return ComputedStyle(Styles([StyleSheet("", 1, css)])), next(tag for tag in page.tags if tag.name == of)


@pytest.mark.parametrize(
    ("style", "css", "size", "height"),
    [
        ("font-size:20px;line-height:1.5", "", 20, 1.5),
        ("font-size:15pt", "p { line-height: 30px }", 20, 1.5),
        ("font-size:20px", "p { font-size: 75%; line-height: 150% }", 15, 1.5),
        ("font-size:20px", "p { font-size: 2em }", 40, 1.2),
        ("font-size:20px", "p { font-size: 1.5rem }", 24, 1.2),
        ("", "p { font: italic 18px/1.6 serif }", 18, 1.6),
    ],
)
def test_sizes_are_worked_out_from_what_is_inherited(style, css, size, height):
    look, tag = looks(style, css=css)
    assert look.size_px(tag) == pytest.approx(size)
    assert look.line_height(tag) == pytest.approx(height)


def test_colours_are_inherited_but_a_link_has_its_own():
    look, tag = looks("color:#123456;background:#fff url(x) no-repeat")
    assert (str(look.ink(tag)), str(look.ground(tag))) == ("#123456", "#ffffff")
    look, link = looks("color:#123456", "a")
    assert str(look.ink(link)) == "#0000ee"
    look, link = looks("color:#123456", "a", css="a { color: inherit }")
    assert str(look.ink(link)) == "#123456"


def test_what_shines_through_is_mixed_and_what_cannot_be_read_is_named():
    look, tag = looks("color:color-mix(in srgb, red, blue);background:rgba(0, 0, 0, .5)")
    assert (look.ink(tag), look.ground(tag)) == (None, Colour(128, 128, 128))
    assert look.find_unreadable(tag) == "color-mix(in srgb, red, blue)"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("#abc", (170, 187, 204)),
        ("#AABBCC", (170, 187, 204)),
        ("#aabbccff", (170, 187, 204)),
        ("rgb(1, 2, 300)", (1, 2, 255)),
        ("rgb(1 2 3 / 100%)", (1, 2, 3)),
        (" White ", (255, 255, 255)),
        ("#aabbcc80", None),
        ("rgba(1, 2, 3, 0)", None),
        ("transparent", None),
        ("#ab", None),
    ],
)
def test_solid_colours_are_read_in_every_form(written, read):
    tint = read_tint(written)
    assert (tint.colour if tint and tint.cover == 1 else None) == (Colour(*read) if read else None)


def test_contrast_is_that_of_the_guidelines():
    assert contrast(Colour(0, 0, 0), Colour(255, 255, 255)) == pytest.approx(21)
    assert contrast(Colour(0x76, 0x76, 0x76), Colour(255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert contrast(Colour(9, 9, 9), Colour(9, 9, 9)) == 1
