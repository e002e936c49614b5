"""A whole glossary site comes in with one command, and every one of its terms makes a letter at once."""

from __future__ import annotations

import json
import random  # noqa: TID251 - made-up prose, seeded

import pytest
from support.cli import must, weekly

FEW, MANY = 24, 119
"""Terms of a site: few for every day, and as many as a real one has for the long tests."""
CATEGORIES = ("Basics", "Prompting", "Evaluation & Testing", "Models", "Agents", "Safety")
NOUNS = """answer batch budget cache check draft editor example feature filter grader index judge
label""".split()  # noqa: SIM905 - a list of words reads better as words
VERBS = """checks compares counts drops groups holds keeps ranks reads repeats sorts splits tests
weighs""".split()  # noqa: SIM905 - as above
LIKE = """careful cheap early exact hidden late narrow open plain quiet short slow steady
wide""".split()  # noqa: SIM905 - as above
HABITS = (
    "In 2024 this was the fastest-growing skill, with salaries of $120k to $180k.",
    "Of course, studies show that the latest models do it <em>seamlessly</em>.",
    "See [the guide](/guides/start) or [here](http://example.org/old).",
    "Use <code>x &lt; 3</code> and the tag <document>, or {{ name }}.",
)
"""What glossary sites say and no house style likes; none of it keeps a letter from being made."""


def prose(chance, words, *, paragraphs=1):
    def sentence():
        one, two = chance.sample(NOUNS, 2)
        like, act, other = chance.choice(LIKE), chance.choice(VERBS), chance.choice(VERBS)
        return f"A {like} {one} {act} every {two} before the {chance.choice(NOUNS)} {other} it."

    texts = []
    for _ in range(paragraphs):
        text = sentence()
        while len(text.split()) < words / paragraphs:
            text += f" {sentence()}"
        texts.append(text)
    return "\n\n".join(texts)


def glossary(count):
    """Write a site's terms of about 500 words, with all that sites do and our own files do not."""
    chance = random.Random("a glossary site")
    names = [f"{like.title()} {noun.title()}" for like in LIKE for noun in NOUNS][:count]
    slugs = [name.lower().replace(" ", "-") for name in names]
    for place, (name, slug) in enumerate(zip(names, slugs, strict=True)):
        habit = HABITS[place % len(HABITS)]
        in_depth = prose(chance, 180, paragraphs=(1, 4)[place % 2])
        yield {
            "term": name,
            "slug": slug if place % 5 else name.replace(" ", "_"),
            "definition": f"{name} is what {prose(chance, 62)[2:]}",
            "category": CATEGORIES[place % len(CATEGORIES)],
            "example": prose(chance, 60),
            "why_it_matters": f"{prose(chance, 45)} {habit}",
            "in_depth": f"<p>{in_depth}</p>" if place % 7 == 0 else in_depth,
            "common_mistakes": [
                {"mistake": prose(chance, 12), "correction": prose(chance, 14)} for _ in range(1 + place % 4)
            ],
            "career_relevance": f"{prose(chance, 35)} {habit}",
            "related_terms": [*chance.sample(slugs, 4), slug, "never-written"],
            "related_links": [f"/guides/{slug}"],
            "faqs": [{"question": f"Why {name}?", "answer": prose(chance, 20)}],
            "reviewed_by": {"name": "Ada", "year": 2026},
        }


@pytest.fixture(scope="module", params=[FEW, pytest.param(MANY, marks=pytest.mark.long)])
def count(request):
    """How many terms the site has."""
    return request.param


@pytest.fixture(scope="module")
def letter(count, tmp_path_factory):
    root = tmp_path_factory.mktemp("site")
    must(weekly("init", root / "letter"))
    (root / "glossary.json").write_text(json.dumps({"terms": list(glossary(count))}), encoding="utf-8")
    came = must(weekly("content", "import", root / "glossary.json", "--json", folder=root / "letter")).json
    assert [each["action"] for each in came["files"]] == ["new"] * count
    assert came["rejected"] == []
    return root / "letter"


def test_the_made_up_terms_are_as_long_as_those_of_a_site(count):
    for entry in glossary(count):
        texts = [each for key, each in entry.items() if isinstance(each, str) and key not in ("term", "slug")]
        texts += [pair[key] for pair in entry["common_mistakes"] for key in pair]
        assert 400 < sum(len(text.split()) for text in texts) < 660
        assert len(entry["definition"].split()) <= 80


def test_nothing_of_it_has_to_be_mended_before_a_letter_is_built(letter):
    told = must(weekly("content", "check", "--json", folder=letter)).json["problems"]
    assert {each["severity"] for each in told} == {"warning"}
    assert {"related-unknown", "stale-price", "hype", "weasel"} <= {each["rule"] for each in told}


def test_every_term_makes_a_letter_that_keeps_all_promises(letter, count):
    played = must(weekly("simulate", "--weeks", str(count), "--json", folder=letter)).json
    assert played["broken"] == []
    assert len({each["term"] for each in played["weeks"]}) == count
    found = {(one["rule"], one["severity"]) for each in played["weeks"] for one in each["findings"]}
    assert found == {("stale-claim", "warning")}, (
        "years and salaries of the site: told, and no reason to stop"
    )


def test_the_site_gets_back_what_it_gave(letter, count):
    came = {entry["slug"]: entry for entry in glossary(count)}
    assert {entry["slug"]: entry for entry in must(weekly("content", "export", folder=letter)).json} == came
