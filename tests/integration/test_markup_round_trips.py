"""What is put into an attribute, a title or a text of a letter is what a parser reads back from the page."""

from __future__ import annotations

import html
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser

import pytest
from mjml.core.registry import register_core_components
from support.letter_parts import HEAD as LETTERHEAD
from support.letter_parts import TEMPLATES
from support.letters import LETTERS, ORDINARY

from pipeline.errors import AuthorError
from pipeline.model.rendered import PersonalSlot
from pipeline.render.engine import run_engine
from pipeline.render.jinja import environment
from pipeline.render.letter import render, render_notice
from pipeline.render.mjml import guard, repair_html, to_html

COMPONENTS = register_core_components()
MARK = "markmark"
VALUES = {
    "every sign of markup": f"""{MARK} a < b & "c" 'd' > e""",
    "words like references": f"{MARK} &quot;c&quot; &#34;d&#34; &amp;",
}
WAYS = {
    "escaped": lambda value: '"' + html.escape(value) + '"',
    "in single quotes": lambda value: "'" + html.escape(value).replace("&quot;", '"') + "'",
}
IN_COLUMN = "<mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body>"
PLACES = {
    "mj-body": "{}",
    "mj-section": "<mj-body>{}</mj-body>",
    "mj-wrapper": "<mj-body>{}</mj-body>",
    "mj-hero": "<mj-body>{}</mj-body>",
    "mj-column": "<mj-body><mj-section>{}</mj-section></mj-body>",
    "mj-group": "<mj-body><mj-section>{}</mj-section></mj-body>",
    "mj-accordion-element": IN_COLUMN.format("<mj-accordion>{}</mj-accordion>"),
    "mj-accordion-title": IN_COLUMN.format(
        "<mj-accordion><mj-accordion-element>{}</mj-accordion-element></mj-accordion>"
    ),
    "mj-accordion-text": IN_COLUMN.format(
        "<mj-accordion><mj-accordion-element>{}</mj-accordion-element></mj-accordion>"
    ),
    "mj-carousel-image": IN_COLUMN.format("<mj-carousel>{}</mj-carousel>"),
    "mj-navbar-link": IN_COLUMN.format("<mj-navbar>{}</mj-navbar>"),
    "mj-social-element": IN_COLUMN.format("<mj-social>{}</mj-social>"),
}
HEAD = {
    "mj-font",
    "mj-breakpoint",
    "mj-style",
    "mj-attributes",
    "mj-preview",
    "mj-title",
    "mj-html-attributes",
}
INSIDE = {
    "mj-body": "<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>",
    "mj-section": "<mj-column><mj-text>x</mj-text></mj-column>",
    "mj-wrapper": "<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>",
    "mj-group": "<mj-column><mj-text>x</mj-text></mj-column>",
    "mj-column": "<mj-text>x</mj-text>",
    "mj-hero": "<mj-text>x</mj-text>",
    "mj-carousel": '<mj-carousel-image src="https://example.org/a.png" />',
    "mj-accordion": "<mj-accordion-element><mj-accordion-title>x</mj-accordion-title></mj-accordion-element>",
    "mj-social": '<mj-social-element name="github" href="https://example.org">x</mj-social-element>',
    "mj-navbar": '<mj-navbar-link href="https://example.org">x</mj-navbar-link>',
}
HERO = ' height="90px" background-width="600px" background-height="90px" background-url="https://example.org/a.png"'
NEEDED = {
    "mj-hero": HERO,
    "mj-image": ' src="https://example.org/a.png" href="https://example.org" width="90px"',
    "mj-button": ' href="https://example.org"',
    "mj-section": ' background-url="https://example.org/a.png"',
    "mj-social-element": ' name="github" href="https://example.org"',
    "mj-navbar-link": ' href="https://example.org"',
    "mj-font": ' name="Arial" href="https://example.org/f.css"',
}


def attributes_of(tag):
    declared = COMPONENTS[tag]
    extra = {"css-class"} if tag not in HEAD else set()
    return sorted(set(declared.allowed_attrs()) | set(declared.default_attrs()) | extra)


CASES = [(tag, name) for tag in sorted(set(COMPONENTS) - {"mj-head"}) for name in attributes_of(tag)]
CASES += [("mjml", "lang"), ("mjml", "dir")]


def source_with(tag, name, quoted):
    fixed = " ".join(part for part in NEEDED.get(tag, "").split() if not part.startswith(f"{name}="))
    written = f"<{tag} {fixed} {name}={quoted}>{INSIDE.get(tag, 'x')}</{tag}>"
    if tag == "mjml":
        return f"<mjml {name}={quoted}>{IN_COLUMN.format('<mj-text>x</mj-text>')}</mjml>"
    if tag in HEAD:
        words = '<mj-text font-family="Arial">x</mj-text>'
        return f"<mjml><mj-head>{written}</mj-head>{IN_COLUMN.format(words)}</mjml>"
    return f"<mjml>{PLACES.get(tag, IN_COLUMN).format(written)}</mjml>"


class Seen(HTMLParser):
    """Collects what a mail program would find, inside Outlook's comments too."""

    def __init__(self):
        super().__init__()
        self.tags, self.names, self.values = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            self.names.add(name)
            self.values.append(value or "")

    def handle_comment(self, data):
        if data.startswith("[if"):
            self.feed_inside(data.partition("]>")[2])

    def feed_inside(self, inside):
        deeper = Seen()
        deeper.feed(inside)
        self.tags |= deeper.tags
        self.names |= deeper.names
        self.values += deeper.values


def seen_in(page):
    seen = Seen()
    seen.feed(page)
    seen.close()
    return seen


@pytest.mark.parametrize(
    ("value", "way"), [*((each, "escaped") for each in VALUES), ("every sign of markup", "in single quotes")]
)
def test_every_attribute_of_every_component_gives_back_the_value_it_was_given(value, way):
    changed, emitted = [], 0
    for tag, name in CASES:
        try:
            page = repair_html(run_engine(guard(source_with(tag, name, WAYS[way](VALUES[value])))))
        except (ArithmeticError, AssertionError, LookupError, RuntimeError, TypeError, ValueError):
            continue  # the engine wants a size here; to_html makes a problem of it
        found = [each for each in seen_in(page).values if MARK in each]
        emitted += len(found)
        whole = [each for each in found if VALUES[value] in each.replace("-outlook", "")]
        if found and not whole and name not in {"css-class", "mj-class"}:
            changed.append((tag, name, found[0]))
    assert changed == []
    assert emitted > 200


@pytest.mark.parametrize("title", ['R&D & "queues"', "a \" b 'c'", "<b>&quot;</b>", "it's \u201cfine\u201d"])
def test_a_title_arrives_whole_in_page_and_label(title):
    head = f"<mj-head><mj-title>{html.escape(title)}</mj-title></mj-head>"
    page = to_html(
        f'<mjml lang="en" dir="ltr">{head}{IN_COLUMN.format("<mj-text>x</mj-text>")}</mjml>', template="x"
    )
    seen = seen_in(page)
    assert title in seen.values
    assert html.unescape(page.partition("<title>")[2].partition("</title>")[0]).strip() == title


TEXT = f"""{MARK} a < b & "c" 'd' <widget title='e'>f</widget> {{{{ question }}}} --> g"""
"""What an author, a feed or an import may well write in any text of a letter."""

KEPT = {"kind", "language", "direction", "layout", "week"}
"""What our own code alone writes."""


def places(value, path=()):
    """Go through every text in a value, by the way to it."""
    if isinstance(value, str):
        yield path
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in KEPT:
                yield from places(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def put(value, path, text):
    """Give the value with another text at the end of the way."""
    if not path:
        return text
    first, *rest = path
    if isinstance(first, int):
        return (*value[:first], put(value[first], rest, text), *value[first + 1 :])
    return replace(value, **{first: put(getattr(value, first), rest, text)})


def get(value, path):
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


FULL_HEAD = replace(LETTERHEAD, feedback_url="https://example.org/f", preferences_url="https://example.org/p")


def markup_of(page):
    """Give the names of tags and attributes, which no text may add to."""
    seen = seen_in(page)
    return seen.tags, seen.names


def is_address(path):
    return path[-1] == "url" or str(path[-1]).endswith("_url")


def put_everywhere(value, text, *, where):
    """Give the value with another text in every place that is meant."""
    for path in list(places(value)):
        if where(path):
            value = put(value, path, text)
    return value


@pytest.mark.parametrize("name", ["ordinary", "deep-dive"])
def test_no_text_of_a_letter_becomes_markup_wherever_it_stands(name):
    templates = environment([TEMPLATES])
    plain, issue = (
        put_everywhere(LETTERS[name][0], text, where=lambda path: not is_address(path))
        for text in (MARK, TEXT)
    )
    page = render(issue, FULL_HEAD, templates).html
    assert page.count(MARK) > 20
    assert html.unescape(page).count("<widget title='e'>f</widget> {{ question }}") > 20
    assert markup_of(page) == markup_of(render(plain, FULL_HEAD, templates).html)


def test_no_fact_of_the_newsletter_becomes_markup_wherever_it_stands():
    plain, head = (
        put_everywhere(FULL_HEAD, text, where=lambda path: not is_address(path)) for text in (MARK, TEXT)
    )
    templates = environment([TEMPLATES])
    notices = {
        "confirm": (PersonalSlot.CONFIRM_URL,),
        "welcome": (PersonalSlot.UNSUBSCRIBE_URL,),
        "goodbye": (),
    }
    for name, slots in notices.items():
        page, expected = (
            render_notice(name, {}, each, templates, slots=slots).html for each in (head, plain)
        )
        assert MARK in page
        assert markup_of(page) == markup_of(expected)
    page, expected = (render(ORDINARY, each, templates).html for each in (head, plain))
    assert markup_of(page) == markup_of(expected)


def test_no_address_gets_out_of_its_place():
    address = "https://example.org/\"quoted\"/'part'/<b>"
    templates = environment([TEMPLATES])
    pages = [
        render(
            put_everywhere(ORDINARY, each, where=is_address),
            put_everywhere(FULL_HEAD, each, where=is_address),
            templates,
        ).html
        for each in (address, "https://example.org/plain")
    ]
    assert "https://example.org/%22quoted%22/" in pages[0]
    assert markup_of(pages[0]) == markup_of(pages[1])


def test_every_address_that_would_run_something_is_refused():
    templates = environment([TEMPLATES])
    refused = 0
    for path in filter(is_address, places(ORDINARY)):
        if get(ORDINARY, path):
            with pytest.raises(AuthorError, match="program"):
                render(put(ORDINARY, path, "program:run"), FULL_HEAD, templates)
            refused += 1
    assert refused > 10
