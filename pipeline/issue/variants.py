"""Makes the letter of readers who leave sections out. Pure."""

from __future__ import annotations

from dataclasses import replace

from pipeline.issue.choices import Choices, fit_choices
from pipeline.issue.compose import count_minutes
from pipeline.issue.model import Issue
from pipeline.issue.strings import Strings
from pipeline.issue.subjects import Lines
from pipeline.issue.wishes import Wishes


def make_variant(
    issue: Issue, choices: Choices, wishes: Wishes, *, strings: Strings, letter_name: str
) -> Issue:
    """Make the letter of a variant; of a text-only one, the text part of it is sent alone.

    Subject and preheader are made of what is left, unless the editor wrote them: no inbox shows what its
    reader left out.
    """
    left_out = fit_choices(choices, {section.kind for section in issue.sections}).without
    if not left_out:
        return issue
    sections = tuple(section for section in issue.sections if section.kind not in left_out)
    lines = Lines(strings, sections, letter_name, issue.number)
    subject = lines.subject(wishes.subject)
    return replace(
        issue,
        sections=sections,
        subject=subject,
        preheader=lines.preheader(subject, wishes.preheader),
        minutes=count_minutes(issue.intro, sections),
        subject_candidates=lines.candidates,
    )
