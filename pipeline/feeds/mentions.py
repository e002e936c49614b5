"""Which glossary terms a text speaks of: whole words, longest name first, and rarely wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.content.model import Term
from pipeline.feeds.model import Item, Story

_Form = Literal["phrase", "acronym", "jargon", "plain"]

JARGON = frozenset(
    """autorater backpropagation confabulation finetuning hallucination overfit overfitting perplexity
    pretraining quantisation quantization reranker reranking subagent tokenisation tokeniser tokenization
    tokenizer vectorization vectorisation""".split()  # noqa: SIM905 - a list of words reads better so
)
"""Single words that mean nothing else where people write about software."""

COMPANY_BEFORE = frozenset(
    """ai agentic anthropic autonomous chatbot chatgpt claude codex coding copilot deepseek gemini genai
    generative gpt inference input language llama llm llms mistral model models multimodal neural openai
    output prompt prompts qwen reasoning self sparse vision""".split()  # noqa: SIM905 - as above
)
"""Words that, just before an ordinary word such as `token`, say that the glossary's sense is meant."""

COMPANY_AFTER = frozenset({"model", "models", "llm", "llms", "prompt", "prompts"})
"""The same just after it; `AI` is not here, for `attention to AI` and `embedding AI` are ordinary words."""

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_JOINT = re.compile(r"[\s/‐‑-]{1,3}")
_HYPHENS = frozenset("-‐‑")


@dataclass(frozen=True, slots=True)
class _Name:
    """One way to write a term: its words, case folded, and as they stand where the case counts."""

    words: tuple[str, ...]
    exact: str
    form: _Form
    slug: str


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    folded: str
    start: int
    end: int
    joined: bool
    """Nothing but a space or hyphen parts it from the word before."""


class Mentions:
    """Finds the terms of a glossary in texts; made once for a catalogue.

    Every title, full name and alias counts, and its plural in `s`. Hyphens and spaces are the same inside a
    name, and sentences part words. An acronym counts in its own capitals only. A single ordinary word
    (agent, token, attention) counts only beside a word that says what is meant (`AI agent`, `token model`),
    or beside another name of the glossary: a missed mention costs little, a wrong one is read by everybody.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._by_word: dict[str, list[_Name]] = {}
        names = {name for term in terms for name in _list_names(term)}
        for name in sorted(
            names, key=lambda name: (-len(name.words), name.exact == "", name.words, name.slug)
        ):
            self._by_word.setdefault(name.words[0], []).append(name)

    def find(self, text: str) -> frozenset[str]:
        """Find the slugs of all terms that a text mentions."""
        tokens = list(_split(text))
        found: dict[int, tuple[int, list[_Name]]] = {}
        place = 0
        while place < len(tokens):
            names = self._match(tokens, place)
            if names:
                found[place] = (place + len(names[0].words), names)
            place += len(names[0].words) if names else 1
        return frozenset(
            name.slug
            for start, (end, names) in found.items()
            for name in names
            if name.form != "plain" or _has_company(text, tokens, start, end, found)
        )

    def find_in_item(self, item: Item) -> frozenset[str]:
        """Find the terms that an item's title and summary mention, and the skills of a job."""
        skills = item.job.skills if item.job is not None else ()
        found = self.find("\n\n".join((item.title, item.summary, *skills)))
        return found.union(*map(self.find_named, skills))

    def find_named(self, label: str) -> frozenset[str]:
        """Find the terms of which a label, as a whole, is a name in any case, as in the tag `rag`.

        A single ordinary word is none: `evaluation` as somebody's skill may mean anything.
        """
        words = tuple(token.folded for token in _split(label))
        names = self._by_word.get(words[0], ()) if words else ()
        return frozenset(name.slug for name in names if name.words == words and name.form != "plain")

    def find_in_story(self, story: Story) -> frozenset[str]:
        """Find the terms that any copy of a story mentions."""
        return frozenset().union(*(self.find_in_item(item) for item in story.items))

    def _match(self, tokens: Sequence[_Token], place: int) -> list[_Name]:
        """Find the longest name that begins at a place, of every term that has it."""
        best: list[_Name] = []
        for name in self._by_word.get(tokens[place].folded, ()):
            if best and len(name.words) < len(best[0].words):
                break
            if _fits(name, tokens, place):
                best.append(name)
        return best


def _list_names(term: Term) -> Iterator[_Name]:
    for written in (term.title, term.full_name, *term.aliases):
        words = [token.text for token in _split(written)]
        if not words:
            continue
        folded = [word.casefold() for word in words]
        is_acronym = len(words) == 1 and any(char.isupper() for char in words[0][1:])
        # A plural is listed beside its name, so that nothing is ever cut off a reader's words.
        for ending in ("", "s"):
            last = folded[-1] + ending
            exact = words[0] + ending if is_acronym else ""
            yield _Name((*folded[:-1], last), exact, _find_form(folded, is_acronym=is_acronym), term.slug)


def _find_form(words: Sequence[str], *, is_acronym: bool) -> _Form:
    if is_acronym:
        return "acronym"
    if len(words) > 1:
        return "phrase"
    return "jargon" if words[0] in JARGON or words[0].removesuffix("s") in JARGON else "plain"


def _split(text: str) -> Iterator[_Token]:
    end = 0
    for found in _TOKEN.finditer(text):
        word = re.sub(r"['’]s$", "", found[0])
        gap = text[end : found.start()]
        joined = end > 0 and "\n\n" not in gap and bool(_JOINT.fullmatch(gap))
        yield _Token(word, word.casefold(), found.start(), found.end(), joined)
        end = found.end()


def _fits(name: _Name, tokens: Sequence[_Token], place: int) -> bool:
    if name.exact and tokens[place].text != name.exact:
        return False
    here = tokens[place : place + len(name.words)]
    return (
        len(here) == len(name.words)
        and all(token.folded == word for token, word in zip(here, name.words, strict=True))
        and all(token.joined for token in here[1:])
    )


def _has_company(
    text: str, tokens: Sequence[_Token], start: int, end: int, found: dict[int, tuple[int, list[_Name]]]
) -> bool:
    """Tell whether the word just before or after says that the glossary's sense of a plain word is meant."""
    before = tokens[start - 1].folded if start and tokens[start].joined else ""
    after = tokens[end].folded if end < len(tokens) and tokens[end].joined else ""
    if before in COMPANY_BEFORE or after in COMPANY_AFTER:
        return True
    # `multi-agent` and `token-based` are words of their own.
    if text[tokens[start].start - 1 : tokens[start].start] in _HYPHENS:
        return False
    if text[tokens[end - 1].end : tokens[end - 1].end + 1] in _HYPHENS:
        return False
    certain = {
        edge
        for first, (last, names) in found.items()
        if any(name.form != "plain" for name in names)
        for edge in (first, -last)
    }
    return bool((before and -start in certain) or (after and end in certain))
