"""Issue + templates → HTML and text with open personal slots; the same inputs give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from jinja2 import Environment

from pipeline.errors import AuthorError
from pipeline.model.issue import Issue, Letterhead
from pipeline.model.problem import Problem
from pipeline.model.rendered import PersonalSlot, Rendered
from pipeline.render import jinja
from pipeline.render.error_source import TEMPLATE, locate_in_footer, locate_in_own_template
from pipeline.render.minify import minify
from pipeline.render.mjml import to_html
from pipeline.render.slots import SLOT_MISSING, TOKEN, find_misplaced, find_missing, make_tokens
from pipeline.render.strings import read_strings

_ISSUE_SLOTS = (PersonalSlot.NAME, PersonalSlot.UNSUBSCRIBE_URL, PersonalSlot.READERS)
_LAYOUTS = ("deep-dive", "short")
"""Layouts with templates of their own; every other letter uses `issue`."""

_SUBJECT = "Subject: "


def render(issue: Issue, letterhead: Letterhead, env: Environment) -> Rendered:
    """Render an issue with the two templates of its layout: `issue`, `deep-dive` or `short`.

    Raises AuthorError for mistakes in the templates, for a slot where no reader's value may go, and
    when the way to unsubscribe is missing from either part.
    """
    view: dict[str, object] = {"issue": issue}
    content = _fingerprint(asdict(issue), letterhead)
    name = issue.layout if issue.layout in _LAYOUTS else "issue"
    needed = (PersonalSlot.UNSUBSCRIBE_URL,)
    html, text, slots = _parts(
        name, view, letterhead, env, content=content, slots=_ISSUE_SLOTS, needed=needed
    )
    return Rendered(
        week=issue.week,
        number=issue.number,
        subject=issue.subject,
        preheader=issue.preheader,
        html=html,
        text=text,
        slots=slots,
    )


def render_notice(
    name: str,
    values: Mapping[str, object],
    letterhead: Letterhead,
    env: Environment,
    *,
    slots: Sequence[PersonalSlot] = (PersonalSlot.CONFIRM_URL,),
) -> Rendered:
    """Render a mail of the system, such as `confirm`, with `email/<name>.mjml.j2` and `.txt.j2`.

    The text template begins with a line `Subject: …`, which becomes the subject. Every one of
    `slots` must be in both parts. Week, number and preheader stay empty.
    """
    content = _fingerprint({key: str(value) for key, value in values.items()}, letterhead)
    html, text, opened = _parts(name, values, letterhead, env, content=content, slots=slots, needed=slots)
    subject, _, body = text.partition("\n")
    if not subject.startswith(_SUBJECT):
        path = jinja.path_of(env, f"email/{name}.txt.j2")
        message, fix = "the first line is not a subject", f"begin the template with `{_SUBJECT}…`"
        raise AuthorError([TEMPLATE.problem(message, fix, path=path, line=1)])
    return Rendered(
        week="",
        number=0,
        subject=subject.removeprefix(_SUBJECT).strip(),
        preheader="",
        html=html,
        text=body.strip("\n") + "\n",
        slots=opened,
    )


def _parts(
    name: str,
    view: Mapping[str, object],
    letterhead: Letterhead,
    env: Environment,
    *,
    content: str,
    slots: Sequence[PersonalSlot],
    needed: Sequence[PersonalSlot],
) -> tuple[str, str, Mapping[str, PersonalSlot]]:
    """Render both parts of one mail and check where the slots went."""
    tokens = make_tokens(content, slots)
    strings = read_strings(env, letterhead.language)
    values = {**view, "letterhead": letterhead, "t": strings.say}
    values |= {slot.value: token for slot, token in tokens.items()}
    html_template, text_template = f"email/{name}.mjml.j2", f"email/{name}.txt.j2"
    html_path, text_path = jinja.path_of(env, html_template), jinja.path_of(env, text_template)

    html = _to_html(env, jinja.fill(env, html_template, values), html_path)
    text = _tidy(jinja.fill(env, text_template, values))

    by_token = {token: slot for slot, token in tokens.items()}
    problems = [
        *find_misplaced(html, by_token, html_path),
        *find_missing(html, by_token, needed, html_path),
        *find_missing(text, by_token, needed, text_path),
    ]
    if problems:
        raise AuthorError([_in_footer(env, problem, needed) for problem in problems])
    found = dict.fromkeys(TOKEN.findall(html + text))
    return html, text, {token: by_token[token] for token in found if token in by_token}


def _to_html(env: Environment, source: str, path: str) -> str:
    try:
        return minify(to_html(source, template=path)).strip("\n") + "\n"
    except AuthorError as error:
        folders = jinja.folders_of(env)
        raise AuthorError(
            [locate_in_own_template(folders, source, each) for each in error.problems]
        ) from error


def _in_footer(env: Environment, problem: Problem, needed: Sequence[PersonalSlot]) -> Problem:
    if problem.rule != SLOT_MISSING or PersonalSlot.UNSUBSCRIBE_URL not in needed:
        return problem
    return locate_in_footer(jinja.folders_of(env), problem, PersonalSlot.UNSUBSCRIBE_URL.value)


def _fingerprint(content: Mapping[str, object], letterhead: Letterhead) -> str:
    return json.dumps([content, asdict(letterhead)], ensure_ascii=False, sort_keys=True)


def _tidy(text: str) -> str:
    """Drop blanks at the ends of lines and more than one empty line in a row."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip("\n") + "\n"
