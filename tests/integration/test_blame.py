"""A mistake in an own template is told with that file, not with one that nobody has or wrote."""

from __future__ import annotations

import pytest
from support.letter_parts import HEAD, TEMPLATES
from support.letters import ORDINARY

from pipeline.errors import AuthorError
from pipeline.render.jinja import environment
from pipeline.render.letter import render


@pytest.fixture
def refuse(tmp_path):
    """Change shipped templates, and give what is said of the letter."""

    def refuse(*changes):
        for name, old, new in changes:
            text = (TEMPLATES / name).read_text("utf-8")
            assert old in text
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(AuthorError) as caught:
            render(ORDINARY, HEAD, environment([tmp_path / "templates", TEMPLATES]))
        return caught.value.problems

    return refuse


JOIN, FOOTER, TIP = (f"email/blocks/{name}.mjml.j2" for name in ("join", "footer", "tip"))
THEME = "email/theme.mjml.j2"


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        ((JOIN, "</mj-column>", ""), 3, "<mj-column> is never closed"),
        ((JOIN, 'padding="22px 24px 24px"', 'padding="22 px"'), 3, 'padding="22 px" is not what it takes'),
        ((JOIN, "<mj-button css-class", "<mj-buton css-class"), 5, "there is no tag <mj-buton>"),
        (
            (JOIN, "    <mj-button", "    Come in!\n    <mj-button"),
            5,
            "text `Come` in <mj-column>",
        ),
        ((JOIN, "    <mj-button", "    <div>Come in!</div>\n    <mj-button"), 5, "<div> cannot stand in"),
        ((FOOTER, 'padding="26px 0 44px"', "padding=26px"), 2, "has no double quotes"),
    ],
)
@pytest.mark.parametrize(
    "others", [(), ((THEME, "#1c2130", "#000000"), ("email/blocks/tip.mjml.j2", "{#", "{# "))]
)
def test_a_mistake_in_the_mjml_of_an_own_block_has_the_line_of_that_file(refuse, change, line, words, others):
    problem = next(each for each in refuse(change, *others) if words in each.message)
    assert (problem.path, problem.line) == (f"templates/{change[0]}", line)


def test_an_own_footer_without_the_way_to_unsubscribe_is_named(refuse):
    (problem,) = refuse((FOOTER, "unsubscribe_url", "letterhead.base_url"))
    assert problem.path == f"templates/{FOOTER}"
    assert "there is no unsubscribe_url in it" in problem.message


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('"ink": "#1c2130", ', "", 4, "there is no `ink` in `light`"),
        ('"page": "#0f1219", ', "", 9, "there is no `page` in `dark`"),
        ('{% set width = "620px" %}', "", 0, "there is no `width`"),
    ],
)
def test_what_an_own_theme_lacks_is_said_of_the_theme(refuse, old, new, line, words):
    (problem,) = refuse((THEME, old, new))
    assert (problem.path, problem.line) == (f"templates/{THEME}", line)
    assert (problem.message, problem.fix) == (words, "copy it from the shipped theme")


def test_a_misspelt_colour_is_a_mistake_of_the_block_that_asks_for_it(refuse):
    (problem,) = refuse((JOIN, "theme.light.tint", "theme.light.tnit"), (THEME, "#1c2130", "#000000"))
    assert (problem.path, problem.line) == (f"templates/{JOIN}", 3)
