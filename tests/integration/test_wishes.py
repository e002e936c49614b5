"""The editor's wishes are read or refused with their place, and changed without harm to the file."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.errors import AuthorError, FileError
from pipeline.issue import editing
from pipeline.issue.journal import Act
from pipeline.issue.target import WishTarget
from pipeline.issue.wishes import check_wishes, read_wishes
from pipeline.model.content import Catalogue, Tip
from pipeline.model.problem import RULES
from pipeline.model.wishes import Wishes
from pipeline.news.story_ref import StoryIndex, parse_name

WEEK = "2026-W48"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)

FULL = """# The week of the fair.
subject = "Two letters"   # short
preheader = "One more thing"
intro = '''
Dear *all*,

welcome.
'''

[term]  # agreed on Monday
pin = "rag"
ban = ["token", "cot"]

[tip]
ban = []

[approval]
digest = "0a1b"
"""


def write(folder, text):
    path = folder / f"content/issues/{WEEK}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def text_of(folder):
    return (folder / f"content/issues/{WEEK}.toml").read_bytes().decode()


def act(folder, decide, week=WEEK):
    """Let an editor do something to the week's file."""
    return editing.write_act(folder, week, Act("", NOW, "Ada", "a test", "act", ""), decide)


def target(kind, wish, names=()):
    """What a name means, when nothing else is known."""
    return WishTarget(
        kind, wish, frozenset({parse_name(each) or each for each in (wish, *names)}), f"`{wish}`"
    )


def write_wish(folder, kind, name, wish, week=WEEK):
    what = target(kind, name)
    return act(folder, lambda values: editing.decide_wish(values, what, StoryIndex(), wish), week)


def write_pin(folder, week, kind, name):
    return write_wish(folder, kind, name, "pin", week)


def write_ban(folder, week, kind, name):
    return write_wish(folder, kind, name, "ban", week)


def write_removal(folder, kind, name):
    what = target(kind, name)
    for wish in ("pin", "ban"):
        act(folder, lambda values, wish=wish: editing.decide_removal(values, what, StoryIndex(), wish))


def write_swap(folder, kind, gone, put, names=()):
    old, new = target(kind, gone, names), target(kind, put)
    return act(folder, lambda values: editing.decide_swap(values, old, new, StoryIndex()))


def write_words(folder, **words):
    return act(folder, lambda values: editing.decide_words(values, words, WEEK))


def write_approval(folder, digest):
    return act(folder, lambda values: editing.decide_approval(values, digest, "A letter"))


def test_no_file_means_no_wishes(tmp_path):
    assert read_wishes(tmp_path / "nowhere", WEEK) == Wishes()


@pytest.mark.parametrize("raw", [FULL.encode(), b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode()])
def test_every_wish_is_read(tmp_path, raw):
    wishes = read_wishes(write(tmp_path, raw), WEEK)
    assert wishes.intro.split() == ["Dear", "*all*,", "welcome."]
    assert wishes == Wishes(
        term_pin="rag",
        term_ban=("token", "cot"),
        subject="Two letters",
        preheader="One more thing",
        intro=wishes.intro,
        approval_digest="0a1b",
    )


CASES = [
    ("wishes-item", 2, '[items]\npin = ["the first story"]\n'),
    ("wishes-item", 3, '[items]\npin = []\nban = ["program:run"]\n'),
    ("wishes-pin-banned", 2, '[items]\npin = ["https://a.example/1/"]\nban = ["http://www.a.example/1"]\n'),
    ("wishes-syntax", 2, 'subject = "a"\nintro = oops\n'),
    ("wishes-syntax", 3, '[term]\npin = "a"\npin = "b"\n'),
    ("wishes-syntax", 2, '[term]\nban = ["a"'),
    ("wishes-syntax", 1, "a = " + "[" * 5000),
    ("wishes-encoding", 2, b'subject = "a"\nintro = "\xe9"\n'),
    ("wishes-unknown-key", 2, 'intro = "a"\nsubjct = "b"\n'),
    ("wishes-unknown-key", 3, '[term]\nban = []\npins = "a"\n'),
    ("wishes-unknown-key", 2, '[tip]\n[trem]\npin = "a"\n'),
    ("wishes-type", 1, "subject = 2026-11-24\n"),
    ("wishes-type", 3, '[tip]\npin = "a"\nban = "b"\n'),
    ("wishes-type", 1, "term.ban = [1]\n"),
    ("wishes-type", 1, 'tip = "a"\n'),
    ("wishes-type", 1, "[[term]]\n"),
    ("wishes-hidden-character", 1, 'subject = "a\\u202eb"\n'),
    ("wishes-line-break", 1, 'subject = "a\\nBcc: b"\n'),
    ("wishes-length", 1, f'subject = "{"a" * 79}"\n'),
    ("wishes-length", 2, f'intro = "{"a" * 999}"\npreheader = "{"a" * 131}"\n'),
    ("wishes-pin-banned", 3, '[tip]\nban = ["b", "a"]\npin = "a"\n'),
]


@pytest.mark.parametrize(("rule", "line", "text"), CASES)
def test_a_wrong_file_is_refused_with_the_place_and_the_cure(tmp_path, rule, line, text):
    with pytest.raises(AuthorError) as caught:
        read_wishes(write(tmp_path, text), WEEK)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.path) == (rule, f"content/issues/{WEEK}.toml")
    assert problem.line == (0 if text == "[[term]]\n" else line)
    assert problem.fix


def test_every_rule_has_a_reason_and_a_case():
    assert {rule for rule, *_ in CASES} | {"wishes-unknown-slug", "wishes-form"} == {
        rule for rule in RULES if rule.startswith("wishes-")
    }


def test_all_wrong_keys_are_told_at_once_with_what_was_meant(tmp_path):
    with pytest.raises(AuthorError) as caught:
        read_wishes(write(tmp_path, "intor = 1\n[term]\nbann = []\n"), WEEK)
    assert [(each.line, each.fix) for each in caught.value.problems] == [
        (1, 'did you mean "intro"?'),
        (3, 'did you mean "ban"?'),
    ]


def test_a_wish_for_what_does_not_exist_is_a_problem_that_names_the_nearest():
    catalogue = Catalogue(tips=(Tip(slug="quote-first", title="", body=""),))
    wishes = Wishes(term_ban=("rag",), tip_pin="quote-frist", tip_ban=("quote-first",))
    problems = check_wishes(wishes, catalogue, WEEK)
    assert [(each.rule, each.message) for each in problems] == [
        ("wishes-unknown-slug", "there is no term `rag`"),
        ("wishes-unknown-slug", "there is no tip `quote-frist`"),
    ]
    assert problems[1].fix == 'did you mean "quote-first"?'
    assert check_wishes(Wishes(tip_pin="quote-first"), catalogue, WEEK) == ()


def test_changes_touch_nothing_but_the_wish(tmp_path):
    write(tmp_path, FULL.replace("[term]", "colour = 1 # kept\n[term]"))
    write_pin(tmp_path, WEEK, "term", "token")
    write_ban(tmp_path, WEEK, "term", "rag")
    write_removal(tmp_path, "tip", "never-wished")
    write_approval(tmp_path, "ffff")
    expected = FULL.replace("[term]", "colour = 1 # kept\n[term]")
    expected = expected.replace('pin = "rag"', 'pin = "token"').replace('["token", "cot"]', '["cot", "rag"]')
    expected = expected.replace("0a1b", "ffff")
    assert text_of(tmp_path) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "# only a comment",
            'intro = "no line end"',
            '[term]\r\nban = ["a"]\r\n',
            "[tip]\n[term]\n[approval]\n",
        ),
        *(
            'term = {pin = "b", ban = ["a"]}',
            'term.pin = "b"\nterm.ban = ["a"]\n',
            "[term]\nban = [\n 'a', # why\n]\n",
        ),
        *(
            "[other.deep]\nx = 1\n[term]\n[other.more]\ny = 1.0\n",
            "[approval]\n# note\n\n\n[term]\npin = 'a'\n",
        ),
    ],
)
def test_pin_and_ban_undo_each_other_in_any_layout(tmp_path, text):
    foreign = {key: value for key, value in tomllib.loads(text).items() if key in ("other", "intro")}
    write(tmp_path, text)
    write_pin(tmp_path, WEEK, "term", "a")
    assert tomllib.loads(text_of(tmp_path))["term"].get("ban", []) == []
    write_ban(tmp_path, WEEK, "term", "a")
    write_ban(tmp_path, WEEK, "term", "a")
    write_ban(tmp_path, WEEK, "tip", "c")
    after = tomllib.loads(text_of(tmp_path))
    assert (after["term"], after["tip"]) == ({"ban": ["a"]}, {"ban": ["c"]})
    assert foreign.items() <= after.items()
    assert all(line in text_of(tmp_path) for line in text.split("\n") if line.startswith("#"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", None),
        ('intro = "Hello."\n', 'intro = "Hello."\n'),
        ("[tip]\nban = ['c']\n", "[tip]\nban = ['c']\n"),
        ("[term]\n# not before March\n", "[term]\n# not before March\n"),
        ("[term]\nban = [\n  # agreed with Ada\n]\n", "[term]\nban = [\n  # agreed with Ada\n]\n"),
    ],
)
@pytest.mark.parametrize("wish", ["pin", "ban"])
def test_a_wish_that_is_taken_back_leaves_no_empty_key_and_no_comment_is_lost(tmp_path, text, left, wish):
    write(tmp_path, text)
    write_wish(tmp_path, "term", "a", wish)
    write_removal(tmp_path, "term", "a")
    path = tmp_path / f"content/issues/{WEEK}.toml"
    assert (path.read_text(encoding="utf-8") if path.exists() else None) == left


SLUG = st.sampled_from(["a", "b", "c-d"])
STEP = st.tuples(st.sampled_from(["pin", "ban"]), st.sampled_from(["term", "tip"]), SLUG)


@examples(60)
@given(steps=st.lists(STEP, max_size=6))
def test_after_any_changes_the_last_one_holds_and_the_file_can_be_read(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("issues") / "made"
    pins, bans = {"term": "", "tip": ""}, {"term": [], "tip": []}
    for verb, slot, slug in steps:
        if verb == "pin":
            write_pin(folder, WEEK, slot, slug)
            pins[slot], bans[slot] = slug, [each for each in bans[slot] if each != slug]
        else:
            write_ban(folder, WEEK, slot, slug)
            pins[slot] = "" if pins[slot] == slug else pins[slot]
            bans[slot] += [] if slug in bans[slot] else [slug]
    wishes = read_wishes(folder, WEEK)
    assert (wishes.term_pin, wishes.tip_pin) == (pins["term"], pins["tip"])
    assert (wishes.term_ban, wishes.tip_ban) == (tuple(bans["term"]), tuple(bans["tip"]))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[term\n", "wishes-syntax"),
        ("term = 1\n", "wishes-type"),
        ("[tip]\nban = 1\n", "wishes-type"),
        ("[[approval]]\n", "wishes-type"),
        ("x = nan\n", "wishes-form"),  # a value that equals nothing, so nobody can prove that it stayed
    ],
)
def test_a_file_that_cannot_hold_the_wish_is_left_as_it_is(tmp_path, text, rule):
    write(tmp_path, text)
    for change in (
        lambda: write_pin(tmp_path, WEEK, "term", "a"),
        lambda: write_approval(tmp_path, "d"),
    ):
        with pytest.raises(AuthorError) as caught:
            change()
        assert [problem.rule for problem in caught.value.problems] == [rule]
    assert text_of(tmp_path) == text
    assert [path.name for path in (tmp_path / "content/issues").iterdir()] == [f"{WEEK}.toml"]


def test_a_changed_file_keeps_its_mode_and_a_new_one_is_readable(tmp_path):
    issues = write(tmp_path, "") / "content/issues"
    (issues / f"{WEEK}.toml").chmod(0o640)
    write_pin(tmp_path, WEEK, "term", "a")
    write_pin(tmp_path, "2026-W49", "term", "a")
    assert (issues / f"{WEEK}.toml").stat().st_mode & 0o777 == 0o640
    assert (issues / "2026-W49.toml").stat().st_mode & 0o777 == 0o644


def test_a_place_that_cannot_be_written_is_the_operators_to_mend(tmp_path):
    (tmp_path / "issues").touch()
    with pytest.raises(FileError):
        write_pin(tmp_path / "issues", WEEK, "term", "a")


def test_words_are_written_at_the_top_and_taken_out_again(tmp_path):
    write(tmp_path, FULL)
    write_words(tmp_path, subject='Say "no" \\ twice', intro="One.\r\n\r\nTwo.")
    wishes = read_wishes(tmp_path, WEEK)
    assert (wishes.subject, wishes.preheader, wishes.intro) == (
        'Say "no" \\ twice',
        "One more thing",
        "One.\n\nTwo.",
    )
    assert "# The week of the fair." in text_of(tmp_path)
    assert "# agreed on Monday" in text_of(tmp_path)
    write_words(tmp_path, subject="", preheader="  ", intro="")
    wishes = read_wishes(tmp_path, WEEK)
    assert (wishes.subject, wishes.preheader, wishes.intro, wishes.term_pin) == ("", "", "", "rag")


def test_words_begin_a_file_and_stand_before_the_tables_of_another(tmp_path):
    write_words(tmp_path, preheader="Beside")
    assert read_wishes(tmp_path, WEEK).preheader == "Beside"
    write(tmp_path, '[term]\npin = "rag"\n')
    write_words(tmp_path, intro="Dear all")
    assert read_wishes(tmp_path, WEEK).intro == "Dear all"
    assert read_wishes(tmp_path, WEEK).term_pin == "rag"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"subject": "x" * 79}, "wishes-length"),
        ({"preheader": "a\nb"}, "wishes-line-break"),
        ({"intro": "a\u202eb"}, "wishes-hidden-character"),
        # A command gets it for a byte that is not UTF-8.
        ({"subject": "a\udcffb"}, "wishes-hidden-character"),
    ],
)
def test_words_that_no_letter_can_have_are_refused_and_not_written(tmp_path, words, rule):
    write(tmp_path, FULL)
    with pytest.raises(AuthorError) as refused:
        write_words(tmp_path, **words)
    assert [problem.rule for problem in refused.value.problems] == [rule]
    assert text_of(tmp_path) == FULL


def test_a_wish_is_taken_back_whatever_it_was(tmp_path):
    write(tmp_path, FULL)
    for slug in ("rag", "token", "never-wished"):
        write_removal(tmp_path, "term", slug)
    assert (read_wishes(tmp_path, WEEK).term_pin, read_wishes(tmp_path, WEEK).term_ban) == ("", ("cot",))
    write_pin(tmp_path, WEEK, "items", "https://a.example/x")
    write_ban(tmp_path, WEEK, "items", "https://a.example/y")
    write_removal(tmp_path, "items", "https://a.example/x")
    write_removal(tmp_path, "items", "https://A.example/y")
    wishes = read_wishes(tmp_path, WEEK)
    assert (wishes.items.pin, wishes.items.ban) == ((), ())
    assert "# The week of the fair." in text_of(tmp_path)


def test_a_swap_bans_and_pins_at_once_and_leaves_no_pin_of_what_goes(tmp_path):
    story, link = "a" * 20, "https://a.example/x"
    write_pin(tmp_path, WEEK, "items", link)
    write_swap(tmp_path, "items", story, "https://b.example/y", names=(story, f"{link}?utm_source=z"))
    wishes = read_wishes(tmp_path, WEEK)
    assert (wishes.items.pin, wishes.items.ban) == (("https://b.example/y",), (story,))
    write_swap(tmp_path, "tip", "one", "other")
    wishes = read_wishes(tmp_path, WEEK)
    assert (wishes.tip_pin, wishes.tip_ban) == ("other", ("one",))


def test_a_swap_that_cannot_be_written_whole_is_not_written_at_all(tmp_path):
    path = tmp_path / "content" / "issues" / f"{WEEK}.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[items]\npin = "no list"\n', encoding="utf-8")
    with pytest.raises(AuthorError):
        write_swap(tmp_path, "items", "https://a.example/x", "https://b.example/y")
    assert path.read_text(encoding="utf-8") == '[items]\npin = "no list"\n'
