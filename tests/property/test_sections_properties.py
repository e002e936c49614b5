"""A letter of sections that are compiled once has the bytes of one that is compiled as a whole."""

from __future__ import annotations

from inspect import unwrap

import mjml
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.letters import LETTERS
from support.rendering import NOTICES, SLOTS, open_templates
from support.variants import ALL, kinds, vary

from pipeline.errors import AuthorError
from pipeline.issue.variants import Choices
from pipeline.render.engine import run_engine
from pipeline.render.guard import guard
from pipeline.render.jinja import fill
from pipeline.render.mjml import repair_html, to_html
from pipeline.render.sections import forget_sections, prepare
from pipeline.render.slots import TOKEN
from pipeline.render.strings import read_strings
from pipeline.render.validate import validate

ENV = open_templates()
TOKENS = ("zq0123456789abqz", "zqba9876543210qz", "zq000000000000qz")


@pytest.fixture(scope="module", autouse=True)
def real_engine():
    """Use the engine itself, also where other tests let it remember what it has made."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(mjml, "mjml_to_html", unwrap(mjml.mjml_to_html))
        yield


def compile_whole(source):
    """Compile a source as if there were no sections; the problems of one that is not valid."""
    problems = validate(source, "x")
    if problems:
        return problems
    try:
        return repair_html(run_engine(guard(source)))
    except Exception as error:  # noqa: BLE001 - whatever the engine raises
        return type(error)


def compile_in_sections(source):
    try:
        return to_html(source, template="x")
    except AuthorError as error:
        return type(error.__cause__) if error.__cause__ else tuple(error.problems)


def mjml_of(name, template, issue, head):
    slots = {slot: f"zq{len(name) + number:012x}qz" for number, slot in enumerate(SLOTS)}
    values = {"issue": issue, "letterhead": head, "t": read_strings(ENV, head.language).say}
    return fill(ENV, f"email/{template}.mjml.j2", values | slots)


def assert_same_bytes(name, some):
    """Compile these variants of a letter one after the other, each as a whole and in sections."""
    issue, head = LETTERS[name]
    forget_sections()
    variants = {tuple(kinds(each)): each for each in (vary(issue, choices) for choices in some)}
    layout = "issue" if issue.layout == "ordinary" else issue.layout
    for left, variant in variants.items():
        source = mjml_of(f"{name}{len(left)}", layout, variant, head)
        assert prepare(source) is not None
        assert to_html(source, template="x") == compile_whole(source)


@pytest.mark.parametrize("name", LETTERS)
def test_a_variant_of_every_letter_has_the_same_bytes(name):
    assert_same_bytes(name, [Choices(), Choices(without=("tools", "careers"))])


@pytest.mark.long
@pytest.mark.parametrize("name", LETTERS)
def test_every_variant_of_every_letter_has_the_same_bytes(name):
    assert_same_bytes(name, ALL)


@pytest.mark.parametrize("name", NOTICES)
def test_every_notice_has_the_same_bytes(name):
    issue, head = LETTERS["ordinary"]
    source = mjml_of(name, name, issue, head)
    assert prepare(source) is not None
    for _ in range(2):
        assert to_html(source, template="x") == compile_whole(source)


HEADS = (
    "",
    '<mj-attributes><mj-all color="#111111" /><mj-section padding="0" /></mj-attributes>',
    '<mj-attributes><mj-section padding="3px"></mj-section><mj-text color="#222222" /></mj-attributes>',
    (
        '<mj-attributes><mj-class name="a" css-class="x" padding="1px"><mj-text color="#333333" /></mj-class>'
        '<mj-class name="b" background-color="#444444" /></mj-attributes>'
    ),
    '<!-- </mj-attributes> --><mj-attributes><mj-text align="right" /></mj-attributes>',
    '<!-- <mj-body> --><mj-attributes><mj-section padding="9px"></mj-section></mj-attributes>',
    '<mj-breakpoint width="320px" />',
    '<mj-font name="Raleway" href="https://example.org/f.css" />',
    "<mj-title>A & B</mj-title><mj-preview>words</mj-preview>",
    '<mj-style inline="inline">.x p { color: red; } div:first-child p { margin: 0; }</mj-style>',
    "<mj-style>.x { color: red; }</mj-style>",
    (
        '<mj-html-attributes><mj-selector path=".x"><mj-html-attribute name="data-a">b</mj-html-attribute>'
        "</mj-selector></mj-html-attributes>"
    ),
)
BLOCKS = (
    *(f"<mj-text><p>{token} & &lt;b&gt; {token}</p></mj-text>" for token in TOKENS),
    f'<mj-text><a href="{TOKENS[1]}">{TOKENS[0]}</a></mj-text>',
    '<mj-text mj-class="a">Lato<pre>  a\n b </pre></mj-text>',
    '<mj-text font-family="Roboto">words</mj-text>',
    '<mj-button href="https://example.org/?a=1&amp;b=2">go</mj-button>',
    '<mj-image src="https://example.org/i.png" fluid-on-mobile="true" />',
    '<mj-divider mj-class="b" />',
    (
        "<mj-accordion><mj-accordion-element><mj-accordion-title>t</mj-accordion-title>"
        "<mj-accordion-text>x</mj-accordion-text></mj-accordion-element></mj-accordion>"
    ),
    "<mj-raw><!-- </mj-section> --><b>raw</b></mj-raw>",
    "<mj-raw><!--[if mso]><table><tr><td><![endif]--></mj-raw>",
    "<mj-text><p>never closed</mj-text>",
    "<mj-text><table><tr><td>x</td></tr></table></mj-text>",
    '<mj-spacer height="1" />',
    "words",
    "<mj-section></mj-section>",
)
SECTIONS = (
    "<mj-section{0}{2}>{1}</mj-section>",
    '<mj-section{0}{2} full-width="full-width" background-url="https://example.org/b.png">{1}</mj-section >',
    "<mj-section{0}{2}\n>{1}</mj-section>",
    "<mj-section />{1}",
    "<!-- <mj-section> --><mj-section>{1}</mj-section>",
    "<mj-section>{1}",
    '<mj-hero height="9px" background-width="9px" background-height="9px"><mj-text>x</mj-text></mj-hero>',
    "<mj-raw><p>x</p></mj-raw>",
    '<mj-raw title="<mj-section>">x</mj-raw>',
)
CLASSES = (
    "",
    ' mj-class="a"',
    ' mj-class="a b"',
    ' css-class="x"',
    ' direction="rtl"',
    ' section-number="0"',
)
COLUMNS = (
    "<mj-column{0}>{1}</mj-column>",
    '<mj-column width="30%"{0}>{1}</mj-column><mj-column>{1}</mj-column>',
    "<mj-group{0}><mj-column>{1}</mj-column><mj-column>{1}</mj-column></mj-group>",
)


@st.composite
def sections(draw):
    usual = st.integers(0, 9).map(lambda number: number > 1)
    blocks = BLOCKS[:10] if draw(usual) else BLOCKS
    inner = "".join(draw(st.lists(st.sampled_from(blocks), max_size=2)))
    column = draw(st.sampled_from(COLUMNS)).format(draw(st.sampled_from(CLASSES[:4])), inner)
    section = draw(st.sampled_from(SECTIONS[:3] if draw(usual) else SECTIONS))
    return section.format(draw(st.sampled_from(CLASSES[:4])), column, draw(st.sampled_from(["", CLASSES[4]])))


@st.composite
def documents(draw):
    head = "".join(draw(st.lists(st.sampled_from(HEADS), max_size=3, unique=True)))
    parts = draw(st.lists(sections(), min_size=1, max_size=4))
    if draw(st.booleans()):
        place = draw(st.integers(0, len(parts)))
        wrapper = f"<mj-wrapper{draw(st.sampled_from(CLASSES))}>"
        parts = [*parts[:place], wrapper, *parts[place:], "</mj-wrapper>"]
    body = draw(st.sampled_from(["<mj-body>", '<mj-body width="500px" css-class="x">']))
    return f'<mjml lang="en" dir="ltr"><mj-head>{head}</mj-head>{body}{"".join(parts)}</mj-body></mjml>'


@examples(150)
@given(st.lists(documents(), min_size=1, max_size=2))
def test_any_source_gives_the_bytes_or_the_problems_of_the_whole(sources):
    for source in (*sources, *sources):
        found, wanted = compile_in_sections(source), compile_whole(source)
        if isinstance(wanted, tuple):
            wanted = tuple(wanted)
        assert found == wanted


def test_sections_of_a_letter_are_compiled_once():
    issue, head = LETTERS["ordinary"]
    forget_sections()
    source = TOKEN.sub("words", mjml_of("a", "issue", issue, head))
    to_html(source, template="x")
    again = prepare(source)
    assert all(section.html is not None for section in again.sections)
    assert len(again.source) < len(source)


@pytest.mark.parametrize(
    "mark", ["<!-- as in <mj-body> below -->", '<mj-raw><meta content="<mj-body"></mj-raw>']
)
def test_a_head_that_names_the_body_counts_as_a_whole(mark):
    def write(size):
        text = f'<mj-attributes><mj-text font-size="{size}px"></mj-text></mj-attributes>'
        words = "<mj-section><mj-column><mj-text>words</mj-text></mj-column></mj-section>"
        return f'<mjml lang="en" dir="ltr"><mj-head>{mark}{text}</mj-head><mj-body>{words}</mj-body></mjml>'

    for source in (write(13), write(21)):
        assert compile_in_sections(source) == compile_whole(source)
