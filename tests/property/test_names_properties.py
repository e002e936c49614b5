"""A title gives the same slug on every machine, and nobody gets a name that is taken."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.content.slugs import SLUG_LETTERS, is_slug, make_slug


@examples(100)
@given(st.text())
def test_every_slug_has_the_form_of_one_and_is_its_own_slug(title):
    slug = make_slug(title)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug)
    assert len(slug) <= SLUG_LETTERS
    assert make_slug(slug) == slug
    assert is_slug(slug) == bool(slug)
