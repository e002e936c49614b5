"""A new file explains itself, and the check says exactly what is still to be written."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.content.document import HIDDEN
from pipeline.content.scaffold import term_scaffold, tip_scaffold

titles = st.text(min_size=1).filter(lambda text: text.strip() and not HIDDEN.search(text))
names = titles.map(lambda text: " ".join(text.split()))


def front(skeleton):
    return yaml.safe_load(skeleton.split("---\n")[1])


@examples(100)
@given(title=names, others=st.lists(names, max_size=30))
def test_any_title_and_any_names_give_front_matter_that_says_the_same(title, others):
    term = front(term_scaffold(title, "a", category=title, categories=others, neighbours=others))
    assert (term["title"], term["category"]) == (title, title)
    tip = front(tip_scaffold(title, "a", tags=others, terms=others, tags_in_use=others))
    assert (tip["title"], tip["tags"], tip["terms"]) == (title, others, others)
