"""The excerpt of a term that a letter shows, however long its file is. Pure.

What fits is left as its author wrote it; what does not ends with a whole sentence, item or block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from pipeline.content.document import parse_blocks
from pipeline.content.markdown import to_plain
from pipeline.content.normalize import escape_words
from pipeline.model.content import Mistake, Term
from pipeline.model.frozen import dataclass
from pipeline.model.issue import Link, TermSection
from pipeline.model.limits import (
    CAREER_WORDS,
    DEFINITION_WORDS,
    EXAMPLE_WORDS,
    HOW_WORDS,
    MISTAKE_WORDS,
    WHY_WORDS,
)

RELATED = 5
MISTAKES = 5
"""At most so many of them, also where all are asked for."""

NAME_LETTERS = 120  # three lines of a phone

_LETTERS_PER_WORD = 12  # twice the average: bounds languages that are written without blanks, too
_MARKS = 4  # a link is some times as long as its words; more than this would be all address
_LONGEST_WORD = 60  # what stays within the width of a letter, so that a part of an endless word does as well
_ENDLESS_WORD = 70  # longer than any real word, so that none is parted
_WIDEST_WORD = 34  # letters of double width take the room of two
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003fffd]")
_TRIES = 200  # each try renders the text again: this bounds the time
_ELLIPSIS = "…"
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]*_`]*(?=\s+[^\sa-z])|[。！？][”’）]*")
_WORD_END = re.compile(r"(?<=\S)(?=\s)")
_OPEN_END = re.compile(r"[:,;]$")
_WORDS = ("paragraph_open", "heading_open", "bullet_list_open", "ordered_list_open", "blockquote_open")
_LISTS = ("bullet_list_open", "ordered_list_open")


def make_excerpt(
    term: Term, *, mistakes: Sequence[Mistake], related: Sequence[Link], because: str, whole: bool = False
) -> TermSection:
    """Shorten the parts of a term to the length of a letter; `mistakes` are those of them to show.

    How it works is included when the `whole` term is asked for.
    """
    return TermSection(
        slug=term.slug,
        title=shorten_name(term.title),
        full_name=shorten_name(term.full_name),
        category=shorten_name(term.category),
        difficulty=term.difficulty,
        definition=shorten(term.definition, DEFINITION_WORDS),
        example=shorten(term.example, EXAMPLE_WORDS),
        why_it_matters=shorten(term.why_it_matters, WHY_WORDS),
        mistakes=tuple(
            Mistake(shorten(each.mistake, MISTAKE_WORDS), shorten(each.fix, MISTAKE_WORDS))
            for each in mistakes[:MISTAKES]
        ),
        career_relevance=shorten(term.career_relevance, CAREER_WORDS),
        related=tuple(Link(shorten_name(link.title), link.url) for link in related[:RELATED]),
        because=because,
        how_it_works=shorten(term.how_it_works, HOW_WORDS) if whole else "",
    )


def shorten_name(name: str) -> str:
    """Keep a name to a few lines: cut at a word with an ellipsis, endless words parted."""
    parted = " ".join(_part_wide(_part(word)) for word in name.split())
    if len(parted) <= NAME_LETTERS:
        return name if parted == name else parted
    at = parted.rfind(" ", 0, NAME_LETTERS)
    return parted[:at].rstrip(" ,;:–—-(") + _ELLIPSIS


def shorten(markdown: str, words: int) -> str:
    """Keep Markdown to so many words; what is cut ends at a sentence, item or block, with no mark left open.

    An ellipsis marks a paragraph that goes on; one that begins later is left out without a mark.
    """
    budget = _Budget(words, words * _LETTERS_PER_WORD)
    blocks, definitions = _split(markdown)
    if budget.holds(markdown) and not any(map(_has_endless_word, blocks)):
        return markdown
    kept: list[str] = []
    for block in blocks:
        text = _part_words(block.text) if _has_endless_word(block) else block.text
        if budget.holds("\n\n".join([*kept, text])):
            kept.append(text)
            continue
        piece = _cut_block(block, text, budget.less("\n\n".join(kept)), definitions, is_first=not kept)
        kept += [piece] if piece else []
        break
    return "\n\n".join([*_end_well(kept), *definitions])


@dataclass(frozen=True, slots=True)
class _Budget:
    """How much may be shown: words, and letters for scripts and words without end."""

    words: int
    letters: int

    @property
    def marked_letters(self) -> int:
        """The most letters with all marks and addresses."""
        return max(self.letters, 0) * _MARKS

    def holds(self, markdown: str) -> bool:
        if len(markdown) > self.marked_letters:
            return False
        if len(markdown) <= self.letters and len(markdown.split()) <= self.words:
            return True
        return self.takes(to_plain(markdown))

    def takes(self, shown: str) -> bool:
        return len(shown) <= self.letters and len(shown.split()) <= self.words

    def less(self, markdown: str) -> _Budget:
        shown = to_plain(markdown)
        return _Budget(self.words - len(shown.split()), self.letters - len(shown))


@dataclass(frozen=True, slots=True)
class _Block:
    kind: str
    text: str


def _split(markdown: str) -> tuple[list[_Block], list[str]]:
    """List the outer blocks, and the link definitions between them, which show nothing."""
    lines = markdown.split("\n")
    blocks, definitions, at = [], [], 0
    for token in parse_blocks(markdown):
        if token.level == 0 and token.nesting >= 0 and token.map:
            first, end = token.map
            definitions.append("\n".join(lines[at:first]).strip())
            blocks.append(_Block(token.type, "\n".join(lines[first:end]).rstrip()))
            at = end
    definitions.append("\n".join(lines[at:]).strip())
    return blocks, [each for each in definitions if each]


def _cut_block(
    block: _Block, text: str, budget: _Budget, definitions: Sequence[str], *, is_first: bool
) -> str:
    """Cut a block that is too long; empty when nothing of it is worth showing behind what there is."""
    piece = ""
    if block.kind == "paragraph_open":
        piece = _cut_words(text, budget, definitions, _SENTENCE_END)
    elif block.kind in _LISTS:
        piece = _cut_list(text, budget)
    elif block.kind == "fence":
        piece = _cut_code(text, budget)
    if piece or not is_first:
        return piece
    if block.kind == "paragraph_open":
        piece = _cut_words(text, budget, definitions, _WORD_END)
    return piece or _cut_plain(to_plain("\n\n".join([text, *definitions])), budget)


def _cut_words(text: str, budget: _Budget, definitions: Sequence[str], end: re.Pattern[str]) -> str:
    """Cut a paragraph at the last end that leaves no mark open; empty when there is none."""
    whole = to_plain("\n\n".join([text, *definitions]))
    ends = [found.end() for found in end.finditer(text, 0, budget.marked_letters + 1)]
    for at in islice(reversed(ends), _TRIES):
        piece = text[:at].rstrip()
        shown = to_plain("\n\n".join([piece, *definitions]))
        # A mark left open would show itself, and the words would not be those of the whole.
        if at < len(text) and shown and budget.takes(shown) and whole.startswith(shown):
            gap = " " if end is _SENTENCE_END else ""
            return f"{_OPEN_END.sub('', piece)}{gap}{_ELLIPSIS}"
    return ""


def _cut_list(text: str, budget: _Budget) -> str:
    """Keep the items that fit, from the first one on."""
    lines = text.split("\n")
    starts = [
        token.map[0]
        for token in parse_blocks(text)
        if token.type == "list_item_open" and token.level == 1 and token.map
    ]
    for start in reversed(starts[1:]):
        piece = "\n".join(lines[:start]).rstrip()
        if budget.holds(piece):
            return piece
    return ""


def _cut_code(text: str, budget: _Budget) -> str:
    """Keep the first lines of a code block, with its fence."""
    lines = text.split("\n")
    last = lines[-1]
    for count in range(min(len(lines) - 2, budget.letters), 1, -1):
        piece = "\n".join([*lines[:count], _ELLIPSIS, last])
        if budget.holds(piece):
            return piece
    return ""


def _cut_plain(words: str, budget: _Budget) -> str:
    """Cut bare words, as the last resort."""
    kept = " ".join(words[: max(budget.letters // 2, 1)].split()[: max(budget.words, 1)])
    return escape_words(_OPEN_END.sub("", kept)) + _ELLIPSIS


def _end_well(kept: Sequence[str]) -> Iterator[str]:
    """Leave out a heading without text; let an announcement of what was cut trail off."""
    left = list(kept)
    while len(left) > 1 and parse_blocks(left[-1])[0].type == "heading_open":
        del left[-1]
    if left and left[-1].endswith(":") and len(left) == len(kept):
        left[-1] = f"{left[-1]} {_ELLIPSIS}"
    yield from left


def _has_endless_word(block: _Block) -> bool:
    return block.kind in _WORDS and any(_part(word) != word for word in block.text.split())


def _part_words(text: str) -> str:
    """Part words that no screen can break; what marks they had is lost with them."""
    return escape_words(" ".join(_part(word) for word in to_plain(text).split()))


def _part(word: str) -> str:
    """Part a word without end; in scripts without spaces none is, and addresses stay whole."""
    if len(word) <= _ENDLESS_WORD or "://" in word or _WIDE.search(word):
        return word
    return " ".join(word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD))


def _part_wide(word: str) -> str:
    is_wide = len(word) > _WIDEST_WORD and _WIDE.search(word)
    return " ".join(re.findall(f".{{1,{_WIDEST_WORD}}}", word)) if is_wide else word
