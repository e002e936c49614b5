"""A term is mentioned where its name stands as a word of its own, and means what the glossary means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.model.content import Term
from pipeline.model.news import Item, Story
from pipeline.news.mentions import Mentions

PROSE = dict.fromkeys(
    ("category", "definition", "example", "why_it_matters", "how_it_works", "career_relevance"), ""
)


def make_term(slug, title, *aliases, full_name=""):
    return Term(
        **PROSE, slug=slug, title=title, difficulty=1, mistakes=(), aliases=aliases, full_name=full_name
    )


MENTIONS = Mentions(
    [
        make_term("rag", "RAG", full_name="Retrieval-augmented generation"),
        make_term("agent", "Agent", "AI agent", "agentic AI"),
        make_term("multi-agent", "Multi-agent system"),
        make_term("attention", "Attention", "self-attention"),
        make_term("token", "Token"),
        make_term("llm", "Large language model", "LLM"),
        make_term("judge", "LLM as a judge"),
        make_term("prompt", "Prompt"),
        make_term("system-prompt", "System prompt"),
        make_term("lora", "LoRA"),
        make_term("quantization", "Quantization"),
        make_term("vector-a", "Vector search"),
        make_term("vector-b", "Search by vector", "vector search"),
    ]
)


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("RAG in practice", "rag"),
        ("Two RAGs and a RAG-based bot", "rag"),
        ("The rag trade, GraphRAG, RAGS to riches", ""),
        ("Retrieval augmented generation's limits", "rag"),
        ("retrieval. Augmented generation", ""),
        ("LoRA beats lora", "lora"),
        ("lora", ""),
        ("A system prompt", "system-prompt"),
        ("A system-prompt-free design", "system-prompt"),
        ("The LLM-as-a-judge trap", "judge"),
        ("An LLM as a writer", "llm"),
        ("Multi-agent systems", "multi-agent"),
        ("An agentic AI, an AI agent", "agent"),
        ("Quantization, at last", "quantization"),
        ("vector search", "vector-a vector-b"),
        ("", ""),
    ],
)
def test_names_are_found_as_whole_words_and_the_longest_wins(text, slugs):
    assert MENTIONS.find(text) == frozenset(slugs.split())


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("Real estate agents and the API token", ""),
        ("Pay attention to AI, please", ""),
        ("Your promptness; a prompt answer", ""),
        ("The multi-agent view, a token-based login", ""),
        ("Coding agents", "agent"),
        ("The attention model", "attention"),
        ("Output tokens are dear", "token"),
        ("Models. Agents", ""),
        ("An LLM agent", "llm agent"),
        ("RAG tokens", "rag token"),
        ("Agent attention", ""),
    ],
)
def test_an_ordinary_word_counts_only_in_company(text, slugs):
    assert MENTIONS.find(text) == frozenset(slugs.split())


def test_every_copy_of_a_story_is_read_and_a_title_does_not_run_into_its_summary():
    now = datetime(2026, 8, 18, tzinfo=UTC)
    one = Item(
        "1", "bee", "tools", "Beyond retrieval", "https://bee.example/1", now, summary="augmented generation"
    )
    other = Item("2", "cat", "tools", "A LoRA", "https://cat.example/1", now, summary="With a system prompt")
    assert MENTIONS.find_in_item(one) == frozenset()
    assert MENTIONS.find_in_story(Story(one, (other,))) == {"lora", "system-prompt"}


@pytest.mark.parametrize(
    ("label", "slugs"),
    [
        ("rag", "rag"),
        ("Lora", "lora"),
        ("SYSTEM-PROMPTS", "system-prompt"),
        ("quantization", "quantization"),
        ("vector search", "vector-a vector-b"),
        ("rag pipelines", ""),
        ("attention", ""),
        ("agents", ""),
        ("", ""),
        ("++", ""),
    ],
)
def test_a_label_is_a_term_when_all_of_it_is_a_name_in_any_case_and_no_ordinary_word(label, slugs):
    assert MENTIONS.find_named(label) == frozenset(slugs.split())


def test_a_glossary_without_terms_finds_nothing():
    assert Mentions([]).find("RAG") == frozenset()
