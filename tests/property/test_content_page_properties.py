"""Whatever an author writes, a page keeps every offset, and no rule of style stumbles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.content.lint.options import StyleOptions
from pipeline.content.lint.page import make_page
from pipeline.content.lint.run import StyleReview

PIECES = st.sampled_from(
    [
        *(
            "---\n",
            "title: A\n",
            "```",
            "~~~",
            "`",
            "``",
            "\n",
            "\n\n",
            "\r\n",
            "    code",
            "\t",
            "- ",
            "> ",
            '"',
            "“",
        ),
        *(
            "<!--",
            "-->",
            "[a](",
            ")",
            "[a]",
            "[a]: ",
            "http://a.org",
            "https://b.org",
            "|---|",
            "![",
            "$$",
            "\\",
            "*",
        ),
        *(
            "In 2017 ",
            "$5 ",
            "GPT-4 ",
            "LLM ",
            "(LLM) ",
            "amazing ",
            "Fix:** ",
            "## Example\n",
            "#### a\n",
            "é",
            "İ",
            "😀",
        ),
        *("The reviewer reads every answer twice before it leaves. ", "a b c. "),
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)


@given(TEXTS)
def test_every_view_of_a_page_has_the_offsets_of_the_text(text):
    page = make_page("a.md", text)
    views = (page.markup, page.prose, page.claims)
    assert {len(view) for view in (*views, page.low)} == {len(text)}
    for view in views:
        changed = {new for old, new in zip(text, view, strict=True) if old != new}
        assert changed <= {" "}
        assert [n for n, c in enumerate(view) if c == "\n"] == [n for n, c in enumerate(text) if c == "\n"]


@examples(200)
@given(TEXTS, TEXTS)
def test_every_finding_of_style_is_a_warning_in_a_line_of_its_file(one, other):
    texts = {"a.md": one, "b.md": f"---\ntitle: B\n---\n{other}"}
    pages = [make_page(path, text) for path, text in texts.items()]
    style = StyleReview(StyleOptions(), {page.path: page for page in pages}.__getitem__)
    for page in pages:
        style.check(page, None)
    for problem in style.problems:
        assert problem.severity == "warning"
        assert 1 <= problem.line <= texts[problem.path].count("\n") + 1
        assert "\n" not in str(problem)
