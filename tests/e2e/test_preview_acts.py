"""What an editor does in the studio with a real browser: wishes, words, test copies, approval."""

from __future__ import annotations

import tomllib

import pytest
from support.browsing import ORIGINAL, letter, opened, told
from support.studio import WEEK

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(preview_desk):
    return preview_desk


def test_pin_ban_and_swap_write_the_file_and_change_the_letter(browsing, desk):
    path = desk.folder / f"content/issues/{WEEK}.toml"

    def wishes():
        return tomllib.loads(path.read_text())

    with opened(browsing, desk, "/?tab=why") as (page, wrong, _):
        before = page.locator("#slot-tip").inner_text()
        page.get_by_role("button", name=f"Ban {before}").click()
        told(page, "banned: the tip")
        after = page.locator("#slot-tip").inner_text()
        assert after != before
        (banned,) = wishes()["tip"]["ban"]
        page.get_by_role("button", name=f"Pin {after}").click()
        page.get_by_role("button", name=f"Unpin {after}").wait_for()
        rival = page.locator("section:has(#slot-tip) .rivals b").first.inner_text()
        page.get_by_role("button", name=f"Swap in {rival}").click()
        page.locator("#slot-tip").get_by_text(rival).wait_for()
        assert banned in wishes()["tip"]["ban"]
        assert len(wishes()["tip"]["ban"]) == 2
        assert page.locator("#status").inner_text().startswith(WEEK)
        page.get_by_role("link", name="HTML", exact=True).click()
        letter(page).get_by_text(rival).first.wait_for()
        page.get_by_role("link", name="Why", exact=True).click()
        page.get_by_role("button", name=f"Take back the wish about {banned}").click()
        told(page, "ban taken back")
        assert banned not in wishes()["tip"]["ban"]
        page.get_by_role("region", name="What was done").get_by_role("button", name="Undo").click()
        told(page, "undone: unban")
        assert banned in wishes()["tip"]["ban"]
        journal = page.get_by_role("region", name="Acts of this week")
        journal.get_by_role("button", name="Undo swap").click()
        told(page, "undone: swap")
        assert wishes()["tip"]["ban"] == [banned]
        assert not (desk.folder / f"content/issues/{WEEK}.lock.json").exists()
        assert wrong == []


def test_what_is_being_typed_survives_a_save_of_something_else_and_then_goes_into_the_letter(browsing, desk):
    with opened(browsing, desk, "/?tab=why") as (page, wrong, _):
        page.get_by_label("Your own").fill("A subject of mine")
        intro = page.locator("#intro")
        intro.fill("Half a sent")
        desk.edit("content/glossary/token.md", "title:", "title: A")
        page.locator("#slot-term", has_text="A Token").wait_for()
        assert intro.input_value() == "Half a sent"
        assert page.evaluate("document.activeElement.id") == "intro"
        page.keyboard.type("ence.")
        page.get_by_role("button", name="Save the words").click()
        told(page, " now in content/issues/")
        assert page.locator(".row.phone .subject").inner_text() == "A subject of mine"
        assert tomllib.loads(desk.read(f"content/issues/{WEEK}.toml"))["intro"] == "Half a sentence."
        page.get_by_role("link", name="HTML", exact=True).click()
        letter(page).get_by_text("Half a sentence.").wait_for()
        assert wrong == []


def test_what_is_typed_belongs_to_its_week_and_outlives_pins_tabs_and_reloads(browsing, desk):
    with opened(browsing, desk, "/?tab=why&week=2026-W49") as (page, wrong, _):
        page.locator("#intro").fill("For the week after.")
        page.locator("#later").click()
        page.wait_for_url("**week=2026-W50**")
        page.locator("#words [name=week][value='2026-W50']").wait_for(state="attached")
        assert page.locator("#intro").input_value() == ""
        page.locator("#preheader").fill("For W50")
        page.locator("#ban-tip").click()
        told(page, "banned: the tip")
        assert page.locator("#preheader").input_value() == "For W50"
        page.locator("#tab-text").click()
        page.locator(".plain").wait_for()
        page.locator("#earlier").click()
        page.wait_for_url("**week=2026-W49**")
        page.locator("#tab-why").click()
        page.locator("#words").wait_for()
        page.reload()
        assert page.locator("#intro").input_value() == "For the week after."
        assert page.locator("#preheader").input_value() == ""
        assert page.get_by_text("Not saved.").is_visible()
        page.locator("#drop-words").click()
        page.get_by_text("Not saved.").wait_for(state="hidden")
        assert page.locator("#intro").input_value() == ""
        assert not (desk.folder / "content/issues/2026-W49.toml").exists()
        assert wrong == []


def test_a_subject_that_is_too_long_is_counted_and_refused_and_never_cut(browsing, desk):
    with opened(browsing, desk, "/?tab=why") as (page, wrong, _):
        page.locator("#subject").press_sequentially("long " * 16, delay=0)
        page.get_by_text("79 of 78 characters: too long for an inbox").wait_for()
        page.locator("#save-words").click()
        told(page, "`subject` has 79 characters")
        assert page.locator("#subject").input_value() == "long " * 16
        page.locator("#subject").fill("Short")
        page.get_by_text("5 of 78 characters", exact=True).wait_for()
        page.locator("#save-words").click()
        told(page, " now in content/issues/")
        assert page.locator(".row.phone .subject").inner_text() == "Short"
        assert wrong == []


def test_words_that_changed_in_the_file_meanwhile_stand_beside_what_is_typed(browsing, desk):
    with opened(browsing, desk, "/?tab=why") as (page, wrong, _):
        page.locator("#preheader").fill("Mine")
        desk.edit(f"content/issues/{WEEK}.toml", "intro =", 'preheader = "Theirs"\nintro =')
        page.get_by_text("In the file: “Theirs”").wait_for()
        page.locator("#save-words").click()
        told(page, "have changed since you looked")
        assert page.locator("#preheader").input_value() == "Mine"
        assert 'preheader = "Theirs"' in desk.read(f"content/issues/{WEEK}.toml")
        page.locator("#save-words").click()
        told(page, " now in content/issues/")
        assert 'preheader = "Mine"' in desk.read(f"content/issues/{WEEK}.toml")
        assert page.locator(".unsaved").is_hidden()
        assert wrong == []


def test_a_test_copy_an_approval_and_what_changed_since(browsing, desk):
    desk.set("preview", 'test_addresses = ["ed@example.org"]')
    with opened(browsing, desk, "/?tab=send") as (page, wrong, _):
        page.get_by_role("button", name="Send a test copy").click()
        told(page, "1 test copy written to ")
        page.get_by_role("button", name="Approve it as it is now").click()
        page.get_by_text("Approved as it is now.").wait_for()
        desk.edit("content/glossary/token.md", ORIGINAL, "A token is a unit of text")
        page.get_by_text("It was approved, and has changed since.").wait_for()
        assert page.locator("#message").count() == 0
        assert "+A token is a unit of text" in page.locator("#diff-words").inner_text()
        assert wrong == []
