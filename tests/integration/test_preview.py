"""The preview: shows what was edited a moment ago, to this machine only, and the place of what is broken."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import pytest
from conftest import REPO
from starlette.testclient import TestClient

from pipeline.check import Finding
from pipeline.content.model import Problem
from pipeline.errors import AuthorError, PipelineError
from pipeline.pick.reasons import Candidate, Pick, Reason
from pipeline.render.jinja import environment
from pipeline.studio.app import Preview, create_preview

PICK = Pick(
    slot="term",
    kind="term",
    ref="system-prompt",
    score=0.6,
    reasons=(Reason("coverage", 1.1, "prompting: target 33 %"), Reason("ramp", -0.5, "for experts")),
    runners_up=(Candidate("few-shot", 0.55, (Reason("coverage", 0.55),)),),
    dropped={"used this cycle": 14, "banned": 1},
)
LETTER = Preview(
    week="2026-W48",
    number=12,
    sender="Weekly Insights",
    subject="System prompt <b>& more</b>",
    preheader="What an application says before you do.",
    html="<!doctype html><html lang=en><title>t</title><p>Hi Ada, the letter.</p></html>",
    text="Hi Ada,\n\nthe <letter>.\n",
    html_bytes=32_697,
    picks=(PICK,),
    was_locked=True,
)
PROBLEMS = [
    Problem(
        "templates/email/blocks.mjml.j2", 57, "'issue' has no attribute 'titel'", "write title", "template"
    ),
    Problem("content/tips/x.md", 0, "there is no <title>", "write one", "tip-title"),
]


@dataclass
class Desk:
    """An editor's desk: what the next load gives."""

    letter: Preview = LETTER
    error: PipelineError | None = None
    loads: list = field(default_factory=list)

    def load(self):
        self.loads.append(self.letter)
        if self.error:
            raise self.error
        return self.letter


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def browser(desk):
    app = create_preview(desk.load, templates=environment([REPO / "templates"]))
    return TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False)


class Words(HTMLParser):
    """What a page says, without its tags."""

    def __init__(self, html):
        super().__init__()
        self.text = ""
        self.feed(html.partition("</style>")[2])

    def handle_data(self, data):
        self.text += data + " "


def words(answer):
    return " ".join(Words(answer.text).text.split())


def test_the_shell_shows_the_inbox_line_and_frames_the_letter(browser):
    page = browser.get("/")
    assert page.status_code == 200
    said = words(page)
    assert "2026-W48" in said
    assert "issue 12" in said
    assert "System prompt <b>& more</b>" in said
    assert "What an application says before you do." in said
    assert 'src="/letter.html" title="The letter" sandbox' in page.text


def test_the_letter_comes_byte_for_byte_and_can_do_nothing(browser):
    page = browser.get("/letter.html")
    assert page.text == LETTER.html
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "style-src 'unsafe-inline'", "sandbox"} <= set(policy)
    plain = browser.get("/letter.txt")
    assert plain.text == LETTER.text
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_reload_shows_the_edited_letter(browser, desk):
    assert "Nouvelle" not in browser.get("/").text
    desk.letter = replace(LETTER, subject="Nouvelle", html="<p>new</p>", text="new\n")
    assert "Nouvelle" in browser.get("/").text
    assert browser.get("/letter.html").text == "<p>new</p>"
    assert browser.get("/letter.txt").text == "new\n"


def test_why_tells_every_pick_with_its_factors_runners_up_and_what_was_dropped(browser):
    said = words(browser.get("/?show=why"))
    for expected in (
        "system-prompt",
        "score of 0.60",
        "coverage +1.10",
        "prompting: target 33 %",
        "ramp -0.50",
        "few-shot 0.55",
        "14 used this cycle, 1 banned",
    ):
        assert expected in said


def test_a_pinned_pick_without_reasons_is_told_as_pinned(browser, desk):
    desk.letter = replace(LETTER, picks=(Pick("tip", "tip", "a-tip", 0.0, (), pinned=True),))
    assert "pinned by the editor" in words(browser.get("/?show=why"))


def test_checks_tell_findings_and_warnings_errors_first(browser, desk):
    desk.letter = replace(
        LETTER,
        findings=(
            Finding("preheader-long", "warning", "preheader", "it is long", "cut it"),
            Finding("postal-address", "error", "html:9", "the address is missing", "set it"),
        ),
        warnings=(Problem("content/glossary/rag.md", 14, "a long definition", "cut it", "long", "warning"),),
    )
    said = words(browser.get("/?show=checks"))
    assert "32,697 of 100,000 bytes" in said
    assert "warning content/glossary/rag.md:14 long a long definition" in said
    assert said.index("error html:9 postal-address") < said.index("warning preheader preheader-long")
    assert "Checks3" in words(browser.get("/")).replace(" ", "")


def test_a_clean_letter_says_that_all_checks_pass(browser):
    assert "All checks pass" in words(browser.get("/?show=checks"))


def test_the_text_part_is_shown_as_it_is(browser):
    assert "Hi Ada,\n\nthe &lt;letter&gt;.\n" in browser.get("/?show=text").text


def test_the_view_is_in_the_address_and_each_switch_keeps_the_rest(browser):
    page = browser.get("/?show=html&width=mobile&scheme=dark").text
    assert 'class="mobile dark"' in page
    assert 'href="/?show=why&amp;width=mobile&amp;scheme=dark"' in page
    assert 'href="/?show=html&amp;width=desktop&amp;scheme=dark"' in page
    assert page.count('aria-current="true"') == 3
    assert browser.get("/?show=%3Cscript%3E&width=9").text == browser.get("/").text


@pytest.mark.parametrize("path", ["/", "/letter.html", "/letter.txt"])
def test_a_broken_template_is_shown_with_file_line_and_cure(browser, desk, path):
    desk.error = AuthorError(PROBLEMS)
    answer = browser.get(path)
    said = words(answer) if path == "/" else answer.text
    assert answer.status_code == 422
    for expected in (
        "templates/email/blocks.mjml.j2:57",
        "'issue' has no attribute 'titel'",
        "write title",
        "content/tips/x.md",
        "there is no <title>",
    ):
        assert expected in said


def test_any_other_trouble_is_told_in_its_own_words(browser, desk):
    desk.error = PipelineError("weekly.toml: the day of the week is <missing>")
    assert "the day of the week is <missing>" in words(browser.get("/"))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:1", "[::1]:8000"])
def test_this_machine_may_look(browser, host):
    assert browser.get("/letter.txt", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/letter.html", "/letter.txt"])
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", ""]
)
def test_a_web_page_cannot_read_a_draft_through_a_name_of_its_own(browser, desk, path, host):
    answer = browser.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "Ada" not in answer.text
    assert desk.loads == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_there_is_nothing_to_change(browser, desk, method):
    for path in ("/", "/letter.html", "/letter.txt"):
        assert browser.request(method, path).status_code == 405
    assert desk.loads == []


@pytest.mark.parametrize("show", ["html", "text", "why", "checks"])
def test_the_shell_runs_no_script_and_loads_only_the_letter(browser, show):
    page = browser.get(f"/?show={show}")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-src 'self'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "<script" not in page.text
    assert " style=" not in page.text
