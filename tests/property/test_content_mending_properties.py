"""`--fix` adds what is missing, where its author would have, and leaves every other character alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.content.lint.autofix import fix_page

PATH = "content/glossary/rag.md"

FORMS = [
    # what stands in the front matter, what shall stand there after `token` was added
    ("related: [a, b]", "related: [a, b, token]"),
    ("related: [a, b,]  # both", "related: [a, b, token,]  # both"),
    ("related: [a,\n  'b']", "related: [a,\n  'b', token]"),
    ("related:\n  - a\n  - b  # second", "related:\n  - a\n  - b  # second\n  - token"),
    ("related:\n- a\n# and now\naliases: [x]", "related:\n- a\n- token\n# and now\naliases: [x]"),
    ("related: []", "related: [token]"),
    ("related: [ ]  # none yet", "related: [token]  # none yet"),
    ("related:", "related: [token]"),
    ("related: ~", "related: [token]"),
    ("related:  # none yet", "related: [token]  # none yet"),
    ("aliases: [x]", "aliases: [x]\nrelated: [token]"),
    ("aliases: [x]\n\n", "aliases: [x]\n\n\nrelated: [token]"),
]
STRANGE = [
    "related: token",
    "related: {a: b}",
    "related: &all [a, b]\naliases: *all",
    "related: [a\nb: {",
    "related: [a, null]\nrelated: [b]",
]


def page(front, body="RAG searches.\n", end="\n", mark=""):
    return f"{mark}---\ntitle: RAG\n{front}\n---\n{body}".replace("\n", end)


LINKS = [
    # text, the same with its links mended
    ("[a](http://example.org/x)", "[a](https://example.org/x)"),
    ("<http://example.org> and http://b.org.", "<https://example.org> and https://b.org."),
    ("HTTP://example.org", "https://example.org"),
    ("[a]\n\n[a]: http://example.org", "[a]\n\n[a]: https://example.org"),
    ("`http://a.org`, http://b.org", "`http://a.org`, https://b.org"),
    ("```\nhttp://a.org\n```", "```\nhttp://a.org\n```"),
    ("<!-- http://a.org -->", "<!-- http://a.org -->"),
    ("http://localhost:8000, http://127.0.0.1/", "http://localhost:8000, http://127.0.0.1/"),
    ("nohttp://example.org", "nohttp://example.org"),
]


FRONTS = st.sampled_from([form for form, _ in FORMS] + STRANGE)
BODIES = st.lists(st.sampled_from([text for text, _ in LINKS] + ["", "é\u0301", "```", "\r"])).map(
    "\n\n".join
)


@examples(100)
@given(
    FRONTS,
    BODIES,
    st.sampled_from(["\n", "\r\n"]),
    st.lists(st.sampled_from(["no", "x", "y-1"]), unique=True),
)
def test_mending_twice_is_mending_once_and_touches_nothing_else(front, body, end, slugs):
    text = page(front, body, end)
    mended, _ = fix_page(PATH, text, slugs, links=True)
    again, done = fix_page(PATH, mended, (), links=True)
    assert (again, done) == (mended, ())
    left = mended.replace("https://", "http://").replace("HTTP://", "http://")
    kept = text.replace("https://", "http://").replace("HTTP://", "http://")
    assert left.endswith(kept.partition("---" + end)[2].partition("---" + end)[2])
