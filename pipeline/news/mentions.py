"""Find the glossary terms that a text mentions: whole words, longest name first, few false hits. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Literal

from pipeline.model.content import Term
from pipeline.model.frozen import dataclass
from pipeline.model.news import Item, Story

_Form = Literal["phrase", "acronym", "jargon", "plain"]

JARGON = frozenset(
    """autorater backpropagation confabulation finetuning hallucination overfit overfitting perplexity
    pretraining quantisation quantization reranker reranking subagent tokenisation tokeniser tokenization
    tokenizer vectorization vectorisation""".split()  # noqa: SIM905 - a list of words reads better so
)
"""Single words that have one meaning only in texts about software."""

COMPANY_BEFORE = frozenset(
    """ai agentic anthropic autonomous chatbot chatgpt claude codex coding copilot deepseek gemini genai
    generative gpt inference input language llama llm llms mistral model models multimodal neural openai
    output prompt prompts qwen reasoning self sparse vision""".split()  # noqa: SIM905 - as above
)
"""Words that, right before an ordinary word such as `token`, show that the glossary's sense is meant."""

COMPANY_AFTER = frozenset({"model", "models", "llm", "llms", "prompt", "prompts"})
"""The same right after it; without `AI`, because `attention to AI` and `embedding AI` are ordinary uses."""

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_JOINT = re.compile(r"[\s/‐‑-]{1,3}")
_HYPHENS = frozenset("-‐‑")
_ONLY_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True, slots=True)
class _Name:
    """One spelling of a term: its words, case folded, and as written where the case counts."""

    words: tuple[str, ...]
    exact: str
    form: _Form
    slug: str


class _Node:
    """A node of the trie of names, by word: how names continue, and those that end here, exact ones first."""

    __slots__ = ("longer", "names")

    def __init__(self) -> None:
        self.longer: dict[str, _Node] = {}
        self.names: list[_Name] = []


class _Words:
    """The words of a text, case folded; as written, and with the gaps between them, on demand."""

    def __init__(self, text: str) -> None:
        self._text = text
        if text.isascii() and "'" not in text:  # the same, in a fifth of the time
            self.folded = text.lower().translate(_ONLY_WORDS).split()
        else:
            self.folded = [word.casefold() for word in self.written]

    @cached_property
    def written(self) -> list[str]:
        written = _TOKEN.findall(self._text)
        if "'s" in self._text or "’s" in self._text:
            return [_bare(word) for word in written]
        return written

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return [found.span() for found in _TOKEN.finditer(self._text)]

    def is_joined(self, place: int) -> bool:
        """Check whether only a space or a hyphen separates a word from the one before."""
        if not 0 < place < len(self._spans):
            return False
        gap = self._text[self._spans[place - 1][1] : self._spans[place][0]]
        return gap == " " or ("\n\n" not in gap and bool(_JOINT.fullmatch(gap)))

    def has_hyphen(self, first: int, last: int) -> bool:
        """Check whether a hyphen comes right before the first word or right after the last."""
        start, end = self._spans[first][0], self._spans[last][1]
        return self._text[start - 1 : start] in _HYPHENS or self._text[end : end + 1] in _HYPHENS


class Mentions:
    """Finds the terms of a glossary in texts; built once for a catalogue.

    Every title, full name and alias counts, and its plural in `s`. Hyphens and spaces are the same inside a
    name, and a name does not cross sentences. An acronym counts in its own capitals only. A single ordinary
    word (agent, token, attention) counts only next to a word that makes the sense clear (`AI agent`,
    `token model`) or next to another name: a missed mention costs little, every reader sees a wrong one.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._root = _Node()
        self._read: dict[tuple[str, ...], frozenset[str]] = {}
        names = {name for term in terms for name in _list_names(term)}
        for name in sorted(names, key=lambda name: (name.exact == "", name.words, name.slug)):
            node = self._root
            for word in name.words:
                node = node.longer.setdefault(word, _Node())
            node.names.append(name)
        self._begins = frozenset(self._root.longer)

    def find(self, text: str) -> frozenset[str]:
        """Return the slugs of all terms that a text mentions."""
        words = _Words(text)
        if self._begins.isdisjoint(words.folded):
            return frozenset()
        found: dict[int, tuple[int, list[_Name]]] = {}
        begins, end = self._root.longer, 0
        for place, word in enumerate(words.folded):
            if place >= end and word in begins and (names := self._match(words, place)):
                end = place + len(names[0].words)
                found[place] = (end, names)
        certain = {
            edge
            for first, (last, names) in found.items()
            if any(name.form != "plain" for name in names)
            for edge in (first, -last)
        }
        return frozenset(
            name.slug
            for start, (end, names) in found.items()
            for name in names
            if name.form != "plain" or _has_company(words, start, end, certain)
        )

    def find_in_item(self, item: Item) -> frozenset[str]:
        """Return the terms in title and summary of an item, and in the skills of a job; cached."""
        skills = item.job.skills if item.job is not None else ()
        texts = (item.title, item.summary, *skills)
        found = self._read.get(texts)
        if found is None:
            found = self.find("\n\n".join(texts)).union(*map(self.find_named, skills))
            self._read[texts] = found
        return found

    def find_named(self, label: str) -> frozenset[str]:
        """Return the terms that a whole label names, whatever its case, as in the tag `rag`.

        A single ordinary word is not enough: `evaluation` as a skill may mean anything.
        """
        node: _Node | None = self._root
        for word in _Words(label).folded:
            node = node.longer.get(word) if node is not None else None
        return frozenset(name.slug for name in node.names if name.form != "plain") if node else frozenset()

    def find_in_story(self, story: Story) -> frozenset[str]:
        """Return the terms that any copy of a story mentions."""
        return frozenset().union(*(self.find_in_item(item) for item in story.items))

    def _match(self, words: _Words, place: int) -> list[_Name]:
        """Return the longest name that begins at a place, for every term that has it."""
        best: list[_Name] = []
        node = self._root.longer.get(words.folded[place])
        end = place + 1
        while node is not None:
            fitting = [name for name in node.names if name.exact in ("", words.written[place])]
            best = fitting or best
            # Few names go on with the word that follows, and only then the gap before it matters.
            node = node.longer.get(words.folded[end]) if end < len(words.folded) else None
            node = node if node is not None and words.is_joined(end) else None
            end += 1
        return best


def _list_names(term: Term) -> Iterator[_Name]:
    for written in (term.title, term.full_name, *term.aliases):
        words = [_bare(word) for word in _TOKEN.findall(written)]
        if not words:
            continue
        folded = [word.casefold() for word in words]
        is_acronym = len(words) == 1 and any(char.isupper() for char in words[0][1:])
        # Plurals are names of their own, so that the words of the text never have to be stemmed.
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


def _bare(word: str) -> str:
    return word[:-2] if word.endswith(("'s", "’s")) else word


def _has_company(words: _Words, start: int, end: int, certain: AbstractSet[int]) -> bool:
    """Check whether the word right before or after shows that the glossary's sense is meant.

    `certain` are the places where unambiguous names begin and, negative, where they end.
    """
    before = words.folded[start - 1] if words.is_joined(start) else ""
    after = words.folded[end] if words.is_joined(end) else ""
    if before in COMPANY_BEFORE or after in COMPANY_AFTER:
        return True
    # `multi-agent` and `token-based` are words of their own.
    if words.has_hyphen(start, end - 1):
        return False
    return bool((before and -start in certain) or (after and end in certain))
