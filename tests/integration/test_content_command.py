"""`weekly content check` as an editor, a script and GitHub meet it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.cli import must, snapshot, weekly
from support.content_cases import FILES, RAG_PATH, TERM, TIP_PATH, TOKEN_PATH

LENGTHS = "how_it_works_words = [1, 350]\nmistakes = [1, 3]\n"


@pytest.fixture
def folder(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "weekly.toml").write_text(f"[content]\n{LENGTHS}", encoding="utf-8")
    return tmp_path


def change(folder, path, old, new):
    text = (folder / path).read_text(encoding="utf-8")
    assert old in text
    (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8", newline="")


def set_rules(folder, rules):
    (folder / "weekly.toml").write_text(f"[content]\n{LENGTHS}rules = {rules}\n", encoding="utf-8")


def check(folder, *words):
    return weekly("content", "check", *words, folder=folder)


def test_good_content_is_met_with_a_count(folder):
    ended = must(check(folder))
    assert (ended.stdout, ended.stderr) == ("", "2 terms, 1 tip: 0 errors, 0 warnings\n")


def test_style_warns_and_the_letter_is_built_all_the_same(folder):
    change(folder, RAG_PATH, "It does.", "It costs $5 since 2017, amazingly.")
    ended = must(check(folder))
    told = ended.stdout.splitlines()
    assert sorted(line.rpartition("[")[2] for line in told) == ["hype]", "stale-price]", "stale-year]"]
    assert all(line.startswith(f"warning: {RAG_PATH}:17: ") for line in told)
    built = must(weekly("issue", "build", folder=folder, as_of="2026-11-20T08:00Z"))
    assert "warning" not in built.stderr


def test_what_breaks_the_letter_ends_with_4_and_stops_the_build(folder):
    change(folder, RAG_PATH, "difficulty: 2", "difficulty: 4")
    ended = check(folder)
    assert (ended.code, ended.stdout.startswith(f"error: {RAG_PATH}:5: ")) == (4, True)
    assert weekly("issue", "build", folder=folder, as_of="2026-11-20T08:00Z").code == 4


def test_a_rule_can_be_off_or_an_error_of_the_check_alone(folder):
    change(folder, RAG_PATH, "It does.", "It came in 2017, amazingly.")
    set_rules(folder, '{ stale-year = "off", hype = "error" }')
    ended = check(folder)
    assert (ended.code, ended.stdout.count("\n"), ended.stdout[:6]) == (4, 1, "error:")
    must(weekly("issue", "build", folder=folder, as_of="2026-11-20T08:00Z"))


def test_a_warning_that_is_off_is_not_told_by_the_build_either(folder):
    change(folder, RAG_PATH, "related: [token]", "related: [token, gone]")
    assert "related-unknown" in must(weekly("issue", "build", folder=folder)).stderr
    set_rules(folder, '{ related-unknown = "off" }')
    assert "related-unknown" not in must(weekly("issue", "build", folder=folder)).stderr


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ('{ hipe = "off" }', 'did you mean "hype"?'),
        ('{ zzz = "off" }', "docs/reference/content-rules.md"),
        ('{ section-empty = "off" }', "stays an error"),
        ('{ hype = "no" }', 'write "off", "warning" or "error"'),
    ],
)
def test_a_wrong_level_is_a_mistake_of_the_settings(folder, rules, words):
    set_rules(folder, rules)
    ended = check(folder)
    assert (ended.code, words in ended.stderr) == (4, True), ended.stderr


def test_fix_mends_tells_and_lists_what_remains_and_a_second_time_does_nothing(folder):
    change(folder, TOKEN_PATH, "related: [rag]", "related: []")
    change(folder, RAG_PATH, "It does.", "It came in 2017: http://example.org.\r\n")
    before = snapshot(folder)
    shown = must(check(folder, "--fix", "--dry-run"))
    assert snapshot(folder) == before
    assert shown.stdout.count("would fix: ") == 2
    mended = must(check(folder, "--fix"))
    remains = "warning: content/glossary/rag.md:17: the year 2017"
    assert mended.stdout.splitlines()[:2] == [
        f"fixed: {RAG_PATH}:17: made it https://example.org. [link-http]",
        f"fixed: {TOKEN_PATH}:7: added `rag` to `related` [relation-one-way]",
    ]
    assert mended.stdout.splitlines()[2].startswith(remains)
    assert mended.stderr == "2 terms, 1 tip: 2 fixed: 0 errors, 1 warning\n"
    assert (folder / TOKEN_PATH).read_text(encoding="utf-8") == FILES[TOKEN_PATH]
    wanted = TERM.replace("It does.", "It came in 2017: https://example.org.\r\n")
    assert (folder / RAG_PATH).read_bytes() == wanted.encode()
    after = snapshot(folder)
    assert must(check(folder, "--fix")).stdout.startswith(remains)
    assert snapshot(folder) == after


def test_a_rule_that_is_off_mends_nothing(folder):
    change(folder, TOKEN_PATH, "related: [rag]", "related: []")
    set_rules(folder, '{ relation-one-way = "off" }')
    before = snapshot(folder)
    assert must(check(folder, "--fix")).stdout == ""
    assert snapshot(folder) == before


def test_a_rehearsal_of_checking_alone_is_refused(folder):
    assert check(folder, "--dry-run").code == 2


def test_json_carries_every_problem_and_what_was_mended(folder):
    change(folder, TOKEN_PATH, "related: [rag]", "related: []")
    change(folder, TIP_PATH, "Ask for", "Basically, ask for")
    found = must(check(folder, "--json")).json
    assert [(each["rule"], each["severity"]) for each in found["problems"]] == [
        ("relation-one-way", "warning"),
        ("weasel", "warning"),
    ]
    done = must(check(folder, "--fix", "--format", "json")).json
    assert [each["rule"] for each in done["mended"]] == ["relation-one-way"]
    assert [each["rule"] for each in done["problems"]] == ["weasel"]


def test_an_annotation_of_github_is_one_line_whatever_the_words_are(folder):
    change(folder, RAG_PATH, "aliases: [grounding]", 'aliases: [grounding]\n"a%,:b": 1')
    (line,) = must(check(folder, "--format", "github")).stdout.splitlines()
    start = f"::warning file={RAG_PATH},line=7,title=key-unknown::there is no key `a%25,:b`"
    assert line.startswith(start)


def test_annotations_escape_what_github_would_misread():
    from pipeline.cli.outputs import annotation

    line = annotation("error", path="a,b:c%.md", line=0, title="x\ny", message="50%\r\nof a: b, c")
    assert line == "::error file=a%2Cb%3Ac%25.md,line=1,title=x%0Ay::50%25%0D%0Aof a: b, c"


def test_a_run_loads_nothing_that_only_style_needs():
    style = {"pipeline.content.lint.run", "pipeline.content.lint.rules.similarity"}
    code = f"import sys, pipeline.edition.draft; print({style} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_every_wrong_rule_is_named_at_once_and_in_our_words(folder):
    set_rules(folder, '{ hipe = "off", hype = "loud", key-missing = "off", weasel = "off" }')
    ended = weekly("content", "check", folder=folder)
    assert ended.code == 4
    for words in (
        'there is no rule `hipe`; did you mean "hype"?',
        "`hype` is 'loud'",
        "`key-missing` guards",
    ):
        assert words in ended.stderr
    assert "weasel" not in ended.stderr
    assert "Input should be" not in ended.stderr


def test_the_whole_of_a_term_shows_no_book_keeping_and_nothing_that_turns_the_screen(folder):
    change(
        folder, RAG_PATH, "category:", 'extra: {import: {was: {}}, views: 3, note: "a\\u202Eb"}\ncategory:'
    )
    shown = must(weekly("content", "show", "rag", "--whole", folder=folder)).stdout
    assert '"views": 3' in shown
    assert '"a\\u202Eb"' in shown
    assert "import" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("title", ["Con", "LPT1", "aux."])
def test_a_name_that_windows_keeps_for_a_device_is_refused(folder, title):
    ended = weekly("content", "new", "term", title, folder=folder)
    assert ended.code == 1
    assert "--slug" in ended.stderr


def test_a_new_file_says_at_which_length_the_check_of_this_newsletter_speaks(folder):
    (folder / "weekly.toml").write_text("[content]\ndefinition_words = 33\n", encoding="utf-8")
    must(weekly("content", "new", "term", "Beam search", folder=folder))
    made = (folder / "content/glossary/beam-search.md").read_text("utf-8")
    assert "45 words read well; the check warns above 33." in made
