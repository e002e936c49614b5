"""Every command is documented, every documented command exists, the exit codes are the README's."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from pipeline import cli, exits
from pipeline.cli import weekly
from pipeline.feeds.patterns import compile_pattern

REPO = Path(__file__).resolve().parents[2]
PAGES = [path for path in (REPO / "README.md", *sorted((REPO / "docs").rglob("*.md"))) if path.exists()]
SHELLS = {"", "sh", "bash", "console", "shell", "text", "cron", "crontab", "yaml", "ini", "systemd"}
BEFORE_A_COMMAND = re.compile(r"[&|;()]+|\w+=.*|[-*/,\d]+|sudo|exec|run:|then|do")
"""What may stand before `weekly` on a line that calls it: operators, variables, cron's five fields."""

EXIT_CODES = {value for name, value in vars(exits).items() if name.isupper()}


def walk(command=weekly, words=("weekly",)):
    """Yield every command with the words that call it."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from walk(command.get_command(context, name), (*words, name))


COMMANDS = {" ".join(words): command for words, command in walk()}
every_command = pytest.mark.parametrize("name", COMMANDS)


def quoted(line):
    """Find the calls of `weekly` in a line of shell, as lists of words without the first."""
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    words = list(lexer)
    for place, word in enumerate(words):
        is_first = place == 0 or BEFORE_A_COMMAND.fullmatch(words[place - 1])
        if is_first and re.fullmatch(r"(.*[/=])?weekly", word):
            end = next(
                (n for n in range(place, len(words)) if re.fullmatch(r"[();<>|&]+", words[n])), len(words)
            )
            yield words[place + 1 : end]


def parse(args, command=weekly, parent=None):
    """Parse a command line as `weekly` would, and run nothing."""
    with command.make_context(command.name, list(args), parent=parent) as context:
        if isinstance(command, click.Group):
            rest = [*context._protected_args, *context.args]
            if not rest:
                return
            _, found, rest = command.resolve_command(context, rest)
            parse(rest, found, context)


def shell_lines(text):
    for language, block in re.findall(r"^ *```([^\n]*)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        if language.strip() in SHELLS:
            for line in block.replace("\\\n", " ").splitlines():
                yield line.strip().removeprefix("- ")


def examples(help_text):
    plain = re.sub(r"\s*\\\n\s*", " ", help_text)
    yield from re.findall(r"Example: (weekly [^\n]+)", plain)
    yield from re.findall(r"^ *(weekly (?:[^ \n]| (?! ))+)", plain, re.MULTILINE)


@every_command
def test_every_command_says_what_it_does_in_one_sentence(name):
    first = (COMMANDS[name].help or "").strip().split("\n")[0]
    assert re.match(r"[A-Z].*", first), "no help"
    assert first.endswith((".", ":")) or ". " in first, first


@every_command
def test_no_mark_of_the_source_shows_in_the_help(name):
    shown = COMMANDS[name].get_help(click.Context(COMMANDS[name]))
    assert not re.search(r"\\[bf]|``|\\\\", shown)


@every_command
def test_every_option_says_what_it_is_for(name):
    silent = [
        option.opts[0]
        for option in COMMANDS[name].params
        if isinstance(option, click.Option) and not option.help
    ]
    assert not silent


@every_command
def test_every_command_shows_an_example_that_parses(name):
    command = COMMANDS[name]
    found = list(examples(command.help or ""))
    assert found or isinstance(command, click.Group)
    for line in found:
        for args in quoted(line):
            parse(args)


def test_every_command_of_the_list_exists_and_has_a_sentence():
    for name, (_, words) in cli.COMMANDS.items():
        assert COMMANDS[f"weekly {name}"].help, name
        assert words.endswith("."), name


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(REPO).as_posix())
def test_every_command_line_of_a_page_parses(page):
    wrong = []
    for line in shell_lines(page.read_text(encoding="utf-8")):
        if "weekly" not in line:
            continue
        for args in quoted(line):
            try:
                parse(args)
            except click.exceptions.Exit:
                pass
            except click.ClickException as error:
                wrong.append(f"{line}: {error.format_message()}")
    assert not wrong


def test_the_reader_of_pages_finds_what_is_called_and_sees_what_is_wrong():
    cron = "0 * * * * cd /srv/weekly && git pull -q && TZ=UTC /srv/weekly/.venv/bin/weekly -q run > log"
    assert list(quoted(cron)) == [["-q", "run"]]
    assert list(quoted("$ pip install weekly-insights; weekly init letter")) == [["init", "letter"]]
    assert list(shell_lines("```sh\nweekly a \\\n  b\n```\n```python\nweekly\n```\n")) == ["weekly a    b"]
    for wrong in (["runn"], ["run", "--nwo"], ["run", "--week", "2026-W54"], ["issue", "pin"], ["send"]):
        with pytest.raises(click.UsageError):
            parse(wrong)


def test_the_readme_and_the_help_list_the_exit_codes_that_exist():
    table = (
        (REPO / "README.md").read_text(encoding="utf-8").partition("| code | meaning |")[2].split("\n\n")[0]
    )
    assert {int(code) for code in re.findall(r"^\| `?(\d+)`? \|", table, re.MULTILINE)} == EXIT_CODES
    sentence = weekly.help.partition("Exit codes:")[2]
    assert {int(code) for code in re.findall(r"\b\d+\b", sentence)} == EXIT_CODES


@pytest.mark.parametrize(
    ("page", "most"), [("README.md", 150), ("ARCHITECTURE.md", 200), ("CONTRIBUTING.md", 120)]
)
def test_a_page_that_everybody_reads_is_short(page, most):
    assert len((REPO / page).read_text(encoding="utf-8").splitlines()) <= most


def test_every_file_that_the_questions_of_the_architecture_lead_to_exists():
    text = (REPO / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = text.partition("| question | file |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    missing = []
    for row in rows:
        folder = REPO
        for name in re.findall(r"`([\w./]+(?:\.py|\.md|/))`", row):
            path = REPO / name if "/" in name else folder / name
            folder = path.parent
            missing += [] if path.exists() else [name]
    assert len(rows) >= 10
    assert missing == []


def test_no_cell_of_the_guides_for_developers_is_left_to_guess():
    assert "| |" not in (REPO / "docs/develop/README.md").read_text(encoding="utf-8")


def test_what_the_guide_says_of_patterns_is_so():
    text = (REPO / "docs/how-to/follow-feeds.md").read_text(encoding="utf-8")
    for pattern, title, is_found in (
        (r"\bété", "un été", False),
        (r"(?:^|\W)été", "un été", True),
        (r"(?:^|\W)été", "unété", False),
        (r"a\sb", "a\u00a0b", False),
        (r"a[\s\pZ]b", "a\u00a0b", True),
        (r"^\w+$", "été", True),
        (r"^\d$", "٣", True),
        (r"(?i)ÉTÉ", "été", True),
    ):
        assert bool(compile_pattern(pattern).search(title)) is is_found
    assert all(f"`{word}`" in text for word in (r"\b", r"\w", r"\d", r"\s", r"(?:^|\W)", r"[\s\pZ]"))
