"""Titles and summaries: what is compared of a title, what is shown of a summary. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from itertools import islice

from pipeline.model.frozen import dataclass

SUMMARY_CHARS = 280
"""How long the two sentences below a title may be: about four lines of a phone."""

STOPWORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being between both but by
    can could did do does doing down during each even every few for from further get gets getting had has have
    having he her here hers him his how i if in into is it its just let me more most much my new now of off on
    once only or other our ours out over own same she should so some such than that the their theirs them then
    there these they this those through to too under until up upon us very was we were what when where which
    while who whom why will with would you your yours""".split()  # noqa: SIM905 - a list of words reads better so
)
"""English words without content; negations are not among them."""

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_SHORT_MONTHS = {month[:3]: month for month in _MONTHS} | {"sept": "september"}
_ORDER = frozenset(
    """zero one two three four five six seven eight nine ten eleven twelve twenty hundred thousand million
    billion first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth last next final
    half double i ii iii iv v vi vii viii ix x xi xii monday tuesday wednesday thursday friday saturday sunday
    spring summer autumn fall winter no not never without nor cannot don't doesn't isn't won't can't
    """.split()  # noqa: SIM905 - as above
)
_MARKS = frozenset(_MONTHS) | _ORDER
_SKIPPED = STOPWORDS - _ORDER

_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2212": "-", "\u2019": "'", "\u02bc": "'"})
_WORD = re.compile(r"(?<![^\s(\[])-(?=\d)[\d.,]*\d|[^\W_]+(?:[.,](?=\d)\d+|[.'][^\W_]+)*[+#]*")
_VERSION = re.compile(
    r"\b(?:v\.?\s?)?\d+(?:[._]\d+)*(?:[-.]?(?:alpha|beta|rc|pre|preview|dev|post)[-.]?\d*)?\b", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")
_DATE = rf"(?:{'|'.join((*_MONTHS, *_SHORT_MONTHS))})\.? \d{{1,2}},? \d{{4}}"
_GLUED_DATE = re.compile(
    rf"(?<![^\W\d_]){_DATE}(?=[^\W\d_])|(?<=[^\W\d_]){_DATE}"
    r"|\b\d{4}-\d\d-\d\d(?=[^\W\d_]{2})",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\d{4}")
_PARTS = re.compile(r"[,;|] | \+ ")
_ROUNDUP_PARTS = 3  # two parts are a title and its subtitle
_HEADLINE_WORDS = 3  # fewer are a list of names within one headline


@dataclass(frozen=True, slots=True)
class Title:
    """A title for comparison: its content words in order, and those that copies must have in common.

    `marks` are numbers, versions, months, ordinals and negations, sorted, each as often as it stands there.
    """

    words: tuple[str, ...]
    marks: tuple[str, ...] = field(init=False)
    bag: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "marks", _find_marks(self.words))
        object.__setattr__(self, "bag", frozenset(self.words))


def _find_marks(words: Sequence[str]) -> tuple[str, ...]:
    # Most words are plain letters, which takes one look instead of one for each of them.
    letters = "".join(words)
    if letters.isascii() and letters.isalpha() and _MARKS.isdisjoint(words):
        return ()
    return tuple(sorted(word for word in words if word in _MARKS or any(char.isnumeric() for char in word)))


def read_title(text: str) -> Title:
    """Return the comparable form of a title; idempotent on the joined words."""
    return Title(tuple(_list_words(text)))


def has_words(text: str, count: int) -> bool:
    """Check whether a title has so many words for comparison; reads no more of it than that takes."""
    found = _clean(found[0] for found in _WORD.finditer(_fold(text)))
    return sum(1 for _ in islice(found, count)) == count


def mask_versions(title: str) -> str:
    """Return a title with every number as `#`, case folded: equal within one release series."""
    return _SPACES.sub(" ", _VERSION.sub("#", _fold(title))).strip()


def is_roundup(title: str) -> bool:
    """Check whether a title names several stories, as in `A Does B, C Meets D, E Wins F`."""
    if not any(mark in title for mark in (",", ";", "|", " + ")):
        return False
    parts = [part.strip() for part in _PARTS.split(title) if part.strip()]
    if len(parts) < _ROUNDUP_PARTS:
        return False
    long = sum(len(part.split()) >= _HEADLINE_WORDS for part in parts)
    return long > 1 and all(_may_be_headline(part) for part in parts)


def has_glued_date(title: str) -> bool:
    """Check whether a page's date ran into its title, as in `Jul 14, 2026ResearchHow …`."""
    return bool(_YEAR.search(title) and _GLUED_DATE.search(title))


def _may_be_headline(part: str) -> bool:
    words = part.split()
    starts_new = words[0][0].isupper() or not words[0][0].isalpha()
    return len(words) > 1 and starts_new and words[0] not in {"And", "Or"}


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_DASHES)


def _list_words(text: str) -> Iterator[str]:
    return _clean(_WORD.findall(_fold(text)))


def _clean(written: Iterable[str]) -> Iterator[str]:
    for found in written:
        word = found.removesuffix("'s")
        word = _SHORT_MONTHS.get(word, word)
        if word not in _SKIPPED:
            yield word


_END = re.compile(r"""[.!?…]+["'”’)\]]*(?=\s|$)""")
_STARTS = re.compile(r"""["'“‘(\[]?[^\W_]""")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|(?:[A-Za-z]\.)+[A-Za-z]|e\.?g|i\.?e|etc|vs|cf|al|approx|incl|est|dr|mr|mrs|ms|prof|st"
    r"|no|fig|sec|vol|inc|ltd|co|corp|jr|sr|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)$",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"^(?:the post .+ (?:appeared first on|first appeared on) .+|(?:continue|keep) reading\b.*"
    r"|read (?:more|on|the (?:full|rest))\b.*|learn more\b.*|click here\b.*|\[?(?:…|\.\.\.)\]?|comments?\.?"
    r"|(?:article|comments) url:.*|points: \d+.*|(?:share|subscribe|sign up)\b.{0,60}"
    r"|photo(?: by| credit).*|image(?: by| credit| source).*)$",
    re.IGNORECASE,
)
_LONG_TITLE = 25
"""A shorter title may begin a sentence by chance (`Git at any scale is …`)."""


def shorten_summary(summary: str, title: str = "", limit: int = SUMMARY_CHARS) -> str:
    """Cut a plain summary to one or two whole sentences of at most `limit` characters.

    Sentences that repeat the title, and boilerplate, are left out. A first sentence that is too long by
    itself is cut at a word, with an ellipsis. Empty when nothing is left.
    """
    repeated = read_title(title).words
    kept: list[str] = []
    for sentence in split_sentences(_drop_title(_SPACES.sub(" ", summary).strip(), title)):
        if _BOILERPLATE.match(sentence) or (repeated and read_title(sentence).words == repeated):
            continue
        if not kept and len(sentence) > limit:
            return _cut_at_word(sentence, limit)
        if kept and len(kept[0]) + 1 + len(sentence) > limit:
            break
        kept.append(sentence)
        if len(kept) == 2:  # noqa: PLR2004 - one or two sentences
            break
    # A text that its feed truncated ends within a sentence; that part is not shown after a whole one.
    whole = [
        sentence for sentence in kept if _END.search(sentence[-4:]) and not sentence.endswith(("…", "..."))
    ]
    return " ".join(whole or kept)


def split_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of plain text; full stops of versions, addresses and abbreviations end none."""
    start = 0
    for end in _END.finditer(text):
        after = text[end.end() :].lstrip()
        before = text[start : end.start()]
        if not after or not _STARTS.match(after):
            continue
        goes_on = next(char for char in after if char.isalnum()).islower() and end[0][0] not in "!?"
        if goes_on or (end[0] == "." and _ABBREVIATED.search(before)):
            continue
        yield text[start : end.end()].strip()
        start = end.end()
    rest = text[start:].strip()
    if rest:
        yield rest


def _drop_title(summary: str, title: str) -> str:
    """Remove the title from the beginning of a summary that continues with something else."""
    bare = _SPACES.sub(" ", title).strip()
    if len(bare) < _LONG_TITLE or not summary.casefold().startswith(bare.casefold()):
        return summary
    rest = summary[len(bare) :]
    return (
        rest.lstrip(" .:-–—|")
        if rest[:1] in {"", " ", ".", ":", "-", "|"} and not rest[1:2].islower()
        else summary
    )


def _cut_at_word(sentence: str, limit: int) -> str:
    cut = sentence[: limit - 1]
    if not sentence[limit - 1].isspace() and " " in cut:
        cut = cut.rpartition(" ")[0]
    return f"{cut.rstrip(' ,;:-–—(')}…"
