"""The list of feeds that the editor follows: read, checked and added to."""

from __future__ import annotations

import json
import re

import pytest

from pipeline.errors import AuthorError
from pipeline.feeds.patterns import compile_pattern
from pipeline.feeds.subscriptions import FEEDS, get_feeds, plan_feeds, read_feeds, write_feeds
from pipeline.model.news import Feed
from pipeline.model.problem import Problem

GOOD = """\
# Ours.
[[feed]]
slug = "the-batch"   # weekly
url = "https://example.org/batch.xml"
section = "techniques"
title = "The Batch"
weight = 1.5
title_strip = '^\\w+ \\d+, \\d{4} '
language = "en"
cap = 2
max_age = "3 weeks"
hidden = true

[[feed]]
slug = "jobs"
url = "https://jobs.example.org/"
section = "careers"
"""

WRONG = """\
titel = "My feeds"

[[feed]]
slug = "The Batch"
url = "file:///etc/hostname"
section = "technique"
wieght = 2

[[feed]]
url = "https://example.org/feed"
section = "tools"
weight = 0
title_strip = "(?=a)"
language = "English!"
cap = 0
max_age = "soon"
hidden = "no"

[[feed]]
slug = "one"
url = "https://example.org/one"
section = "tools"

[[feed]]
slug = "one"
url = "https://example.org/one"
section = "tools"
title = "a\\u202eb"
[[feed]]
slug = "one"
url = "https://example.org/one"
section = "tools"
"""


@pytest.fixture
def put(tmp_path):
    def put(text):
        (tmp_path / "content").mkdir(exist_ok=True)
        (tmp_path / FEEDS).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return put


def test_no_file_is_no_feeds(tmp_path):
    assert read_feeds(tmp_path) == ((), ())


def test_feeds_are_read_in_their_order_with_their_lines(put):
    batch, jobs = get_feeds(put(GOOD))
    assert batch == Feed(
        slug="the-batch",
        url="https://example.org/batch.xml",
        section="techniques",
        title="The Batch",
        weight=1.5,
        title_strip=r"^\w+ \d+, \d{4} ",
        language="en",
        cap=2,
        max_age_days=21,
        hidden=True,
        line=2,
    )
    assert jobs == Feed("jobs", "https://jobs.example.org/", "careers", line=14)


def test_every_mistake_is_said_at_once_with_its_line_and_what_to_do(put):
    feeds, problems = read_feeds(put(WRONG))
    assert [feed.slug for feed in feeds] == ["one"]
    found = [(problem.line, problem.rule) for problem in problems]
    assert found == [
        (1, "feeds-unknown-key"),
        (4, "feeds-value"),
        (5, "feeds-url"),
        (6, "feeds-value"),
        (7, "feeds-unknown-key"),
        (9, "feeds-missing"),
        (12, "feeds-value"),
        (13, "feeds-pattern"),
        (14, "feeds-value"),
        (15, "feeds-value"),
        (16, "feeds-value"),
        (17, "feeds-value"),
        (28, "feeds-value"),
        (29, "feeds-twice"),
        (29, "feeds-twice"),
    ]
    fixes = " ".join(problem.fix for problem in problems)
    assert 'did you mean "weight"?' in fixes
    assert 'did you mean "techniques"?' in fixes
    assert all(problem.fix and problem.path == FEEDS for problem in problems)


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ('[[feed]]\nslug = "a', 2, "feeds-syntax"),
        (b'[[feed]]\nslug = "caf\xe9"', 2, "feeds-encoding"),
        ("feed = 3", 0, "feeds-value"),
        ("feed = [1, 2]", 0, "feeds-value"),
        ('[feed]\nslug = "a"', 0, "feeds-value"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(put, text, line, rule):
    feeds, problems = read_feeds(put(text))
    assert feeds == ()
    assert [(problem.line, problem.rule) for problem in problems] == [(line, rule)]


def test_a_private_address_needs_leave(put):
    folder = put('[[feed]]\nslug = "a"\nurl = "http://127.0.0.1:8123/"\nsection = "tools"\n')
    assert [problem.rule for problem in read_feeds(folder)[1]] == ["feeds-url"]
    assert len(get_feeds(folder, allowed_hosts=["127.0.0.1"])) == 1


NEW = Feed(
    "new", "https://example.org/new", "tools", title='The "New" One', weight=0.5, max_age_days=7, cap=1
)


@pytest.mark.parametrize("before", [GOOD, "", "# nothing yet", GOOD.rstrip(), "\ufeff" + GOOD, "feed = []"])
def test_a_feed_is_added_at_the_end_and_everything_else_stays_as_it_was(put, before):
    folder = put(before)
    known = get_feeds(folder)
    if before == "feed = []":
        with pytest.raises(AuthorError):
            plan_feeds(folder, [NEW])
        return
    text = plan_feeds(folder, [NEW])
    assert text.startswith(before.lstrip("\ufeff") or "# The feeds")
    write_feeds(folder, text)
    *old, added = get_feeds(folder)
    assert tuple(old) == known
    assert (added.slug, added.title, added.weight, added.max_age_days, added.cap) == (
        "new",
        NEW.title,
        0.5,
        7,
        1,
    )
    with pytest.raises(AuthorError) as caught:
        plan_feeds(folder, [NEW])
    assert {problem.rule for problem in caught.value.problems if isinstance(problem, Problem)} == {
        "feeds-twice"
    }


def test_nothing_is_added_to_a_file_with_mistakes(put):
    folder = put(WRONG)
    with pytest.raises(AuthorError):
        plan_feeds(folder, [NEW])


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        r"^\w+ \d{1,2}, \d{4}\s+",
        r" [-|] The Batch.*$",
        r"\[.*?\]",
        "(?i)^(new|fresh): ",
        r"\(a+\)+",
        "(a+)?",
        "[]a]+",
        "[(+*]+",
        r"(?P<year>\d{4})",
        "x{3}",
        "(?:ab){2}",
        ".*a.*b",
    ],
)
def test_plain_patterns_are_fine(pattern):
    assert compile_pattern(pattern).sub("", "a" * 300, count=1) == re.sub(pattern, "", "a" * 300, count=1)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a*)*b",
        "(a|a)*$",
        "(a|ab)+$",
        "(?:a?){40}",
        "((a)+b?)+",
        "(.*a){20}",
        "a?" * 30 + "a" * 30,
        "(a|a)" * 30,
        ".*.*.*.*x",
        "a{1,200}" * 4,
        "a" * 201,
    ],
)
def test_patterns_that_backtrack_for_long_elsewhere_take_linear_time(pattern):
    text = "a" * 300 + "!"
    assert len(compile_pattern(pattern).sub("", text, count=1)) <= len(text)


@pytest.mark.parametrize(
    ("pattern", "title", "left"),
    [
        (r"^\w+: ", "Änderungen: neu", "neu"),
        (r"^[\w-]+: ", "Über-uns: neu", "neu"),
        (r"\W+$", "Größe –", "Größe"),
        (r"[\\w]", r"wa\b", r"a\b"),
        (r"^\d\D", "٣é neu", " neu"),
        (r"(?i)ÄNDERUNG: ", "Änderung: neu", "neu"),
    ],
)
def test_words_and_digits_of_a_pattern_are_those_of_every_script(pattern, title, left):
    assert compile_pattern(pattern).sub("", title, count=1) == left == re.sub(pattern, "", title, count=1)


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(a)\1", "(?P<n>a+)(?P=n)", "(?=a+)", "(?<!a)b", "(a)(?(1)b|c)", "(?x)a # b"),
        *("(", "[", "*", "a{1,2000}", r"(\w{1,30} ){1,10}"),
    ],
)
def test_a_pattern_that_cannot_run_in_linear_time_is_refused_with_its_line(put, pattern):
    text = '[[feed]]\nslug = "a"\nurl = "https://a.example/"\nsection = "tools"\n'
    (problem,) = read_feeds(put(f"{text}title_strip = {json.dumps(pattern)}\n"))[1]
    assert (problem.line, problem.rule) == (5, "feeds-pattern")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            'max_age = "seven days"',
            '`max_age` is not a span of time (write digits and a unit in quotes, as in "14 days" or',
        ),
        (
            "cap = 0",
            "`cap` is not a whole number of 1 or more (write a whole number, such as 2, without quotes)",
        ),
        ('weight = "2"', "`weight` is not a number (write it in digits, without quotes)"),
        ("title = 3", "`title` is not text (write it in quotes)"),
        ('hidden = "yes"', "`hidden` is not true or false (write true or false, without quotes)"),
    ],
)
def test_a_value_of_another_kind_is_answered_with_how_to_write_it(put, line, words):
    text = f'[[feed]]\nslug = "a"\nurl = "https://a.example/"\nsection = "tools"\n{line}\n'
    (problem,) = read_feeds(put(text))[1]
    assert words in str(problem)
