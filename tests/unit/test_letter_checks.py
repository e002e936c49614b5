"""Every rule of a rendered letter, with letters that break it and letters that come near and do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.broken_letters import BREAKERS
from support.checked_letters import (
    GOOD,
    HEAD,
    HTML,
    IMAGE,
    LINK,
    NAME,
    TERM,
    TEXT,
    both,
    html,
    padded,
    text,
)
from support.letter_cases import LONG, asked, issue
from support.near_letters import KEEPERS

from pipeline.check.context import LinkOutcome
from pipeline.check.letter import check_letter
from pipeline.check.rules import CHECKS
from pipeline.check.standards import Standards
from pipeline.model.issue import SubjectCandidate
from pipeline.model.problem import LETTER_RULES
from pipeline.model.rendered import PersonalSlot
from pipeline.render.slots import TOKEN
from pipeline.rules import all_rules

every_rule = pytest.mark.parametrize("rule", CHECKS)


judged = {}


def judge(letter, head=HEAD, **more):
    """Check a letter of the tables above, each once: three tests ask what is found in it."""
    key = id(letter), id(head), *(id(value) for value in more.values())
    if key not in judged:
        judged[key] = check_letter(letter, head, **more), (letter, head, more)
    return judged[key][0]


def test_a_good_letter_has_no_findings():
    more = {
        "readers": 12,
        "sent": {"https://example.org/b": "2026-W40"},
        **issue(),
        **asked(LinkOutcome.GOOD),
    }
    assert check_letter(GOOD, HEAD, **more) == ()


def test_every_rule_is_carried_out():
    assert set(CHECKS) == {each for each in all_rules().values() if each.group == LETTER_RULES}


@every_rule
def test_a_letter_that_breaks_a_rule_is_found(rule):
    assert BREAKERS[rule]
    for severity, letter, more in BREAKERS[rule]:
        findings = [finding for finding in judge(letter, **more) if finding.rule == rule]
        assert severity in {finding.severity for finding in findings}
        assert all(finding.where and finding.message and finding.fix for finding in findings)


@every_rule
def test_a_letter_that_only_comes_near_is_left_alone(rule):
    assert KEEPERS[rule]
    for _, letter, more in KEEPERS[rule]:
        assert [str(f) for f in judge(letter, **more) if f.rule == rule] == []


@every_rule
def test_no_rule_finds_anything_graver_than_it_says(rule):
    found = {
        finding.severity
        for _, letter, more in BREAKERS[rule]
        for finding in judge(letter, **more)
        if finding.rule == rule
    }
    assert ("error" in found) == (rule.severity == "error")


def test_the_size_counts_slots_as_long_as_values_get():
    letter = padded(79_990)
    assert [finding.rule for finding in check_letter(letter, HEAD)] == ["html-size", "line-length"]
    sizes = {PersonalSlot.NAME: 16, PersonalSlot.UNSUBSCRIBE_URL: 16}
    assert [finding.rule for finding in check_letter(letter, HEAD, slot_bytes=sizes)] == ["line-length"]


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://127.0.0.1:8000/weekly"])
def test_the_newsletters_own_address_may_still_be_a_placeholder(base_url):
    letter = replace(
        GOOD,
        html=HTML.replace(IMAGE, "").replace("https://news.example.org", base_url),
        text=TEXT.replace("https://news.example.org", base_url),
    )
    assert check_letter(letter, replace(HEAD, base_url=base_url)) == ()


def test_a_finding_says_where_it_is_and_which_file_to_mend():
    letter = html(("the long version", "Click here"))
    term = replace(TERM, why_it_matters=f"Read [Click here]({LONG}).")
    (finding,) = (f for f in check_letter(letter, HEAD, **issue(term)) if f.rule == "link-text")
    assert (
        finding.where_line
        == HTML.split("\n").index(
            '<p>Read <a href="https://example.org/a?b=1&amp;c=2">the long version</a>.</p>'
        )
        + 1
    )
    assert finding.selector.endswith("div:nth-child(2) > p:nth-child(6) > a:nth-child(1)")
    assert finding.path == "content/glossary/chain-of-thought.md"


def test_an_open_slot_is_called_by_its_name_and_never_by_its_token():
    findings = check_letter(
        replace(text(f"Hi {NAME},", f"Hi {NAME}, so we meet"), preheader=f"Hi {NAME}" * 9), HEAD
    )
    findings += check_letter(html((LINK, f'<a href="https://news.example.org/{NAME}" >Join</a>')), HEAD)
    findings += check_letter(html(("Python says", "zq000000000000qz says")), HEAD)
    assert findings
    assert not [finding.message for finding in findings if TOKEN.search(finding.message)]
    assert any("{{ name }}" in finding.message for finding in findings)


def test_a_sentence_of_the_intro_that_one_part_lacks_is_mended_in_the_weeks_file():
    intro = "Some of you asked for *more* steps."
    letter = html(("<p>Read", f"<p>{intro.replace('*', '')}</p><p>Read"))
    wishes = f'subject = "x"\n\nintro = """\nHello.\n{intro}"""\n'
    findings = check_letter(letter, HEAD, wishes=wishes, **issue(intro=f"Hello.\n{intro}"))
    assert [(f.rule, f.path, f.line) for f in findings] == [
        ("text-parity", "content/issues/2026-W48.toml", 5)
    ]


def test_words_of_a_term_are_mended_in_its_file_though_the_subject_was_made_of_them():
    more = issue(replace(TERM, definition="GET IT RIGHT NOW"), subject="GET IT RIGHT NOW: why")
    more["issue"] = replace(
        more["issue"], subject_candidates=(SubjectCandidate("term", "GET IT RIGHT NOW: why", ""),)
    )
    letter = both("GET IT RIGHT NOW", "GET IT RIGHT NOW")
    assert [f.path for f in judge(letter, **more)] == ["content/glossary/chain-of-thought.md"]


def test_a_rule_can_be_switched_off_made_milder_and_made_graver():
    letter = html(("the long version", "Click here"))

    def severities(level):
        found = check_letter(letter, HEAD, standards=Standards(rules={"link-text": level}))
        return [f.severity for f in found if f.rule == "link-text"]

    assert [severities(level) for level in ("off", "warning", "error")] == [[], ["warning"], ["error"]]
    pale = html(("<p>Hi", '<p style="color:#777777;background:#fff">Hi'))
    mild = check_letter(pale, HEAD, standards=Standards(rules={"contrast": "warning"}))
    assert {(finding.rule, finding.severity) for finding in mild} == {("contrast", "warning")}
