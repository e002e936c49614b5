"""A newcomer follows docs/how-to/restyle.md with the real command, and the letter looks as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.cli import init_example, must, weekly

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "restyle.md").read_text("utf-8")
EXAMPLES = [found[2] for found in re.finditer(r"```(jinja|toml)\n(.*?)```", PAGE, re.DOTALL)]
THEME, WORDS, LANGUAGE, ORDER, JOIN = EXAMPLES


@pytest.fixture
def letter(tmp_path):
    folder = tmp_path / "letter"
    init_example(folder)
    return folder


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def rendered(folder):
    must(weekly("-C", folder, "render", "--out", folder / "out"))
    return [(folder / "out" / name).read_text("utf-8") for name in ("index.html", "issue.txt")]


def set_in_toml(folder, old, new):
    path = folder / "weekly.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_theme_of_the_page_is_the_look_of_the_letter_and_breaks_no_rule(letter):
    write(letter / "templates" / "email" / "theme.mjml.j2", THEME)
    html, _ = rendered(letter)
    assert "#123a28" in html
    assert "#1d2a5e" not in html
    assert must(weekly("-C", letter, "issue", "check")).stdout.strip() in {"", "no findings"}


def test_single_words_can_be_changed(letter):
    write(letter / "templates" / "email" / "strings.en.toml", WORDS)
    for part in rendered(letter):
        assert "Join the guild" in part
        assert "Try this today" in part
        assert "Tip of the week" not in part


def test_another_language_is_one_more_file_and_what_it_lacks_is_told(letter):
    must(weekly("-C", letter, "templates", "copy", "email/strings.en.toml"))
    copied = letter / "templates" / "email" / "strings.en.toml"
    portuguese = copied.rename(copied.with_name("strings.pt.toml"))
    set_in_toml(letter, 'language = "en"', LANGUAGE.partition("\n")[2].strip())
    portuguese.write_text(portuguese.read_text("utf-8").replace("Why it matters", "Por que importa"), "utf-8")
    html, text = rendered(letter)
    assert "Por que importa" in html
    assert "Por que importa" in text
    assert '<html lang="pt-BR"' in html
    portuguese.write_text(portuguese.read_text("utf-8").replace("why_it_matters", "why_it_maters"), "utf-8")
    refused = weekly("-C", letter, "render", "--out", letter / "out")
    assert refused.code == 4
    assert "templates/email/strings.pt.toml" in refused.stderr
    assert "term.why_it_matters" in refused.stderr


def test_the_order_of_sections_is_a_setting(letter):
    set_in_toml(
        letter, '# order = ["term", "tools", "techniques", "careers", "tip"]', 'order = ["tip", "term"]'
    )
    _, text = rendered(letter)
    assert text.rindex("Tip of the week") < text.rindex("Term of the week")
    set_in_toml(letter, 'order = ["tip", "term"]', ORDER.partition("\n")[2].strip().replace('"term", ', ""))
    _, text = rendered(letter)
    assert "Term of the week" not in text
    set_in_toml(letter, '"tip", ', '"tips", ')
    assert "sections.order" in weekly("-C", letter, "render", "--out", letter / "out").stderr


def test_one_block_can_be_replaced(letter):
    names = [f"email/blocks/join.{part}.j2" for part in ("mjml", "txt")]
    must(weekly("-C", letter, "templates", "copy", *names))
    assert rendered(letter)[0].count("Join them") == 1
    write(letter / "templates" / names[0], JOIN)
    html, _ = rendered(letter)
    assert "Join them" not in html
    assert re.search(r"Psst: <a [^>]*>join other prompt engineers</a>, it is free\.", html)


def test_the_list_says_whose_each_template_is(letter):
    def origins():
        listed = must(weekly("-C", letter, "templates", "list", "--json")).json["templates"]
        return {each["name"]: each["origin"] for each in listed}

    assert set(origins().values()) == {"shipped"}
    must(weekly("-C", letter, "templates", "copy", "templates/email/theme.mjml.j2"))
    assert origins()["email/theme.mjml.j2"] == "copy"
    write(letter / "templates" / "email" / "theme.mjml.j2", THEME)
    write(letter / "templates" / "email" / "blocks" / "sponsor.mjml.j2", "")
    assert {name for name, origin in origins().items() if origin == "own"} == {
        "email/theme.mjml.j2",
        "email/blocks/sponsor.mjml.j2",
    }
    assert "email/theme.mjml.j2  " in must(weekly("-C", letter, "templates", "list")).stdout


def test_what_a_letter_is_not_made_of_is_told_by_every_command_that_looks_at_it(letter):
    write(letter / "templates" / "email" / "isue.mjml.j2", "x")
    set_in_toml(letter, 'language = "en"', 'language = "de"')
    stray = "warning: templates/email/isue.mjml.j2: no template has this name"
    wordless = "warning: templates/email/strings.de.toml: there is no such file"
    listed = must(weekly("-C", letter, "templates", "list", "--json"))
    assert stray in listed.stderr
    assert listed.json["schema"] == 1
    for args in (("issue", "check"), ("issue", "check", "--json"), ("run", "--now")):
        told = must(weekly("-C", letter, *args)).stderr
        assert (told.count(stray), told.count(wordless)) == (1, 1), (args, told)
    told = must(weekly("-C", letter, "issue", "check", "--format", "github")).stdout
    assert "::warning file=templates/email/isue.mjml.j2,line=1,title=template-unused::no template" in told


def test_a_warning_about_templates_that_is_off_is_printed_by_no_command(letter):
    write(letter / "templates" / "email" / "isue.mjml.j2", "x")
    set_in_toml(
        letter, "letter-rules.md.\nrules = {}", 'letter-rules.md.\nrules = { template-unused = "off" }'
    )
    commands = (("templates", "list"), ("issue", "check"), ("issue", "check", "--format", "github"))
    for args in (*commands, ("run", "--now", "-v")):
        told = must(weekly("-C", letter, *args))
        assert "isue.mjml.j2: no template" not in told.stderr, args
        assert "template-unused" not in told.stdout, args


def test_a_copy_overwrites_nothing_and_a_wrong_name_copies_nothing(letter):
    own = letter / "templates" / "email" / "theme.mjml.j2"
    write(own, THEME)
    refused = weekly("-C", letter, "templates", "copy", "email/parts.mjml.j2", "email/theme.mjml.j2")
    assert refused.code == 1
    assert "your own already" in refused.stderr
    assert own.read_text("utf-8") == THEME
    assert not (own.parent / "parts.mjml.j2").exists()
    wrong = weekly("-C", letter, "templates", "copy", "email/them.mjml.j2")
    assert (wrong.code, "email/theme.mjml.j2" in wrong.stderr) == (1, True)
    told = must(weekly("-C", letter, "templates", "copy", "--dry-run", "email/parts.mjml.j2"))
    assert "would copy templates/email/parts.mjml.j2" in told.stderr
    assert not (own.parent / "parts.mjml.j2").exists()


def test_the_editor_sees_the_subjects_there_are_and_keeps_one(letter):
    def shown(*args):
        return must(weekly("-C", letter, "issue", "show", "--week", "2026-W49", *args))

    told = shown("--json").json
    first, other = told["subjects"]
    assert (first["kind"], other["kind"], told["subject"]) == ("term", "tip", first["subject"])
    assert f"           or  {other['subject']}\n" in shown().stdout
    wish = letter / "content" / "issues" / "2026-W49.toml"
    wish.write_text(f'subject = "{other["subject"]}"\n', "utf-8")
    kept = shown("--json").json
    assert kept["subject"] == other["subject"]
    assert kept["subjects"] == told["subjects"]
    assert f"           or  {first['subject']}\n" in shown().stdout


def test_a_variant_can_be_looked_at(letter):
    out = letter / "out"
    must(weekly("-C", letter, "render", "--out", out, "--variant", "without-tip"))
    assert "Tip of the week" not in (out / "index.html").read_text("utf-8")
    assert "Term of the week" in (out / "issue.txt").read_text("utf-8")
    told = must(weekly("-C", letter, "render", "--out", out / "text", "--variant", "text-only"))
    assert told.stdout.strip() == str(out / "text" / "issue.txt")
    assert sorted(path.name for path in (out / "text").iterdir()) == ["issue.eml", "issue.txt"]
    assert b"text/html" not in (out / "text" / "issue.eml").read_bytes()
    refused = weekly("-C", letter, "render", "--out", out, "--variant", "html-only")
    assert (refused.code, "is not a variant" in refused.stderr) == (2, True)
    must(weekly("-C", letter, "render", "--out", out, "--variant", "text-only"))
    assert not (out / "index.html").exists()
