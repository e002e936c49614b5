"""The studio as it answers: what it shows, what it writes, whom it refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from studio_desk import ADDRESS, TEMPLATES, WEEK, Browser, Page, make_desk

from pipeline.content.model import Problem
from pipeline.errors import AuthorError
from pipeline.issue.history import Past, append_history
from pipeline.issue.lock import read_lock
from pipeline.issue.wishes import read_wishes
from pipeline.studio.app import create_studio
from pipeline.studio.letter import Calendar, Entry, Letter
from pipeline.studio.view import TABS
from pipeline.weeks import Week

GETS = ["/", "/letter.html", "/letter.eml", "/file?path=weekly.toml", "/static/studio.js", "/events"]
POSTS = ["/act/pin", "/act/approve", "/act/test", "/act/words", "/act/nothing"]


@pytest.fixture(scope="module")
def shelf_desk(tmp_path_factory):
    """A newsletter that tests only look at."""
    return make_desk(tmp_path_factory.mktemp("studio") / "letter")


@pytest.fixture(scope="module")
def reading(shelf_desk):
    return Browser(shelf_desk.open())


@pytest.fixture
def desk(tmp_path):
    return make_desk(tmp_path / "letter")


@pytest.fixture
def browser(desk):
    return Browser(desk.open())


def picked(desk, week=WEEK):
    """What the letter of a week is made of now, by slot."""
    return {pick.slot: pick for pick in desk.room.letter(week, "named").picks}


# What it shows


def test_it_opens_on_the_next_letter_and_writes_nothing(shelf_desk, reading):
    before = shelf_desk.files()
    for tab in TABS:
        page = reading.page(f"/?tab={tab}")
        assert WEEK in page.words
        assert "No. 1" in page.words
        assert page.has(id=f"tab-{tab}", **{"aria-current": "page"})
    assert reading.get("/letter.html").status_code == 200
    assert shelf_desk.files() == before


def test_each_tab_shows_what_it_says(reading, shelf_desk):
    letter = shelf_desk.room.letter("", "named")
    assert letter.text.split("\n")[0] in reading.page("/?tab=text").words
    assert "<!DOCTYPE html>" in reading.page("/?tab=source").words
    assert "List-Unsubscribe-Post List-Unsubscribe=One-Click" in reading.page("/?tab=headers").words
    assert "Unsubscribe the reader's own" in reading.page("/?tab=links").words
    assert "All checks pass." in reading.page("/?tab=checks").words
    assert f"{letter.html_bytes:,} bytes" in reading.page("/?tab=checks").words
    why = reading.page("/?tab=why").words
    names = shelf_desk.room.calendar().names
    for pick in letter.picks:
        assert f"score of {pick.score:.2f}" in why
        assert all(reason.detail in why for reason in pick.reasons)
        assert all(names[f"{pick.kind}:{rival.ref}"].title in why for rival in pick.runners_up)
        assert all(f"{count} {reason}" in why for reason, count in pick.dropped.items())


def test_the_inbox_row_and_the_size_stand_above_every_tab(reading, shelf_desk):
    letter = shelf_desk.room.letter("", "named")
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


def test_each_variant_of_the_letter_can_be_looked_at_and_no_other(desk, browser):
    stories = desk.bring_news()
    desk.set("sections", 'variants = ["text-only", "without-tools"]')
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


def test_a_change_of_a_variant_alone_is_told_as_one(desk, browser):
    desk.bring_news()
    desk.set("sections", 'variants = ["without-tools"]')
    name = "email/blocks/greeting.txt.j2"
    desk.own_template(name)
    words = "{% if issue.sections|length < 3 %}No tools, as you wish.{% endif %}"
    desk.write(f"templates/{name}", f"{desk.read(f'templates/{name}')}{words}\n")
    draft = desk.room.newsletter.edition().draft(Week.parse(WEEK))
    assert draft.digest != draft.rendered.digest
    browser.post("/act/approve", {"week": WEEK, "digest": draft.digest})
    assert "Approved as it is now." in browser.page("/?tab=send").words
    desk.edit(f"templates/{name}", "as you wish", "as you chose")
    browser.saved()
    shown = browser.page("/?tab=send").words
    assert "It was approved, and has changed since." in shown
    assert "The ordinary letter is the same; what readers get who chose otherwise differs." in shown


def test_the_whole_message_can_be_taken_to_a_mail_program(reading, shelf_desk):
    answer = reading.get("/letter.eml")
    assert answer.content == shelf_desk.room.message("", "named")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{WEEK}.eml"'


def test_the_weeks_to_come_are_the_plan_s(reading, shelf_desk):
    room = shelf_desk.room
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
def test_the_menu_stands_at_the_week_that_is_asked_for(desk, browser, week, listed, said):
    before = desk.files()
    page = browser.page(f"/?week={week}")
    chosen = [
        attributes["value"] for tag, attributes in page.tags if tag == "option" and "selected" in attributes
    ]
    assert chosen[0] == week
    assert listed in page.words
    assert said in page.words
    assert "No. 1" not in page.words
    assert desk.files() == before


def test_from_a_week_that_went_by_one_step_leads_to_the_next_letter(reading):
    page = reading.page("/?week=2026-W40&tab=why")
    assert page.find(id="later")["href"] == f"/?week={WEEK}&tab=why"
    assert not page.has(id="earlier")
    assert not page.has(id="ban-tip")
    assert "none can be any more" in reading.page("/?week=2026-W40&tab=send").words


def test_a_sent_letter_is_the_copy_that_was_kept_or_says_that_it_is_made_anew(desk, browser):
    message = desk.room.message("2026-W46", "named")
    append_history(desk.folder, Past("2026-W45", 1, "token", ""))
    assert "its lock is not here" in browser.page("/?week=2026-W45").words
    desk.send("2026-W46")
    browser.saved()
    again = browser.page("/?week=2026-W46")
    assert "this is how today's files render it" in again.words
    assert desk.sent_term("2026-W46") in again.words
    for name, content in (("index.html", "<p>As it was</p>"), ("issue.txt", "As it was\n")):
        desk.write(f"var/letters/2026-W46/{name}", content)
    (desk.folder / "var/letters/2026-W46/issue.eml").write_bytes(message)
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


def test_a_week_without_a_letter_says_why_and_is_no_issue_before_another(desk, browser):
    desk.send("2026-W46")
    append_history(desk.folder, Past("2026-W47", 1, "", "", skipped="2 of 5 stories"))
    page = browser.page("/?week=2026-W47")
    assert "No letter was sent that week: 2 of 5 stories" in page.words
    assert not browser.page("/?week=2026-W47&tab=why").has(id="pin-term")
    beside = browser.page("/?beside=1")
    assert beside.has(title="The letter of 2026-W46")
    assert not beside.has(title="The letter of 2026-W47")


# Mistakes


def break_template(desk):
    desk.own_template("email/issue.mjml.j2")
    desk.edit("templates/email/issue.mjml.j2", "issue.subject", "isue.subject")
    return "templates/email/issue.mjml.j2:", "'isue' is undefined"


def break_syntax(desk):
    desk.own_template("email/issue.txt.j2")
    desk.write("templates/email/issue.txt.j2", "a\n{% if %}\n")
    return "templates/email/issue.txt.j2:2", "Expected an expression"


def break_mjml(desk):
    desk.own_template("email/frame.mjml.j2")
    desk.edit("templates/email/frame.mjml.j2", "</mj-body>", "</mj-bdy>")
    return "templates/email/frame.mjml.j2:", "mj-b"


def break_content(desk):
    desk.edit("content/glossary/token.md", "difficulty: 1", "difficulty: 9")
    return "content/glossary/token.md:", "difficulty"


def break_settings(desk):
    desk.edit("weekly.toml", "min_gap_weeks", "min_gap_weks")
    return "weekly.toml:", "did you mean min_gap_weeks?"


def break_toml(desk):
    desk.edit("weekly.toml", "[selection]", "[selection")
    return "weekly.toml:", "is not valid TOML"


def break_wishes(desk):
    desk.write(f"content/issues/{WEEK}.toml", '\n[term]\npin = "rga"\n')
    return f"content/issues/{WEEK}.toml", "there is no term `rga`"


BREAKS = [break_template, break_syntax, break_mjml, break_content, break_settings, break_toml, break_wishes]


@pytest.mark.parametrize("spoil", BREAKS)
def test_a_mistake_is_shown_with_its_place_and_the_last_good_letter_stays(desk, browser, spoil):
    good = browser.page()
    place, words = spoil(desk)
    browser.saved()
    page = browser.page()
    assert page.has(id="trouble")
    assert place in page.words
    assert words in page.words
    assert "The last good letter" in page.words
    assert page.frame == good.frame
    assert browser.get(page.frame).status_code == 200
    for tab in TABS:
        assert browser.get(f"/?tab={tab}").status_code == 200


@pytest.mark.parametrize("spoil", BREAKS)
def test_with_a_mistake_from_the_start_there_is_a_panel_and_no_letter(desk, browser, spoil):
    place, words = spoil(desk)
    for tab in TABS:
        page = browser.page(f"/?tab={tab}")
        assert place in page.words
        assert words in page.words
        assert "There is no letter to show yet." in page.words
    assert browser.get("/letter.html").status_code == 422


def test_a_mended_mistake_is_forgotten(desk, browser):
    break_settings(desk)
    assert browser.page().has(id="trouble")
    desk.edit("weekly.toml", "min_gap_weks", "min_gap_weeks")
    browser.saved()
    assert not browser.page().has(id="trouble")


def test_a_broken_studio_template_of_one_s_own_breaks_nothing(desk, browser):
    desk.write("templates/studio/studio.html.j2", "{{ nothing }}")
    desk.write("templates/web/colours.css.j2", "{{ nothing }}")
    assert WEEK in browser.page().words


@dataclass
class Room:
    """A room where anything may happen."""

    error: Exception | None = None
    letters: dict = field(default_factory=dict)

    def calendar(self):
        return Calendar(WEEK, (Entry(WEEK, "next", "<b>bold</b>"),))

    def letter(self, _week, _persona):
        if self.error:
            raise self.error
        text = '<script>alert("x")</script>'
        return Letter(WEEK, 1, "draft", text, text, text, f"<p>{text}</p>", text, note=text)

    def message(self, _week, _persona):
        return b"Subject: <script>\r\n\r\n"

    def proofing(self):
        return (), "", HOSTILE

    def file(self, _path):
        return HOSTILE

    def place(self, path):
        return path

    def acts(self):
        return {}


HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.mark.parametrize("tab", TABS)
def test_no_word_of_a_letter_becomes_markup_of_the_studio(tab):
    page = Browser(create_studio(Room(), templates=TEMPLATES)).page(f"/?tab={tab}")
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [script.get("src") for script in scripts] == ["/static/studio.js"]
    assert not [tag for tag, attributes in page.tags if "onerror" in attributes or "style" in attributes]


def test_a_fault_of_the_program_is_told_and_leaves_no_blank_page():
    room = Room(error=RuntimeError("<boom>"))
    browser = Browser(create_studio(room, templates=TEMPLATES))
    page = browser.page()
    assert "a fault of the program" in page.words
    assert "RuntimeError: <boom>" in page.words
    room.error = AuthorError([Problem("<b>.md", 2, "<i>", "<u>", "r")])
    browser.saved()
    assert "<b>.md:2 <i> <u>" in browser.page().words


# What it does


def test_pin_and_take_back(desk, browser):
    slot = picked(desk)["term"]
    rival = slot.runners_up[0].ref
    browser.post("/act/pin", {"week": WEEK, "slot": "term", "ref": rival})
    assert read_wishes(desk.folder, WEEK).term_pin == rival
    assert picked(desk)["term"].ref == rival
    browser.post("/act/lift", {"week": WEEK, "slot": "term", "ref": rival})
    assert read_wishes(desk.folder, WEEK).term_pin == ""
    assert picked(desk)["term"].ref == slot.ref
    assert not (desk.folder / f"content/issues/{WEEK}.lock.json").exists()


def test_ban(desk, browser):
    slot = picked(desk)["tip"]
    answer = browser.post("/act/ban?tab=why", {"week": WEEK, "slot": "tip", "ref": slot.ref})
    assert read_wishes(desk.folder, WEEK).tip_ban == (slot.ref,)
    assert answer.url.path == "/"
    page = Page(answer.text)
    assert f"the tip {slot.ref} is banned" in page.words
    assert page.has(id=f"lift-tip-{slot.ref}")
    assert slot.ref != picked(desk)["tip"].ref


def test_swap_bans_the_one_and_pins_the_other(desk, browser):
    slot = picked(desk)["term"]
    rival = slot.runners_up[1].ref
    browser.post("/act/swap", {"week": WEEK, "slot": "term", "ref": slot.ref, "for": rival})
    wishes = read_wishes(desk.folder, WEEK)
    assert (wishes.term_pin, wishes.term_ban) == (rival, (slot.ref,))
    assert picked(desk)["term"].ref == rival


def test_a_story_is_pinned_banned_and_swapped_by_its_link(desk, browser):
    urls = {item.id: item.url for item in desk.bring_news()}
    slots = picked(desk)
    assert slots["tools-1"].kind == "item"
    page = browser.page("/?tab=why")
    assert "(Feed 0)" in page.words
    assert "The factors multiply to the score." in page.words
    first, rival = slots["tools-1"].ref, slots["tools-1"].runners_up[0].ref
    browser.post("/act/swap", {"week": WEEK, "slot": "items", "ref": first, "for": rival})
    wishes = read_wishes(desk.folder, WEEK).items
    assert (wishes.pin, wishes.ban) == ((urls[rival],), (urls[first],))
    slots = picked(desk)
    refs = [pick.ref for pick in slots.values()]
    assert rival in refs
    assert first not in refs
    browser.post("/act/lift", {"week": WEEK, "slot": "items", "ref": urls[first]})
    assert read_wishes(desk.folder, WEEK).items.ban == ()
    refused = Page(browser.post("/act/pin", {"week": WEEK, "slot": "items", "ref": "f" * 16}).text)
    assert "no feed brought a story" in refused.words


def write_words(browser, form=None, week=WEEK, **words):
    """Type words into the form as it is now, or as it was when it was got, and save them."""
    shown = form or browser.page(f"/?tab=why&week={week}")
    seen = shown.find(name="seen")["value"]
    return Page(browser.post("/act/words?tab=why", {"week": week, "seen": seen, **words}).text)


def test_words_go_into_the_letter(desk, browser):
    write_words(browser, subject="Mine", preheader="Beside", intro="Dear *all*,\r\n\r\nhello.")
    wishes = read_wishes(desk.folder, WEEK)
    assert (wishes.subject, wishes.preheader, wishes.intro) == ("Mine", "Beside", "Dear *all*,\n\nhello.")
    page = browser.page("/?tab=text")
    assert "Mine Beside" in page.words
    assert "hello." in page.words
    write_words(browser, candidate="Chosen", subject="", preheader="", intro="")
    wishes = read_wishes(desk.folder, WEEK)
    assert (wishes.subject, wishes.preheader, wishes.intro) == ("Chosen", "", "")


def test_every_subject_that_the_letter_offers_can_be_taken(desk, browser):
    offered = desk.room.letter(WEEK, "named").subjects
    page = browser.page("/?tab=why")
    assert len(offered) >= 2
    assert all(subject in page.words for subject in offered)
    write_words(browser, candidate=offered[-1], subject="", preheader="", intro="")
    assert desk.room.letter(WEEK, "named").subject == offered[-1]
    again = browser.page("/?tab=why")
    assert all(subject in again.words for subject in offered)


def test_words_that_no_inbox_can_show_are_refused_and_not_written(desk, browser):
    page = write_words(browser, subject="x" * 200, preheader="y" * 200)
    assert "`subject` has 200 characters" in page.words
    assert "`preheader` has 200 characters" in page.words
    assert page.find(id="subject")["value"] == "x" * 200
    assert page.find(id="preheader")["value"] == "y" * 200
    assert "200 of 78 characters" in page.words
    assert "200 of 130 characters" in page.words
    assert not (desk.folder / f"content/issues/{WEEK}.toml").exists()


def test_words_saved_elsewhere_are_never_written_over_unseen(desk, browser):
    form = browser.page("/?tab=why")
    write_words(browser, subject="Hers", intro="Her intro.")
    before = desk.files()
    refused = write_words(browser, form, subject="Mine", preheader="Mine, too", intro="My intro.")
    assert "have changed since you looked; nothing is written" in refused.words
    assert desk.files() == before
    assert refused.find(id="subject")["value"] == "Mine"
    assert refused.find(id="preheader")["value"] == "Mine, too"
    for words in ("My intro.", "In the file: “Hers”", "In the file: nothing", "In the file: “Her intro.”"):
        assert words in refused.words
    # Now both were seen.
    write_words(browser, refused, subject="Ours", intro="My intro.")
    wishes = read_wishes(desk.folder, WEEK)
    assert (wishes.subject, wishes.intro) == ("Ours", "My intro.")


def test_words_changed_in_the_file_itself_are_not_written_over_either(desk, browser):
    form = browser.page("/?tab=why")
    desk.write(f"content/issues/{WEEK}.toml", 'intro = "By hand."\n')
    assert "nothing is written" in write_words(browser, form, intro="My intro.").words
    assert read_wishes(desk.folder, WEEK).intro == "By hand."


def test_words_without_a_form_that_was_looked_at_are_refused(desk, browser):
    before = desk.files()
    page = Page(browser.post("/act/words", {"week": WEEK, "intro": "x"}).text)
    assert "the form says no seen" in page.words
    assert desk.files() == before


def test_a_locked_week_keeps_its_choice_until_it_is_chosen_anew(desk, browser):
    slot = picked(desk)["term"]
    rival = slot.runners_up[0].ref
    page = browser.page("/?tab=send")
    browser.post("/act/approve", {"week": WEEK, "digest": page.find(name="digest")["value"]})
    browser.post("/act/pin", {"week": WEEK, "slot": "term", "ref": rival})
    assert picked(desk)["term"].ref == slot.ref
    assert browser.page().has(id="refresh")
    browser.post("/act/refresh", {"week": WEEK})
    assert picked(desk)["term"].ref == rival
    assert read_lock(desk.folder, WEEK).picks.find("term").ref == rival


def test_in_a_locked_week_the_buttons_know_what_was_wished_already(desk, browser):
    desk.bring_news()
    page = browser.page("/?tab=send")
    browser.post("/act/approve", {"week": WEEK, "digest": page.find(name="digest")["value"]})
    slots = picked(desk)
    tip, story, rival = slots["tip"].ref, slots["tools-1"].ref, slots["tools-1"].runners_up[0].ref
    browser.post("/act/ban", {"week": WEEK, "slot": "tip", "ref": tip})
    browser.post("/act/swap", {"week": WEEK, "slot": "items", "ref": story, "for": rival})
    page = browser.page("/?tab=why")
    assert picked(desk)["tip"].ref == tip
    assert not page.has(id="ban-tip")
    assert page.has(id="unban-tip")
    assert page.has(id="unban-tools-1")
    assert not page.has(id="swap-tools-1-1")
    assert page.has(id="swap-tools-1-2")
    assert "pinned, but not yet chosen" in page.words
    browser.post("/act/lift", {"week": WEEK, "slot": "tip", "ref": tip})
    page = browser.page("/?tab=why")
    assert page.has(id="ban-tip")
    assert not page.has(id="unban-tip")


def test_what_was_said_of_an_approval_is_not_said_of_a_changed_letter(browser):
    digest = browser.page("/?tab=send").find(name="digest")["value"]
    answer = browser.post("/act/approve?tab=send", {"week": WEEK, "digest": digest})
    assert "is approved as it is now" in Page(answer.text).words
    address = f"/?{answer.url.query.decode()}"
    browser.saved()
    assert browser.page(address).has(id="message")
    write_words(browser, intro="An afterthought.")
    assert not browser.page(address).has(id="message")


def test_approval_is_of_what_was_looked_at_and_shows_later_what_has_changed(desk, browser):
    digest = browser.page("/?tab=send").find(name="digest")["value"]
    write_words(browser, intro="An afterthought.")
    refused = Page(browser.post("/act/approve", {"week": WEEK, "digest": digest}).text)
    assert "has changed since you looked at it" in refused.words
    assert read_wishes(desk.folder, WEEK).approval_digest == ""
    digest = browser.page("/?tab=send").find(name="digest")["value"]
    browser.post("/act/approve", {"week": WEEK, "digest": digest})
    assert read_wishes(desk.folder, WEEK).approval_digest == digest
    assert "Approved as it is now." in browser.page("/?tab=send").words
    write_words(browser, intro="A second thought.")
    page = browser.page("/?tab=send")
    assert "It was approved, and has changed since." in page.words
    assert "-An afterthought. +A second thought." in page.words
    (desk.folder / f"var/approved/{WEEK}.json").write_text(json.dumps({"digest": 1}))
    browser.saved()
    assert "it was approved on another machine" in browser.page("/?tab=send").words


def test_a_test_copy_goes_to_the_addresses_of_the_settings_and_to_no_other(desk, browser):
    assert not browser.page("/?tab=send").has(id="send-test")
    desk.set("preview", 'test_addresses = ["ed@example.org", "boss@example.org"]')
    browser.saved()
    assert browser.page("/?tab=send").has(id="send-test")
    browser.post("/act/test", {"week": WEEK, "address": "stranger@example.org"})
    outbox = desk.folder / "var/outbox"
    assert not list(outbox.glob("*.eml"))
    page = Page(browser.post("/act/test", {"week": WEEK, "address": "ed@example.org"}).text)
    assert "1 test copy sent" in page.words
    (copy,) = outbox.glob("*.eml")
    assert b"To: ed@example.org\r\n" in copy.read_bytes()
    assert b"Subject: [Test] " in copy.read_bytes()
    browser.post("/act/test", {"week": WEEK, "address": ""})
    assert {b"boss@example.org" in each.read_bytes() for each in outbox.glob("*.eml")} == {True, False}


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("pin", {"slot": "term", "ref": "no-such-term"}),
        ("pin", {"slot": "approval", "ref": "token"}),
        ("pin", {"slot": "term"}),
        ("pin", {}),
        ("ban", {"slot": "tip", "ref": "token"}),
        ("swap", {"slot": "term", "ref": "token", "for": "no-such-term"}),
        ("lift", {"slot": "subject", "ref": "x"}),
        ("pin", {"week": "../../x", "slot": "term", "ref": "token"}),
        ("approve", {"digest": "0" * 64}),
        ("approve", {}),
        ("nothing", {}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_writes_nothing(desk, browser, act, form):
    before = desk.files()
    answer = browser.post(f"/act/{act}", {"week": WEEK, **form})
    assert answer.status_code == 200
    assert Page(answer.text).has(id="message", **{"class": "message trouble"})
    assert desk.files() == before


@pytest.mark.parametrize("act", ["pin", "ban", "lift", "words", "refresh", "test", "approve"])
def test_a_sent_week_can_no_more_be_changed(desk, browser, act):
    desk.set("preview", 'test_addresses = ["ed@example.org"]')
    append_history(desk.folder, Past("2026-W47", 1, "token", ""))
    before = desk.files()
    form = {"week": "2026-W47", "slot": "term", "ref": "token", "digest": "0", "subject": "x"}
    page = Page(browser.post(f"/act/{act}", form).text)
    assert "2026-W47 was sent; nothing of it can be changed" in page.words
    assert desk.files() == before


def test_a_week_that_went_by_can_no_more_be_changed(desk, browser):
    before = desk.files()
    page = Page(browser.post("/act/pin", {"week": "2026-W40", "slot": "term", "ref": "token"}).text)
    assert "2026-W40 is past, and no letter was sent" in page.words
    assert desk.files() == before


# Whom it refuses


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
def test_no_other_page_can_change_anything(shelf_desk, reading, path, headers):
    before = shelf_desk.files()
    form = {"week": WEEK, "slot": "term", "ref": "token"}
    assert reading.client.post(path, data=form, headers=headers).status_code == 403
    assert reading.client.post(path, data=form).status_code == 403
    assert shelf_desk.files() == before


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
        "/etc/passwd",
        "../../../etc/passwd",
        "content/../.secrets",
        "content/../../x",
        "templates/../../../../etc/passwd",
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
def test_no_other_file_can_be(desk, browser, path, tmp_path):
    desk.write("var/approved/2026-W48.json", "secret")
    (tmp_path / "secret.md").write_text("secret")
    Path(desk.folder / "content/link.md").symlink_to(desk.folder / ".secrets")
    Path(desk.folder / "content/away").symlink_to(tmp_path)
    answer = browser.client.get("/file", params={"path": path})
    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.parametrize("name", ["nothing.js", "..%2fweb%2fpage.html.j2", "studio.html.j2", "%2e%2e"])
def test_only_the_studio_s_own_assets_are_given(reading, name):
    assert reading.get(f"/static/{name}").status_code == 404


def test_files_open_in_the_editor_of_the_settings(desk, browser):
    desk.set("preview", 'editor = "vscode://file/{path}:{line}"')
    page = browser.page("/?tab=why")
    term = desk.room.letter("", "named").picks[0].ref
    assert page.has(href=f"vscode://file{desk.folder}/content/glossary/{term}.md:1")


@pytest.mark.parametrize("editor", ["javascript:alert({path})", "https://evil.example/{path}", "vscode://x"])
def test_an_editor_s_address_that_opens_something_else_is_refused(desk, browser, editor):
    desk.set("preview", f'editor = "{editor}"')
    assert "preview.editor" in browser.page().words


def test_an_address_that_is_none_is_refused_where_it_stands(desk, browser):
    desk.set("preview", 'test_addresses = ["ed@example.org", "nobody"]')
    page = browser.page()
    assert "weekly.toml:" in page.words
    assert "preview.test_addresses.1" in page.words


def test_a_form_that_is_far_too_large_is_refused(desk, browser):
    before = desk.files()
    assert browser.post("/act/words", {"week": WEEK, "intro": "x" * 70_000}).status_code == 413
    assert desk.files() == before
