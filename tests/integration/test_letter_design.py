"""What a reader can count on: the same words in both parts, a small mail, colours one can read."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from support.letter_parts import HEAD, TEMPLATES, TERM, TIP, TOOLS
from support.letters import DEEP, LETTERS, ORDINARY
from support.rendering import render_letter

from pipeline.check.letter import SLOT_BYTES, check_letter
from pipeline.check.page import read_page
from pipeline.issue import excerpt
from pipeline.model.content import Mistake, Term
from pipeline.model.issue import JobFacts, Link, NewsItem, StorySection, TipSection
from pipeline.model.rendered import PersonalSlot
from pipeline.render.jinja import environment
from pipeline.render.letter import render, render_notice
from pipeline.render.slots import TOKEN

every_letter = pytest.mark.parametrize("name", LETTERS)

WORD = re.compile(r"[^\W_]+")
_UNCOUNTED = re.compile(r"(?:https?://|mailto:)\S+|^ *\d+\. ", re.MULTILINE)


@pytest.fixture(scope="module")
def shipped():
    return environment([TEMPLATES])


@pytest.fixture(scope="module")
def rendered():
    return {name: render_letter(name) for name in LETTERS}


def bytes_with_values(letter):
    tokens = TOKEN.findall(letter.html)
    return letter.html_bytes + sum(SLOT_BYTES[letter.slots[token]] - len(token) for token in tokens)


def words_of(text):
    """Count the words of a text but for its addresses, and the numbers that HTML has as marks of a list."""
    return Counter(WORD.findall(_UNCOUNTED.sub(" ", text)))


@every_letter
def test_both_parts_say_the_same_words(rendered, name):
    letter = rendered[name]
    html, text = words_of(read_page(letter.html).visible), words_of(letter.text)
    address = Counter(
        {token: 1 for token, slot in letter.slots.items() if slot is PersonalSlot.UNSUBSCRIBE_URL}
    )
    assert text - html == address  # HTML has it behind a link, and so in no word
    assert html - text == Counter()


@every_letter
def test_only_words_without_a_blank_are_wider_than_the_text(rendered, name):
    letter = rendered[name]
    wide = [line for line in letter.text.splitlines() if len(line) > 72]
    assert all(" " not in line.strip() or line.startswith("    ") for line in wide)
    findings = check_letter(letter, LETTERS[name][1])
    assert {finding.rule for finding in findings} <= ({"text-lines"} if name == "long-names" else set())


def test_a_full_letter_takes_five_minutes_and_seventy_kilobytes_at_most(rendered):
    letter = rendered["ordinary"]
    assert 900 <= sum(words_of(letter.text).values()) <= 1_100
    assert bytes_with_values(letter) <= 70_000


def test_the_largest_letter_is_not_clipped(shipped):
    prose = (
        "Some `words` of **every** kind, [linked](https://example.org/a) & <not> cut short at all here. " * 40
    )
    term = Term(
        slug="large",
        title="A name of many words and letters " * 4,
        full_name="A full name " * 12,
        category="a-category-of-terms",
        difficulty=3,
        definition=prose,
        example=prose,
        why_it_matters=prose,
        how_it_works=prose,
        mistakes=tuple(Mistake(prose, prose) for _ in range(9)),
        career_relevance=prose,
    )
    links = [Link(f"Another term of the glossary {n}", f"https://example.org/{n}") for n in range(20)]
    whole = excerpt.make_excerpt(term, mistakes=term.mistakes, related=links, because=prose[:90], whole=True)
    item = NewsItem(
        "A headline of some length " * 4, "https://example.org/story", "A source", "Words " * 60, 4
    )
    items = tuple(replace(item, also=(Link("Elsewhere", "https://example.org/also"),) * 3) for _ in range(5))
    kinds = ("tools", "techniques", "careers")
    news = [StorySection(kind, items, "A note about all of them.") for kind in kinds]
    tip = TipSection(replace(TIP.tip, body=prose[:900], before="x " * 400, after="y " * 400))
    week = replace(whole, how_it_works="", mistakes=whole.mistakes[:1])
    for layout, sections in (("deep-dive", (whole, tip)), ("ordinary", (week, *news, tip))):
        issue = replace(ORDINARY, layout=layout, intro=prose[:900], sections=sections)
        assert 70_000 < bytes_with_values(render(issue, HEAD, shipped)) <= 100_000, layout
    assert len(whole.mistakes) == excerpt.MISTAKES


@every_letter
def test_every_link_down_the_page_has_a_place_to_go_to(rendered, name):
    html = rendered[name].html
    targets = re.findall(r'href="#([\w-]+)"', html)
    assert targets or name in {"short", "deep-dive"}
    for target in targets:
        assert html.count(f'id="{target}" name="{target}"') == 1


@every_letter
def test_no_words_are_smaller_than_fourteen_pixels(rendered, name):
    body = rendered[name].html.partition("<body")[2]
    sizes = {int(size) for size in re.findall(r"font-size:\s*(\d+)px", body)} - {0, 1}  # gaps, the preheader
    assert min(sizes) >= 14


def test_a_place_in_the_letter_that_is_not_there_is_an_error(rendered):
    broken = replace(
        rendered["ordinary"], html=rendered["ordinary"].html.replace('id="tools" name="tools"', "")
    )
    assert [finding.rule for finding in check_letter(broken, HEAD)] == ["links-absolute"]


@pytest.mark.parametrize(
    ("name", "block"), [("feedback_url", "Was this letter worth"), ("preferences_url", "Change what you get")]
)
def test_a_block_stands_only_where_settings_name_its_page(shipped, name, block):
    without = render(ORDINARY, HEAD, shipped)
    head = replace(HEAD, **{name: "https://news.example.org/page"})
    with_page = render(ORDINARY, head, shipped)
    assert block not in without.html + without.text
    for part in (with_page.html, with_page.text):
        assert block in part
        assert "https://news.example.org/page" in part
    assert check_letter(with_page, head) == ()


def test_one_tap_names_week_and_answer(shipped):
    html = render(ORDINARY, replace(HEAD, feedback_url="https://news.example.org/f"), shipped).html
    for answer in ("good", "fair", "poor"):
        assert f'href="https://news.example.org/f?week=2026-W48&amp;answer={answer}"' in html


def test_each_layout_has_its_opening(rendered):
    assert "This week in one breath" in rendered["ordinary"].text
    assert "A short letter this week" in rendered["short"].html
    assert "Deep dive" in rendered["deep-dive"].text
    for name in ("short", "deep-dive"):
        assert "in one breath" not in rendered[name].html + rendered[name].text
    assert rendered["deep-dive"].html.count("A common mistake") == len(DEEP.sections[0].mistakes) == 3


def test_news_without_what_nobody_knows_has_no_gaps(shipped):
    bare = StorySection("careers", (NewsItem("A job", "https://example.org/j", "Board"),))
    letter = render(replace(ORDINARY, sections=(TERM, bare)), HEAD, shipped)
    assert "A job" in letter.text
    assert not re.search(r"(?:^|\W)· *(?:$|<)| · ·|None", letter.text + letter.html, re.MULTILINE)
    assert re.search(r'<p class="facts"[^>]*><span dir="auto">Board</span></p>', letter.html)


def test_a_company_that_offers_its_job_itself_is_named_once(shipped):
    job = JobFacts("Quiet Meadow", "Halifax", level="senior")
    itself = NewsItem("A job", "https://example.org/j", "Quiet Meadow", job=job)
    letter = render(replace(ORDINARY, sections=(TERM, StorySection("careers", (itself,)))), HEAD, shipped)
    assert letter.html.count("Quiet Meadow") == letter.text.count("Quiet Meadow") == 1
    assert "Quiet Meadow · Halifax · senior" in letter.text
    assert 'class="facts"' not in letter.html.partition('id="careers"')[2]


def test_the_true_count_stands_in_the_box_for_whoever_got_the_letter_forwarded(rendered):
    letter = rendered["ordinary"]
    (token,) = (token for token, slot in letter.slots.items() if slot is PersonalSlot.READERS)
    for part in (letter.html, letter.text):
        assert f"Join {token} who" in re.sub(r"\s+", " ", part)


@pytest.mark.parametrize(("name", "slots"), [("welcome", (PersonalSlot.UNSUBSCRIBE_URL,)), ("goodbye", ())])
def test_a_welcome_and_a_goodbye_say_the_same_in_both_parts(shipped, name, slots):
    notice = render_notice(name, {}, HEAD, shipped, slots=slots)
    assert tuple(notice.slots.values()) == slots
    assert notice.subject in {"Welcome to Weekly Insights", "You will get no more letters: Weekly Insights"}
    html, text = words_of(read_page(notice.html).visible), words_of(notice.text)
    assert text - html == Counter(notice.slots.keys())
    assert html - text == Counter()
    unfit = {"preheader"} if slots else {"preheader", "unsubscribe-link"}
    assert {finding.rule for finding in check_letter(notice, HEAD)} == unfit


GROUNDS = {
    "page": ("ink", "soft", "accent"),
    "card": ("ink", "soft", "accent"),
    "tint": ("ink", "soft", "accent"),
    "panel": ("panel_ink", "panel_soft", "panel_mark"),
    "accent": ("card",),
}


def channels(colour):
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def luminance(rgb):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def turned(rgb):
    """Turn lightness over and keep the hue, as mail programs do that make a light letter dark."""
    import colorsys

    hue, lightness, saturation = colorsys.rgb_to_hls(*rgb)
    return colorsys.hls_to_rgb(hue, 1 - lightness, saturation)


def lightened(rgb):
    return turned(rgb) if luminance(rgb) < 0.18 else rgb


def darkened(rgb):
    return turned(rgb) if luminance(rgb) > 0.18 else rgb


MAIL_PROGRAMS = {
    "as designed": (lambda ground: ground, lambda words: words),
    "all turned over": (turned, turned),
    "light grounds and dark words turned over": (darkened, lightened),
}


@pytest.mark.parametrize("program", MAIL_PROGRAMS)
@pytest.mark.parametrize("palette", ["light", "dark"])
def test_words_can_be_read_on_their_ground_whatever_a_mail_program_does_to_colours(shipped, palette, program):
    colours = getattr(shipped.get_template("email/theme.mjml.j2").module, palette)
    on_ground, on_words = MAIL_PROGRAMS[program]
    low = {
        (ground, words): round(ratio, 2)
        for ground, all_words in GROUNDS.items()
        for words in all_words
        if (ratio := contrast(on_ground(channels(colours[ground])), on_words(channels(colours[words])))) < 4.5
    }
    assert low == {}


def test_a_section_that_is_empty_is_not_there_and_one_that_is_alone_needs_no_list(shipped):
    letter = render(replace(ORDINARY, sections=(TERM,)), HEAD, shipped)
    assert "one breath" not in letter.html
    for heading in ("Tools", "Techniques", "Careers", "Tip of the week"):
        assert heading not in letter.text
    assert 'id="tools"' not in letter.html
    assert render(replace(ORDINARY, sections=(TERM, TOOLS)), HEAD, shipped).html.count("<h2") == 4
