"""Ways to spoil a newsletter, and what is said about each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.cli import CONSENT, edit

REPO = Path(__file__).resolve().parents[2]

READERS = 12

TERM = "content/glossary/rag.md"

ISSUES = "content/issues"

DATABASE = ("var/weekly.db", "var/weekly.db-wal", "var/weekly.db-shm", "var/weekly.db.lease")


@dataclass(frozen=True)
class Case:
    """One kind of bad input: how it comes about, and the answer to `weekly ARGS`."""

    code: int
    says: tuple[str, ...]
    spoil: Callable[[Path], object] = lambda _folder: None
    args: tuple[str, ...] = ("run",)
    env: Mapping[str, str] = field(default_factory=dict)


def change(path, old, new):
    return lambda folder: edit(folder / path, old, new)


def write(path, content):
    def spoil(folder):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    return spoil


def override(old, new):
    """Put a changed copy of the letter's template into the newsletter's own templates."""
    shipped = (REPO / "templates/email/frame.mjml.j2").read_text()
    assert old in shipped
    return write("templates/email/frame.mjml.j2", shipped.replace(old, new, 1))


def all_of(*spoils):
    return lambda folder: [spoil(folder) for spoil in spoils]


def remove(*paths):
    def spoil(folder):
        for path in paths:
            for found in folder.glob(path):
                found.unlink()

    return spoil


def twin(folder):
    text = (folder / TERM).read_text().replace("slug: rag", "slug: rag-again", 1)
    (folder / "content/glossary/rag-again.md").write_text(text)


def settings(old, new):
    return change("weekly.toml", old, new)


CONTENT = {
    "front matter that is no YAML": Case(
        4, (f"{TERM}:", "not valid YAML", "in quotes"), change(TERM, "title: RAG", "title: [RAG")
    ),
    "a section that is missing": Case(
        4,
        (f"{TERM}: the section `Why It Matters` is missing", "add `## Why It Matters`"),
        change(TERM, "## Why It Matters", "### Why It Matters"),
    ),
    "a definition that is missing": Case(
        4,
        (f"{TERM}:", "there is no text before the first section"),
        change(
            TERM,
            "Retrieval-augmented generation (RAG) first",
            "## Definition\n\nRetrieval-augmented generation first",
        ),
    ),
    "several terms at once": Case(
        4,
        (TERM, "content/glossary/token.md", "content/tips/keep-every-correction.md"),
        all_of(
            change(TERM, "difficulty: 2", "difficulty: 7"),
            change("content/glossary/token.md", "## Example", "## Exmple"),
            change("content/tips/keep-every-correction.md", "title:", "titel:"),
        ),
    ),
    "two terms with one title": Case(4, ("content/glossary/rag", "RAG"), twin),
    "two terms with one slug": Case(
        4,
        ("content/glossary/rag2.md:", "the slug is `rag`", "rename"),
        lambda folder: shutil.copy(folder / TERM, folder / "content/glossary/rag2.md"),
    ),
    "a file that is not UTF-8": Case(
        4, ("content/tips/latin.md", "UTF-8"), write("content/tips/latin.md", b"caf\xe9")
    ),
    "no content at all": Case(
        4,
        ("content: there are no terms and no tips", "weekly init"),
        remove("content/glossary/*", "content/tips/*"),
    ),
    "a template with an unclosed tag": Case(
        4,
        ("templates/email/frame.mjml.j2:8:", "<mj-body> is never closed", "</mj-body>"),
        override("</mj-body>", ""),
    ),
    "a template with a variable that is missing": Case(
        4,
        ("templates/email/frame.mjml.j2:", "'isue' is undefined", "check the name"),
        override("</mj-body>", "{{ isue.subject }}</mj-body>"),
    ),
    "a template that is no Jinja": Case(
        4,
        ("templates/email/frame.mjml.j2:", "shipped template"),
        override("</mj-body>", "{% if %}</mj-body>"),
    ),
    "wishes for what does not exist": Case(
        4,
        (f"{ISSUES}/2026-W48.toml", "there is no term `ragg`", "rag"),
        write(f"{ISSUES}/2026-W48.toml", '[term]\npin = "ragg"\n'),
    ),
    "wishes that are no TOML": Case(
        4,
        (f"{ISSUES}/2026-W48.toml:1", "not valid TOML", "straight quotes"),
        write(f"{ISSUES}/2026-W48.toml", "[term\n"),
    ),
    "a history with a broken line": Case(
        4,
        (f"{ISSUES}/history.jsonl:1", "not valid JSON", "restore the line from git"),
        write(f"{ISSUES}/history.jsonl", "{broken\n"),
    ),
}

SETTINGS = {
    "no weekly.toml": Case(4, ("weekly.toml does not exist", "-C DIR", "weekly init"), remove("weekly.toml")),
    "weekly.toml that is no TOML": Case(
        4, ("weekly.toml", "not valid TOML", "line 5"), settings("[newsletter]", "[newsletter\n")
    ),
    "an unknown key": Case(
        4, ("newsletter.tag_line", 'did you mean "tagline"?'), settings("tagline =", "tag_line =")
    ),
    "several wrong values at once": Case(
        4,
        ("schedule.day", "schedule.time", "smtp.port", "delivery.connections", "newsletter.timezone"),
        all_of(
            settings('day = "tuesday"', 'day = "someday"'),
            settings('time = "09:00"', "time = 9"),
            settings("port = 587", 'port = "many"'),
            settings("connections = 4", "connections = 0"),
            settings('timezone = "UTC"', 'timezone = "Mars"'),
        ),
    ),
    "a password in weekly.toml": Case(
        4, ("smtp.password", ".secrets"), settings("port = 587", 'port = 587\npassword = "p4ss"')
    ),
    "placeholders with smtp": Case(
        4,
        ("newsletter.base_url", "newsletter.postal_address", "newsletter.from", "placeholder", "weekly.toml"),
        env={"WEEKLY_TRANSPORT__KIND": "smtp", "WEEKLY_SMTP__PORT": "1"},
    ),
    "secrets that are no TOML": Case(4, (".secrets", "restore it from a backup"), write(".secrets", "x = ")),
    "secrets without a key": Case(
        4, (".secrets", "restore it from a backup", "do not make a new one"), write(".secrets", "x = 1\n")
    ),
}

USAGE = {
    "an unknown command": Case(2, ("No such command 'runn'",), args=("runn",)),
    "an unknown option": Case(2, ("'--nowww'", "--now"), args=("run", "--nowww")),
    "a week that is none": Case(2, ("--week", "not an ISO week", "2026-W48"), args=("run", "--week", "48")),
    "a week that does not exist": Case(
        2, ("2026-W54", "2026-W53"), args=("issue", "show", "--week", "2026-W54")
    ),
    "a pin of nothing": Case(2, ("NAME", "it is empty"), args=("issue", "pin", "")),
    "a swap for nothing": Case(2, ("[NAME]", "it is empty"), args=("issue", "swap", "tip", " ")),
    "an undo of nothing": Case(2, ("[ACT]", "it is empty"), args=("issue", "undo", "")),
    "a schema of nothing": Case(
        2,
        ("files are weekly.toml", "commands are run, ", "issue show"),
        args=("config", "schema", "nonsense"),
    ),
    "a date of consent in another form": Case(
        2,
        ("'31.01.2025' is not a date", "like 2025-01-31"),
        args=(
            "subscribers",
            "import",
            "x.csv",
            "--source=x",
            "--consent-text=x",
            "--consent-date=31.01.2025",
        ),
    ),
    "an instant that is none": Case(2, ("--as-of", "2026-11-24T09:00Z"), args=("run", "--as-of", "noon")),
    "an address that is none": Case(
        2, ("address cannot be used", "no @"), args=("subscribers", "add", "ada", "--consent", "x")
    ),
    "leaving of somebody unknown": Case(
        1, ("no reader has this address",), args=("subscribers", "unsubscribe", "nobody@example.org")
    ),
    "the status of nothing": Case(1, ("no issue was frozen yet", "weekly run"), args=("status",)),
    "a folder that is a newsletter already": Case(
        1, ("newsletter folder already", "nothing was changed"), args=("init", ".")
    ),
    "an import that is not there": Case(
        1, ("gone.csv", "no such file", "CSV"), args=("subscribers", "import", "gone.csv", *CONSENT)
    ),
    "an import without addresses": Case(
        1,
        ("addresses", "a, b", "map"),
        write("list.csv", "a,b\n1,2\n"),
        ("subscribers", "import", "list.csv", *CONSENT),
    ),
    "an import that is no text": Case(
        1,
        ("cannot be read", "UTF-8"),
        write("list.csv", bytes(range(128, 256)) * 40),
        ("subscribers", "import", "list.csv", *CONSENT),
    ),
}
