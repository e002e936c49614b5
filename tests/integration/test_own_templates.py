"""An own template that no letter is made of is told, and so is a language without words."""

from __future__ import annotations

import pytest
from support.letter_parts import TEMPLATES

from pipeline.render.jinja import environment
from pipeline.render.unused_templates import find_unused_templates, warn_of_unused_templates


@pytest.fixture
def warn(tmp_path):
    def warn(files, language="en"):
        for name, text in files.items():
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return warn_of_unused_templates(environment([tmp_path / "templates", TEMPLATES]), language)

    return warn


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("email/isue.mjml.j2", "email/issue.mjml.j2"),
        ("email/issue.mjml", "email/issue.mjml.j2"),
        ("issue.mjml.j2", "email/issue.mjml.j2"),
        ("email/footer.txt.j2", "email/blocks/footer.txt.j2"),
        ("email/blocks/Term.mjml.j2", "email/blocks/term.mjml.j2"),
        ("email/string.de.toml", "email/strings.de.toml"),
        ("web/confrim.html.j2", "web/confirm.html.j2"),
    ],
)
def test_a_misspelt_template_is_named_with_the_one_that_was_meant(warn, name, meant):
    (problem,) = warn({name: "x"})
    assert (problem.path, problem.rule) == (f"templates/{name}", "template-unused")
    assert problem.severity == "warning"
    assert f"no template has this name, so it is not used; did you mean {meant}?" in problem.message


def test_a_part_that_nobody_includes_is_told_and_one_that_is_included_is_not(warn):
    part = {"email/blocks/sponsor.mjml.j2": "x"}
    (problem,) = warn(part)
    assert "did you mean" not in problem.message
    assert "include it" in problem.fix
    assert not warn({**part, "email/blocks/join.mjml.j2": '{% include "email/blocks/sponsor.mjml.j2" %}'})
    assert not warn(
        {**part, "email/blocks/join.mjml.j2": '{% for kind in ["sponsor"] %}{{ kind }}{% endfor %}'}
    )


def test_overrides_words_notes_and_hidden_files_are_no_strays(warn):
    names = (
        "email/issue.mjml.j2",
        "email/strings.pt-BR.toml",
        "README.md",
        ".DS_Store",
        "email/.issue.mjml.j2",
    )
    assert not warn(dict.fromkeys(names, "x"))


@pytest.mark.parametrize("language", ["de", "de-AT"])
def test_a_language_without_words_is_told_once_with_its_file(warn, language):
    (problem,) = warn({}, language)
    assert (problem.path, problem.rule) == ("templates/email/strings.de.toml", "strings-missing")
    assert problem.severity == "warning"
    assert f"English in a letter in `{language}`" in problem.message
    assert "weekly templates copy email/strings.en.toml" in problem.fix
    assert not warn({"email/strings.de.toml": "x"}, language)


def test_english_has_words_everywhere_and_shipped_templates_are_all_used(warn):
    assert not warn({}, "en-NZ")
    assert not find_unused_templates(environment([TEMPLATES]))
