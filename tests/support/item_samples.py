"""Items and stories of made-up feeds, for properties of the choice of news."""

from __future__ import annotations

from hypothesis import strategies as st

from support.examples import examples

SOME = examples(100)

MANY = examples(200)

WORDS = (
    "Parsing",
    "Harness",
    "RAG",
    "Evals",
    "for",
    "the",
    "Compiler",
    "System prompt",
    "2.1",
    "2.2",
    "July",
)


titles = st.lists(st.sampled_from((*WORDS, "Harnesses", "Compilers", "not", "part one")), max_size=9).map(
    " ".join
)
