"""Whom the studio lets in, and what it gives away."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.studio import ADDRESS, WEEK, Page

from pipeline.studio.view import TABS

GETS = ["/", "/letter.html", "/letter.eml", "/file?path=weekly.toml", "/static/studio.js", "/events"]
POSTS = ["/act/pin", "/act/approve", "/act/test", "/act/words", "/act/nothing"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:1", "[::1]:8000"])
def test_this_machine_may_look(reading, host):
    assert reading.get("/letter.html", Host=host).status_code == 200


@pytest.mark.parametrize("path", [*GETS, *POSTS])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8000",
        "",
        "localhost@evil.example",
        "a b",
        "localhost:x",
        "127.0.0.1/x",
    ],
)
def test_a_web_page_cannot_come_in_through_a_name_of_its_own(reading, path, host):
    for method in ("GET", "POST", "OPTIONS"):
        headers = {"Host": host, "Origin": f"http://{host}"}
        answer = reading.client.request(method, path, headers=headers)
        assert answer.status_code == 400
        assert "Ada" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": ""},
        {"Origin": ADDRESS, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ADDRESS, "Sec-Fetch-Site": "same-site"},
        {"Origin": ADDRESS, "Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize("path", POSTS)
def test_no_other_page_can_change_anything(shelf, reading, path, headers):
    before = shelf.files()
    form = {"week": WEEK, "kind": "term", "ref": "token"}
    assert reading.client.post(path, data=form, headers=headers).status_code == 403
    assert reading.client.post(path, data=form).status_code == 403
    assert shelf.files() == before


@pytest.mark.parametrize("path", GETS)
def test_no_other_page_can_load_anything_but_a_person_may_follow_a_link(reading, path):
    stranger = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    assert reading.get(path, **stranger).status_code == 403
    framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    assert reading.get(path, **framed).status_code == 403
    if path != "/events":
        visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert reading.get(path, **visit).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_is_looked_at_cannot_be_changed(reading, method):
    for path in GETS:
        assert reading.client.request(method, path, headers={"Origin": ADDRESS}).status_code == 405
    for path in POSTS:
        assert reading.get(path).status_code == 405


@pytest.mark.parametrize("tab", TABS)
def test_a_page_runs_one_script_and_styles_nothing_by_itself(reading, tab):
    answer = reading.get(f"/?tab={tab}&scheme=dark&width=431&beside=1")
    rules = dict(rule.partition(" ")[::2] for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["frame-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    page = Page(answer.text)
    assert "style" not in [tag for tag, _ in page.tags]
    assert all(
        attributes["sandbox"] == "allow-same-origin" for tag, attributes in page.tags if tag == "iframe"
    )
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_letter_is_sealed_off(reading):
    answer = reading.get("/letter.html")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox allow-same-origin", "frame-ancestors 'self'"} <= set(policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["content/glossary/token.md", "templates/email/issue.mjml.j2", "weekly.toml"]
)
def test_a_file_that_letters_are_made_of_can_be_looked_at(reading, path):
    page = reading.page(f"/file?path={path}&line=2")
    assert page.find(id="L2")["class"] == "fault"
    assert path in page.words


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".secrets",
        "/etc/hostname",
        "../../../etc/hostname",
        "content/../.secrets",
        "content/../../x",
        "templates/../../../../etc/hostname",
        "content/glossary",
        "content/issues/../../.secrets",
        "content\\..\\.secrets",
        "var/approved/2026-W48.json",
        "content/link.md",
        "content/away/secret.md",
        "content/\x00",
        "content/.git/config",
        "weekly.toml/../.secrets",
        "./weekly.toml/../.secrets",
    ],
)
def test_no_other_file_can_be(studio, browser, path, tmp_path):
    studio.write("var/approved/2026-W48.json", "secret")
    (tmp_path / "secret.md").write_text("secret")
    Path(studio.folder / "content/link.md").symlink_to(studio.folder / ".secrets")
    Path(studio.folder / "content/away").symlink_to(tmp_path)
    answer = browser.client.get("/file", params={"path": path})
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize("name", ["nothing.js", "..%2fweb%2fpage.html.j2", "studio.html.j2", "%2e%2e"])
def test_only_the_studio_s_own_assets_are_given(reading, name):
    assert reading.get(f"/static/{name}").status_code == 404


def test_files_open_in_the_editor_of_the_settings(studio, browser):
    studio.set("preview", 'editor = "vscode://file/{path}:{line}"')
    page = browser.page("/?tab=why")
    term = studio.room.letter("", "named").picks[0].ref
    assert page.has(href=f"vscode://file{studio.folder}/content/glossary/{term}.md:1")


@pytest.mark.parametrize("editor", ["javascript:void({path})", "https://evil.example/{path}", "vscode://x"])
def test_an_editor_s_address_that_opens_something_else_is_refused(studio, browser, editor):
    studio.set("preview", f'editor = "{editor}"')
    assert "preview.editor" in browser.page().words


def test_an_address_that_is_none_is_refused_where_it_stands(studio, browser):
    studio.set("preview", 'test_addresses = ["ed@example.org", "nobody"]')
    page = browser.page()
    assert "weekly.toml:" in page.words
    assert "preview.test_addresses.1" in page.words


def test_a_form_that_is_far_too_large_is_refused(studio, browser):
    before = studio.files()
    assert browser.post("/act/words", {"week": WEEK, "intro": "x" * 70_000}).status_code == 413
    assert studio.files() == before
