"""The quick way of reading a file and the parsers of YAML and Markdown never differ."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import yaml
from conftest import missing
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.content import document
from pipeline.content.common_mistakes import parse_mistakes
from pipeline.content.document import HIDDEN, parse_blocks
from pipeline.content.fast_path import read_plain_block, read_plain_keys, split_plain, split_plain_items
from pipeline.model.problem import Problems

CONTENT = Path(__file__).resolve().parents[2] / "content"

BODY = (
    *(
        "## A",
        "## B #",
        "##",
        "##\tC",
        "### c",
        "# one",
        "#x",
        "####### seven",
        "  ## y",
        "    ## code",
        "> ## h",
    ),
    *(
        "```",
        "````",
        "```py",
        "``` a`b",
        "~~~",
        "~~~~ x`",
        "  ```",
        "   ~~~",
        "    ```",
        "\t```",
        "``` ",
        "~~~\t",
    ),
    *(
        "- a",
        "- ",
        "-",
        "--",
        "---",
        "- - -",
        "***",
        "===",
        "=",
        " =",
        "  - b",
        "   -",
        "1. x",
        "1)",
        "- ```",
    ),
    *(
        "> q",
        ">",
        "> ```",
        "> - a",
        "- ## x",
        "[r]: /u",
        "[r]:",
        '"title',
        " [r]: /u",
        "<div>",
        "-\tx",
        "  \t- z",
    ),
    *(
        "text",
        "more text",
        "  text",
        "  more",
        "",
        "",
        "   ",
        "**Fix:** x",
        "  **Fix:** y",
        "\u3000x",
        "\xa0",
        "`a",
    ),
)
FRONT = (
    *(
        "title: A thing",
        "slug: a-b",
        'k: "q: #"',
        'k: "a\\n"',
        "k: 'x'",
        "rel: [a, b]",
        "rel: []",
        "rel: [a, ]",
    ),
    *("rel: [ a ,b-c]", 'rel: ["x", y]', "rel: [a: b]", "rel: [1, yes, 2026-01-01]", "rel:", "- a", "  - a"),
    *(
        '  - "b: c"',
        "  - https://x.org/a",
        "  - a: b",
        "- - x",
        "num: 12",
        "d: 2026-11-24",
        "b: yes",
        "n: null",
    ),
    *(
        "n: ~",
        "e: 1e5",
        "url: https://x/#y",
        "url: a #c",
        "# comment",
        "",
        "  ",
        "x",
        "...",
        "a:b",
        "a:  c  ",
    ),
    *(
        "a: b: c",
        "a: b:",
        "K: v",
        "? x",
        "a: |",
        "a: >",
        "  text",
        "a: &x 1",
        "b: *x",
        "a: !!str 1",
        "%YAML 1.1",
    ),
    *(
        "a: {b: c}",
        "seasons: [{start: 11-15, end: 01-06}]",
        "é: ü",
        "a: 1_000",
        "a: .5",
        "a: <<",
        "<<: a",
        "a: [a",
    ),
    *('a: "x', 'a: x"y"', 'a: "x" y', "a:\tb", "a: \tb", "a: b\t", " a: b", "a: O'Neil", "rel: [don't, x y]"),
    *("rel: [a?b]", "rel: [a - b, c&d, e%f]", "rel: [-a]", "a: 1:2:3", "a: On", "-\ta", "- a ", "  -   b"),
    *(
        "a: what? yes",
        "a: [[a]]",
        "a: \xa0x",
        "a: x\u3000",
        "a: \U0001f600",
        "a: ²",
        "rel: [a\n, b?c]",
        "q: is it?",
    ),
    *(
        "- question: why?",
        "  answer: so",
        "? ",
        "a: [b]?",
        "a: '[b'",
        "a: -",
        "a: - b",
        "a: >#",
        "a: `b`",
        "a: @b",
    ),
)


def show(node, line=0):
    if isinstance(node, str):
        return "tag:yaml.org,2002:str", node, line
    if isinstance(node, list | tuple):
        first = line + isinstance(node, list)
        each_line = isinstance(node, list)
        items = [show(item, first + place * each_line) for place, item in enumerate(node)]
        return "tag:yaml.org,2002:seq", first, items
    if isinstance(node, yaml.ScalarNode):
        return node.tag, node.value, node.start_mark.line
    if isinstance(node, yaml.SequenceNode):
        return node.tag, node.start_mark.line, [show(each) for each in node.value]
    return node.tag, node.start_mark.line, [(show(key), show(value)) for key, value in node.value]


def compose(front, loader):
    try:
        return show(yaml.compose(front, Loader=loader) or yaml.compose("{}"))
    except yaml.YAMLError:
        return None


def split_with_parser(body):
    problems = Problems("x")
    sections = document._split_sections(body.split("\n"), 0, problems)
    return [
        (each.heading, each.line - 1, each.text, each.first_line - 1) for each in sections
    ], problems.found


def check_split(body):
    plain = split_plain(body)
    if plain is not None:
        assert (plain, []) == split_with_parser(body)
    return plain is not None


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(BODY) | st.text(max_size=8), max_size=12).map("\n".join))
def test_sections_split_the_quick_way_are_those_of_the_markdown_parser(body):
    if not HIDDEN.search(body):
        check_split(body)


def test_every_meeting_of_three_lines_is_split_as_the_markdown_parser_does():
    marks = (
        *("## A", "text", "```", "  ```", "   ~~~", "- a", "- ```", "> q", "> ```", "1. x", "", "  y"),
        "   z",
    )
    quick = sum(check_split("\n".join((*lines, "## B", "```", "```"))) for lines in product(marks, repeat=3))
    assert quick > len(marks) ** 3 / 4, "nearly everything falls back, so that nothing is compared"


def test_every_run_of_indented_lines_is_split_as_the_markdown_parser_does():
    marks = ("- a", "- ```", "  ```", "   ```", "    ```", "  b", " c", "", "  ## d", "1. ~~~", "  ~~~")
    assert (
        sum(check_split("\n".join((*lines, "  ```", "", "## B"))) for lines in product(marks, repeat=4)) > 100
    )


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(FRONT) | st.text("ab:-#[]{},'\" ?&*", max_size=8), max_size=7).map("\n".join))
def test_keys_read_the_quick_way_are_those_of_the_yaml_parser(front):
    plain = read_plain_keys(front)
    if plain is not None:
        root = yaml.compose(front, Loader=yaml.SafeLoader)
        wanted = [(key.value, key.start_mark.line, show(value)) for key, value in root.value]
        assert [(name, line, show(value, line)) for name, line, value in plain] == wanted


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.sampled_from(FRONT) | st.text("ab:-#[]{},'\" ?&*\n", max_size=8), max_size=7).map("\n".join)
)
def test_the_loader_in_c_reads_what_the_other_reads_wherever_it_is_used(front):
    if not hasattr(yaml, "CSafeLoader"):
        missing("libyaml, and with it the loader in C")
    if not document._READ_DIFFERENTLY.search(front):
        quick = compose(front, yaml.CSafeLoader)
        assert quick in (None, compose(front, yaml.SafeLoader))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(BODY), min_size=1, max_size=7).map("\n".join))
def test_the_block_of_a_tip_read_the_quick_way_is_that_of_the_markdown_parser(text):
    inside = read_plain_block(text.rstrip())
    if inside is not None:
        (token,) = parse_blocks(text.rstrip())
        assert (token.type, token.content.removesuffix("\n")) == ("fence", inside)


ITEM = st.sampled_from(
    [
        *(
            "- Wrong.",
            "  **Fix:** Right.",
            "  more",
            '- "Quoted"',
            "  (aside)",
            "  `code` too",
            "- *Stress*",
            "-  x",
        ),
        *(
            "  = no",
            "  - inner",
            "  1. inner",
            "  # head",
            "- [r]: /u",
            "   deep",
            "",
            "text",
            "  **fix**: yes",
            "- ",
        ),
        *(
            "  `` x",
            "- a",
            "  ***",
            "  b",
            "  ```",
            "- ~~~",
            "- _x_",
            "  > q",
            "  é",
            "- **Bold** start",
            "  **Fix:**",
        ),
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(ITEM, min_size=1, max_size=7).map("\n".join))
def test_mistakes_split_the_quick_way_are_those_of_the_markdown_parser(text):
    section = document.DocumentSection("Common Mistakes", 1, text.strip("\n"), 2)
    quick, slow = Problems("x"), Problems("x")
    mistakes = parse_mistakes(section, quick)
    if split_plain_items(section.text.split("\n")) is not None:
        # A comment of Markdown's own after the list changes nothing in it and keeps it from being plain.
        assert mistakes == parse_mistakes(section._replace(text=f"{section.text}\n\n[unused]: /x"), slow)
        assert quick.found == [each for each in slow.found if each.rule != "mistakes-not-list"]


def test_the_shipped_files_need_no_parser_of_yaml_or_markdown():
    files = [path.read_text(encoding="utf-8") for path in sorted(CONTENT.glob("*/*.md"))]
    parts = [text.removeprefix("---\n").partition("\n---\n") for text in files]
    assert len(parts) > 100
    slow = [front for front, _, body in parts if read_plain_keys(front) is None or split_plain(body) is None]
    assert len(slow) <= len(parts) / 20, slow
