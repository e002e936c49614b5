"""Rules of what a template, the engine or a forgotten slot can leave behind. Pure.

A letter about prompts may well show `{{name}}`, None and undefined: an author's own words are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.context import LetterContext
from pipeline.check.page import Tag
from pipeline.check.registry import Findings, rule
from pipeline.model.issue import StorySection, TermSection
from pipeline.render.slots import TOKEN

_ACTIVE_TAGS = frozenset(
    ["applet", "base", "button", "embed", "form", "iframe", "input", "object", "script", "select", "textarea"]
)
_RUNS = re.compile(r"\s*(?:javascript|vbscript|data):", re.IGNORECASE)
_LEFT_IN_ATTRIBUTE = re.compile(r"\{\{|\{%|\{#|\*\||%%\w+%%|\[\[")
LEFT_IN_PROSE = re.compile(r"\{%|\*\|[A-Z0-9_:]+\|\*|%%\w+%%|</?mj-[a-z]+|lorem ipsum", re.IGNORECASE)
_LEFT_ALONE = frozenset({"None", "undefined", "NaN"})
_ENGINE_ATTRIBUTES = frozenset({"css-class", "mj-class", "background-url", "inner-padding"})
_BREAKS_OUTLOOK = re.compile(r"(?:^|\s)(mj-carousel|mj-menu-checkbox|mj-inline-links)\b")


@rule("no-template-residue", "error", why="Readers must not see a template's own marks.", is_required=True)
def no_template_residue(letter: LetterContext) -> Findings:
    """Look for marks only where a template, not an author, can have left them.

    Braces count in attributes only, unless subject or preheader have the same, and None and its like only as
    the whole of an attribute (the loader of templates refuses to print one); in prose outside of code only
    statements, foreign merge tags, MJML tags and filler text count.
    """
    fix = "look at the template that writes this"
    own_words = letter.rendered.subject + letter.rendered.preheader
    for tag in letter.page.tags:
        for name, value in tag.attributes.items():
            marks = [mark for mark in _LEFT_IN_ATTRIBUTE.findall(value) if mark not in own_words]
            if marks or value in _LEFT_ALONE:
                message = f'{name}="{value[:40]}" of <{tag.name}> was never filled'
                yield no_template_residue.found(message, fix, at=tag)
    for where, part in (("html", letter.rendered.html), ("text", letter.rendered.text)):
        for token in dict.fromkeys(TOKEN.findall(part)):
            if token not in letter.rendered.slots:
                yield no_template_residue.found("there is a slot that is never filled", fix, where=where)
    for mark in _find_in_text(letter):
        place = letter.find_place(mark)
        own_fix = "write the words themselves, or backticks around it" if place.file else fix
        yield no_template_residue.found(f"`{mark}` is in the text outside of code", own_fix, source=place)


def _find_in_text(letter: LetterContext) -> Iterator[str]:
    titles = " ".join(list_titles(letter))
    for mark in dict.fromkeys(LEFT_IN_PROSE.findall(letter.page.prose)):
        # An article about templates may have `{%` in its title; other marks a relay may fill in on its way.
        if mark != "{%" or mark not in titles:
            yield mark


def list_titles(letter: LetterContext) -> Iterator[str]:
    """List the titles of the week's stories, which come from the feeds."""
    for section in letter.issue.sections if letter.issue else ():
        if isinstance(section, StorySection):
            yield from (item.title for item in section.items)
        elif isinstance(section, TermSection):
            yield from (link.title for link in section.news)


@rule(
    "mjml-source",
    "error",
    why="What the engine does not know reaches mail programs as it was typed.",
    is_required=True,
)
def mjml_source(letter: LetterContext) -> Findings:
    """Find MJML that reached the HTML. Most of it never does: rendering refuses it, with file and line."""
    for tag in letter.page.tags:
        if tag.name.startswith("mj-") or tag.name == "mjml":
            fix = "use MJML tags only where MJML allows them, never inside HTML"
            yield mjml_source.found(f"<{tag.name}> was not turned into HTML", fix, at=tag)
        for name in _ENGINE_ATTRIBUTES & tag.attributes.keys():
            message = f"<{tag.name}> has the attribute {name}, which only MJML tags have"
            yield mjml_source.found(message, "write style or class in HTML", at=tag)
        if found := _BREAKS_OUTLOOK.search(tag.attributes.get("class", "")):
            message = f"`{found[1]}` belongs to a component that breaks Outlook"
            fix = "use pictures one below the other, or links in <mj-text>"
            yield mjml_source.found(message, fix, at=tag)


@rule(
    "no-script",
    "error",
    why="Mail programs remove scripts and forms, or distrust the sender for them.",
    is_required=True,
)
def no_script(letter: LetterContext) -> Findings:
    """Refuse scripts, forms, frames, event attributes and addresses that run or embed."""
    for tag in letter.page.tags:
        for message in _find_active(tag):
            yield no_script.found(message, "remove it; link to a web page instead", at=tag)


def _find_active(tag: Tag) -> Iterator[str]:
    is_refresh = tag.name == "meta" and tag.attributes.get("http-equiv", "").lower() == "refresh"
    if tag.name in _ACTIVE_TAGS or is_refresh:
        yield f"<{tag.name}> does not belong in mail"
    for name, value in tag.attributes.items():
        if name.startswith("on"):
            yield f"<{tag.name}> has the attribute {name}"
        if name in {"href", "src", "background"} and _RUNS.match(value):
            yield f"{name} of <{tag.name}> runs or embeds something"
