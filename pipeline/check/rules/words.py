"""Rules of the words around the letter, of what it claims, and of how long it takes. Pure."""

from __future__ import annotations

import math
import re

from pipeline.check.context import LetterContext, name_file
from pipeline.check.page import one_line
from pipeline.check.registry import CONTENT, WISHES, Findings, rule
from pipeline.check.source_location import SourceLocation
from pipeline.content.lint.page import make_page
from pipeline.content.lint.rules.staleness import check_staleness
from pipeline.model.issue import TermSection, TipSection
from pipeline.model.limits import WORDS_PER_MINUTE
from pipeline.model.problem import Severity

SUBJECT_LENGTH = (1, 78)
"""RFC 5322, 2.1.1: a line of a header should have no more."""
PREHEADER_LENGTH = (40, 130)
"""Inboxes fill the room that a shorter one leaves from the letter itself, and cut a longer one off."""
HANDFUL = 5
"""A newsletter may well have so many readers before they are counted."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028-\u202e\u2066-\u2069]")
_ANSWER = re.compile(r"\s*(?:re|fw|fwd)\s*:", re.IGNORECASE)
_NUMBER = (
    r"(?P<number>\d{1,3}(?:[,.'\u00a0\u202f ]\d{3})+|\d+(?:[.,]\d)?)\s?(?P<unit>k|m|thousand|million)?\b"
)
_JOIN = (
    r"\b(?:join(?:s|ed|ing)?(?:\s+by)?|read\s+by|sent\s+to|trusted\s+by|among|our|us)"
    r"\s+(?:our|the|over|more\s+than)?\s*"
)
_UNITS = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}


@rule(
    "subject",
    "error",
    why="More is cut off in every inbox, and a line break splits the header.",
    fix_in=WISHES,
    is_required=True,
)
def subject(letter: LetterContext) -> Findings:
    """Check the subject as an inbox shows it."""
    words = letter.rendered.subject
    least, most = SUBJECT_LENGTH
    mistakes = []
    if not least <= len(words.strip()) <= most:
        mistakes.append(f"it has {len(words.strip())} letters; {least} to {most} fit")
    if _CONTROL.search(words):
        mistakes.append("it holds a line break or an invisible control letter")
    if _ANSWER.match(words):
        mistakes.append("it pretends to be an answer")
    for message in mistakes:
        fix = "write another subject into the week's file"
        yield subject.found(message, fix, where="subject", source=letter.wish("subject"))


@rule(
    "preheader",
    "error",
    why="It is shown next to the subject in the inbox and should add to it.",
    fix_in=WISHES,
)
def preheader(letter: LetterContext) -> Findings:
    """Check the words next to the subject."""
    words = letter.rendered.preheader
    least, most = PREHEADER_LENGTH
    mistakes: list[tuple[Severity, str]] = []
    if not least <= len(words) <= most:
        mistakes.append(("warning", f"it has {len(words)} letters; {least} to {most} show well"))
    if words.strip() and words.strip().casefold() == letter.rendered.subject.strip().casefold():
        mistakes.append(("error", "it repeats the subject"))
    elif words.strip() and one_line(letter.page.visible).startswith(one_line(words)):
        mistakes.append(("warning", "it repeats how the letter begins"))
    if _CONTROL.search(words):
        mistakes.append(("error", "it holds a line break or an invisible letter"))
    for severity, message in mistakes:
        fix, place = "write another preheader into the week's file", letter.wish("preheader")
        yield preheader.found(message, fix, where="preheader", source=place, severity=severity)


@rule(
    "honest-count",
    "error",
    why="A number of readers that is not true is a lie to everyone who reads it.",
    is_required=True,
)
def honest_count(letter: LetterContext) -> Findings:
    """Find numbers of readers that are larger than the recorded one; `1,000+ readers`, `join 900 readers`.

    Before they are counted, any number that is more than a handful is doubtful.
    """
    nouns = {letter.letterhead.audience, "prompt engineers", "readers", "subscribers"} - {""}
    named = "|".join(r"\s+".join(map(re.escape, noun.split())) for noun in sorted(nouns))
    other = r"(?:\s+[\w-]+){0,2}?\s+"
    claim = re.compile(
        rf"(?:{_NUMBER}\s?\+{other}|{_JOIN}{_NUMBER.replace('<', '<a_')}{other})(?:{named})\b", re.IGNORECASE
    )
    parts = {
        "subject": letter.rendered.subject,
        "preheader": letter.rendered.preheader,
        "html": letter.page.prose,
        "text": letter.rendered.text,
    }
    severity: Severity = "warning" if letter.readers is None else "error"
    met: set[str] = set()
    for where, words in parts.items():
        for found in claim.finditer(words):
            if where == "text" and one_line(found[0]) in met:
                continue  # reported for the HTML
            met.add(one_line(found[0]))
            unit = found["unit"] or found["a_unit"] or ""
            number = _read_number(found["number"] or found["a_number"], unit)
            if number > (HANDFUL if letter.readers is None else letter.readers):
                message = f"`{one_line(found[0])}`, but {_name_recorded(letter.readers)}"
                fix = "write {{ readers }} in a template, which is the true count, or leave the number out"
                in_head = where in ("subject", "preheader")
                place = letter.wish(where, found[0]) if in_head else letter.find_place(found[0])
                yield honest_count.found(message, fix, where=where, source=place, severity=severity)


def _name_recorded(readers: int | None) -> str:
    if readers is None:
        return "your readers are not counted yet: the first letter does that"
    return f"{readers:,} reader{' is' if readers == 1 else 's are'} recorded"


def _read_number(number: str, unit: str) -> int:
    scale = _UNITS.get(unit.lower(), 1)
    if scale > 1:
        return int(float(number.replace(",", ".")) * scale)
    return int(re.sub(r"\D", "", number))


@rule("stale-claim", "warning", why="What was true when it was written may not be any more.", fix_in=CONTENT)
def stale_claim(letter: LetterContext) -> Findings:
    """Find claims of terms and tips that time makes wrong; the week's news may name its week."""
    for section in letter.issue.sections if letter.issue else ():
        if isinstance(section, TermSection | TipSection):
            found = check_staleness([make_page("", _write_page(section))])
            stale = {(each.message, each.fix): None for each in found if each.rule not in letter.silent}
            for message, fix in stale:
                place = SourceLocation(name_file(section))
                yield stale_claim.found(f"{message} may be out of date", fix, source=place)


def _write_page(section: TermSection | TipSection) -> str:
    """Write the prose of a section as its file has it: an example may invent a price, prompts are code."""
    if isinstance(section, TipSection):
        return f"{section.tip.title}\n\n{section.tip.body}"
    mistakes = [text for each in section.mistakes for text in (each.mistake, each.fix)]
    prose = [section.why_it_matters, section.how_it_works, section.career_relevance, *mistakes]
    head = f"{section.title}\n\n{section.definition}\n\n## Example\n\n{section.example}\n\n## More"
    return "\n\n".join([head, *prose])


@rule(
    "reading-time",
    "warning",
    why="A letter that takes too long is put off, and then not read.",
    fix_in=CONTENT,
)
def reading_time(letter: LetterContext) -> Findings:
    """Compare the minutes a letter takes with the limit of the settings."""
    words = len(letter.page.visible.split())
    minutes = letter.issue.minutes if letter.issue else math.ceil(words / WORDS_PER_MINUTE)
    limit = letter.standards.reading_minutes
    if minutes > limit:
        message = f"it takes {minutes} minutes to read; {limit} are the limit"
        fix = "leave a section out, or raise `[checks] reading_minutes`"
        yield reading_time.found(message, fix)
