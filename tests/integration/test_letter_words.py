"""The letter's own words: one file per language, every mistake in it told with file and key."""

from __future__ import annotations

import re
import tomllib

import pytest
from markupsafe import Markup
from support.letter_parts import ENGLISH, HEBREW, TEMPLATES

from pipeline.errors import AuthorError
from pipeline.render.jinja import environment
from pipeline.render.strings import read_strings

SHIPPED = TEMPLATES / "email" / "strings.en.toml"


@pytest.fixture
def own(tmp_path):
    """A newsletter's own templates with a file of words in them."""
    folder = tmp_path / "templates"
    (folder / "email").mkdir(parents=True)

    def write(language, text):
        (folder / "email" / f"strings.{language}.toml").write_text(text, "utf-8")
        return environment([folder, TEMPLATES])

    return write


def messages_of(env, language):
    with pytest.raises(AuthorError) as caught:
        read_strings(env, language)
    assert {problem.rule for problem in caught.value.problems} == {"strings"}
    return {problem.path: problem.message for problem in caught.value.problems}


def test_a_language_without_a_file_is_english():
    assert read_strings(environment([TEMPLATES]), "cs") == ENGLISH


def test_another_language_is_one_more_file_and_serves_its_regions():
    hebrew = read_strings(environment([HEBREW, TEMPLATES]), "he-IL")
    assert hebrew.say("tip.kicker") == "טיפ השבוע"
    assert hebrew.date_label("2026-W49") == "30 בנובמבר – 6 בדצמבר 2026"


def test_a_region_with_a_file_of_its_own_uses_that(own):
    words = SHIPPED.read_text("utf-8").replace('tools = "Tools"', 'tools = "Kit"')
    assert read_strings(own("en-GB", words), "en-GB").say("news.tools") == "Kit"
    assert read_strings(own("en-GB", words), "en").say("news.tools") == "Tools"


def test_an_own_english_file_need_hold_only_what_it_changes(own):
    strings = read_strings(own("en", '[tip]\nkicker = "Try this"\n[sponsor]\ntitle = "Sponsor"\n'), "en")
    assert strings.say("tip.kicker") == "Try this"
    assert strings.say("tip.before") == ENGLISH.say("tip.before")
    assert strings.say("sponsor.title") == "Sponsor"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[tip]\nkiker = "x"\n', "`tip.kiker` is not known"),
        ("[tip]\nkicker = 3\n", "`tip.kicker` is not a text"),
        ('[tip]\nkicker = " "\n', "`tip.kicker` is not a text"),
        ('[join]\nwords = "Join {reader}"\n', "`join.words` cannot fill in {reader}"),
        ('[dates]\nmonths = ["January"]\n', "`dates.months` is not a list of twelve names"),
        ("[tip\n", "this is not valid TOML"),
    ],
)
def test_a_mistake_in_the_words_is_told_with_file_and_key(own, text, message):
    ((path, told),) = messages_of(own("en", text), "en").items()
    assert path == "templates/email/strings.en.toml"
    assert told.startswith(message)


def test_a_language_that_lacks_a_key_is_told_which_and_what_english_says(own):
    words = re.sub(r"^fix = .*\n", "", SHIPPED.read_text("utf-8"), flags=re.MULTILINE)
    with pytest.raises(AuthorError) as caught:
        read_strings(own("cs", words), "cs")
    (problem,) = caught.value.problems
    assert (problem.path, problem.message) == ("templates/email/strings.cs.toml", "there is no `term.fix`")
    assert ENGLISH.say("term.fix") in problem.fix


def test_what_is_filled_in_keeps_its_markup_and_the_sentence_is_escaped_with_it():
    said = ENGLISH.say("footer.leave", link=Markup('<a href="https://example.org">x</a>'))
    assert said == 'Enough? <a href="https://example.org">x</a> with one click.'
    assert isinstance(said, Markup)
    plain = ENGLISH.say("join.words", readers="<b>", letter="A & B")
    assert not isinstance(plain, Markup)
    assert ENGLISH.say("join.words", readers=Markup("<b>1</b>"), letter="A & B") == Markup(
        "Was this forwarded to you? Join <b>1</b> who get A &amp; B every week."
    )


def test_every_word_is_used_by_a_template_or_the_composer_and_every_used_word_exists():
    tree = tomllib.loads(SHIPPED.read_text("utf-8"))
    keys = {f"{table}.{key}" for table, entries in tree.items() for key in entries}
    sources = [*(TEMPLATES / "email").rglob("*.j2"), *(TEMPLATES.parent / "pipeline" / "issue").glob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    named = {key for key in re.findall(r'"(\w+\.\w+)"', text) if key.partition(".")[0] in tree}
    beginnings = tuple(re.findall(r'"(\w+\.)" ~', text)) + tuple(re.findall(r'f"(\w+\.)\{', text))
    assert named - keys == set()
    assert {key for key in keys - named if not key.startswith(beginnings)} == set()
