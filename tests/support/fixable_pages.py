"""Pages of content with what `--fix` adds to them, and with what it must leave alone."""

from __future__ import annotations

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
    """A term's file with this front matter and body."""
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
