"""The lines an inbox shows: three subjects to choose from, each with the preheader next to it. Pure.

What a subject is about comes first, because phones show some 40 letters of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property

from pipeline.content.document import HIDDEN
from pipeline.content.markdown import to_plain
from pipeline.issue.labels import Strings
from pipeline.model.content import Tip
from pipeline.model.frozen import dataclass
from pipeline.model.issue import (
    NewsItem,
    Section,
    StorySection,
    SubjectCandidate,
    TermSection,
    TipSection,
)
from pipeline.model.sections import JOBS
from pipeline.model.wishes import PREHEADER_CHARS, SUBJECT_CHARS

PREHEADER_LEAST_CHARS = 40
PREHEADER_GOOD_CHARS = 50
"""Phones show no more than some 50 to 90 letters of it: a whole sentence is better than a longer one."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[^\sa-z])")
_JOINERS = "\u200d\ufe0e\ufe0f"


@dataclass(frozen=True)
class Lines:
    """Builds the lines of one letter from its sections; `name` and `number` are the letter's."""

    strings: Strings
    sections: Sequence[Section]
    name: str
    number: int

    @cached_property
    def candidates(self) -> tuple[SubjectCandidate, ...]:
        """Lead with the term, the news, the tip: one candidate for each of them that the letter has."""
        made = []
        for kind, forms in (("term", self._term_forms), ("news", self._news_forms), ("tip", self._tip_forms)):
            subject = _first_that_fits([one_line(form) for form in forms()])
            if subject:
                made.append(SubjectCandidate(kind, subject, self._own_preheader(subject)))  # type: ignore[arg-type]
        return tuple(made)

    def subject(self, wished: str) -> str:
        """Take the editor's subject, else the first of ours, else the letter's name and number."""
        ours = self.candidates[0].subject if self.candidates else cut(self._title, SUBJECT_CHARS)
        return cut(one_line(wished), SUBJECT_CHARS) or ours

    def preheader(self, subject: str, wished: str) -> str:
        """Take the editor's preheader, else name what the `subject` does not name."""
        ours = cut(one_line(wished), PREHEADER_CHARS)
        return ours if ours and ours.casefold() != subject.casefold() else self._own_preheader(subject)

    @cached_property
    def _title(self) -> str:
        return one_line(self.strings.say("subject.letter", number=self.number, letter=self.name))

    @cached_property
    def _term(self) -> TermSection | None:
        return next((each for each in self.sections if isinstance(each, TermSection)), None)

    @cached_property
    def _tip(self) -> Tip | None:
        return next((each.tip for each in self.sections if isinstance(each, TipSection)), None)

    @cached_property
    def _stories(self) -> tuple[NewsItem, ...]:
        """The stories that lead the news sections, with the job last."""
        news = [each for each in self.sections if isinstance(each, StorySection)]
        return tuple(each.items[0] for each in sorted(news, key=lambda each: each.kind == JOBS))

    def _term_forms(self) -> Iterator[str]:
        if self._term is None:
            return
        title = self._term.title
        for text in (self._term.why_it_matters, self._term.definition):
            if hook := _first_sentence(text):
                yield self.strings.say("subject.term", term=title, hook=hook)
        if self._tip:
            yield self.strings.say("subject.term_and_tip", term=title, tip=self._tip.title)

    def _news_forms(self) -> Iterator[str]:
        for story in self._stories[:1]:
            if self._term:
                yield self.strings.say("subject.news_and_term", story=story.title, term=self._term.title)
            yield self.strings.say("subject.news", story=story.title)

    def _tip_forms(self) -> Iterator[str]:
        if self._tip:
            yield self.strings.say("subject.tip", tip=self._tip.title)

    def _own_preheader(self, subject: str) -> str:
        spare = self.strings.say("preheader.spare", letter=self._title)
        ours = ""
        for piece in self._pieces(subject):
            ours = one_line(f"{ours} {piece}")
            if len(ours) >= PREHEADER_GOOD_CHARS:
                break
        if len(cut(ours, PREHEADER_CHARS)) < PREHEADER_LEAST_CHARS:
            ours = one_line(f"{ours} {spare}")
        lines = (cut(text, PREHEADER_CHARS) for text in (ours, spare))
        return next(line for line in lines if line and line.casefold() != subject.casefold())

    def _pieces(self, subject: str) -> Iterator[str]:
        """Name what the subject does not name, then add their first words."""
        named = (
            *(("news", "story", story) for story in self._stories),
            ("tip", "tip", self._tip),
            ("term", "term", self._term),
        )
        for key, place, what in named:
            if what and what.title not in subject:
                yield _ended_once(self.strings.say(f"preheader.{key}", **{place: what.title}))
        texts = [self._term.definition] if self._term else []
        texts += [self._tip.body] if self._tip else []
        for text in texts:
            plain = to_plain(text)
            if plain and plain.rstrip(".") not in subject:
                yield plain


def one_line(text: str) -> str:
    """Put a text on one line, without invisible characters."""
    return " ".join(HIDDEN.sub("", " ".join(text.split())).split())


def cut(text: str, limit: int) -> str:
    """Cut at a word boundary with an ellipsis; a very long word is cut between letters."""
    if len(text) <= limit:
        return text
    at = text.rfind(" ", 0, limit)
    if at < limit // 2:
        at = limit - 1
        while at > 1 and (unicodedata.combining(text[at]) or {text[at], text[at - 1]} & set(_JOINERS)):
            at -= 1
    return text[:at].rstrip(" ,;:–—-(") + "…"


def _first_that_fits(lines: Sequence[str]) -> str:
    """Take the first line that fits whole; of several that do not, the last one is cut."""
    fitting = (line for line in lines if 0 < len(line) <= SUBJECT_CHARS)
    return next(fitting, "") or cut(lines[-1] if lines else "", SUBJECT_CHARS)


def _first_sentence(markdown: str) -> str:
    """Take the first sentence as plain text, without its full stop."""
    return _SENTENCE_END.split(one_line(to_plain(markdown)))[0].rstrip(".")


def _ended_once(sentence: str) -> str:
    """Take the full stop away that a title with a mark of its own does not need."""
    return re.sub(r"([.!?…])\.$", r"\1", sentence)
