"""`--fix` adds what is missing, where its author would have, and leaves every other character alone."""

from __future__ import annotations

import pytest
import yaml
from support.fixable_pages import FORMS, LINKS, PATH, STRANGE, page

from pipeline.content.lint.autofix import fix_page, list_missing_relations
from pipeline.model.content import Catalogue, Term


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "with BOM"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form[0].replace("\n", "⏎"))
def test_a_relation_is_added_in_the_form_its_author_chose(form, end, mark):
    before, after = (page(front, end=end, mark=mark) for front in form)
    mended, done = fix_page(PATH, before, ("token",), links=True)
    assert mended == after
    assert [(each.rule, each.message) for each in done] == [
        ("relation-one-way", "added `token` to `related`")
    ]


@pytest.mark.parametrize("front", STRANGE)
def test_a_form_that_cannot_be_added_to_safely_is_left_alone(front):
    text = page(front)
    assert fix_page(PATH, text, ("token",), links=True) == (text, ())


@pytest.mark.parametrize("slug", ["no", "null", "12", "1e3", "2026-11-24", "token"])
def test_a_slug_that_yaml_would_read_as_something_else_is_quoted(slug):
    mended, _ = fix_page(PATH, page("related: [a]"), (slug,), links=False)
    assert _read(mended)["related"] == ["a", slug]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("case", LINKS, ids=lambda case: case[0].replace("\n", "⏎"))
def test_links_become_https_but_for_those_in_code_and_on_this_machine(case, end):
    before, after = (page("sources: []", f"{text}\n", end) for text in case)
    mended, done = fix_page(PATH, before, (), links=True)
    assert mended == after
    assert len(done) == mended.count("https://")
    assert all(each.path == PATH and each.line > 0 for each in done)


def test_links_of_the_sources_are_mended_too():
    text = page('sources: ["A paper, http://example.org/a"]')
    mended, (done,) = fix_page(PATH, text, (), links=True)
    assert mended == text.replace("http:", "https:")
    assert (done.line, done.message) == (3, "made it https://example.org/a")


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_what_an_import_keeps_for_the_way_back_is_left_alone(end):
    kept = 'extra:\n  views: 3\n\n  import:\n    was:\n# by hand\n      example: {value: "http://a.example"}'
    text = page(f"{kept}\nsources: [http://b.example]", "http://c.example\n", end=end)
    mended, done = fix_page(PATH, text, (), links=True)
    assert mended == text.replace("http://b", "https://b").replace("http://c", "https://c")
    assert [each.line for each in done] == [10, 12]


def test_what_is_missing_is_listed_by_the_file_that_misses_it():
    def term(slug, *related):
        prose = dict.fromkeys(("example", "why_it_matters", "how_it_works", "career_relevance"), "x")
        return Term(slug, slug, "c", 1, "x", mistakes=(), related=related, path=f"{slug}.md", **prose)

    catalogue = Catalogue((term("a", "b", "c", "gone"), term("b", "c"), term("c", "c", "b"), term("d", "b")))
    assert list_missing_relations(catalogue) == {"b.md": ("a", "d"), "c.md": ("a",)}


def _read(text):
    return yaml.safe_load(text.replace("\r\n", "\n").removeprefix("\ufeff").split("---\n")[1])
