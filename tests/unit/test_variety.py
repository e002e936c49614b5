"""Every variant of a letter is made once, its mistakes are told under its name, and an approval covers it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.letter_parts import ENGLISH
from support.letters import ORDINARY, SHORT

from pipeline.check.rules.reading import contrasts
from pipeline.check.rules.words import reading_time
from pipeline.edition.variants import CheckedLetter, digest_all, make_variants
from pipeline.errors import AuthorError
from pipeline.issue.compose import make_variant
from pipeline.model.problem import Problem
from pipeline.model.rendered import Rendered
from pipeline.model.wishes import Wishes
from pipeline.render.error_source import TEMPLATE

RENDERED = Rendered("2026-W48", 1, "S", "P", "<p>ordinary", "ordinary", {})
WORN = contrasts.problem("too pale", "make it darker", where="html:12", selector="p")
MILD = reading_time.found("long", "cut it")


WHOLE = CheckedLetter(ORDINARY, RENDERED, ())


class Maker:
    """Makes letters that say which choices they are of; counts them."""

    def __init__(self, *findings: Problem) -> None:
        self.made: list[str] = []
        self.findings = findings

    def __call__(self, choices):
        self.made.append(choices.name)
        issue = make_variant(ORDINARY, choices, Wishes(), strings=ENGLISH, letter_name="Weekly")
        return CheckedLetter(issue, replace(RENDERED, text=",".join(choices.without)), self.findings)


def test_text_alone_shares_what_is_rendered_with_the_letter_it_is_the_text_of():
    maker = Maker()
    names = ("text-only", "text-only+without-careers", "without-careers")
    variants, _ = make_variants(names, WHOLE, maker)
    assert [(each.name, each.text_only) for each in variants] == [
        ("text-only", True),
        ("text-only+without-careers", True),
        ("without-careers", False),
    ]
    assert len(maker.made) == 1
    assert variants[0].rendered is RENDERED
    assert variants[1].rendered is variants[2].rendered


def test_a_variant_that_would_be_the_ordinary_letter_or_another_is_not_made():
    maker = Maker()
    assert make_variants(("without-careers",), CheckedLetter(SHORT, RENDERED, ()), maker) == ((), ())
    variants, _ = make_variants(
        ("text-only", "text-only+without-careers"), CheckedLetter(SHORT, RENDERED, ()), maker
    )
    assert [each.name for each in variants] == ["text-only"]
    assert maker.made == []


def test_errors_of_a_variant_are_told_once_under_its_name_and_warnings_are_not():
    names = ("text-only+without-careers", "without-careers", "without-tools")
    _, findings = make_variants(names, WHOLE, Maker(WORN, MILD))
    assert [finding.message for finding in findings] == [
        "in the variant without-careers: too pale",
        "in the variant without-tools: too pale",
    ]
    # A line of the variant's HTML means another place in the ordinary letter, which is what is looked at.
    assert {(finding.where, finding.selector, finding.severity) for finding in findings} == {
        ("html", "", "error")
    }


def test_a_template_that_cannot_make_a_variant_is_told_with_its_name():
    def broken(_choices):
        raise AuthorError(
            [TEMPLATE.problem("no such thing", "mend it", path="templates/email/issue.mjml.j2", line=3)]
        )

    with pytest.raises(AuthorError, match="in the variant without-tip: no such thing") as raised:
        make_variants(("without-tip",), WHOLE, broken)
    (problem,) = raised.value.problems
    assert (problem.path, problem.line) == ("templates/email/issue.mjml.j2", 3)


def test_what_is_approved_changes_with_the_letter_any_variant_or_their_list():
    variants, _ = make_variants(("text-only", "without-careers"), WHOLE, Maker())
    digest = digest_all(RENDERED, variants)
    changed = replace(variants[1], rendered=replace(RENDERED, text="another"))
    others = [
        digest_all(RENDERED, ()),
        digest_all(RENDERED, variants[:1]),
        digest_all(RENDERED, (variants[0], changed)),
        digest_all(replace(RENDERED, subject="another"), variants),
    ]
    assert digest_all(RENDERED, ()) == RENDERED.digest
    assert digest not in others
    assert len(set(others)) == len(others)
    assert digest_all(RENDERED, variants) == digest
