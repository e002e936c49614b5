"""The studio as a real browser shows it, while somebody works."""

from __future__ import annotations

import re
import shutil
import tomllib
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from support.patience import PATIENCE_S
from support.studio import WEEK, Desk, make_desk, served

from pipeline.studio.view import TABS

pytestmark = pytest.mark.browser
long = pytest.mark.long
"""What another case shows as well waits for the long tests: a browser is the most costly part of all."""

ORIGINAL = "A token is the unit of text"
TALL = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A newsletter to copy; its next letter is about tokens, with a picture and links."""
    desk = make_desk(tmp_path_factory.mktemp("studio") / "letter")
    desk.send("2026-W47")
    desk.write(
        f"content/issues/{WEEK}.toml",
        'intro = "Read [the paper](https://paper.example/a)."\n\n[term]\npin = "token"\n',
    )
    return desk


@pytest.fixture
def desk(original, tmp_path):
    return Desk(shutil.copytree(original.folder, tmp_path / "letter"))


@pytest.fixture(scope="module")
def browsing(chromium):
    """One context for all tests that need none of their own."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE_S * 1000)
    yield context
    context.close()


@contextmanager
def opened(browsing, desk, path="/", *, viewport=TALL, scheme="null"):
    """Open the studio of a desk, listening; gives the page, what went wrong in it and what it asked for."""
    page = browsing.new_page()
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    wrong, asked = [], []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    try:
        with served(desk.open()) as url:
            page.goto(url + path)
            page.locator("#live[data-live=on]").wait_for()
            yield page, wrong, asked
    finally:
        page.close()


def letter(page):
    return page.frame_locator("[data-pane=now] iframe:not(.coming)")


def told(page, words):
    """Wait until the studio says what was done."""
    page.get_by_role("region", name="What was done").get_by_text(words).wait_for()


def scrolled(page):
    """How far the letter is scrolled in its frame."""
    return page.evaluate(
        "document.querySelector('iframe:not(.coming)').contentDocument.scrollingElement.scrollTop"
    )


def test_a_save_shows_by_itself_and_keeps_scroll_tab_and_focus(browsing, desk):
    with opened(browsing, desk) as (page, wrong, _):
        letter(page).get_by_role("article").get_by_text(ORIGINAL).wait_for()
        page.evaluate("document.querySelector('iframe').contentDocument.scrollingElement.scrollTo(0, 300)")
        page.locator("#scheme-light").focus()
        address = page.url
        desk.edit("content/glossary/token.md", ORIGINAL, "A token, anew, is the unit of text")
        letter(page).get_by_role("article").get_by_text("A token, anew,").wait_for()
        assert page.locator("iframe").count() == 1
        assert scrolled(page) == 300
        assert page.evaluate("document.activeElement.id") == "scheme-light"
        page.get_by_role("link", name="Text", exact=True).click()
        page.wait_for_url("**tab=text")
        desk.edit("content/glossary/token.md", "anew", "once more")
        page.locator(".plain").get_by_text("A token, once more,").wait_for()
        assert page.url.startswith(address)
        assert page.url.endswith("tab=text")
        assert wrong == []


@pytest.mark.parametrize(
    "change",
    [
        ("content/tips/{tip}.md", "title: ", "title: Anew ", "Anew"),
        pytest.param(("weekly.toml", 'tagline = "', 'tagline = "Anew ', "Anew"), marks=long),
        pytest.param(
            (
                "templates/email/blocks/masthead.mjml.j2",
                "{{ letterhead.name }}",
                "Anew {{ letterhead.name }}",
                "Anew",
            ),
            marks=long,
        ),
        ("templates/email/theme.mjml.j2", "#eceef3", "#123456", None),
    ],
    ids=["tip", "setting", "template", "theme"],
)
def test_tip_setting_template_and_theme_show_too(browsing, desk, change):
    path, old, new, shown = change
    if path.startswith("templates/"):
        desk.own_template(path.removeprefix("templates/"))
    tip = next(pick.ref for pick in desk.room.letter("", "named").picks if pick.slot == "tip")
    with opened(browsing, desk) as (page, wrong, _):
        letter(page).locator("body").wait_for()
        desk.edit(path.format(tip=tip), old, new)
        if shown:
            letter(page).get_by_text(shown).first.wait_for()
        else:
            letter(page).locator('body[style*="#123456"], body [style*="#123456"]').first.wait_for()
        assert wrong == []


def test_a_mistake_shows_its_line_the_last_good_letter_stays_and_mending_it_is_enough(browsing, desk):
    with opened(browsing, desk) as (page, wrong, _):
        letter(page).get_by_role("article").get_by_text(ORIGINAL).wait_for()
        desk.own_template("email/issue.mjml.j2")
        desk.edit("templates/email/issue.mjml.j2", "issue.subject", "isue.subject")
        trouble = page.get_by_role("region", name="The letter cannot be made")
        trouble.wait_for()
        assert re.search(r"templates/email/issue\.mjml\.j2:\d+", trouble.inner_text())
        assert "isue" in trouble.locator(".fault").inner_text()
        assert page.get_by_text("The last good letter").is_visible()
        assert letter(page).get_by_role("article").get_by_text(ORIGINAL).is_visible()
        assert page.locator("#status").inner_text() == "The letter cannot be made"
        desk.edit("templates/email/issue.mjml.j2", "isue.subject", "issue.subject")
        trouble.wait_for(state="detached")
        assert page.get_by_text("The last good letter").count() == 0
        assert page.locator("#status").inner_text() == "The letter can be made again"
        assert wrong == []


def test_a_studio_that_was_stopped_and_started_again_shows_what_was_saved_meanwhile(chromium, desk):
    context = chromium.new_context(viewport=TALL)
    page = context.new_page()
    try:
        with served(desk.open()) as url:
            page.goto(url)
            page.locator("#live[data-live=on]").wait_for()
        page.locator("#live[data-live=off]").wait_for()
        assert page.get_by_text("not live").is_visible()
        desk.edit("content/glossary/token.md", ORIGINAL, "A token, meanwhile, is the unit of text")
        with served(desk.open(), urlsplit(url).port):
            page.locator("#live[data-live=on]").wait_for()
            letter(page).get_by_role("article").get_by_text("A token, meanwhile,").wait_for()
    finally:
        context.close()


def background(page):
    return letter(page).locator("body").evaluate("e => getComputedStyle(e).backgroundColor")


def test_width_colours_and_pictures_are_toggled_and_the_address_says_so(browsing, desk):
    with opened(browsing, desk) as (page, _, _):
        lights = {"light": background(page)}
        for scheme in ("dark", "inverted"):
            page.locator(f"#scheme-{scheme}").click()
            page.wait_for_url(f"**scheme={scheme}")
            page.locator(f"iframe.{scheme}:not(.coming)").wait_for()
            lights[scheme] = background(page)
        numbers = {name: sum(map(int, re.findall(r"\d+", colour)[:3])) for name, colour in lights.items()}
        assert numbers["light"] > 500
        assert numbers["dark"] < 200
        assert numbers["inverted"] < 200
        page.locator("#width-mobile").click()
        page.wait_for_url("**width=mobile**")
        assert letter(page).locator("body").evaluate("() => innerWidth") == 375
        link = page.url
        page.goto("about:blank")
        page.goto(link)
        assert letter(page).locator("body").evaluate("() => innerWidth") == 375
        assert background(page) == lights["inverted"]
        page.go_back()


def test_the_width_is_dragged_and_moved_by_keys(browsing, desk):
    with opened(browsing, desk) as (page, wrong, _):
        grip = page.get_by_role("slider", name="Width of the letter")
        box = grip.bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] - 45, box["y"] + 100)
        page.mouse.up()
        page.wait_for_url("**width=580")
        assert letter(page).locator("body").evaluate("() => innerWidth") == 580
        grip.press("ArrowRight")
        page.wait_for_url("**width=590")
        grip.press("Home")
        page.wait_for_url("**width=280")
        assert grip.get_attribute("aria-valuetext") == "280 pixels"
        assert page.evaluate("document.activeElement.id") == "grip"
        assert wrong == []


def test_the_reader_the_issue_and_the_issue_before_are_switched(browsing, desk):
    with opened(browsing, desk) as (page, wrong, _):
        letter(page).get_by_text("Hi Ada").wait_for()
        page.get_by_label("Reader").select_option(label="A reader without a name")
        letter(page).get_by_text("Hi there").wait_for()
        page.get_by_role("link", name="Side by side").click()
        page.locator("[data-pane=last] iframe").wait_for()
        last = page.frame_locator("[data-pane=last] iframe")
        last.get_by_role("heading", name=desk.sent_term("2026-W47")).first.wait_for()
        letter(page).get_by_role("article").get_by_text(ORIGINAL).wait_for()
        page.get_by_role("link", name="The issue after").click()
        page.wait_for_url("**week=2026-W49**")
        now = "[data-pane=now] iframe:not(.coming)"
        page.locator(f'{now}[title="The letter of 2026-W49"]').wait_for()
        page.go_back()
        page.locator(f'{now}[title="The letter of {WEEK}"]').wait_for()
        page.get_by_label("Issue", exact=True).select_option("2026-W47")
        page.locator(".chip.sent").wait_for()
        assert wrong == []


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
        told(page, "now: your ")
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
        told(page, "now: your ")
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
        told(page, "now: your ")
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


def test_a_link_of_the_letter_leads_nowhere_but_to_its_place_in_the_list_and_back(browsing, desk):
    with opened(browsing, desk) as (page, wrong, asked):
        letter(page).get_by_role("link", name="the paper").click()
        page.wait_for_url("**tab=links**")
        item = page.locator(".links .pointed")
        assert "https://paper.example/a" in item.inner_text()
        item.get_by_role("link", name="in the letter").click()
        page.wait_for_url("**at=link**")
        pointed = letter(page).locator("[data-pointed]")
        pointed.wait_for()
        assert pointed.inner_text() == "the paper"
        assert all(urlsplit(url).hostname == "127.0.0.1" for url in asked)
        assert wrong == []


def test_a_finding_leads_to_its_place_in_the_letter_and_to_its_file(browsing, desk):
    desk.own_template("email/frame.mjml.j2")
    text = desk.read("templates/email/frame.mjml.j2")
    at = text.rindex("</mj-body>")
    link = '<mj-section><mj-column><mj-text><a href="/nowhere">read</a></mj-text></mj-column></mj-section>'
    desk.write("templates/email/frame.mjml.j2", f"{text[:at]}{link}{text[at:]}")
    with opened(browsing, desk, "/?tab=checks") as (page, _, asked):
        finding = page.locator(".findings li", has=page.locator("a", has_text="in the letter")).first
        assert "nowhere" in finding.inner_text()
        file = finding.locator("a.file").get_attribute("href")
        finding.get_by_role("link", name="in the letter").click()
        letter(page).locator("[data-pointed]").wait_for()
        page.goto(re.match(r"http://[^/]+", page.url)[0] + file)
        assert page.locator("#L1").is_visible()
        assert all(urlsplit(url).hostname in ("127.0.0.1", None) for url in asked)


def test_nothing_of_a_letter_runs_or_asks_the_web(browsing, desk):
    desk.own_template("email/frame.mjml.j2")
    text = desk.read("templates/email/frame.mjml.j2")
    at = text.index("</mj-body>")
    active = (
        '<mj-raw><script>parent.document.title = "changed"</script><img src="https://pictures.example/a.gif" '
        'alt=""><form action="https://forms.example">'
        '<button id="b">x</button></form><iframe src="https://pages.example"></iframe></mj-raw>'
    )
    desk.write("templates/email/frame.mjml.j2", f"{text[:at]}{active}{text[at:]}")
    with opened(browsing, desk) as (page, _, asked):
        letter(page).locator("body").wait_for()
        letter(page).locator("#b").click()
        for tab in TABS:
            page.locator(f"#tab-{tab}").click()
            page.locator(f"#tab-{tab}[aria-current]").wait_for()
        assert "changed" not in page.title()
        assert all(urlsplit(url).hostname in ("127.0.0.1", None) for url in asked)


def test_all_of_it_is_reached_and_worked_by_keyboard(browsing, desk):
    with opened(browsing, desk, "/?tab=why") as (page, wrong, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        reached = []
        for _ in range(80):
            page.keyboard.press("Tab")
            focus = "e => [e.id, getComputedStyle(e).outlineStyle]"
            reached.append(page.evaluate(f"({focus})(document.activeElement)"))
            if reached[-1][0] == "save-words":
                break
        ids = [name for name, _ in reached]
        for name in (
            "later",
            "week",
            *(f"tab-{tab}" for tab in TABS),
            "unpin-term",
            "ban-tip",
            "swap-tip-1",
            "subject",
            "intro",
        ):
            assert name in ids, name
        assert all(
            outline == "solid" for name, outline in reached if name.startswith(("tab-", "ban-", "swap-"))
        )
        page.locator("#tab-links").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**tab=links")
        assert page.evaluate("document.activeElement.id") == "tab-links"
        page.locator("#tab-why").focus()
        page.keyboard.press("Enter")
        page.locator("#ban-tip").focus()
        page.keyboard.press("Enter")
        told(page, "banned: the tip")
        assert wrong == []


def test_without_javascript_every_control_works_too(chromium, desk):
    context = chromium.new_context(java_script_enabled=False, viewport=TALL)
    page = context.new_page()
    try:
        with served(desk.open()) as url:
            page.goto(url)
            page.get_by_role("link", name="Why", exact=True).click()
            page.locator("#ban-tip").click()
            told(page, "banned: the tip")
            page.get_by_label("Issue", exact=True).select_option("2026-W47")
            page.locator(".issues .go").click()
            page.locator(".chip.sent").wait_for()
            assert "tab=why" in page.url
    finally:
        context.close()


CUT = """frames => frames.filter(frame => {
  const [box, page] = [frame.getBoundingClientRect(), frame.contentDocument.documentElement];
  return box.left < 0 || box.right > innerWidth || page.scrollWidth > page.clientWidth;
}).length"""


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (390, (320, 380)),
        pytest.param(1280, (520, 680), marks=long),
        pytest.param(1600, (680, 680), marks=long),
    ],
)
def test_letters_side_by_side_fit_the_screen_and_on_a_small_one_stand_below_each_other(
    browsing, desk, width, shown
):
    with opened(browsing, desk, "/?beside=1", viewport={"width": width, "height": 900}) as (page, wrong, _):
        letter(page).get_by_role("article").wait_for()
        frames = page.locator("iframe:not(.coming)")
        assert frames.count() == 2
        assert frames.evaluate_all(CUT) == 0
        assert shown[0] <= letter(page).locator("body").evaluate("() => innerWidth") <= shown[1]
        first, second = (frames.nth(at).bounding_box() for at in (0, 1))
        if width == 390:
            assert second["y"] >= first["y"] + first["height"]
        else:
            assert second["y"] == first["y"]
        grip = page.get_by_role("slider", name="Width of the letter")
        assert int(grip.get_attribute("aria-valuenow")) == second["width"]
        assert wrong == []


def test_on_a_small_screen_the_letter_fits_and_the_controls_are_folded(browsing, desk):
    with opened(browsing, desk, viewport={"width": 390, "height": 844}) as (page, wrong, _):
        letter(page).get_by_role("article").wait_for()
        assert page.locator("iframe:not(.coming)").evaluate_all(CUT) == 0
        assert page.locator("iframe:not(.coming)").bounding_box()["y"] < 844 / 2
        assert page.locator("#scheme-dark").is_hidden()
        page.get_by_role("link", name="How it is shown").click()
        page.locator("#scheme-dark").click()
        page.locator("iframe.dark:not(.coming)").wait_for()
        assert page.locator("#scheme-dark").is_visible()
        page.get_by_role("link", name="How it is shown").click()
        page.locator("#scheme-dark").wait_for(state="hidden")
        assert wrong == []


@pytest.mark.parametrize("width", [320, *(pytest.param(width, marks=long) for width in (390, 1280))])
def test_no_tab_is_wider_than_the_screen(browsing, desk, width):
    with opened(browsing, desk, viewport={"width": width, "height": 800}) as (page, wrong, _):
        for tab in TABS:
            page.goto(re.sub(r"/(\?.*)?$", f"/?tab={tab}", page.url))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        assert wrong == []


@long
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_any_tab(chromium, desk, scheme, width):
    desk.set("preview", 'test_addresses = ["ed@example.org"]')
    context = chromium.new_context(bypass_csp=True)
    viewport = {"width": width, "height": 900}
    with closing(context), opened(context, desk, viewport=viewport, scheme=scheme) as (page, _, _):
        start = page.url
        views = [*(f"?tab={tab}" for tab in TABS), "?tools=1&beside=1", "?tab=why&week=2026-W47"]
        for view in views:
            page.goto(start + view)
            assert_accessible(page, view)
        page.goto(start + "?tab=why")
        page.locator("#preheader").fill("long " * 40)
        page.locator("#pin-tip").click()
        page.locator("#message").wait_for()
        page.get_by_text("too long for an inbox").wait_for()
        assert_accessible(page, "a message")
        page.locator("#tab-send").click()
        page.locator("#approve").click()
        page.get_by_text("Approved as it is now.").wait_for()
        desk.edit("content/glossary/token.md", ORIGINAL, "A token is a unit of text")
        page.locator("#diff-words").wait_for()
        assert_accessible(page, "a difference")
        desk.edit("weekly.toml", "min_gap_weeks", "min_gap_weks")
        page.locator("#error-page").wait_for()
        assert_accessible(page, "error-page")
        page.locator("#tab-html").click()
        page.get_by_text("The last good letter").wait_for()
        assert_accessible(page, "a stale letter")
        page.goto(start + "file?path=weekly.toml&line=4")
        assert_accessible(page, "a file")


def assert_accessible(page, view):
    # The letter inside the frame has its own tests.
    found = Axe().run(page, context={"exclude": [["iframe"]]}).response["violations"]
    told = [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found]
    assert told == [], view
