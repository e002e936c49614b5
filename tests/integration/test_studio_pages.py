"""The studio as it shows a letter: every tab, every week, every reader."""

from __future__ import annotations

import pytest
from support.studio import WEEK

from pipeline.issue.history import append_history
from pipeline.model.past import Past
from pipeline.studio.view import TABS
from pipeline.weeks import Week


def test_it_opens_on_the_next_letter_and_writes_nothing(shelf, reading):
    before = shelf.files()
    for tab in TABS:
        page = reading.page(f"/?tab={tab}")
        assert WEEK in page.words
        assert "No. 1" in page.words
        assert page.has(id=f"tab-{tab}", **{"aria-current": "page"})
    assert reading.get("/letter.html").status_code == 200
    assert shelf.files() == before


def test_each_tab_shows_what_it_says(reading, shelf):
    letter = shelf.room.letter("", "named")
    assert letter.text.split("\n")[0] in reading.page("/?tab=text").words
    assert "<!DOCTYPE html>" in reading.page("/?tab=source").words
    assert "List-Unsubscribe-Post List-Unsubscribe=One-Click" in reading.page("/?tab=headers").words
    assert "Unsubscribe the reader's own" in reading.page("/?tab=links").words
    assert "All checks pass." in reading.page("/?tab=checks").words
    assert f"{letter.html_bytes:,} bytes" in reading.page("/?tab=checks").words
    why = reading.page("/?tab=why").words
    names = shelf.room.calendar().names
    for pick in letter.picks:
        assert f"score of {pick.score:.2f}" in why
        assert all(reason.detail in why for reason in pick.reasons)
        assert all(names[f"{pick.kind}:{rival.ref}"].title in why for rival in pick.runners_up)
        assert all(f"{count} {reason}" in why for reason, count in pick.dropped.items())


def test_the_inbox_row_and_the_size_stand_above_every_tab(reading, shelf):
    letter = shelf.room.letter("", "named")
    page = reading.page("/?tab=links")
    assert letter.subject in page.words
    assert letter.preheader in page.words
    assert page.find(**{"aria-label": "Size of the HTML against the clip at 102 KB"})["value"] == str(
        letter.html_bytes
    )


def test_a_reader_without_a_name_is_greeted_as_one(reading):
    assert "Hi Ada" in reading.page("/?tab=text").words
    assert "Hi there" in reading.page("/?tab=text&persona=unnamed").words
    assert "Hi there" in reading.get(reading.page("/?persona=unnamed").frame).text


def test_each_variant_of_the_letter_can_be_looked_at_and_no_other(studio, browser):
    stories = studio.bring_news()
    studio.set("sections", 'variants = ["text-only", "without-tools"]')
    page = browser.page("/?persona=without-tools")
    assert page.has(value="text-only+without-tools")
    assert page.has(value="without-tools", selected=None)
    whole, without = browser.get("/letter.html").text, browser.get(page.frame).text
    assert any(story.title in whole for story in stories)
    assert not any(story.title in without for story in stories)
    text = browser.page("/?persona=text-only")
    assert "such a reader gets no HTML part" in text.words
    shown = browser.get(text.frame).text
    assert "<table" not in shown
    assert any(story.title in shown for story in stories)
    eml = browser.get("/letter.eml?persona=text-only%2Bwithout-tools").text
    assert "Content-Type: text/plain" in eml.partition("\n\n")[0].replace("\r", "")
    assert not any(story.url in eml for story in stories)
    assert not browser.page("/?week=2026-W49").has(value="without-tools")
    assert browser.page("/?week=2026-W49").has(value="text-only")


def test_a_change_of_a_variant_alone_is_told_as_one(studio, browser):
    studio.bring_news()
    studio.set("sections", 'variants = ["without-tools"]')
    name = "email/blocks/greeting.txt.j2"
    studio.own_template(name)
    words = "{% if issue.sections|length < 3 %}No tools, as you wish.{% endif %}"
    studio.write(f"templates/{name}", f"{studio.read(f'templates/{name}')}{words}\n")
    draft = studio.room.newsletter.edition().draft(Week.parse(WEEK))
    assert draft.digest != draft.rendered.digest
    browser.post("/act/approve", {"week": WEEK, "digest": draft.digest})
    assert "Approved as it is now." in browser.page("/?tab=send").words
    studio.edit(f"templates/{name}", "as you wish", "as you chose")
    browser.saved()
    shown = browser.page("/?tab=send").words
    assert "It was approved, and has changed since." in shown
    assert "The ordinary letter is the same; what readers get who chose otherwise differs." in shown


def test_the_whole_message_can_be_taken_to_a_mail_program(reading, shelf):
    answer = reading.get("/letter.eml")
    assert answer.content == shelf.room.message("", "named")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{WEEK}.eml"'


def test_the_weeks_to_come_are_the_plan_s(reading, shelf):
    room = shelf.room
    calendar = room.calendar()
    assert [entry.stage for entry in calendar.entries] == ["next", *["planned"] * 8]
    planned = calendar.entries[3]
    page = reading.page(f"/?week={planned.week}&tab=why")
    assert planned.words in page.words
    assert "No. 4" in page.words
    assert "Planned: what comes before it may change it." in page.words


@pytest.mark.parametrize("week", ["2027-W30", "2026-W60"])
def test_a_week_too_far_away_or_none_is_refused_in_words(reading, week):
    page = reading.page(f"/?week={week}")
    assert "The letter cannot be made" in page.words
    assert "There is no letter to show yet." in page.words


@pytest.mark.parametrize(
    ("week", "listed", "said"),
    [
        ("2026-W40", "2026-W40 · past", "No letter was sent that week"),
        ("2027-W30", "2027-W30 · too far away", "the studio looks 8 weeks ahead"),
        ("2026-W60", "2026-W60 · no such week", "2026-W60"),
        ("zzz", "zzz · no such week", "'zzz' is not an ISO week; write it like 2026-W48"),
    ],
)
def test_the_menu_stands_at_the_week_that_is_asked_for(studio, browser, week, listed, said):
    before = studio.files()
    page = browser.page(f"/?week={week}")
    chosen = [
        attributes["value"] for tag, attributes in page.tags if tag == "option" and "selected" in attributes
    ]
    assert chosen[0] == week
    assert listed in page.words
    assert said in page.words
    assert "No. 1" not in page.words
    assert studio.files() == before


def test_from_a_week_that_went_by_one_step_leads_to_the_next_letter(reading):
    page = reading.page("/?week=2026-W40&tab=why")
    assert page.find(id="later")["href"] == f"/?week={WEEK}&tab=why"
    assert not page.has(id="earlier")
    assert not page.has(id="ban-tip")
    assert "none can be any more" in reading.page("/?week=2026-W40&tab=send").words


def test_a_sent_letter_is_the_copy_that_was_kept_or_says_that_it_is_made_anew(studio, browser):
    message = studio.room.message("2026-W46", "named")
    append_history(studio.folder, Past("2026-W45", 1, "token", ""))
    assert "its lock is not here" in browser.page("/?week=2026-W45").words
    studio.send("2026-W46")
    browser.saved()
    again = browser.page("/?week=2026-W46")
    assert "this is how today's files render it" in again.words
    assert studio.sent_term("2026-W46") in again.words
    for name, content in (("index.html", "<p>As it was</p>"), ("issue.txt", "As it was\n")):
        studio.write(f"var/letters/2026-W46/{name}", content)
    (studio.folder / "var/letters/2026-W46/issue.eml").write_bytes(message)
    browser.saved()
    kept = browser.page("/?week=2026-W46")
    assert "this is the copy that was kept of it" in kept.words
    assert '<p data-line="1">As it was</p>' in browser.get(kept.frame).text
    beside = browser.page("/?beside=1")
    assert [attributes["title"] for tag, attributes in beside.tags if tag == "iframe"] == [
        "The letter of 2026-W46",
        f"The letter of {WEEK}",
    ]
    assert not browser.page("/?week=2026-W46&tab=why").has(id="pin-term")


def test_a_week_without_a_letter_says_why_and_is_no_issue_before_another(studio, browser):
    studio.send("2026-W46")
    append_history(studio.folder, Past("2026-W47", 1, "", "", skipped="2 of 5 stories"))
    page = browser.page("/?week=2026-W47")
    assert "No letter was sent that week: 2 of 5 stories" in page.words
    assert not browser.page("/?week=2026-W47&tab=why").has(id="pin-term")
    beside = browser.page("/?beside=1")
    assert beside.has(title="The letter of 2026-W46")
    assert not beside.has(title="The letter of 2026-W47")
