"""What a button of the studio writes, and what it refuses to write."""

from __future__ import annotations

import json

import pytest
from support.studio import WEEK, Browser, Page, make_desk

from pipeline.issue.history import append_history
from pipeline.issue.lock import read_lock
from pipeline.issue.wishes import read_wishes
from pipeline.model.past import Past


def picked(studio, week=WEEK):
    """What the letter of a week is made of now, by slot."""
    return {pick.slot: pick for pick in studio.room.letter(week, "named").picks}


def test_pin_and_take_back(studio, browser):
    slot = picked(studio)["term"]
    rival = slot.runners_up[0].ref
    browser.post("/act/pin", {"week": WEEK, "kind": "term", "ref": rival})
    assert read_wishes(studio.folder, WEEK).term_pin == rival
    assert picked(studio)["term"].ref == rival
    browser.post("/act/unpin", {"week": WEEK, "kind": "term", "ref": rival})
    assert read_wishes(studio.folder, WEEK).term_pin == ""
    assert picked(studio)["term"].ref == slot.ref
    assert not (studio.folder / f"content/issues/{WEEK}.lock.json").exists()


def test_ban(studio, browser):
    slot = picked(studio)["tip"]
    answer = browser.post("/act/ban?tab=why", {"week": WEEK, "kind": "tip", "ref": slot.ref})
    assert read_wishes(studio.folder, WEEK).tip_ban == (slot.ref,)
    assert answer.url.path == "/"
    page = Page(answer.text)
    assert "banned: the tip" in page.words
    assert f"({slot.ref})" in page.words
    assert page.has(id=f"take-back-tip-{slot.ref}")
    assert slot.ref != picked(studio)["tip"].ref


def test_swap_bans_the_one_and_pins_the_other(studio, browser):
    slot = picked(studio)["term"]
    rival = slot.runners_up[1].ref
    browser.post("/act/swap", {"week": WEEK, "kind": "term", "ref": slot.ref, "for": rival})
    wishes = read_wishes(studio.folder, WEEK)
    assert (wishes.term_pin, wishes.term_ban) == (rival, (slot.ref,))
    assert picked(studio)["term"].ref == rival


def test_a_story_is_pinned_banned_and_swapped_by_its_link(studio, browser):
    urls = {item.id: item.url for item in studio.bring_news()}
    slots = picked(studio)
    assert slots["tools-1"].kind == "item"
    page = browser.page("/?tab=why")
    assert "(Feed 0)" in page.words
    assert "The factors multiply to the score." in page.words
    first, rival = slots["tools-1"].ref, slots["tools-1"].runners_up[0].ref
    browser.post("/act/swap", {"week": WEEK, "kind": "items", "ref": first, "for": rival})
    wishes = read_wishes(studio.folder, WEEK).items
    assert (wishes.pin, wishes.ban) == ((urls[rival],), (urls[first],))
    slots = picked(studio)
    refs = [pick.ref for pick in slots.values()]
    assert rival in refs
    assert first not in refs
    browser.post("/act/unban", {"week": WEEK, "kind": "items", "ref": urls[first]})
    assert read_wishes(studio.folder, WEEK).items.ban == ()
    refused = Page(browser.post("/act/pin", {"week": WEEK, "kind": "items", "ref": "f" * 16}).text)
    assert "no feed brought a story" in refused.words


def write_words(browser, form=None, week=WEEK, **words):
    """Type words into the form as it is now, or as it was when it was got, and save them."""
    shown = form or browser.page(f"/?tab=why&week={week}")
    seen = shown.find(name="seen")["value"]
    return Page(browser.post("/act/words?tab=why", {"week": week, "seen": seen, **words}).text)


def test_words_go_into_the_letter(studio, browser):
    write_words(browser, subject="Mine", preheader="Beside", intro="Dear *all*,\r\n\r\nhello.")
    wishes = read_wishes(studio.folder, WEEK)
    assert (wishes.subject, wishes.preheader, wishes.intro) == ("Mine", "Beside", "Dear *all*,\n\nhello.")
    page = browser.page("/?tab=text")
    assert "Mine Beside" in page.words
    assert "hello." in page.words
    write_words(browser, candidate="Chosen", subject="", preheader="", intro="")
    wishes = read_wishes(studio.folder, WEEK)
    assert (wishes.subject, wishes.preheader, wishes.intro) == ("Chosen", "", "")


def test_every_subject_that_the_letter_offers_can_be_taken(studio, browser):
    offered = studio.room.letter(WEEK, "named").subjects
    page = browser.page("/?tab=why")
    assert len(offered) >= 2
    assert all(subject in page.words for subject in offered)
    write_words(browser, candidate=offered[-1], subject="", preheader="", intro="")
    assert studio.room.letter(WEEK, "named").subject == offered[-1]
    again = browser.page("/?tab=why")
    assert all(subject in again.words for subject in offered)


def test_words_that_no_inbox_can_show_are_refused_and_not_written(shelf, reading):
    page = write_words(reading, subject="x" * 200, preheader="y" * 200)
    assert "`subject` has 200 characters" in page.words
    assert "`preheader` has 200 characters" in page.words
    assert page.find(id="subject")["value"] == "x" * 200
    assert page.find(id="preheader")["value"] == "y" * 200
    assert "200 of 78 characters" in page.words
    assert "200 of 130 characters" in page.words
    assert not (shelf.folder / f"content/issues/{WEEK}.toml").exists()


def test_words_saved_elsewhere_are_never_written_over_unseen(studio, browser):
    form = browser.page("/?tab=why")
    write_words(browser, subject="Hers", intro="Her intro.")
    before = studio.files()
    refused = write_words(browser, form, subject="Mine", preheader="Mine, too", intro="My intro.")
    assert "have changed since you looked; nothing is written" in refused.words
    assert studio.files() == before
    assert refused.find(id="subject")["value"] == "Mine"
    assert refused.find(id="preheader")["value"] == "Mine, too"
    for words in ("My intro.", "In the file: “Hers”", "In the file: nothing", "In the file: “Her intro.”"):
        assert words in refused.words
    # Now both were seen.
    write_words(browser, refused, subject="Ours", intro="My intro.")
    wishes = read_wishes(studio.folder, WEEK)
    assert (wishes.subject, wishes.intro) == ("Ours", "My intro.")


def test_words_changed_in_the_file_itself_are_not_written_over_either(studio, browser):
    form = browser.page("/?tab=why")
    studio.write(f"content/issues/{WEEK}.toml", 'intro = "By hand."\n')
    assert "nothing is written" in write_words(browser, form, intro="My intro.").words
    assert read_wishes(studio.folder, WEEK).intro == "By hand."


def test_words_without_a_form_that_was_looked_at_are_refused(shelf, reading):
    before = shelf.files()
    page = Page(reading.post("/act/words", {"week": WEEK, "intro": "x"}).text)
    assert "the form has no seen" in page.words
    assert shelf.files() == before


def test_a_locked_week_keeps_its_choice_until_it_is_chosen_again(studio, browser):
    slot = picked(studio)["term"]
    rival = slot.runners_up[0].ref
    page = browser.page("/?tab=send")
    browser.post("/act/approve", {"week": WEEK, "digest": page.find(name="digest")["value"]})
    browser.post("/act/pin", {"week": WEEK, "kind": "term", "ref": rival})
    assert picked(studio)["term"].ref == slot.ref
    assert browser.page().has(id="refresh")
    browser.post("/act/refresh", {"week": WEEK})
    assert picked(studio)["term"].ref == rival
    assert read_lock(studio.folder, WEEK).picks.find("term").ref == rival


def test_in_a_locked_week_the_buttons_know_what_was_wished_already(studio, browser):
    studio.bring_news()
    page = browser.page("/?tab=send")
    browser.post("/act/approve", {"week": WEEK, "digest": page.find(name="digest")["value"]})
    slots = picked(studio)
    tip, story, rival = slots["tip"].ref, slots["tools-1"].ref, slots["tools-1"].runners_up[0].ref
    browser.post("/act/ban", {"week": WEEK, "kind": "tip", "ref": tip})
    browser.post("/act/swap", {"week": WEEK, "kind": "items", "ref": story, "for": rival})
    page = browser.page("/?tab=why")
    assert picked(studio)["tip"].ref == tip
    assert not page.has(id="ban-tip")
    assert page.has(id="unban-tip")
    assert page.has(id="unban-tools-1")
    assert not page.has(id="swap-tools-1-1")
    assert page.has(id="swap-tools-1-2")
    assert "pinned, but not yet chosen" in page.words
    browser.post("/act/unban", {"week": WEEK, "kind": "tip", "ref": tip})
    page = browser.page("/?tab=why")
    assert page.has(id="ban-tip")
    assert not page.has(id="unban-tip")


def test_what_was_said_of_an_approval_is_not_said_of_a_changed_letter(browser):
    digest = browser.page("/?tab=send").find(name="digest")["value"]
    answer = browser.post("/act/approve?tab=send", {"week": WEEK, "digest": digest})
    assert "approved as it is now" in Page(answer.text).words
    address = f"/?{answer.url.query.decode()}"
    browser.saved()
    assert browser.page(address).has(id="message")
    write_words(browser, intro="An afterthought.")
    assert not browser.page(address).has(id="message")


def test_approval_is_of_what_was_looked_at_and_shows_later_what_has_changed(studio, browser):
    digest = browser.page("/?tab=send").find(name="digest")["value"]
    write_words(browser, intro="An afterthought.")
    refused = Page(browser.post("/act/approve", {"week": WEEK, "digest": digest}).text)
    assert "has changed since you looked at it" in refused.words
    assert read_wishes(studio.folder, WEEK).approval_digest == ""
    digest = browser.page("/?tab=send").find(name="digest")["value"]
    browser.post("/act/approve", {"week": WEEK, "digest": digest})
    assert read_wishes(studio.folder, WEEK).approval_digest == digest
    assert "Approved as it is now." in browser.page("/?tab=send").words
    write_words(browser, intro="A second thought.")
    page = browser.page("/?tab=send")
    assert "It was approved, and has changed since." in page.words
    assert "-An afterthought. +A second thought." in page.words
    (studio.folder / f"var/approved/{WEEK}.json").write_text(json.dumps({"digest": 1}))
    browser.saved()
    assert "it was approved on another machine" in browser.page("/?tab=send").words


def test_a_test_copy_goes_to_the_addresses_of_the_settings_and_to_no_other(studio, browser):
    assert not browser.page("/?tab=send").has(id="send-test")
    studio.set("preview", 'test_addresses = ["ed@example.org", "boss@example.org"]')
    browser.saved()
    assert browser.page("/?tab=send").has(id="send-test")
    browser.post("/act/test", {"week": WEEK, "address": "stranger@example.org"})
    outbox = studio.folder / "var/outbox"
    assert not list(outbox.glob("*.eml"))
    page = Page(browser.post("/act/test", {"week": WEEK, "address": "ed@example.org"}).text)
    (copy,) = outbox.glob("*.eml")
    assert f"1 test copy written to {copy}; nothing leaves this machine" in page.words
    assert b"To: ed@example.org\r\n" in copy.read_bytes()
    assert b"Subject: [Test] " in copy.read_bytes()
    browser.post("/act/test", {"week": WEEK, "address": ""})
    assert {b"boss@example.org" in each.read_bytes() for each in outbox.glob("*.eml")} == {True, False}


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("pin", {"kind": "term", "ref": "no-such-term"}),
        ("pin", {"kind": "approval", "ref": "token"}),
        ("pin", {"kind": "term"}),
        ("pin", {}),
        ("ban", {"kind": "tip", "ref": "token"}),
        ("swap", {"kind": "term", "ref": "token", "for": "no-such-term"}),
        ("unpin", {"kind": "subject", "ref": "x"}),
        ("undo", {}),
        ("undo", {"undo": "no-such-act"}),
        ("pin", {"week": "../../x", "kind": "term", "ref": "token"}),
        ("approve", {"digest": "0" * 64}),
        ("approve", {}),
        ("nothing", {}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_writes_nothing(shelf, reading, act, form):
    before = shelf.files()
    answer = reading.post(f"/act/{act}", {"week": WEEK, **form})
    assert answer.status_code == 200
    assert Page(answer.text).has(id="message", **{"class": "message error"})
    assert shelf.files() == before


@pytest.fixture(scope="module")
def sent_week(tmp_path_factory):
    """A newsletter in the studio whose last letter was sent, and a browser of it."""
    studio = make_desk(tmp_path_factory.mktemp("sent") / "letter")
    studio.set("preview", 'test_addresses = ["ed@example.org"]')
    append_history(studio.folder, Past("2026-W47", 1, "token", ""))
    return studio, Browser(studio.open())


@pytest.mark.parametrize(
    "act",
    ["pin", "ban", "unpin", "unban", "swap", "words", "refresh", "test", "approve", "unapprove", "undo"],
)
def test_a_sent_week_can_no_more_be_changed(sent_week, act):
    studio, browser = sent_week
    before = studio.files()
    form = {"week": "2026-W47", "kind": "term", "ref": "token", "for": "rag", "digest": "0", "seen": "0"}
    page = Page(browser.post(f"/act/{act}", form).text)
    assert "2026-W47 was sent; nothing of it can be changed" in page.words
    assert studio.files() == before


def test_a_week_that_went_by_can_no_more_be_changed(shelf, reading):
    before = shelf.files()
    page = Page(reading.post("/act/pin", {"week": "2026-W40", "kind": "term", "ref": "token"}).text)
    assert "2026-W40 is past, and no letter was sent" in page.words
    assert shelf.files() == before
