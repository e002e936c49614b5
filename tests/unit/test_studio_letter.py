"""What the studio makes of a letter before it shows it: colours, pictures, lines, links, reasons, places."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pipeline.check.rules.reading import headings
from pipeline.errors import AuthorError, PipelineError, SettingsError
from pipeline.model.picks import Candidate, Pick, Reason
from pipeline.model.wishes import Wishes
from pipeline.render.error_source import TEMPLATE
from pipeline.studio import view_models
from pipeline.studio.error_page import describe_error
from pipeline.studio.letter import Calendar, LetterView, Name, WeekEntry
from pipeline.studio.sandbox import frame, invert, invert_colours, number_lines, policy
from pipeline.studio.view import IMAGES, View, read_view

HTML = """<!doctype html>
<html><head><style>
body { background: #ffffff; color: black }
@media (prefers-color-scheme: dark) { body { background: #101010 } }
</style></head>
<body bgcolor="#FFF" style="color:rgb(10, 20, 30)"><p>#fff and white</p>
<!--[if mso]><table><tr><td style="color:#000000"><![endif]-->
<img src="https://pictures.example/a.png" width="300" height="80" alt="A chart">
<img src="data:image/gif;base64,R0lGOD" alt="">
<a href="https://example.org/white">read</a>
</body></html>
"""


def letter(**changes):
    facts = {
        "week": "2026-W48",
        "number": 3,
        "stage": "draft",
        "sender": "W",
        "subject": "S",
        "preheader": "P",
    }
    return LetterView(**{**facts, "html": HTML, "text": "t\n", **changes})


# colours


def luminance(colour):
    return sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) / 3


def test_white_becomes_nearly_black_and_a_warm_white_no_brown():
    assert invert_colours("#ffffff") == "#121212"
    assert invert_colours("black") == "#ffffff"
    warm = invert_colours("#fffdf8")
    red, green, blue = (int(warm[at : at + 2], 16) for at in (1, 3, 5))
    assert max(red, green, blue) - min(red, green, blue) <= 8


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#fff", "#121212"),
        ("#ffff", "#121212"),
        ("#FFFFFF80", "#12121280"),
        ("rgb(255, 255,255)", "#121212"),
        ("rgba(255,255,255, 0.5)", "#12121280"),
        ("url(#fff) #fff", "url(#fff) #121212"),
        ("white-space:pre", "white-space:pre"),
        ("transparent", "transparent"),
    ],
)
def test_every_way_to_write_a_colour_is_known_and_nothing_else_is_one(before, after):
    assert invert_colours(before) == after


def test_inverted_turns_styles_and_attributes_and_no_word_or_address():
    shown = invert(HTML)
    for expected in (
        "background: #121212; color: #ffffff",
        'bgcolor="#121212"',
        "#fff and white",
        "org/white",
    ):
        assert expected in shown, expected
    assert "color:rgb(10, 20, 30)" not in shown
    assert 'style="color:#000000"' in shown  # what only Outlook sees


# the frame


def test_dark_makes_the_author_s_dark_rules_hold_and_light_and_inverted_stop_them():
    held, stopped = "@media (min-width: 0px)", "@media (max-width: 0px)"
    assert held in frame(HTML, scheme="dark", images="off")
    assert stopped in frame(HTML, scheme="light", images="off")
    assert stopped in frame(HTML, scheme="inverted", images="off")


def test_a_picture_from_the_web_is_outlined_at_its_size_and_keeps_its_words():
    shown = frame(HTML, scheme="light", images="boxes")
    assert "pictures.example" not in shown
    assert "viewBox%3D%220%200%20300%2080%22" in shown
    assert 'alt="A chart"' in shown
    assert "data:image/gif;base64,R0lGOD" in shown
    assert "pictures.example" in frame(HTML, scheme="light", images="web")


def test_only_what_is_asked_for_may_be_loaded_and_nothing_may_run():
    for images in IMAGES:
        rules = dict(rule.partition(" ")[::2] for rule in policy(images).split("; "))
        assert rules["default-src"] == "'none'"
        assert "script-src" not in rules
        assert rules["sandbox"] == "allow-same-origin"
        assert ("https:" in rules["img-src"]) == (images == "web")


class Lines(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs).get("data-line"), self.getpos()[0]))

    handle_startendtag = handle_starttag


def test_every_tag_knows_its_line_and_the_letter_is_otherwise_the_same():
    numbered = number_lines(HTML)
    tags = Lines(numbered).found
    assert len(tags) == 8
    assert all(said == str(line) for _, said, line in tags)
    assert re.sub(r' data-line="\d+"', "", numbered) == HTML


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "<widget>", "width": "9", "scheme": "pink", "images": "all", "week": "../..", "at": "x"},
        {"width": "0", "beside": "2", "persona": "../../etc"},
        {"width": "\u0663\u0663\u0663", "week": "<b>"},
    ],
)
def test_an_address_that_makes_no_sense_shows_the_usual_view(query):
    assert read_view(query) == View()


def test_a_width_is_kept_within_what_can_be_shown():
    assert [read_view({"width": width}).pixels for width in ("100", "431", "5000", "mobile")] == [
        280,
        431,
        1200,
        375,
    ]


# what the tabs show


def test_links_are_told_with_their_kind_and_repeats():
    html = (
        '<a href="https://a.example/">One</a> <a href="#top">Up</a> <a href="mailto:a@b.example">Write</a>'
        '<a href="https://a.example/"><img alt="Picture"></a> <a href="program:x">Bad</a> <a href="https://n.example/u/T">x</a>'
    )
    links = view_models.list_links(html)
    assert [link.words for link in links] == ["One", "Up", "Write", "Picture", "Bad", "x"]
    assert [link.kind for link in links] == [
        "web",
        "in the letter",
        "mail",
        "web",
        "leads nowhere",
        "the reader's own",
    ]
    assert [link.again for link in links] == [1, 2, 3, 1, 5, 6]


def test_headers_are_read_as_a_mail_program_does():
    eml = b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nList-Id: <a.b>\r\n\r\nbody"
    assert [(header.name, header.value) for header in view_models.read_headers(eml)] == [
        ("Subject", "Grüße"),
        ("List-Id", "<a.b>"),
    ]
    assert view_models.raw_headers(eml) == "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nList-Id: <a.b>"


def test_the_bars_of_a_sum_show_what_speaks_for_and_against():
    reasons = (Reason("coverage", 1.0, "d"), Reason("ramp", -0.5), Reason("jitter", 0.25))
    (card,) = view_models.explain_slots(letter(picks=(Pick("term", "term", "rag", 0.75, reasons),)), {})
    assert [(bar.value, bar.start, bar.length, bar.is_against) for bar in card.bars] == [
        ("+1.00", 60.0, 60.0, False),
        ("-0.50", 30.0, 30.0, True),
        ("+0.25", 60.0, 15.0, False),
    ]
    assert card.wish == "term"


def test_the_bars_of_a_product_weigh_double_and_half_the_same():
    reasons = (Reason("weight", 2.0), Reason("quality", 0.5), Reason("sources", 1.0), Reason("topic", 0.0))
    (card,) = view_models.explain_slots(letter(picks=(Pick("tools-1", "item", "id", 0.0, reasons),)), {})
    double, half, same, nothing = card.bars
    assert double.length == half.length
    assert (double.is_against, half.is_against) == (False, True)
    assert same.length == 0
    assert nothing.is_against
    assert "multiply" in card.how
    assert [bar.value for bar in card.bars] == ["×2.00", "×0.50", "×1.00", "×0.00"]


def test_runners_up_are_named_and_what_is_banned_is_known_to_be():
    pick = Pick("tip", "tip", "a", 1.0, (), runners_up=(Candidate("b", 0.5, (Reason("jitter", 0.5),)),))
    shown = letter(picks=(pick,), wishes=Wishes(tip_ban=("b",)))
    (rival,) = view_models.explain_slots(shown, {"tip:b": Name("Be brief")})[0].rivals
    assert (rival.title, rival.factors, rival.is_banned) == ("Be brief", "jitter +0.50", True)


@pytest.mark.parametrize(
    ("where", "place", "file"),
    [
        ("html:12", "html|html:12", "templates/email/issue.mjml.j2"),
        ("html", "html|", "templates/email/issue.mjml.j2"),
        ("text:7", "text|text:7", "templates/email/issue.txt.j2"),
        ("subject", "html|subject", "content/issues/2026-W48.toml"),
        ("elsewhere", "", "templates/email/issue.mjml.j2"),
    ],
)
def test_every_finding_leads_to_its_place_and_its_file(where, place, file):
    finding = headings.found("m", "f", where=where)
    assert view_models.place_of(finding) == place
    assert view_models.file_of(finding, "2026-W48") == file
    assert view_models.file_of(replace(finding, path="content/tips/a.md"), "2026-W48") == "content/tips/a.md"


@pytest.mark.parametrize(("size", "level"), [(1_000, "fine"), (90_000, "warning"), (100_001, "error")])
def test_the_size_is_judged_with_the_reader_s_values_in(size, level):
    assert view_models.measure(letter(html="é" * (size // 2) + "x" * (size % 2))).level == level


def test_the_issue_before_is_the_latest_one_before_whatever_is_missing_between():
    calendar = Calendar("2026-W48", (WeekEntry("2026-W44", "sent"), WeekEntry("2026-W48", "next")))
    assert calendar.find_before("2026-W48") == "2026-W44"
    assert calendar.find_before("2026-W44") == ""


# trouble


FILES = {
    "templates/a.j2": "one\ntwo\nthree\nfour\nfive\n",
    "weekly.toml": "[newsletter]\nname = 'x'\n[web]\nprt = 1\n",
}


def test_a_mistake_comes_with_the_lines_around_it():
    trouble = describe_error(
        AuthorError([TEMPLATE.problem("m", "f", path="templates/a.j2", line=3)]), FILES.get
    )
    (mistake,) = trouble.mistakes
    assert mistake.excerpt == ((1, "one"), (2, "two"), (3, "three"), (4, "four"), (5, "five"))
    (first,) = describe_error(
        AuthorError([TEMPLATE.problem("m", "f", path="templates/a.j2", line=1)]), FILES.get
    ).mistakes
    assert first.excerpt == ((1, "one"), (2, "two"), (3, "three"))
    (nowhere,) = describe_error(
        AuthorError([TEMPLATE.problem("m", "f", path="templates/gone.j2", line=3)]), FILES.get
    ).mistakes
    assert nowhere.excerpt == ()


def test_a_wrong_setting_is_found_in_the_file():
    error = SettingsError("weekly.toml", [("web.prt", "is not a setting"), ("newsletter.from", "is missing")])
    first, second = describe_error(error, FILES.get).mistakes
    assert (first.line, first.message) == (4, "web.prt is not a setting")
    assert second.line == 1
    broken = SettingsError("weekly.toml", [("", "weekly.toml is not valid TOML: x (at line 2, column 3)")])
    assert describe_error(broken, FILES.get).mistakes[0].line == 2


def test_whatever_else_goes_wrong_is_told_in_words_too(caplog):
    assert describe_error(PipelineError("the disk is full"), FILES.get).sentence == "the disk is full"
    fault = describe_error(ZeroDivisionError("by zero"), FILES.get).sentence
    assert "a fault of the program" in fault
    assert "ZeroDivisionError: by zero" in fault
    assert "the letter cannot be made" in caplog.text
