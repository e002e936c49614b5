"""A mistake of an author, or of the program, is shown with its place, and no page is ever blank."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from support.studio import TEMPLATES, WEEK, Browser

from pipeline.errors import AuthorError
from pipeline.render.error_source import TEMPLATE
from pipeline.studio.app import create_studio
from pipeline.studio.letter import Calendar, LetterView, WeekEntry
from pipeline.studio.view import TABS


def break_template(studio):
    studio.own_template("email/issue.mjml.j2")
    studio.edit("templates/email/issue.mjml.j2", "issue.subject", "isue.subject")
    return "templates/email/issue.mjml.j2:", "'isue' is undefined"


def break_syntax(studio):
    studio.own_template("email/issue.txt.j2")
    studio.write("templates/email/issue.txt.j2", "a\n{% if %}\n")
    return "templates/email/issue.txt.j2:2", "Expected an expression"


def break_mjml(studio):
    studio.own_template("email/frame.mjml.j2")
    studio.edit("templates/email/frame.mjml.j2", "</mj-body>", "</mj-bdy>")
    return "templates/email/frame.mjml.j2:", "mj-b"


def break_content(studio):
    studio.edit("content/glossary/token.md", "difficulty: 1", "difficulty: 9")
    return "content/glossary/token.md:", "difficulty"


def break_settings(studio):
    studio.edit("weekly.toml", "min_gap_weeks", "min_gap_weks")
    return "weekly.toml:", 'did you mean "min_gap_weeks"?'


def break_toml(studio):
    studio.edit("weekly.toml", "[selection]", "[selection")
    return "weekly.toml:", "is not valid TOML"


def break_wishes(studio):
    studio.write(f"content/issues/{WEEK}.toml", '\n[term]\npin = "rga"\n')
    return f"content/issues/{WEEK}.toml", "there is no term `rga`"


BREAKS = [break_template, break_syntax, break_mjml, break_content, break_settings, break_toml, break_wishes]


@pytest.mark.parametrize("spoil", BREAKS)
def test_a_mistake_is_shown_with_its_place_and_the_last_good_letter_stays(studio, browser, spoil):
    good = browser.page()
    place, words = spoil(studio)
    browser.saved()
    page = browser.page()
    assert page.has(id="error-page")
    assert place in page.words
    assert words in page.words
    assert "The last good letter" in page.words
    assert page.frame == good.frame
    assert browser.get(page.frame).status_code == 200
    for tab in TABS:
        assert browser.get(f"/?tab={tab}").status_code == 200


@pytest.mark.parametrize("spoil", BREAKS)
def test_with_a_mistake_from_the_start_there_is_a_panel_and_no_letter(studio, browser, spoil):
    place, words = spoil(studio)
    for tab in TABS:
        page = browser.page(f"/?tab={tab}")
        assert place in page.words
        assert words in page.words
        assert "There is no letter to show yet." in page.words
    assert browser.get("/letter.html").status_code == 422


def test_a_mended_mistake_is_forgotten(studio, browser):
    break_settings(studio)
    assert browser.page().has(id="error-page")
    studio.edit("weekly.toml", "min_gap_weks", "min_gap_weeks")
    browser.saved()
    assert not browser.page().has(id="error-page")


def test_a_broken_studio_template_of_one_s_own_breaks_nothing(studio, browser):
    studio.write("templates/studio/studio.html.j2", "{{ nothing }}")
    studio.write("templates/web/colours.css.j2", "{{ nothing }}")
    assert WEEK in browser.page().words


@dataclass
class Room:
    """A room where anything may happen."""

    error: Exception | None = None
    letters: dict = field(default_factory=dict)

    def calendar(self):
        return Calendar(WEEK, (WeekEntry(WEEK, "next", "<b>bold</b>"),))

    def letter(self, _week, _persona):
        if self.error:
            raise self.error
        text = 'a < b & "c" <widget>'
        return LetterView(WEEK, 1, "draft", text, text, text, f"<p>{text}</p>", text, note=text)

    def message(self, _week, _persona):
        return b"Subject: <widget>\r\n\r\n"

    def proofing(self):
        return (), "", QUOTED

    def file(self, _path):
        return QUOTED

    def place(self, path):
        return path

    def acts(self):
        return {}


QUOTED = 'a "b" <widget title="c" style="d">'


@pytest.mark.parametrize("tab", TABS)
def test_no_word_of_a_letter_becomes_markup_of_the_studio(tab):
    page = Browser(create_studio(Room(), templates=TEMPLATES)).page(f"/?tab={tab}")
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [script.get("src") for script in scripts] == ["/static/studio.js"]
    assert not [tag for tag, attributes in page.tags if tag == "widget" or "style" in attributes]


def test_a_fault_of_the_program_is_told_and_leaves_no_blank_page():
    room = Room(error=RuntimeError("<boom>"))
    browser = Browser(create_studio(room, templates=TEMPLATES))
    page = browser.page()
    assert "a fault of the program" in page.words
    assert "RuntimeError: <boom>" in page.words
    room.error = AuthorError([TEMPLATE.problem("<i>", "<u>", path="<b>.md", line=2)])
    browser.saved()
    assert "<b>.md:2 <i> <u>" in browser.page().words
