"""One guard and one set of rules for every client: what the editor may do to a real newsletter's week."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from support.studio import MONDAY, WEEK, Page

from pipeline.edition import news_cache
from pipeline.edition.caches import read_ahead
from pipeline.errors import AuthorError, PipelineError
from pipeline.feeds.snapshot import write_snapshot
from pipeline.issue.history import append_history
from pipeline.issue.wishes import read_wishes
from pipeline.model.past import Past
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.weeks import Week

HOUR_S = 3600
W48 = Week.parse(WEEK)
FEEDS = '[[feed]]\nslug = "feed-0"\nurl = "https://feed-0.example/rss"\nsection = "tools"\n'


def bring_copies(studio):
    """Let a story come that two feeds have, under two links."""
    items = studio.bring_news()
    ids = [f"{number:020x}" for number in range(len(items))]
    items = [replace(each, id=key) for each, key in zip(items, ids, strict=True)]
    shared = "How one reranking model halved our bill last year"
    items[0] = replace(items[0], title=shared)
    items[1] = replace(items[1], title=shared, section="techniques")
    write_snapshot(studio.folder, WEEK, items)
    return items


def list_items(editor):
    """The ids of every story and copy in the letter as it is chosen now."""
    picks = editor().edition.draft(W48).lock.picks.picks
    return {each for pick in picks for each in (pick.ref, *pick.items)}


def list_chosen(editor):
    """The ids of every story and copy that would be chosen now; makes no letter of them."""
    edition = editor().edition
    catalogue, _ = edition.catalogue()
    wishes, snapshot = read_wishes(edition.folder, WEEK), edition.snapshot(W48)
    picks = choose(SelectionInputs(catalogue, (), W48, wishes, edition.selection, snapshot))
    return {each for pick in picks.picks for each in (pick.ref, *pick.items)}


@pytest.mark.parametrize("pinned", ["id", "link", "other id", "other link"])
@pytest.mark.parametrize("banned", ["id", "link", "other id", "other link"])
def test_a_story_that_is_banned_by_any_name_is_not_sent_however_it_was_pinned(studio, editor, pinned, banned):
    one, other, *_ = bring_copies(studio)
    names = {"id": one.id, "link": one.url, "other id": other.id, "other link": f"{other.url}/?utm_source=x"}
    editor().wish(W48, "pin", names[pinned])
    assert one.id in list_chosen(editor)
    done = editor().wish(W48, "ban", names[banned])
    assert "also at" in done.message
    assert "is taken back" in done.message
    assert not {one.id, other.id} & list_items(editor)
    editor().undo(W48)
    assert one.id in list_chosen(editor)


def test_what_is_read_after_fetching_is_what_the_next_draft_asks_for(studio, editor):
    bring_copies(studio)
    (studio.folder / "var").mkdir(exist_ok=True)
    read_ahead(editor().edition, W48)
    kept = (studio.folder / news_cache.FILE).read_bytes()
    edition = editor().edition
    edition.save_lock(edition.draft(W48))
    assert (studio.folder / news_cache.FILE).read_bytes() == kept


def test_the_studio_swaps_a_story_that_is_pinned_by_its_id(studio, browser, editor):
    one, other, *_ = bring_copies(studio)
    studio.write(f"content/issues/{WEEK}.toml", f'[items]\npin = ["{one.id}"]\n')
    (pick,) = [pick for pick in editor().edition.draft(W48).lock.picks.picks if pick.ref == one.id]
    rival = pick.runners_up[0].ref
    browser.post("/act/swap", {"week": WEEK, "kind": "items", "ref": one.id, "for": rival})
    assert rival in list_items(editor)
    assert not {one.id, other.id} & list_items(editor)


def test_a_pin_and_a_ban_of_one_story_by_two_names_written_by_hand_are_a_contradiction(studio, editor):
    one, other, *_ = bring_copies(studio)
    studio.write(f"content/issues/{WEEK}.toml", f'[items]\npin = ["{one.id}"]\nban = ["{one.url}"]\n')
    with pytest.raises(AuthorError) as refused:
        editor().edition.draft(W48)
    (problem,) = refused.value.problems
    assert (problem.rule, problem.is_error) == ("wishes-pin-banned", True)
    # What a feed made one of two stops no letter, and is said.
    studio.write(f"content/issues/{WEEK}.toml", f'[items]\npin = ["{one.url}"]\nban = ["{other.url}"]\n')
    warnings = editor().edition.draft(W48).warnings
    assert "story-pin-banned" in {problem.rule for problem in warnings}
    editor().wish(W48, "ban", one.id)
    assert read_wishes(studio.folder, WEEK).items.pin == ()


def not_fetched(studio):
    studio.write("content/feeds.toml", FEEDS)


def no_letter(studio):
    studio.set("sections", 'thin = "skip"')
    studio.write("content/feeds.toml", FEEDS)
    write_snapshot(studio.folder, WEEK, [])


def failing_check(studio):
    studio.write(f"content/issues/{WEEK}.toml", 'intro = "Lorem ipsum dolor sit amet"\n')


def unmet_wish(studio):
    edition = studio.room.newsletter.edition()
    draft = edition.draft(W48)
    edition.save_lock(draft)
    ref = draft.lock.picks.find("term").ref
    studio.write(f"content/issues/{WEEK}.toml", f'[term]\nban = ["{ref}"]\n')


@pytest.mark.parametrize("make", [not_fetched, no_letter, failing_check, unmet_wish])
def test_a_letter_that_would_not_be_sent_is_approved_through_no_client(studio, browser, editor, make):
    make(studio)
    with pytest.raises(PipelineError):
        editor().approve(W48)
    browser.saved()
    page = browser.page("/?tab=send")
    assert page.has(id="obstacle")
    assert not page.has(id="approve")
    digest = studio.room.letter(WEEK, "named").digest
    answer = Page(browser.post("/act/approve", {"week": WEEK, "digest": digest}).text)
    assert answer.has(id="message", **{"class": "message error"})
    assert read_wishes(studio.folder, WEEK).approval_digest == ""


def test_a_week_whose_news_are_not_fetched_is_not_locked_by_the_studio_either(studio, browser):
    not_fetched(studio)
    page = Page(browser.post("/act/refresh", {"week": WEEK}).text)
    assert "were not fetched yet" in page.words
    assert not (studio.folder / f"content/issues/{WEEK}.lock.json").exists()


PAST = [
    (Past("2026-W47", 1, "token", ""), "2026-W47", "was sent"),
    (Past("2026-W47", 1, "token", "", skipped="a thin week"), "2026-W47", "was skipped"),
    (None, "2026-W40", "is past"),
]


@pytest.mark.parametrize(("past", "week", "words"), PAST)
def test_a_closed_week_refuses_every_act(studio, editor, past, week, words):
    if past:
        append_history(studio.folder, past)
    before, closed = studio.files(), Week.parse(week)
    for act in (
        lambda: editor().wish(closed, "pin", "token"),
        lambda: editor().wish(closed, "unban", "token"),
        lambda: editor().swap_slot(closed, "term"),
        lambda: editor().write_words(closed, {"subject": "x"}),
        lambda: editor().approve(closed),
        lambda: editor().unapprove(closed),
        lambda: editor().undo(closed),
        lambda: editor().choose_again(closed),
        lambda: editor().lock(closed, "keep"),
    ):
        with pytest.raises(PipelineError, match=words):
            act()
    assert studio.files() == before


def test_every_act_can_be_undone_from_the_other_client_and_the_file_is_as_it_was(studio, browser, editor):
    path = f"content/issues/{WEEK}.toml"
    studio.write(path, '# Agreed on Monday.\nintro = "Hello."\n')
    before = studio.read(path)
    term = editor().edition.draft(W48).lock.picks.find("term").ref
    browser.post("/act/ban", {"week": WEEK, "kind": "term", "ref": term})
    assert "nothing" not in editor().wish(W48, "unban", term).message
    editor().swap_slot(W48, "tip")
    editor().write_words(W48, {"subject": "Mine", "intro": ""})
    editor().approve(W48)
    assert "approved already" in editor().approve(W48).message
    rows = editor().read_journal(W48).acts
    assert [(act.act, act.client) for act in rows] == [
        ("ban", "studio"),
        ("unban", "command line"),
        ("swap", "command line"),
        ("words", "command line"),
        ("approve", "command line"),
    ]
    assert all(0 <= (act.at - MONDAY).total_seconds() < HOUR_S for act in rows)
    page = browser.page("/?tab=why")
    assert "ban the term" in page.words
    for number in ("5", "3"):
        done = Page(browser.post("/act/undo", {"week": WEEK, "undo": rows[int(number) - 1].id}).text)
        assert "undone" in done.words
    for _ in range(3):
        editor().undo(W48)
    assert studio.read(path) == before
    with pytest.raises(PipelineError, match="nothing to undo"):
        editor().undo(W48)


def test_an_approval_is_taken_back_and_the_lock_stays(studio, browser):
    digest = browser.page("/?tab=send").find(name="digest")["value"]
    page = Page(browser.post("/act/approve?tab=send", {"week": WEEK, "digest": digest}).text)
    assert page.has(id="unapprove")
    page = Page(browser.post("/act/unapprove?tab=send", {"week": WEEK}).text)
    assert "approval taken back" in page.words
    assert page.has(id="approve")
    assert (studio.folder / f"content/issues/{WEEK}.lock.json").exists()
    assert read_wishes(studio.folder, WEEK).approval_digest == ""


def test_an_undo_writes_over_nothing_that_was_changed_by_hand(studio, editor):
    editor().write_words(W48, {"subject": "Mine"})
    studio.write(f"content/issues/{WEEK}.toml", 'subject = "By hand"\n')
    with pytest.raises(PipelineError, match="`subject` has changed since, and is `By hand` now"):
        editor().undo(W48)
    assert read_wishes(studio.folder, WEEK).subject == "By hand"


def test_no_act_is_lost_when_several_clients_act_at_once(studio, editor):
    slugs = [tip.slug for tip in editor().edition.catalogue()[0].tips[:6]]
    threads = [threading.Thread(target=editor().wish, args=(W48, "ban", slug)) for slug in slugs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_wishes(studio.folder, WEEK).tip_ban) == sorted(slugs)
    assert len(editor().read_journal(W48).acts) == len(slugs)


def test_a_journal_that_cannot_be_written_stops_neither_the_act_nor_the_letter(studio, editor):
    (studio.folder / f"content/issues/{WEEK}.journal.jsonl").mkdir()
    done = editor().wish(W48, "pin", "token")
    assert "cannot be undone" in done.message
    assert read_wishes(studio.folder, WEEK).term_pin == "token"
    assert editor().edition.draft(W48).lock.picks.find("term").ref == "token"
    assert studio.room.letter(WEEK, "named").journal.unreadable


def test_an_act_on_a_locked_week_says_how_it_is_taken_in(editor):
    term = editor().choose_again(W48).lock.picks.find("term").ref
    assert f"weekly issue build --week {WEEK} --refresh" in editor().wish(W48, "ban", term).message
    assert "--refresh" not in editor().write_words(W48, {"intro": "Hello."}).message


def break_term(studio):
    studio.write("content/glossary/rag.md", "no front matter\n")
    studio.write("content/glossary/draft.md", "---\nslug: other\n---\n")


def test_a_mistake_in_a_file_that_an_act_does_not_need_does_not_stop_it(studio, editor):
    editor().wish(W48, "pin", "token")
    break_term(studio)
    studio.write("content/feeds.toml", "[[feed]\n")
    assert "pin taken back" in editor().wish(W48, "unpin", "token").message
    assert "“Token”" in editor().wish(W48, "pin", "token").message
    assert "its file has an error" in editor().wish(W48, "ban", "rag").message
    assert "its file has an error" in editor().wish(W48, "ban", "draft").message
    editor().wish(W48, "unban", "draft")
    editor().undo(W48)
    editor().write_words(W48, {"subject": "Mine"})
    assert read_wishes(studio.folder, WEEK).term_ban == ("rag", "draft")
    for act in (
        lambda: editor().wish(W48, "ban", "https://feed-0.example/1"),
        lambda: editor().swap_slot(W48, "term"),
        lambda: editor().approve(W48),
        lambda: editor().lock(W48, "keep"),
    ):
        with pytest.raises(AuthorError, match=r"feeds\.toml"):
            act()


def test_a_removed_word_is_not_called_written(editor):
    assert (
        "your subject and intro are now in"
        in editor().write_words(W48, {"subject": "Mine", "intro": "Hello."}).message
    )
    removed = editor().write_words(W48, {"subject": "", "intro": "Hello."}).message
    assert "your subject is taken out of" in removed
    assert "now" not in removed
    assert "nothing changes" in editor().write_words(W48, {"subject": ""}).message


def test_a_tip_that_never_was_is_not_taken_for_the_term_that_is_pinned(editor):
    editor().wish(W48, "pin", "token")
    with pytest.raises(PipelineError, match="there is no tip `token`") as refused:
        editor().wish(W48, "pin", "token", "tip")
    assert "file is gone" not in str(refused.value)


def test_a_dry_run_writes_nothing_and_shows_what_it_would_write(studio, editor):
    before = studio.files()
    done = editor(is_dry_run=True).wish(W48, "pin", "token")
    assert 'would write term.pin = "token"' in done.message
    words = editor(is_dry_run=True).write_words(W48, {"subject": "Mine"})
    assert "dry run, nothing is written" in words.message
    assert "would take out" not in editor(is_dry_run=True).swap_slot(W48, "tip").message
    editor(is_dry_run=True).approve(W48)
    assert studio.files() == before


def test_the_journal_names_who_git_says_is_here(studio, editor, monkeypatch):
    config = studio.folder / "gitconfig"
    config.write_text("[user]\nname = Ada\nemail = ada@example.org\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    editor().wish(W48, "pin", "token")
    config.write_text("", encoding="utf-8")
    monkeypatch.setenv("LOGNAME", "grace")
    editor().wish(W48, "unpin", "token")
    lines = studio.read(f"content/issues/{WEEK}.journal.jsonl").splitlines()
    assert [json.loads(line)["who"] for line in lines] == ["Ada <ada@example.org>", "grace"]


def test_a_pin_of_a_term_whose_file_is_gone_can_be_taken_back(studio, editor):
    slug = next(iter(editor().edition.catalogue()[0].term_by_slug))
    editor().wish(W48, "pin", slug)
    (studio.folder / f"content/glossary/{slug}.md").unlink()
    outcome = editor().wish(W48, "unpin", slug)
    assert f"the term {slug}, whose file is gone" in outcome.message
    assert read_wishes(studio.folder, WEEK).term_pin == ""
