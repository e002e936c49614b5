from __future__ import annotations

import pytest

from pipeline.render.validate import validate

HEAD = "<mj-head>{}</mj-head>"
BODY = "<mj-body>{}</mj-body>"
IN_COLUMN = "<mj-section><mj-column>{}</mj-column></mj-section>"


def letter(column="<mj-text>hello</mj-text>", head="", body=None):
    inside = HEAD.format(head) + BODY.format(IN_COLUMN.format(column) if body is None else body)
    return f'<mjml lang="en" dir="ltr">\n{inside}\n</mjml>'


def rules(source):
    return {problem.rule for problem in validate(source, "templates/email/x.mjml.j2")}


@pytest.mark.parametrize(
    "source",
    [
        letter(),
        letter(
            '<mj-text padding="0 32px" line-height="1.6" color="#fff">1 < 2 &amp; <b>bold</b><br></mj-text>'
        ),
        letter('<mj-image src="https://example.org/a.png" alt="a > b" width="120px" />'),
        letter('<mj-image src="https://example.org/a.png" alt="" width="120px"></mj-image>'),
        letter('<mj-button href="https://example.org/?a=1&amp;b=2" letter-spacing="-1px">Go</mj-button>'),
        letter("<mj-raw><div></mj-raw><mj-text>between</mj-text><mj-raw></div></mj-raw>"),
        letter("<!-- words --><mj-text><!--[if mso]><i><![endif]-->x</mj-text>"),
        letter(
            head='<mj-attributes><mj-all padding="0" /><mj-text color="red" />'
            '<mj-class name="a" color="red" /></mj-attributes>'
        ),
        letter(
            head='<mj-style inline="inline">.a > b { color: red; }</mj-style><mj-title>A &amp; B</mj-title>'
        ),
        letter(
            body='<mj-wrapper border-top="1px solid red"><mj-section><mj-group><mj-column /></mj-group>'
            "</mj-section></mj-wrapper>"
        ),
        letter(
            body='<mj-hero height="90px" background-width="600px" background-height="90px">'
            "<mj-text>x</mj-text></mj-hero>"
        ),
    ],
)
def test_good_mjml_has_no_problems(source):
    assert validate(source, "x") == ()


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (letter("<mj-text>lost<mj-text>kept</mj-text>"), "mjml-unclosed"),
        (letter("<mj-text><p>lost<mj-text>kept</mj-text>"), "mjml-unclosed"),
        (letter('<mj-image src="https://example.org/a.png"><mj-text>lost</mj-text>'), "mjml-unclosed"),
        (letter("<mj-text><b>never ends</mj-text>"), "mjml-unclosed"),
        (letter("<mj-text>x</mj-text></mj-text>"), "mjml-unclosed"),
        (letter("<mj-text>x</b></mj-text>"), "mjml-unclosed"),
        ('<mjml lang="en" dir="ltr"><mj-body>', "mjml-unclosed"),
        (letter(body="<mj-text>in the body</mj-text>"), "mjml-nesting"),
        (letter("<mj-column></mj-column>"), "mjml-nesting"),
        (letter(body="<mj-wrapper><mj-wrapper></mj-wrapper></mj-wrapper>"), "mjml-nesting"),
        (letter("<mj-text><mj-button>x</mj-button></mj-text>"), "mjml-unclosed"),
        (letter("<p>no mj-text</p>"), "mjml-nesting"),
        (letter("stray words"), "mjml-nesting"),
        (letter(head="<mj-title>a <b>b</b></mj-title>"), "mjml-nesting"),
        (letter() + "after", "mjml-nesting"),
        (letter("<mj-foo>x</mj-foo>"), "mjml-tag"),
        (letter("<mj-Text>x</mj-Text>"), "mjml-tag"),
        (letter('<mj-include path="part.mjml" />'), "mjml-forbidden"),
        (letter("<mj-carousel></mj-carousel>"), "mjml-forbidden"),
        (letter("<mj-navbar></mj-navbar>"), "mjml-forbidden"),
        (letter("<mj-text color=red>x</mj-text>"), "mjml-quotes"),
        (letter("<mj-text color='red'>x</mj-text>"), "mjml-quotes"),
        (letter("<mj-text color>x</mj-text>"), "mjml-quotes"),
        (letter('<mj-text colour="red">x</mj-text>'), "mjml-attribute"),
        (letter('<mj-text color="red" color="blue">x</mj-text>'), "mjml-attribute"),
        (letter('<mj-text onclick="x">x</mj-text>'), "mjml-attribute"),
        (letter('<mj-text padding="12">x</mj-text>'), "mjml-value"),
        (letter('<mj-text align="middle">x</mj-text>'), "mjml-value"),
        (letter('<mj-text color="red;background:url(x)">x</mj-text>'), "mjml-value"),
        (letter('<mj-image src="https://example.org/a.png" fluid-on-mobile="false" />'), "mjml-value"),
        (letter(body='<mj-hero height="90%"><mj-text>x</mj-text></mj-hero>'), "mjml-value"),
        (
            letter('<mj-social><mj-social-element name="github">x</mj-social-element></mj-social>'),
            "mjml-value",
        ),
        (
            letter(head='<mj-attributes><mj-class name="a" /><mj-class name="a" /></mj-attributes>'),
            "mjml-repeated",
        ),
        (letter(head="<mj-attributes><mj-text /><mj-text /></mj-attributes>"), "mjml-repeated"),
        (letter(head='<mj-font name="Lato" href="https://example.org" />'), "mjml-repeated"),
        (letter(head='<mj-font name="X" href="a" /><mj-font name="X" href="a" />'), "mjml-repeated"),
        (letter(head="<mj-style>a { background: url(x?a=1&b=2) }</mj-style>"), "mjml-style"),
        (letter("<!-- two -- hyphens -->"), "mjml-syntax"),
        (letter('<mj-text color="red"padding="0">x</mj-text>'), "mjml-syntax"),
        (letter('<mj-text>a <a href="x>y</a></mj-text>'), "mjml-syntax"),
        (letter("<mj-text></ p></mj-text>"), "mjml-syntax"),
        ("<mjml><mj-body></mj-body></mjml>", "mjml-lang"),
        ("", "mjml-root"),
        ('<mjml lang="en" dir="ltr"></mjml>', "mjml-root"),
    ],
)
def test_a_mistake_is_found(source, rule):
    assert rule in rules(source)


def test_one_unclosed_tag_is_one_problem_at_its_line():
    source = letter("\n\n<mj-text>lost\n<mj-text>kept</mj-text>")
    (problem,) = validate(source, "templates/email/issue.mjml.j2")
    assert (problem.path, problem.line, problem.rule) == ("templates/email/issue.mjml.j2", 4, "mjml-unclosed")
    assert "<mj-text>" in problem.message


def test_all_mistakes_are_told_at_once():
    source = letter('<mj-text colour="red">x</mj-text><mj-foo />\n<mj-text padding="1">x</mj-text>')
    assert [problem.rule for problem in validate(source, "x")] == ["mjml-attribute", "mjml-tag", "mjml-value"]
