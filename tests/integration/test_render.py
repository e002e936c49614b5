from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.letterheads import make_letterhead

from pipeline.check.letter import check_letter
from pipeline.errors import AuthorError
from pipeline.model.content import Mistake, Tip
from pipeline.model.issue import Issue, Link, TermSection, TipSection
from pipeline.model.rendered import PersonalSlot
from pipeline.render.jinja import environment, fill
from pipeline.render.letter import render, render_notice
from pipeline.render.mjml import to_html
from pipeline.render.slots import TOKEN, make_tokens
from pipeline.render.text import safe_url, wrap

SHIPPED = Path(__file__).resolve().parents[2] / "templates"
HEAD = make_letterhead(
    "Quill & “Key”",
    tagline="One term, one tip",
    from_name="Quill",
    postal_address="Example Street 1\n10115 Berlin",
)
TERM = TermSection(
    slug="few-shot",
    title='Few-shot "prompting" & <more>',
    full_name="",
    category="prompting-techniques",
    difficulty=2,
    definition="Showing **a few** worked examples. See [the paper](https://example.org/a?b=1&c=2).",
    example="A `{{ticket}}` goes in.",
    why_it_matters="Form is easier to copy than to describe.",
    mistakes=(Mistake("Ten examples of one kind.", "Three kinds, once each."),),
    career_relevance="Asked for in interviews.",
    related=(Link("Zero-shot"), Link("Prompt", "https://news.example.org/glossary/prompt")),
    because="It follows last week’s term.",
)
TIP = TipSection(
    Tip(
        "shape",
        "Show the shape",
        "One example beats three rules.",
        before="Answer.",
        after='{\n  "a":   1\n}',
    )
)
ISSUE = Issue(
    week="2026-W48",
    number=12,
    subject="Show, don’t tell: few-shot prompting",
    preheader="And the one mistake that makes examples useless, with its cure.",
    intro="A *short* one.",
    sections=(TERM, TIP),
    minutes=3,
    date_label="16–22 November 2026",
)


@pytest.fixture(scope="module")
def shipped():
    return environment([SHIPPED])


@pytest.fixture
def own(tmp_path):
    """A newsletter's own templates in front of the shipped ones; call it to write one."""
    folder = tmp_path / "templates"
    (folder / "email").mkdir(parents=True)

    def write(name, source=None, *changes):
        words = (SHIPPED / name).read_text(encoding="utf-8") if source is None else source
        for old, new in changes:
            assert old in words
            words = words.replace(old, new)
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(words, encoding="utf-8")
        return environment([folder, SHIPPED])

    return write


def problem_of(call, *arguments, **named):
    with pytest.raises(AuthorError) as caught:
        call(*arguments, **named)
    return caught.value.problems[0]


def test_the_shipped_letter_breaks_no_rule(shipped):
    assert check_letter(render(ISSUE, HEAD, shipped), HEAD) == ()


def test_a_letter_in_a_right_to_left_language_breaks_no_rule(shipped):
    head = replace(HEAD, language="he", direction="rtl")
    rendered = render(ISSUE, head, shipped)
    assert check_letter(rendered, head) == ()
    assert "direction:ltr" not in re.sub(r"<pre\b[^>]*>", "", rendered.html).replace(" ", "")
    assert "text-align:right" in rendered.html


def test_the_parts_hold_the_same_words(shipped):
    rendered = render(ISSUE, HEAD, shipped)
    for words in (
        "Ten examples of one kind.",
        "Three kinds, once each.",
        "It follows last week’s term.",
        "3 min",
    ):
        assert words in rendered.html.replace("&nbsp;", " ")
        assert words in rendered.text
    assert 'Few-shot "prompting" &amp; &lt;more&gt;</h2>' in rendered.html
    assert 'Few-shot "prompting" & <more>' in rendered.text
    assert '{\n  "a":   1\n}</pre>' in rendered.html
    assert "prompting techniques · for practitioners" in rendered.html
    assert '{\n      "a":   1\n    }' in rendered.text
    assert max(map(len, rendered.text.splitlines())) <= 72


def test_every_slot_is_open_in_both_parts_under_a_token_of_this_letter(shipped):
    rendered = render(ISSUE, HEAD, shipped)
    assert set(rendered.slots.values()) == {
        PersonalSlot.NAME,
        PersonalSlot.UNSUBSCRIBE_URL,
        PersonalSlot.READERS,
    }
    for part in (rendered.html, rendered.text):
        assert set(TOKEN.findall(part)) == set(rendered.slots)
    other = render(replace(ISSUE, intro="A *longer* one."), HEAD, shipped)
    assert not set(other.slots) & set(rendered.slots)


def test_a_token_that_stands_in_the_content_is_not_used():
    first = make_tokens("words", (PersonalSlot.NAME,))[PersonalSlot.NAME]

    class Forged(str):
        """Content that contains the first token that is derived from it: out of reach by guessing."""

        __slots__ = ()

        def __contains__(self, token):
            return token == first

    assert make_tokens(Forged("words"), (PersonalSlot.NAME,))[PersonalSlot.NAME] != first


def test_an_empty_section_leaves_nothing_behind(shipped):
    bare = replace(TERM, mistakes=(), career_relevance="", related=(), because="", category="basics")
    issue = replace(ISSUE, intro="", sections=(bare, TipSection(replace(TIP.tip, before="", after=""))))
    rendered = render(issue, HEAD, shipped)
    for words in ("mistake", "career", "See also", "Before", "After"):
        assert words not in rendered.text
        assert words not in re.sub(r"<(style|title|meta)\b.*?>", "", rendered.html.partition("<h1")[2])
    assert not re.search(r"<(h[1-6]|p)\b(?! style=.border-top)[^>]*>\s*</", rendered.html)
    only_tip = render(replace(ISSUE, sections=(TIP,)), HEAD, shipped)
    assert "Term of the week" not in only_tip.html + only_tip.text


def test_what_has_no_address_is_no_link(shipped):
    html = render(ISSUE, HEAD, shipped).html
    assert re.search(r'<a href="https://news.example.org/glossary/prompt"[^>]*>Prompt</a>', html)
    assert not re.search(r"<a\b[^>]*>Zero-shot", html)


def test_the_letter_loads_nothing_and_hides_its_preheader(shipped):
    html = render(ISSUE, HEAD, shipped).html
    assert not re.search(r"<(?:img|link|script)\b|@import|\surl\(", html)
    hidden = html.partition('<div style="display:none;mso-hide:all')[2].partition("</div>")[0]
    assert ISSUE.preheader in hidden
    assert hidden.count("\u200c") + len(ISSUE.preheader) >= 140
    for table in re.findall(r"<table\b[^>]*>", html):
        assert 'role="presentation"' in table


def test_what_outlook_reads_has_roles_and_alternatives():
    image = 'background-url="https://example.org/a.png"'
    size = 'height="90px" background-width="600px" background-height="90px"'
    icon = (
        '<mj-social-element src="https://example.org/i.png" href="https://example.org">x</mj-social-element>'
    )
    social = f"<mj-column><mj-social>{icon}</mj-social></mj-column>"
    body = f"<mj-hero {image} {size}><mj-text>x</mj-text></mj-hero><mj-section {image}>{social}</mj-section>"
    page = to_html(f'<mjml lang="en" dir="ltr"><mj-body>{body}</mj-body></mjml>', template="x")
    for tag in re.findall(r"<table\b[^>]*>", page):
        assert 'role="presentation"' in tag
    shapes = re.findall(r"<v:(?:rect|image)\b[^>]*>", page)
    assert len(shapes) == 2
    assert all("alt=" in shape for shape in shapes)


def test_whatever_the_engine_stumbles_over_is_the_authors_problem():
    column = '<mj-column inner-border="x"><mj-text>x</mj-text></mj-column>'
    body = f"<mj-section>{column}</mj-section>"
    source = f'<mjml lang="en" dir="ltr"><mj-body>{body}</mj-body></mjml>'
    problem = problem_of(to_html, source, template="templates/email/x.mjml.j2")
    assert (problem.path, problem.rule) == ("templates/email/x.mjml.j2", "mjml-engine")


def test_own_templates_replace_shipped_ones_file_by_file(own):
    env = own("email/theme.mjml.j2", None, ("#263a99", "#0a5c36"))
    rendered = render(ISSUE, HEAD, env)
    assert "#0a5c36" in rendered.html
    assert "#263a99" not in rendered.html


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("blocks/masthead", "issue.number", "issue.numbr", "numbr"),
        ("parts", "email/theme.mjml.j2", "email/thme.mjml.j2", "email/thme.mjml.j2"),
        ("blocks/masthead", "{{ issue.date_label }}", "{{ issue.date_label", "Invalid character"),
        ("blocks/join", "letterhead.join_url|url", "'program:x'|url", "program:x"),
        ("blocks/greeting", "issue.intro|markdown", "issue.intro|safe", "safe"),
        ("blocks/greeting", "issue.intro|markdown", "issue.__doc__", "unsafe"),
        ("blocks/greeting", "issue.intro|markdown", "1 / 0", "division"),
        ("blocks/tip", 't("tip.kicker")', 't("tip.kiker")', "tip.kiker"),
        (
            "blocks/greeting",
            "issue.intro|markdown",
            "issue.intro and none",
            "there is nothing to print here: the value is None",
        ),
        (
            "blocks/greeting",
            "issue.intro|markdown",
            "issue.number * 1e308 * 1e9 * 0",
            "there is nothing to print here: the value is nan",
        ),
    ],
)
def test_a_mistake_in_a_template_is_told_with_its_place(own, name, old, new, words):
    name = f"email/{name}.mjml.j2"
    problem = problem_of(render, ISSUE, HEAD, own(name, None, (old, new)))
    lines = (SHIPPED / name).read_text(encoding="utf-8").splitlines()
    assert (problem.path, problem.rule) == (f"templates/{name}", "template")
    assert old in lines[problem.line - 1]
    assert words in problem.message


def test_a_missing_template_is_told_by_name(tmp_path):
    problem = problem_of(render, ISSUE, HEAD, environment([tmp_path]))
    assert problem.path == "templates/email/issue.mjml.j2"
    assert "email/issue.mjml.j2" in problem.message


def test_invalid_mjml_is_told_with_the_name_of_the_own_template(own):
    env = own("email/frame.mjml.j2", None, ("</mjml>", "<mj-text>lost</mjml>"))
    problem = problem_of(render, ISSUE, HEAD, env)
    assert (problem.path, problem.rule) == ("templates/email/frame.mjml.j2", "mjml-nesting")


@pytest.mark.parametrize(
    "placed",
    [
        "<mj-raw><!-- {{ name }} --></mj-raw>",
        "<mj-raw><style>.a { color: {{ name }} }</style></mj-raw>",
        "<mj-raw><a{{ name }}>x</a{{ name }}></mj-raw>",
        '<mj-raw><p {{ name }}="1">x</p></mj-raw>',
        '<mj-raw><p class="{{ name }}">x</p></mj-raw>',
        '<mj-raw><p style="color: {{ name }}">x</p></mj-raw>',
        '<mj-raw><a href="https://example.org/{{ name }}">x</a></mj-raw>',
        '<mj-raw><a href="{{ unsubscribe_url }}?x=1">x</a></mj-raw>',
        '<mj-raw><p title="{{ unsubscribe_url }}">x</p></mj-raw>',
        "<mj-raw><!--[if mso]><p>{{ name }}</p><![endif]--></mj-raw>",
    ],
)
def test_a_slot_where_a_value_could_break_out_is_refused(own, placed):
    env = own("email/frame.mjml.j2", None, ("</mj-body>", f"{placed}</mj-body>"))
    assert problem_of(render, ISSUE, HEAD, env).rule == "slot-place"


def test_a_slot_fits_into_alt_and_title(own):
    placed = '<mj-raw><p title="For {{ name }}">x</p></mj-raw>'
    env = own("email/frame.mjml.j2", None, ("</mj-body>", f"{placed}</mj-body>"))
    assert PersonalSlot.NAME in render(ISSUE, HEAD, env).slots.values()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("email/blocks/footer.mjml.j2", ("unsubscribe_url", "letterhead.join_url")),
        ("email/blocks/footer.txt.j2", ("{{ unsubscribe_url|url }}", "")),
    ],
)
def test_a_letter_that_cannot_be_left_is_refused(own, name, change):
    problem = problem_of(render, ISSUE, HEAD, own(name, None, change))
    assert (problem.rule, problem.path) == ("slot-missing", f"templates/{name}")


def test_the_confirmation_says_who_what_and_how_long(shipped):
    notice = render_notice("confirm", {}, HEAD, shipped)
    assert notice.subject == "Please confirm: Quill & “Key”"
    assert list(notice.slots.values()) == [PersonalSlot.CONFIRM_URL]
    (token,) = notice.slots
    for part in (notice.html, notice.text):
        assert token in part
        assert "7 days" in part
        assert "10115 Berlin" in part
        assert "ignore this mail" in part
    assert f'href="{token}"' in notice.html
    findings = {finding.rule for finding in check_letter(notice, HEAD)}
    assert findings == {
        "unsubscribe-link",
        "preheader",
        "text-parity",
    }  # the first two do not belong into it, and a text has no button


def test_a_notice_needs_its_link_and_its_subject(own):
    env = own("email/confirm.txt.j2", "Subject: x\n\nno link\n")
    assert problem_of(render_notice, "confirm", {}, HEAD, env).rule == "slot-missing"
    env = own("email/confirm.txt.j2", "Hello\n{{ confirm_url }}\n")
    assert problem_of(render_notice, "confirm", {}, HEAD, env).line == 1


def test_text_templates_do_not_escape_and_all_others_do(own, tmp_path):
    env = own("email/a.txt.j2", "{{ x }}")
    assert fill(env, "email/a.txt.j2", {"x": "<&>"}) == "<&>"
    for name in ("a.mjml.j2", "a.html.j2", "a.j2", "a.txt"):
        shutil.copy(tmp_path / "templates/email/a.txt.j2", tmp_path / f"templates/{name}")
        assert fill(env, name, {"x": "<&>"}) == "&lt;&amp;&gt;"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/a?b=1&c=%20#d", "https://example.org/a?b=1&c=%20#d"),
        ("https://example.org/it's (1)\"", "https://example.org/it%27s%20%281%29%22"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("https://example.org/čaj", "https://example.org/%C4%8Daj"),
        ("zq0123456789abqz", "zq0123456789abqz"),
        *(
            (bad, None)
            for bad in ("program:x", "data:text/plain,x", "/relative", "", "https:", "zq0123qz", "//x.org")
        ),
    ],
)
def test_only_whole_addresses_pass(url, safe):
    if safe is None:
        with pytest.raises(ValueError, match="https://"):
            safe_url(url)
    else:
        assert safe_url(url) == safe


def test_wrapped_text_keeps_addresses_and_indents():
    url = "https://example.org/" + "a" * 80
    assert wrap(f"see {url} there", 30) == f"see\n{url}\nthere"
    assert wrap("one two three\n  four", 12, "    ", "  - ") == "  - one two\n    three\n      four"
    assert all(len(line) <= 10 for line in wrap("提示工程" * 12, 20).splitlines())
    assert wrap("提示工程" * 12, 20).replace("\n", "") == "提示工程" * 12


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "card", "tint"])
@pytest.mark.parametrize("words", ["ink", "soft", "accent"])
def test_words_stand_out_from_their_ground(shipped, palette, ground, words):
    colours = getattr(shipped.get_template("email/theme.mjml.j2").module, palette)
    darker, lighter = sorted((luminance(colours[ground]), luminance(colours[words])))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
