"""A title gives the same slug on every machine, and nobody gets a name that is taken."""

from __future__ import annotations

import pytest

from pipeline.content.slugs import SLUG_LETTERS, find_namesake, is_slug, make_slug, suggest
from pipeline.model.content import Catalogue, Term, Tip

SLUGS = {
    "Context window": "context-window",
    "Put the evidence before the verdict": "put-the-evidence-before-the-verdict",
    "  KV   cache ": "kv-cache",
    "Retrieval-augmented generation (RAG)": "retrieval-augmented-generation-rag",
    "Don\u2019t repeat yourself": "dont-repeat-yourself",
    "Before\u2014after": "before-after",
    "Précision & rappel": "precision-and-rappel",
    "Pre\u0301cision": "precision",
    "Łódź, Ærø, Straße": "lodz-aero-strasse",
    "ＦＵＬＬ width, ﬁne": "full-width-fine",
    "C++": "c",
    "x²": "x2",
    "İstanbul": "istanbul",
    "Токен": "",
    "上下文窗口": "",
    "???": "",
}
RAG = Term(
    slug="rag",
    title="RAG",
    full_name="Retrieval-augmented generation",
    aliases=("retrieval augmentation", "上下文"),
    category="retrieval",
    difficulty=2,
    definition="",
    example="",
    why_it_matters="",
    how_it_works="",
    mistakes=(),
    career_relevance="",
)
CATALOGUE = Catalogue((RAG,), (Tip("quote", "Quote first", "Ask."),))


@pytest.mark.parametrize(("title", "slug"), SLUGS.items())
def test_a_slug_is_the_title_in_ascii(title, slug):
    assert make_slug(title) == slug


def test_a_long_title_is_cut_between_words():
    assert make_slug("abcd " * 40) == "-".join(["abcd"] * 16)
    assert make_slug("a" * 200) == "a" * SLUG_LETTERS


@pytest.mark.parametrize("slug", ["", "A", "a_b", "a--b", "-a", "a b", "../a", "é"])
def test_what_is_no_slug_is_told(slug):
    assert not is_slug(slug)


@pytest.mark.parametrize(
    "title", ["rag", "Rag", "Retrieval Augmentation", "retrieval-augmented  generation", "上下文"]
)
def test_a_term_is_known_by_every_name_it_has(title):
    assert find_namesake(CATALOGUE, "term", title, make_slug(title)) is RAG
    assert find_namesake(CATALOGUE, "tip", title, make_slug(title)) is None


def test_a_new_name_is_free_and_so_is_a_tips_name_for_a_term():
    assert find_namesake(CATALOGUE, "term", "Ragtime", "ragtime") is None
    assert find_namesake(CATALOGUE, "term", "Quote first", "quote-first") is None
    assert find_namesake(CATALOGUE, "tip", "Quote  First!", "quote-first").slug == "quote"
    assert find_namesake(CATALOGUE, "term", "R.A.G.", "r-a-g") is None
    assert find_namesake(CATALOGUE, "term", "上文", "rag") is RAG


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("ragg", "rag"),
        ("RAG", "rag"),
        ("Retrieval augmentation", "rag"),
        ("quote first", "quote"),
        ("zebra", ""),
    ],
)
def test_a_slip_or_a_name_leads_to_the_slug(word, meant):
    assert suggest(CATALOGUE, word) == (f'did you mean "{meant}"?' if meant else "")
