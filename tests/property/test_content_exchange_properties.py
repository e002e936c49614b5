"""A glossary that is imported and exported is the glossary that came, key by key."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples
from support.letters import compose_plainly
from support.stores import LETTERHEAD

from pipeline.check.letter import check_letter
from pipeline.content.exchange.export import KEYS, export_term
from pipeline.content.exchange.import_plan import plan_glossary_import, write_changes
from pipeline.content.read import read_checked
from pipeline.model.picks import Pick, Picks
from pipeline.render.jinja import environment
from pipeline.render.letter import render

TEMPLATES = environment([Path(__file__).resolve().parents[2] / "templates"])

NASTY = st.sampled_from(
    [
        *(
            "## Example",
            "# One",
            "---",
            "```",
            "~~~",
            "**Fix:** no",
            "- a",
            "1. b",
            "> c",
            "    code",
            "a\r\nb",
        ),
        *(
            "<p>One</p><p>Two</p>",
            "<b>x</b>",
            "<style>y</style>",
            "a < b & c",
            "&amp; &lt;b&gt;",
            "<doc>z</doc>",
        ),
        *("<!-- n -->", "{% if x %}", "*|NAME|*", "[here](http://localhost/)", "![i](https://a.b/c)", "n/a"),
        *(
            "e\u0301",
            "\u202e",
            "\u2028",
            "\x00",
            "\ufeff",
            "\U0001f600",
            "\u4f60\u597d",
            "  two  ",
            "",
            "null",
        ),
        *("key: value", '"quoted"', "'", "#", "yes", "2026-01-01", "[link][a]", "[a]: /b", "%", "\t"),
    ]
)
TEXT = st.lists(NASTY | st.text(st.characters(codec="utf-8"), max_size=12), max_size=4).map("\n".join)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
PAIR = st.fixed_dictionaries({"mistake": TEXT}, optional={"correction": TEXT, "fix": TEXT, "why": VALUE})
FAQ = st.fixed_dictionaries({"question": TEXT, "answer": TEXT}, optional={"id": VALUE})
TEXTS = st.lists(TEXT, max_size=3)
ODD = VALUE | TEXT
UNKNOWN = st.dictionaries(
    TEXT.filter(lambda key: key not in KEYS) | st.just("import") | st.just("title") | st.just("inDepth"),
    VALUE,
    max_size=3,
)
ENTRY = st.builds(
    lambda unknown, known: unknown | known,
    UNKNOWN,
    st.fixed_dictionaries(
        {"term": TEXT.map(lambda text: f"Name {text}"), "definition": TEXT.map(lambda text: f"It is {text}")},
        optional={
            "slug": st.sampled_from(["a", "b-c", "A_B", "../x", "\u540d", "README", "x" * 300]) | TEXT,
            "full_name": ODD,
            "category": ODD,
            "example": ODD,
            "why_it_matters": ODD,
            "in_depth": ODD | TEXTS,
            "common_mistakes": st.lists(PAIR | TEXT, max_size=3) | VALUE,
            "career_relevance": ODD,
            "related_terms": TEXTS | VALUE,
            "related_links": TEXTS | VALUE,
            "faqs": st.lists(FAQ, max_size=2) | VALUE,
            "difficulty": st.sampled_from([1, 3, "advanced", True, "2", 9]) | VALUE,
            "aliases": TEXTS | VALUE,
            "prerequisites": TEXTS | st.just(["a", "b-c"]) | VALUE,
            "seasons": st.just([{"start": "11-15", "end": "01-06"}]) | VALUE,
            "sources": TEXTS | VALUE,
        },
    ),
)


def bring_in(home, entries, *, update=False):
    source = Path(home) / "glossary.json"
    source.write_text(json.dumps(entries), encoding="utf-8")
    root = Path(home) / "letter"
    root.mkdir(exist_ok=True)
    plan = plan_glossary_import(root, source, update=update)
    list(write_changes(root, plan.changes))
    return root, plan


def same(one):
    """JSON's own idea of being equal: true is not 1, and 1.0 not 1."""
    return json.dumps(one, sort_keys=True)


@example(
    [{"term": "Name ", "definition": "It is "}, {"term": "Name \u202e", "definition": "It is ", "slug": "a"}]
)
@examples(20)
@given(st.lists(ENTRY, max_size=4))
def test_what_is_exported_is_what_was_imported_and_importing_again_changes_nothing(entries):
    with tempfile.TemporaryDirectory() as home:
        root, plan = bring_in(home, entries)
        refused = {int(each.place.split()[1]) for each in plan.refused}
        came = [entry for number, entry in enumerate(entries, 1) if number not in refused]
        catalogue, problems = read_checked(root)
        assert [str(p) for p in problems if p.severity == "error" and p.rule != "folder-missing"] == []
        assert sorted(map(same, map(export_term, catalogue.terms))) == sorted(map(same, came))
        _, again = bring_in(home, entries, update=True)
        assert {change.action for change in again.changes} <= {"unchanged"}
        assert again.refused == plan.refused
        names = [path.name for path in (root / "content/glossary").glob("*")]
        assert all(name.islower() and name.endswith(".md") for name in names)
        assert sorted(path.name for path in root.iterdir()) == (["content"] if names else [])


@examples(20)
@given(st.lists(ENTRY, min_size=1, max_size=3))
def test_a_letter_without_a_finding_can_be_made_of_whatever_was_imported(entries):
    with tempfile.TemporaryDirectory() as home:
        root, _ = bring_in(home, entries)
        catalogue, _ = read_checked(root)
    for term in catalogue.terms:
        picks = Picks("2026-W48", (Pick("term", "term", term.slug, 0.0, ()),))
        issue = compose_plainly(picks, catalogue, LETTERHEAD)
        findings = check_letter(render(issue, LETTERHEAD, TEMPLATES), LETTERHEAD)
        assert [str(finding) for finding in findings] == []
        assert issue.minutes < 6
